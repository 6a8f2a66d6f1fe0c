"""The staff site for those who hear it: what is wrong leads to its field, and how far something is gets told."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from lxml import html

from bot.staff import Role
from tests.console.pages import Office, office  # noqa: F401

DRAFT = {"title": "试", "public-kind": "text", "public-body": "大风停工", "channels": ["official.service"]}
#: Where a form is sent to -> fields that are wrong in it.
WRONG: dict[str, dict[str, object]] = {
    "/staff/outreach/broadcasts/new": {**DRAFT, "kind": "nothing", "send_at": "2026-02-31T08:00"},
    "/staff/people/segments/new": {"name": "", "followed_since": "2026-02-31", "topic": "nothing"},
    "/staff/people/units/new": {"kind": "nothing"},
    "/staff/accounts/new": {"name": "x" * 41},
    "/staff/knowledge/new": {"title": "", "do": "submit"},
    "/staff/settings/switches/tips/off": {"reason": ""},
}


@pytest.mark.parametrize("url", WRONG)
def test_what_is_wrong_is_told_first_and_leads_to_its_field(office: Office, url: str) -> None:  # noqa: F811
    answer = office.sign_in(Role.ADMINISTRATOR).post(url, dict(WRONG[url]))
    page = html.document_fromstring(answer.data, parser=html.HTMLParser(encoding="utf-8"))
    assert answer.status_code == 422
    assert (page.findtext(".//title") or "").startswith("有地方要改：")
    ids = Counter(page.xpath("//@id"))
    assert not [one for one, count in ids.items() if count > 1]
    leads = page.xpath("//*[contains(@class, 'problem')]//a/@href")
    for target in leads:
        found = page.xpath("//*[@id=$to]", to=target[1:])
        assert len(found) == 1, target
        assert found[0].tag in ("input", "select", "textarea") or found[0].get("tabindex") == "-1", target
    assert not re.search("[a-z]{4}", "".join(page.xpath("//*[contains(@class, 'problem')]//text()")))
    bad = page.xpath("//*[@aria-invalid='true']")
    assert bad
    for field in bad:
        around = [field, *field.xpath("ancestor::fieldset")]
        said = " ".join(one.get("aria-describedby", "") for one in around).split()
        assert any("error" in one or "wrong" in one for one in said), html.tostring(field)
        assert all(one in ids for one in said)


def test_how_far_something_is_is_told_in_a_place_that_stays(office: Office) -> None:  # noqa: F811
    client = office.sign_in(Role.ADMINISTRATOR)
    made = client.post("/staff/knowledge/files/export")
    page, part = client.get(made.location), client.part(f"{made.location}/part")
    place = html.document_fromstring(page.data).xpath("//p[@id='told']")
    assert [one.get("role") for one in place] == ["status"]
    for answer in (page, part):  # the part is exchanged each second: were it live itself, it would never be quiet
        assert answer.text.count("data-told=") == 1
        assert "aria-live" not in answer.text.partition('id="work"')[2]
