"""The page of a campaign plan: to whom its reminders go is read, filled in, and corrected."""

from __future__ import annotations

import re

import pytest

from bot.answers.cities import in_full
from tests.console.pages import Client, Office

from .test_pages import EAST, HOME, PLAN, author, finished, office, upload  # noqa: F401

TOWN = (
    PLAN.replace("江门市江海区安全", "云溪镇安全").replace("江海区2027年", "云溪镇2027年").replace("区文化", "镇文化")
)


@pytest.mark.parametrize(
    ("place", "known", "full"),
    [
        ("云溪镇", ("湖南省长沙市望城区云溪镇",), "湖南省长沙市望城区云溪镇"),
        ("云溪镇", ("湖南省长沙市望城区",), "湖南省长沙市望城区云溪镇"),
        ("云溪镇", ("湖南省长沙市望城区", "湖南省岳阳市云溪镇", "湖南省长沙市望城区云溪镇"), "云溪镇"),
        ("江海区", ("广东省江门市江海区",), "广东省江门市江海区"),
        ("白石岭开发区", ("湖南省长沙市望城区",), "白石岭开发区"),
        ("云溪镇", ("全国",), "云溪镇"),
        ("全国", ("湖南省长沙市",), "全国"),
        ("", ("湖南省长沙市",), ""),
        ("广东省江门市", ("湖南省长沙市",), "广东省江门市"),
    ],
)
def test_a_place_is_told_in_full_where_the_office_knows_it(place: str, known: tuple[str, ...], full: str) -> None:
    assert in_full(place, known) == full


def test_a_town_without_its_county_lies_where_the_office_is(office: Office, author: Client) -> None:  # noqa: F811
    at = stored(author, TOWN, "镇方案.txt")
    number = int(at.rpartition("/")[2])
    held = office.services.plan_desk.plan(number).proposal
    assert held.region == office.services.office.known_places[0] + "云溪镇"
    assert "以前传过" in finished(author, upload(author, (TOWN.encode(), "镇方案.txt"))).text


def test_the_place_of_a_plan_is_corrected_from_the_province_down(office: Office, author: Client) -> None:  # noqa: F811
    at = stored(author, TOWN.replace("云溪镇", "白石岭开发区"), "区方案.txt")
    number = int(at.rpartition("/")[2])
    assert "要从省写起，提醒才发得到关注者" in author.get(at).text
    wrong = author.post(at, {"region": "白石岭", "do": "save"})
    assert (wrong.status_code, 'value="白石岭"' in wrong.text) == (422, True)
    assert "“白石岭”要从省写起" in wrong.text
    assert office.services.plan_desk.plan(number).proposal.region == "白石岭开发区"
    full = f"{EAST}白石岭开发区"
    assert author.post(at, {"region": full, "do": "save"}).status_code == 303
    assert office.services.plan_desk.plan(number).proposal.region == full
    page = author.get(at).text
    assert "要从省写起，提醒才发得到关注者" not in page
    assert f'value="{full}"' in page


def stored(client: Client, text: str, name: str) -> str:
    """The address of the page of a plan that was read from a text."""
    done = finished(client, upload(client, (text.encode(), name)))
    found = re.search(r"/plans/(\d+)", done.text)
    assert found, done.text
    return f"{HOME}/plans/{found[1]}"
