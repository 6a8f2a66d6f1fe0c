"""What staff of a district get to see of other districts, by every address, search, export and count: nothing."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pytest
from openpyxl import load_workbook
from sqlalchemy import insert, select

from bot.outreach.head_counts import keep_head_count
from bot.outreach.tip_tables import tip_reader
from bot.people import followers
from bot.people.followers import ChoseRow
from bot.people.tables import follower
from bot.staff import Role
from tests.console.pages import NOW, Client, Office
from tests.console.stocked import ELSEWHERE, HERE, stocked_office
from tests.console.walking import filled, rules, walk

#: What belongs to the other district alone.
THEIRS = ("新会的秘事", "新会学堂", "新会联络", "13800009999", "1380000****", "新会推送", "新会人群", "…0002")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    held = stocked_office(tmp_path_factory.getbasetemp(), tmp_path_factory.mktemp("districts"))
    yield held
    held.services.close()


@pytest.fixture(scope="module")
def theirs(office: Office) -> Client:
    """Somebody of the other district, who has made one of everything."""
    client = office.sign_in(Role.DISTRICT, Role.APPROVER, region=ELSEWHERE)
    draft = {"title": "新会推送", "public-kind": "text", "public-body": "新会推送", "channels": ["official.service"]}
    assert client.post("/staff/outreach/broadcasts/new", draft).status_code == 303
    assert client.post("/staff/people/segments/new", {"name": "新会人群"}).status_code == 303
    client.post("/staff/outreach/unsaved/new", {"title": "新会推送没写完"})
    for kind in ("units", "followers"):
        assert client.post(f"/staff/people/export/{kind}", {"reason": "核对", "phones": "y"}).status_code == 303
    for link in walk(client, "/staff/people/followers"):
        client.get(link, follow_redirects=True)  # opens the talk, too
    return client


@pytest.fixture(scope="module")
def mine(office: Office, theirs: Client) -> Client:
    return office.sign_in(Role.DISTRICT, region=HERE)


def shown(text: str) -> list[str]:
    return [word for word in THEIRS if word in text]


def test_the_other_district_sees_what_it_made(theirs: Client) -> None:
    text = "".join(theirs.get(url, follow_redirects=True).text for url in walk(theirs, "/staff/"))
    assert {"新会的秘事", "新会学堂", "新会推送", "新会人群", "…0002"} <= set(shown(text))


def test_no_address_shows_another_district(office: Office, mine: Client) -> None:
    for rule in rules(office.app, "GET"):
        for url in filled(rule, [str(n) for n in range(1, 5)]):
            for query in (
                "",
                "?q=新会&text=新会&unit=新会&region=" + ELSEWHERE,
                "?after=0&before=9999-12-31T00:00",
            ):
                answer = mine.get(url + query)
                assert not shown(answer.data.decode("utf-8", "replace")), url + query


def test_no_search_finds_another_district(mine: Client) -> None:
    for word in ("秘事", "新会", "0002", "13800009999"):
        for url in ("conversations/search?text=", "people/units?name=", "people/units?q=", "people/followers?address=",
                    "outreach/broadcasts?q=", "people/officers?q="):  # fmt: skip
            answer = mine.get(f"/staff/{url}{word}")
            assert answer.status_code == 200
            assert not shown(answer.text.replace(word, "")), url


@pytest.mark.parametrize("kind", ["units", "followers"])
def test_an_export_holds_ones_own_alone(mine: Client, theirs: Client, kind: str) -> None:
    asked = f"/staff/people/export/{kind}?region={ELSEWHERE}"
    for url in (f"/staff/people/export/{kind}", asked):
        made = mine.post(url, {"reason": "核对", "phones": "y"})
        assert made.status_code == 303
        file = mine.get(f"{made.location}/file")
        cells = [str(c) for row in load_workbook(io.BytesIO(file.data)).worksheets[0].values for c in row]
        assert not shown("\n".join(cells)), url
        number = made.location.rpartition("/")[2]
        for part in ("", "/progress", "/file"):  # what I have exported is nobody else's
            assert theirs.get(f"/staff/people/exports/{number}{part}").status_code == 404


def test_nothing_of_another_district_can_be_changed_by_its_number(office: Office, mine: Client) -> None:
    personal = [r for r in rules(office.app, "POST") if "<int:" in str(r) and "/knowledge/" not in str(r)]
    for rule in personal:
        for url in filled(rule, ["1" if "/conversations/" in str(rule) else "2"]):  # so theirs are numbered
            if any(part in url for part in ("/followers/", "/units/", "/conversations/1")):
                assert mine.post(url, {"reason": "x", "reply": "x", "key": "k"}).status_code == 404, url
    for url in ("broadcasts/1/submit", "broadcasts/1/edit", "broadcasts/1/copy", "broadcasts/1/cancel", "unsaved/1"):
        assert mine.post(f"/staff/outreach/{url}", {"title": "x", "reason": "x"}).status_code == 404, url
    for url in ("segments/1/edit", "segments/1/delete"):
        assert mine.post(f"/staff/people/{url}", {"name": "x"}).status_code == 404, url


def test_counts_are_of_ones_own(office: Office, mine: Client) -> None:
    def numbers() -> list[str]:
        pages = ("/staff/", "/staff/people/followers", "/staff/outreach/tips", "/staff/conversations/")
        parts = [mine.get(page).text for page in pages] + [mine.part("/staff/outreach/tips/ahead").text]
        return [re.sub(r'name="form_key" value="[^"]*"', "", part.replace(mine.csrf, "")) for part in parts]

    before = numbers()
    with office.services.database.begin() as db:
        for n in range(7):
            who = f"oFAR{n:024d}"
            followers.ensure(db, "official", who, NOW)
            followers.chose(db, [ChoseRow(NOW, "official", who, {"region": ELSEWHERE, "frequency": "daily"})])
        people = select(follower.c.id).where(follower.c.region == ELSEWHERE)
        kind, day = "worker///daily", f"{NOW:%Y-%m-%d}"
        for number in db.scalars(people).all():
            keep_head_count(db, number, 12, NOW)
            db.execute(insert(tip_reader).values(follower_id=number, kind=kind, since=day, paced=day))
    assert numbers() == before


def test_a_form_that_came_too_late_is_its_owners(office: Office, mine: Client, theirs: Client) -> None:
    theirs.browser.post("/staff/people/segments/new", data={"name": "新会人群二"})  # without its token: kept
    assert "新会人群二" in theirs.get("/staff/parked").text
    assert not shown(mine.get("/staff/parked", follow_redirects=True).text)
    assert not shown(mine.get("/staff/outreach/broadcasts/new").text)
