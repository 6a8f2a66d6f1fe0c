"""The pages of outreach against those who may not: other roles, other districts, script, formulas, nonsense."""

from __future__ import annotations

import io
import re
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa

from bot.outreach.scope import confined
from bot.outreach.states import State
from bot.people.tables import follower
from bot.staff import Role
from tests.console.pages import Client, Office

from .conftest import CITY, EAST, EVIL, HOME, WEST, does, finished, form, state, text_of, written

VERBS = ("submit", "return", "approve", "schedule", "send", "alert", "confirm", "pause", "resume", "cancel", "copy",
         "test", "export", "edit")  # fmt: skip
READS = ("", "/reach", "/progress", "/events", "/people", "/file")


@pytest.mark.parametrize("verb", VERBS)
def test_an_auditor_reads_and_changes_nothing(office: Office, author: Client, verb: str) -> None:
    number = written(author, text="审计看得见")
    auditor = office.sign_in(Role.AUDITOR)
    assert auditor.get(f"{HOME}/broadcasts/{number}").status_code == 200
    assert does(auditor, number, verb, version="1", reason="试试", at="2026-06-05 09:00").status_code == 403
    assert state(office, number) is State.DRAFT


@pytest.mark.parametrize("url", ["/broadcasts", "/calendar", "/tips", "/warnings", "/programme", "/broadcasts/1"])
def test_a_handler_sees_no_outreach(office: Office, url: str) -> None:
    assert office.sign_in(Role.HANDLER).get(HOME + url).status_code == 403


def test_nobody_gets_in_without_signing_in(office: Office) -> None:
    answer = office.app.test_client().get(f"{HOME}/broadcasts")
    assert answer.status_code == 303
    assert "/staff/sign-in" in answer.location


def test_a_form_without_its_token_does_nothing(office: Office, author: Client) -> None:
    number = written(author, text="没有令牌")
    author.browser.post(f"{HOME}/broadcasts/{number}/submit")
    assert state(office, number) is State.DRAFT


# Districts


@pytest.mark.parametrize("audience", [{}, {"to-region": WEST}, {"to-region": CITY}, {"to-region": f"{EAST}\n{WEST}"}])
def test_a_district_does_not_find_what_goes_beyond_it(
    author: Client, district: Client, audience: dict[str, str]
) -> None:
    number = written(author, text="不只给江海区", **audience)
    for read in READS:
        assert district.get(f"{HOME}/broadcasts/{number}{read}").status_code == 404, read
    for verb in set(VERBS) - {"return", "approve", "confirm"}:
        assert does(district, number, verb, **form(version="1", reason="试试")).status_code == 404, verb
    assert district.post(f"{HOME}/unsaved/{number}", form()).status_code == 404
    assert f"/broadcasts/{number}" not in text_of(district, "/broadcasts")
    assert f'broadcasts/{number}"' not in district.get("/staff/").text


@pytest.mark.parametrize(
    "audience",
    [
        {}, {"to-region": WEST}, {"to-region": "全国"}, {"to-region": f"{EAST}\n{WEST}"}, {"to-except_region": WEST},
        {"to-rule": '{"any": [{"field": "region", "values": ["' + EAST + '"]}, {"field": "topic", "values": ["x"]}]}'},
        {"to-rule": '{"not": [{"field": "region", "values": ["' + EAST + '"]}]}'},
    ],
)  # fmt: skip
def test_what_a_district_writes_stays_in_its_region(office: Office, district: Client, audience: dict[str, str]) -> None:
    number = written(district, text="给自己的辖区", **audience)
    held = office.services.broadcasts.get(number)
    assert confined(held.draft.audience).startswith(EAST)
    reached = office.services.broadcasts.sample(number, 50, office.now)
    assert all(row["region"].startswith(EAST) for row in reached)
    assert text_of(district, f"/broadcasts/{number}")


def test_the_count_and_sample_of_a_district_are_its_own(district: Client) -> None:
    answer = district.post(f"{HOME}/audience", {"to-region": WEST}).text
    assert ">0</b> 人" in answer
    assert ">6</b> 人" in district.post(f"{HOME}/audience", {}).text
    assert WEST not in district.post(f"{HOME}/audience", {}).text


def test_a_district_relays_no_warning_of_elsewhere(office: Office, district: Client) -> None:
    typed = {
        "body": "暴雨预警",
        "issuer": "江门市气象台",
        "issued_at": "2026-06-01T08:30",
        "source": "网页",
        "then": "send",
    }
    for region in (WEST, CITY, f"{EAST}\n{WEST}"):
        answer = district.post(f"{HOME}/warnings", {**typed, "regions": region})
        assert answer.status_code == 422
        assert "不在您的辖区" in answer.text
    assert district.post(f"{HOME}/warnings", {**typed, "regions": EAST, "then": "draft"}).status_code == 303


def test_a_district_changes_no_reminder_of_everybody(office: Office, district: Client) -> None:
    names = [f.id for f in office.services.calendar.firings(office.now, office.now.replace(month=7))]
    name = names[0]
    for deed in ("skip", "move"):
        answer = district.post(f"{HOME}/calendar/{deed}", {"id": name, "reason": "不要", "at": "2026-06-20 09:00"})
        assert answer.status_code == 404, deed
    assert "改期" not in text_of(district, f"/calendar/firing?id={name}").replace("要改请联系", "")


def test_a_district_approver_approves_only_its_own(office: Office, author: Client) -> None:
    chief = office.sign_in(Role.APPROVER, region=WEST)
    number = written(author, text="江海区的事", **{"to-region": EAST})
    does(author, number, "submit")
    assert does(chief, number, "approve", version="1").status_code == 404
    assert state(office, number) is State.IN_REVIEW


# Script and formulas


def test_script_in_every_field_is_shown_as_words(office: Office, author: Client, approver: Client) -> None:
    levels = {
        f"{level}-{name}": EVIL for level in ("public", "worker", "officer")
        for name in ("body", "title", "url", "picture", "media", "template")
    }  # fmt: skip
    typed = form(
        EVIL, title=EVIL, reason=EVIL, campaign=EVIL[:60], **levels, **{"public-fields": f"thing1：{EVIL}"},
        **{"to-unit": EVIL, "to-tag": EVIL, "to-except_unit": EVIL, "to-audience": [EVIL], "to-topic": [EVIL]},
    )  # fmt: skip
    author.post(f"{HOME}/unsaved/new", typed)
    pages = [author.get(f"{HOME}/broadcasts/new").text, author.post(f"{HOME}/preview", typed).text]
    pages.append(author.post(f"{HOME}/audience", typed).text)
    number = int(author.post(f"{HOME}/broadcasts/new", typed).location.rpartition("/")[2])
    pages += [text_of(author, f"/broadcasts/{number}{part}") for part in ("", "/edit", "/reach")]
    pages += [text_of(author, f"/broadcasts?q={EVIL}"), author.get("/staff/").text]
    pages.append(author.post(f"{HOME}/warnings", {"body": EVIL, "issuer": EVIL, "regions": EVIL, "source": EVIL}).text)
    pages.append(text_of(author, f"/tips/book?q={EVIL}&industry={EVIL}"))
    pages.append(author.get(f"{HOME}/calendar/firing?id={EVIL}").text)
    assert not [page for page in pages if "<script>alert" in page or "<img src=x" in page]


def test_script_of_a_follower_is_shown_as_words(office: Office, author: Client, approver: Client) -> None:
    with office.services.database.begin() as db:
        db.execute(sa.update(follower).where(follower.c.id == 2).values(region=EAST + EVIL, industry=EVIL[:40]))
    number = written(author, text="粉丝填了脚本")
    does(author, number, "submit")
    does(approver, number, "approve", version="1", then="send")
    pages = [text_of(author, f"/broadcasts/{number}/people"), author.post(f"{HOME}/audience", {}).text]
    assert not [page for page in pages if "<script>alert" in page or "<img src=x" in page]


def test_no_cell_of_the_export_is_a_formula(office: Office, author: Client, approver: Client) -> None:
    number = written(author, text="导出")
    does(author, number, "submit")
    does(approver, number, "approve", version="1", then="send")
    waited = does(author, number, "export").location
    finished()
    assert "10 行" in author.get(waited).text
    answer = author.get(f"{waited}/file")
    assert "attachment" in answer.headers["Content-Disposition"]
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    answer.close()
    assert sheet
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert sheet.max_row == 11
    assert not [c.value for c in cells if c.data_type == "f" or str(c.value or "").startswith(("=", "+", "-", "@"))]
    assert "'=cmd" in str([c.value for c in cells])
    auditor, other = office.sign_in(Role.AUDITOR), office.sign_in(Role.AUTHOR)
    assert does(auditor, number, "export").status_code == 403
    assert other.get(waited).status_code == other.get(f"{waited}/file").status_code == 404
    another = written(author, text="别的")
    assert author.get(waited.replace(f"/{number}/", f"/{another}/")).status_code == 404
    assert office.services.broadcasts.history(number)[-1].why == "10 行"


# Nonsense

NONSENSE: list[dict[str, Any]] = [
    {}, {"title": "标" * 5000}, {"public-body": "字" * 20_000}, {"public-kind": "virus"}, {"channels": ["pigeon"]},
    {"send_at": "9999-99-99"}, {"to-wrote": "一"}, {"to-rule": "{"}, {"to-rule": '{"all": ' * 50}, {"to-rule": "[]"},
    {"public-fields": "没有冒号"}, {"version": "-1"}, {"version": "9" * 30}, {"public-body": "\x00\x08\ud7ff"},
    {"to-region": "\u202e" * 300}, {"to-followed": "昨天"}, {"campaign": "x" * 500},
]  # fmt: skip


@pytest.mark.parametrize("typed", NONSENSE, ids=range(len(NONSENSE)))
def test_nonsense_in_the_composer_is_answered_in_words(author: Client, typed: dict[str, Any]) -> None:
    number = written(author, text="好好的")
    edit, new = f"/broadcasts/{number}/edit", "/broadcasts/new"
    looking = dict.fromkeys(
        ("/audience", "/preview", "/unsaved/new"), 422 if "\0" in str(typed.get("public-body", "")) else 200
    )
    stale = typed.keys() == {"version"}
    making = {edit: 409 if stale else 422 if typed else 303, new: 422 if typed and not stale else 303}
    for url, status in {**looking, **making, "/warnings": 422}.items():
        answer = author.post(HOME + url, {"title": "胡乱填", **typed})
        assert answer.status_code == status, url
        assert re.search("[一-鿿]", answer.text) or status == 303, url
    if typed:
        assert "好好的" in author.get(f"{HOME}/broadcasts/{number}").text
    author.post(f"{HOME}/unsaved/new/drop")


@pytest.mark.parametrize(
    "url",
    ["/broadcasts/999999", "/broadcasts/99999999999999999999", "/broadcasts/0/edit", "/campaigns/77", "/tips/book/none",
     "/calendar/firing?id=nothing", "/calendar/firing", "/broadcasts/x"],
)  # fmt: skip
def test_what_is_not_there_is_not_found(author: Client, url: str) -> None:
    assert author.get(HOME + url).status_code == 404


@pytest.mark.parametrize(
    "url", ["/broadcasts?after=x&state=zz", "/calendar?month=2026-13", "/calendar?month=0001-01",
            "/calendar/list?days=9999", "/tips/book?after=zz", "/programme?day=x",
            "/broadcasts?after=99999999999999999999"],
)  # fmt: skip
def test_nonsense_in_an_address_shows_the_page(author: Client, url: str) -> None:
    assert author.get(HOME + url).status_code == 200
