"""The pages of outreach under attack: others' objects, scripts in every field, formulas, and forms full of nonsense."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook
from tests.outreach.test_pages import EAST, EVIL, HOME, WEST, Platform, does, form, text_of, written

from bot.outreach.tables import delivery
from bot.people.tables import follower, unit
from bot.staff import Role
from tests.console.pages import NOW, Client, Office, make_office

FORMULAS = ("=cmd|'/C calc'!A1", "+1+1", "-2", "@SUM(A1)")
_FIELD = re.compile(r'<(?:input|textarea|select)[^>]* name="([^"]+)"')


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    held = make_office(tmp_path_factory.mktemp("office"))
    held.services.__dict__["senders"] = {"official.service": Platform("official.service")}
    rows = [
        {
            "id": n, "channel": "official", "account": "gh", "address": f"o{n:027d}", "state": "following",
            "window_sent": 0, "region": EAST if n % 2 else WEST, "last_message_at": NOW - timedelta(hours=1),
            "unit_id": n,
        }
        for n in range(1, 5)
    ]  # fmt: skip
    with held.services.database.begin() as db:
        db.execute(sa.insert(unit), [{"id": n, "name": name, "code": f"U{n}"} for n, name in enumerate(FORMULAS, 1)])
        db.execute(sa.insert(follower), rows)
    yield held
    held.services.close()


@pytest.fixture(scope="module")
def author(office: Office) -> Client:
    return office.sign_in(Role.AUTHOR)


@pytest.fixture(scope="module")
def approver(office: Office) -> Client:
    return office.sign_in(Role.APPROVER)


@pytest.fixture(scope="module")
def boss(office: Office) -> Client:
    return office.sign_in(Role.ADMINISTRATOR)


@pytest.fixture(scope="module")
def east(office: Office) -> Client:
    return office.sign_in(Role.DISTRICT, region=EAST)


def routes(office: Office, method: str, *, with_object: bool) -> Iterator[str]:
    """Addresses of the group; {} stands for the object."""
    for rule in office.app.url_map.iter_rules():
        is_ours = rule.endpoint.startswith("outreach.") and rule.endpoint != "outreach.static"
        if is_ours and method in (rule.methods or ()) and bool(rule.arguments) is with_object:
            yield re.sub(r"<[^>]+>", "{}", rule.rule)


def calls(client: Client, method: str, url: str, **values: Any) -> int:
    answer = client.get(url) if method == "GET" else client.post(url, {"reason": "试试", **values})
    return int(answer.status_code)


def broadcast_routes(office: Office) -> list[tuple[str, str]]:
    """Method and address of whatever names a broadcast."""
    return [
        (method, url) for method in ("GET", "POST") for url in routes(office, method, with_object=True)
        if "/broadcasts/" in url or "/unsaved/" in url
    ]  # fmt: skip


def test_what_goes_to_another_district_is_not_there(office: Office, author: Client, east: Client) -> None:
    theirs, everybodys = written(author, **{"to-region": WEST}), written(author)
    before = office.services.broadcasts.history(theirs)
    found = broadcast_routes(office)
    assert len(found) >= 20
    for number in (theirs, everybodys):
        for method, url in found:
            assert calls(east, method, url.format(number)) in (403, 404), (method, url)
            assert calls(east, method, url.format(number), **form("改掉")) in (403, 404), (method, url)
    assert office.services.broadcasts.history(theirs) == before
    assert f"/broadcasts/{theirs}" not in text_of(east, "/broadcasts")


def test_district_writes_to_nobody_outside(office: Office, east: Client) -> None:
    for rule in ("{}", f'{{"field": "region", "op": "in", "values": ["{WEST}"]}}'):
        number = written(east, **{"to-rule": rule})
        page = text_of(east, f"/broadcasts/{number}/reach")
        assert "受众 <b>0</b>" in page or "受众 <b>2</b>" in page, page
    count = east.post(f"{HOME}/audience", form(**{"to-region": WEST})).text
    assert ">0</b> 人" in count


def test_no_number_is_too_large_and_no_name_too_odd(office: Office, boss: Client) -> None:
    for method in ("GET", "POST"):
        for url in routes(office, method, with_object=True):
            for name in ("0", "99999999", "9" * 30):
                assert calls(boss, method, url.format(name)) == 404, (method, url, name[:40])
            for name in ("-1", "%00", "..%2f..%2fetc%2fpasswd", "%ED%A0%80", "x" * 300, "%F0%9F%98%80"):
                assert calls(boss, method, url.format(name)) in (303, 400, 404), (method, url, name)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.HANDLER])
def test_who_may_not_write_changes_nothing(office: Office, author: Client, role: Role) -> None:
    number, client = written(author), office.sign_in(role)
    before = office.services.broadcasts.history(number)
    for with_object in (True, False):
        for url in routes(office, "POST", with_object=with_object):
            assert calls(client, "POST", url.format(number), **form()) == 403, url
    assert office.services.broadcasts.history(number) == before


def test_author_approves_nothing(office: Office, author: Client) -> None:
    number = written(author)
    does(author, number, "submit")
    for url in ("approve", "return", "confirm"):
        assert does(author, number, url, version="1", reason="好").status_code == 403
    for url in ("approve", "revoke"):
        assert author.post(f"{HOME}/calendar/{url}", {"id": "fire-day:2026-11-09:0:公众"}).status_code == 403


def test_nothing_is_done_without_the_token_or_signed_out(office: Office, author: Client) -> None:
    number = written(author)
    stranger = office.app.test_client()
    for method, url in broadcast_routes(office):
        address = url.format(number)
        answer = stranger.get(address) if method == "GET" else author.browser.post(address, data=form())
        assert answer.status_code in (303, 403), (method, url)
    assert office.services.broadcasts.get(number).version == 1


def is_harmless(page: str) -> bool:
    return "<script>alert" not in page and "<img src=x" not in page and "onerror=alert(2)>" not in page


def test_script_in_any_field_stays_text(office: Office, author: Client, approver: Client) -> None:
    evil = form(
        f"正文{EVIL}", title=f"题{EVIL}", campaign=EVIL[:80], reason=EVIL, send_at="2026-06-02T09:00",
        **{"public-url": EVIL, "public-template": EVIL, "public-fields": f"thing1：{EVIL}", "to-region": EVIL,
           "worker-kind": "text", "worker-body": EVIL, "to-tag": EVIL, "to-except_unit": EVIL},
    )  # fmt: skip
    assert is_harmless(author.post(f"{HOME}/audience", evil).text)
    assert is_harmless(author.post(f"{HOME}/preview", evil).text)
    assert is_harmless(author.post(f"{HOME}/unsaved/new", evil).text)
    assert is_harmless(text_of(author, "/broadcasts/new"))
    assert is_harmless(author.post(f"{HOME}/broadcasts/new", {**evil, "send_at": EVIL}).text)
    sound = {"title": f"题{EVIL}", "public-body": f"正文{EVIL}", "campaign": EVIL[:80], "reason": EVIL}
    number = written(author, **sound, send_at="2026-06-02T09:00")
    does(author, number, "submit")
    does(approver, number, "return", reason=EVIL)
    does(author, number, "submit", reason=EVIL)
    assert does(approver, number, "approve", version="1", then="schedule").status_code == 303
    shown = [
        text_of(client, url) for client in (author, approver)
        for url in (f"/broadcasts/{number}", f"/broadcasts/{number}/reach", f"/broadcasts/{number}/people",
                    "/broadcasts", f"/broadcasts?q={EVIL}", "/calendar", "/calendar/list")
    ]  # fmt: skip
    assert all(map(is_harmless, [*shown, author.get("/staff/").text, text_of(author, f"/broadcasts/{number}/edit")]))
    assert any("&lt;script&gt;alert(1)" in page for page in shown)
    assert is_harmless(does(author, number, "test", address=EVIL, level=EVIL).text)
    assert is_harmless(does(author, number, "schedule", at=EVIL).text)


@pytest.mark.parametrize(
    "url",
    ["/broadcasts?state={0}&after={0}", "/broadcasts/new?campaign={0}", "/calendar?month={0}",
     "/calendar/list?days={0}", "/programme?day={0}", "/tips/book?q={0}&industry={0}&post={0}&after={0}"],
)  # fmt: skip
def test_address_brings_no_script(author: Client, url: str) -> None:
    for evil in (EVIL, "\0", "9" * 5000, "-1", "0001-01", "9999-12"):
        assert is_harmless(text_of(author, url.format(evil.replace("\0", "%EF%BF%BD"))))


def test_warning_is_relayed_as_text(author: Client, approver: Client) -> None:
    values = {"body": f"雷雨大风{EVIL}", "issuer": f"江门市气象台{EVIL}"[:100], "issued_at": "2026-06-01T08:30",
              "regions": EAST, "source": EVIL}  # fmt: skip
    done = author.post(f"{HOME}/warnings", values)
    assert done.status_code == 303
    for page in (text_of(approver, "/warnings"), approver.get(done.location).text, text_of(approver, "/broadcasts")):
        assert is_harmless(page)
    for name in values:
        answer = author.post(f"{HOME}/warnings", {**values, name: EVIL * 3})
        assert answer.status_code in (303, 422)
        assert is_harmless(answer.text)


def test_outcome_holds_no_formula(office: Office, author: Client, approver: Client) -> None:
    number = written(author, **{"public-body": "给全体的通知。"})
    does(author, number, "submit")
    does(approver, number, "approve", version="1", then="send")
    with office.services.database.begin() as db:
        db.execute(sa.update(delivery).values(why="=1+1"))
    answer = does(approver, number, "export")
    assert answer.status_code == 200
    cells = [cell for sheet in load_workbook(io.BytesIO(answer.data)) for row in sheet for cell in row if cell.value]
    assert any("cmd" in str(cell.value) for cell in cells)
    assert not [cell.value for cell in cells if cell.data_type == "f" or str(cell.value).startswith(tuple("=+-@\t"))]


NONSENSE = ("", "\0", "a\0b", "-1", "9" * 5000, "甲" * 30_000, "0001-01-01T00:00", "9999-12-31T23:59", "null",
            "[" * 15_000, '{"field": "region", "op": "in", "values": [' + "9" * 5000 + "]}", '{"all": {"not": 1}}',
            "\u202e\ufeff\U0001f600", "../../etc/passwd", "thing1 没有冒号")  # fmt: skip


def test_composer_bears_any_nonsense(author: Client) -> None:
    found = set(_FIELD.findall(text_of(author, "/broadcasts/new"))) - {"csrf", "q"}
    names = sorted(name for name in found if not name.startswith(("worker-", "officer-", "to-except")))  # as the others
    assert len(names) > 25
    for name in names:
        for text in NONSENSE:
            answer = author.post(f"{HOME}/broadcasts/new", form(**{name: text}))
            assert answer.status_code in (303, 400, 409, 422), (name, text[:40], answer.status_code)


@pytest.mark.parametrize("url", ["/broadcasts/new", "/audience", "/preview", "/unsaved/new", "/warnings"])
def test_form_that_no_page_sends_is_borne(author: Client, url: str) -> None:
    whole = dict.fromkeys(("title", "public-kind", "channels", "to-rule", "to-wrote", "until", "version"), "\ufffd")
    for values in (
        {},
        whole,
        {"title": ["a", "b"], "channels": ["x"] * 50},
        {"title": (io.BytesIO(b"GIF89a"), "a.gif")},
    ):
        assert author.post(HOME + url, values).status_code < 500, values
    raw = f"csrf={author.csrf}&title=%ED%A0%80&public-body=%FF%FE%00&to-region=%C0%80".encode()
    answer = author.browser.post(HOME + url, data=raw, content_type="application/x-www-form-urlencoded")
    assert answer.status_code < 500


@pytest.mark.parametrize("verb", ["approve", "schedule", "return", "test", "submit", "send", "alert", "pause", "edit"])
def test_buttons_bear_nonsense(author: Client, boss: Client, verb: str) -> None:
    number = written(author)
    if verb == "approve":
        does(author, number, "submit")
    for text in (*NONSENSE, "٣", "2026-06-02T09:00+99:99", "0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00"):
        values = dict.fromkeys(("version", "at", "reason", "address", "level", "then"), text)
        answer = does(boss, number, verb, **values)
        assert answer.status_code in (303, 400, 409, 413, 422), (verb, text[:40], answer.status_code)


def test_calendar_bears_nonsense(boss: Client) -> None:
    for text in NONSENSE:
        for verb in ("skip", "move", "approve", "revoke"):
            answer = boss.post(f"{HOME}/calendar/{verb}", {"id": text, "reason": "试试", "at": text})
            assert answer.status_code in (400, 404, 409), (verb, text[:40])
