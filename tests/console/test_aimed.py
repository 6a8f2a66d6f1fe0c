"""Aimed at single functions: what is uploaded, what comes by itself, files of others, codes, addresses, old forms."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from bot.people.tables import follower
from bot.simulator import Simulator
from bot.staff import Role
from bot.staff.tables import staff_session
from bot.staff.trail import Search
from bot.store.tables import message_log
from tests.console.pages import NOW, PASSWORD, Client, Office, token_of
from tests.console.stocked import ALICE, BOB, ELSEWHERE, HERE, with_account
from tests.console.walking import MARK, wrong
from tests.pictures import gif, jpg, mp4, png

MEDIA, B, TALKS = "/staff/outreach/media", "/staff/outreach/broadcasts", "/staff/conversations"
SCRIPT = f"<script>{MARK}()</script>".encode()
DRAFT = {"title": "试", "public-kind": "text", "public-body": "大风停工", "channels": ["official.service"]}


@pytest.fixture(scope="module")
def stood(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Office, Simulator]]:
    with with_account(tmp_path_factory.getbasetemp(), tmp_path_factory.mktemp("aimed")) as held:
        yield held


@pytest.fixture(scope="module")
def office(stood: tuple[Office, Simulator]) -> Office:
    return stood[0]


@pytest.fixture(scope="module")
def boss(office: Office) -> Client:
    return office.sign_in(Role.ADMINISTRATOR)


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as held:
        held.writestr("../../evil.html", SCRIPT)
    return out.getvalue()


def hands_in(client: Client, data: bytes, name: str, kind: str = "image") -> TestResponse:
    return client.post(MEDIA, {"kind": kind, "file": (io.BytesIO(data), name)})


POLYGLOTS = {
    "html.gif": gif()[:13] + SCRIPT + b";", "page.html": gif() + SCRIPT, "zip.jpg": jpg() + archive(),
    "x.svg": png() + b"<svg onload='foe7()'/>", "../../../etc/cron.d/x.png": png(3, 2), "a\r\nX-Evil: 1.png": png(3, 3),
    "<img src=x onerror=foe7()>.png": png(3, 4), "con.png\u202egnp.exe": png(3, 5), "x" * 4000 + ".png": png(3, 6),
}  # fmt: skip


@pytest.mark.parametrize("name", POLYGLOTS, ids=range(len(POLYGLOTS)))
def test_what_is_two_things_at_once_is_given_out_as_a_picture_alone(office: Office, boss: Client, name: str) -> None:
    answer = hands_in(boss, POLYGLOTS[name], name)
    assert not (bad := wrong(MEDIA, answer)), bad
    assert "X-Evil" not in answer.headers
    if answer.status_code != 303:  # no name that could stand in a head of a form
        assert (answer.status_code, "空字符" in answer.text) == (422, True)
        return
    item = office.services.media.items("image", "", office.now, 1)[0]  # type: ignore[arg-type]
    assert not re.search(r"[/\\\r\n\u202e]", item.name)
    assert len(item.name) <= 200
    shown = boss.get(f"{MEDIA}/{item.id}/picture")
    assert shown.mimetype in ("image/gif", "image/jpeg", "image/png")
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert "script-src 'self'" in shown.headers["Content-Security-Policy"]
    page = boss.get(MEDIA)
    assert not (bad := wrong(MEDIA, page)), bad


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='foe7()'/>", "x.png", "image"), (b"", "leer.png", "image"),
        (png()[:16] + b"\0\0\xc3\x50\0\0\xc3\x50" + png()[24:], "bomb.png", "image"), (SCRIPT, "x.mp4", "video"),
        (mp4().replace(b"isom", b"qt  "), "x.mp4", "video"), (mp4().replace(b"isom", b"heic"), "x.mp4", "video"),
        (archive(), "x.jpg", "image"), (jpg(), "x.jpg", "video"), (b"%PDF-1.4" + png(), "x.png", "image"),
        (png(), "x.png", "draft"), (png(), "x.png", "nothing"),
    ],
)  # fmt: skip
def test_what_is_no_picture_or_film_is_handed_to_nobody(
    stood: tuple[Office, Simulator], boss: Client, data: bytes, name: str, kind: str
) -> None:
    before = len(stood[1].state.media)
    answer = hands_in(boss, data, name, kind)
    assert answer.status_code == (404 if kind == "nothing" else 409)
    assert not (bad := wrong(MEDIA, answer)), bad
    assert len(stood[1].state.media) == before


def test_a_form_of_very_many_parts_is_not_read(boss: Client) -> None:
    kind = "multipart/form-data; boundary=x"
    parts = "".join(f'--x\r\nContent-Disposition: form-data; name="a{n}"\r\n\r\n\r\n' for n in range(2000))
    answer = boss.browser.post(MEDIA, data=parts.encode() + b"--x--", content_type=kind)
    assert (answer.status_code, "太大" in answer.text) == (413, True)


def test_a_name_with_nul_does_no_harm(boss: Client) -> None:
    body = (
        f'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n{boss.csrf}\r\n'
        '--x\r\nContent-Disposition: form-data; name="kind"\r\n\r\nimage\r\n'
        '--x\r\nContent-Disposition: form-data; name="file"; filename="a\0b.png"\r\n\r\n'
    ).encode() + png(2, 7) + b"\r\n--x--\r\n"  # fmt: skip
    answer = boss.browser.post(MEDIA, data=body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 303
    assert not (bad := wrong(MEDIA, boss.get(MEDIA))), bad


def talk_of(office: Office, client: Client, address: str) -> str:
    with office.services.database.read() as db:
        message = db.scalar(sa.select(message_log.c.id).where(message_log.c.address == address).limit(1))
    return client.get(f"{TALKS}/open/{message}").location.partition("#")[0]


EVENTS = {"Accept": "text/event-stream"}


def test_what_comes_by_itself_comes_to_those_alone_who_may_read_it(office: Office, boss: Client) -> None:
    number = boss.post(f"{B}/new", {**DRAFT, "to-region": ELSEWHERE}).location.rpartition("/")[2]
    streams = [f"{talk_of(office, boss, BOB)}/events?after=0.0", f"{B}/{number}/events"]
    district = office.sign_in(Role.DISTRICT, region=HERE)
    keeper = office.sign_in(Role.AUTHOR)
    for url, status in zip(streams, (200, 204), strict=True):  # of a draft there is nothing to tell
        assert boss.get(url, headers=EVENTS).status_code == status, url
        assert district.get(url, headers=EVENTS).status_code == 404, url
    leaver = office.sign_in(Role.HANDLER)
    assert leaver.get(streams[0], headers=EVENTS).status_code == 200
    boss.post(f"/staff/accounts/{leaver.staff.id}/close")
    answer = leaver.get(streams[0], headers=EVENTS)  # the next part of the same stream
    assert (answer.status_code, answer.mimetype) == (303, "text/html")
    assert "新会的秘事" not in answer.text
    boss.post(f"/staff/accounts/{keeper.staff.id}", {"display": "同事", "district": "y", "region": HERE})
    assert keeper.get(streams[1], headers=EVENTS).status_code == 404  # a district from this part on


def test_no_stream_keeps_a_thread_however_many_are_open(office: Office, boss: Client) -> None:
    """Each part is an answer that ends: there is nothing to be held open, and what is asked for wrongly is refused."""
    url = talk_of(office, boss, ALICE)
    for _ in range(50):
        answer = boss.get(f"{url}/events?after=0.0", headers=EVENTS)
        assert answer.data.endswith(b"\n\n")
        assert "no-store" in answer.headers["Cache-Control"]
    for last in ("", "x", "-1.0", "9" * 40 + ".0", "0.0\n\ndata: x", "1e9.0", "٣.0"):
        answer = boss.get(f"{url}/events", query_string={"after": last}, headers=EVENTS)
        assert answer.status_code == (200 if last == "٣.0" else 400), last
        answer = boss.get(f"{url}/events?after=0.0", headers={**EVENTS, "Last-Event-ID": last.replace("\n", " ")})
        assert answer.status_code == (200 if last in ("", "٣.0") else 400), last


def test_what_is_said_cannot_begin_an_event_of_its_own(office: Office, boss: Client) -> None:
    answer = boss.get(f"{talk_of(office, boss, ALICE)}/events?after=0.0", headers=EVENTS)
    for line in answer.text.splitlines():
        assert re.match(r"retry: \d+$|id: [\d.]+$|data: |$", line), line


def test_a_page_that_nobody_touches_keeps_no_session(office: Office, boss: Client) -> None:
    client = office.sign_in(Role.HANDLER)
    minutes = office.services.settings.console.idle_minutes
    url = f"{talk_of(office, boss, ALICE)}/events?after=0.0"
    for _ in range(3):
        office.pass_time(minutes=minutes / 3 + 1)
        client.get(url, headers=EVENTS)
        client.part("/staff/today/live")
    assert client.get("/staff/").location.startswith("/staff/sign-in")
    busy = office.sign_in(Role.HANDLER)
    for _ in range(3):
        office.pass_time(minutes=minutes / 3 + 1)
        assert busy.get("/staff/").status_code == 200
    office.now = NOW


def test_a_file_is_for_the_one_who_asked_for_it(office: Office, boss: Client) -> None:
    people = boss.post("/staff/people/export/followers", {"reason": "备案"}).location
    number = boss.post(f"{B}/new", DRAFT).location
    outcome = boss.post(f"{number}/export").location
    package = boss.post("/staff/knowledge/files/export").location
    other = office.sign_in(Role.ADMINISTRATOR)
    for url in (people, f"{people}/file", outcome, f"{outcome}/file", package,
                package.replace("progress", "files") + ".zip"):  # fmt: skip
        assert other.get(url).status_code == 404, url
    work = int(people.rpartition("/")[2])
    for n in range(max(1, work - 3), work + 4):  # by their numbers
        assert other.get(f"/staff/people/exports/{n}/file").status_code == 404


@pytest.mark.parametrize(
    "value", ["javascript:foe7()", " javascript:foe7()", "JaVaScRiPt:foe7()",
              "java\nscript:foe7()", "data:text/html,<x>",
              "vbscript:x", "file:///etc/passwd", "//evil.example", "http://", "https://a b",
              "intent://x", "http:evil"],
)  # fmt: skip
def test_no_button_of_the_menu_leads_to_what_runs(boss: Client, value: str) -> None:
    given = {"b0-name": "看", "b0-kind": "view", "b0-value": value, "why": "试"}
    answer = boss.post("/staff/settings/menu/new", given)
    assert answer.status_code == 422
    assert not (bad := wrong("menu", answer)), bad
    given |= {"b0-kind": "miniprogram", "b0-appid": "wx0123456789abcdef", "b0-pagepath": "a"}
    assert boss.post("/staff/settings/menu/new", given).status_code == 422


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    "inside", ["127.0.0.1", "169.254.169.254", "[::1]", "10.0.0.1", "[::ffff:127.0.0.1]", "localhost"]
)
def test_no_picture_is_looked_for_in_here(boss: Client, inside: str, scheme: str) -> None:
    news = {"public-kind": "news", "public-title": "图文", "public-description": "说明", "public-body": "文字",
            "public-picture": f"{scheme}://{inside}/a.png", "public-url": "https://example.org/a"}  # fmt: skip
    made = boss.post(f"{B}/new", {**DRAFT, **news})
    assert made.status_code == 303, made.text[-500:]
    answer = boss.post(f"{made.location}/submit")
    assert answer.status_code == 409
    assert "内网" in answer.text


def test_codes_are_not_guessed_and_bind_one_person(office: Office, boss: Client) -> None:
    """Whoever sends codes at random binds nothing; an account of WeChat belongs to one of staff at a time."""
    bindings, now = office.services.bindings, office.now
    one, two = office.sign_in(Role.AUTHOR), office.sign_in(Role.AUTHOR)
    code = bindings.code(one.staff.id, now)
    for wrong_code in ("", "AAAAAA", code[:-1], code + "A", code[::-1] + "x", "%" * 6, "' OR 1", "\0" * 6):
        assert bindings.claim(wrong_code, "official", "oEVE", now) == ""
    assert bindings.claim(code, "official", "oONE", now)
    assert bindings.claim(code, "official", "oEVE", now) == ""  # once
    assert bindings.claim(bindings.code(two.staff.id, now), "official", "oONE", now)
    assert (bindings.of(one.staff.id), bindings.of(two.staff.id)[0].address) == ([], "oONE")
    assert two.post("/staff/me/unbind", {"channel": "official", "staff_id": one.staff.id}).status_code == 303
    assert one.post("/staff/me/unbind", {"channel": "official"}).status_code == 409


def test_a_unit_of_elsewhere_has_no_code_for_a_district(office: Office, boss: Client) -> None:
    made = boss.post("/staff/people/units/new", {"name": "新会二厂", "kind": "企业", "region": ELSEWHERE}).location
    district = office.sign_in(Role.DISTRICT, region=HERE)
    for part in ("", "/qr.svg", "/print"):
        assert district.get(made + part).status_code == 404
    for part in ("/qr", "/code", "/officer/code"):
        assert district.post(made + part).status_code == 404


TARGETS = [
    "//evil.example", "/\\evil.example", "https://evil.example/staff/", "/staff/..//evil.example",
    "/staff//evil.example",
    "\t//evil.example", "/staff/%0d%0aX-Evil: 1", "/staff/@evil.example", "///evil.example", "/staff/?x=//evil.example",
    "http:evil.example", "/staff/\u2028//evil", "staff/", "?next=/", "#x",
]  # fmt: skip


@pytest.mark.parametrize("target", TARGETS)
def test_wherever_next_leads_it_is_on_this_site(office: Office, target: str) -> None:
    accounts = office.services.accounts
    name = f"next{TARGETS.index(target)}"
    made, first = accounts.add(name, "同事", {Role.AUTHOR}, "", office.now)
    browser = office.app.test_client()
    browser.environ_base["REMOTE_ADDR"] = f"198.51.{TARGETS.index(target)}.7"
    sent = {"csrf": token_of(browser.get("/staff/sign-in")), "name": name, "password": first, "next": target}
    answer = browser.post("/staff/sign-in", data=sent)
    assert answer.status_code == 303
    assert re.match(r"/staff/", answer.location), answer.location
    assert "X-Evil" not in answer.headers
    landed = browser.get(answer.location)
    assert landed.status_code == (
        404 if re.search("evil|Evil|@", answer.location.partition("?")[0]) else 303
    )  # a new password first
    assert not (landed.location or "").startswith(("//", "http"))


def test_the_word_of_a_proxy_counts_for_cookies_the_trail_and_the_count_of_tries(office: Office) -> None:
    def refused(peer: str, **headers: str) -> tuple[TestResponse, str]:
        browser = office.app.test_client()
        browser.environ_base["REMOTE_ADDR"] = peer
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        shown = browser.get("/staff/sign-in", headers=named)
        sent = {"csrf": token_of(shown), "name": "nobody-at-all", "password": PASSWORD}
        browser.post("/staff/sign-in", data=sent, headers=named)
        [line, *_] = office.services.trail.find(Search(action="staff.sign_in_refused"))
        return shown, line.address

    said = {"X_Forwarded_For": "6.6.6.6, 203.0.113.9", "X_Forwarded_Proto": "https"}
    by_proxy, address = refused("127.0.0.1", **said)
    assert address == "203.0.113.9"
    assert "Secure" in by_proxy.headers["Set-Cookie"]
    posing, address = refused("192.168.7.7", **said)
    assert address == "192.168.7.7"
    assert "Secure" not in posing.headers["Set-Cookie"]


def test_a_form_of_another_host_is_refused_whoever_says_it_is_ours(office: Office, boss: Client) -> None:
    evil = {"Origin": "https://evil.example", "X-Forwarded-Host": "evil.example"}
    for peer, status in (("10.9.9.9", 403), ("127.0.0.1", 303)):  # a proxy of ours knows what the browser asked for
        answer = boss.post("/staff/me/elsewhere", headers=evil, environ_base={"REMOTE_ADDR": peer})
        assert answer.status_code == status, peer


def test_what_somebody_typed_is_shown_to_nobody_else(office: Office, boss: Client) -> None:
    """One machine, two people: the form that came too late waits for the one who typed it."""
    one, two = office.sign_in(Role.AUTHOR), office.sign_in(Role.AUTHOR)
    with office.services.database.begin() as db:
        db.execute(sa.update(staff_session).where(staff_session.c.staff_id == one.staff.id)
                   .values(seen_at=office.now.replace(year=2026, month=5, day=31)))  # fmt: skip
    sent = one.post("/staff/people/units/new", {"name": "只有甲知道的单位", "kind": "企业", "region": HERE})
    assert sent.location.startswith("/staff/sign-in")
    one.browser.set_cookie("staff", two.word, path="/staff")  # two signs in at the same browser
    assert one.browser.get("/staff/parked").location == "/staff/"
    for url in ("/staff/", "/staff/me", "/staff/people/units"):
        assert "只有甲知道的单位" not in one.browser.get(url).text
    again = office.services.sessions.begin(one.staff.id, is_proven=True, address="", now=office.now)
    one.browser.set_cookie("staff", again, path="/staff")
    shown = one.browser.get("/staff/parked")
    assert "只有甲知道的单位" in shown.text
    # Meanwhile one may no longer: the form is there, and is not carried out.
    boss.post(f"/staff/accounts/{one.staff.id}", {"display": "审计", "auditor": "y"})
    given = {"csrf": token_of(shown), "name": "只有甲知道的单位", "kind": "企业", "region": HERE}
    assert one.browser.post("/staff/people/units/new", data=given).status_code == 403


def test_powers_change_within_the_next_request(office: Office, boss: Client) -> None:
    client = office.sign_in(Role.APPROVER)
    made = boss.post(f"{B}/new", DRAFT).location
    boss.post(f"{made}/submit")
    assert "请您审核" in client.get(made).text  # the page is open when the role goes
    boss.post(f"/staff/accounts/{client.staff.id}", {"display": "同事", "author": "y"})
    assert client.post(f"{made}/approve", {"version": "1"}).status_code == 403
    boss.post(f"/staff/accounts/{client.staff.id}", {"display": "同事", "district": "y", "region": ELSEWHERE})
    with office.services.database.read() as db:
        alice = db.scalar(sa.select(follower.c.id).where(follower.c.address == ALICE))
    assert client.get(f"/staff/people/followers/{alice}").status_code == 404


@pytest.mark.parametrize(
    "kind", ["application/json", "text/plain", "application/x-www-form-urlencoded;charset=utf-7", "x"]
)
def test_no_other_kind_of_content_is_taken_for_a_form(boss: Client, kind: str) -> None:
    body = f'{{"csrf": "{boss.csrf}", "name": "甲", "kind": "企业", "region": "{HERE}"}}'
    answer = boss.browser.post("/staff/people/units/new", data=body.encode(), content_type=kind)
    assert (answer.status_code, answer.location) == (303, "/staff/parked")


def test_the_same_form_sent_twice_does_nothing_twice(office: Office, boss: Client) -> None:
    """What reaches people, or makes somebody somebody, is done once; a draft may come twice, and nobody gets it."""
    made = boss.post(f"{B}/new", DRAFT).location
    boss.post(f"{made}/submit")
    other = office.sign_in(Role.ADMINISTRATOR)
    twice: list[tuple[Client, str, dict[str, Any]]] = [
        (other, f"{made}/approve", {"version": "1"}), (other, f"{made}/send", {}), (other, f"{made}/cancel", {}),
        (boss, "/staff/people/units/new", {"name": "两遍厂", "kind": "企业", "region": HERE}),
        (boss, "/staff/people/segments/new", {"name": "两遍", "region": HERE}),
        (boss, "/staff/accounts/new", {"name": "liangbian", "display": "两遍", "author": "y"}),
        (boss, "/staff/settings/switches/tips/off", {"reason": "核对"}),
        (boss, "/staff/settings/switches/tips/on", {}),
        (boss, "/staff/settings/values/item/office.phone", {"value": "0750-3862222", "why": "换号"}),
        (boss, "/staff/knowledge/entries/heat-pay/withdraw", {"reason": "核对"}),
    ]  # fmt: skip
    for client, url, data in twice:
        first, second = client.post(url, data), client.post(url, data)
        assert first.status_code in (200, 303), (url, first.text[-400:])
        assert second.status_code in (409, 422), url
        assert re.search("[一-鿿]", second.text)
