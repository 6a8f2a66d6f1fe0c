"""The staff site under a hostile hand: every route and every form, whatever it belongs to."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from openpyxl import Workbook
from werkzeug.routing import Rule

from bot.people import followers
from bot.people.followers import ChoseRow
from bot.staff import Role
from bot.staff.roles import MAY
from tests.console.pages import NOW, PASSWORD, Client, Office
from tests.console.stocked import ELSEWHERE, HERE, stocked_office
from tests.console.walking import EVIL, MARK, Page, decided, filled, rows, rules, walk, wrong

#: In the place of a number or a name in an address.
PARAMETERS = [
    "0", "-1", str(10**18), str(10**30), "x" * 5000, "../..", "..", "\0", "🔥", "\ud800", "' OR 1=1 --", EVIL, "new",
]  # fmt: skip
#: In a field or in a query.
VALUES = [
    "", "0", "-1", "9" * 30, "9" * 5000, "\0", "١٢", "1e999", "nan", "0001-01-01", "9999-12-31", "2026-02-30",
    "0001-01-01T00:00", "9999-12-31T23:59", "25:99", '{"all":[]}', '{"field":"region","values":[1]}', "[" * 3000,
    "=1+1", "🔥" * 300, EVIL,
]  # fmt: skip
#: Those of them that a form may stumble over.
POSTED = ["9" * 5000, "[" * 3000, EVIL]
QUERIES = (
    "after before since until q region kind state status unit topic channel audience staff action name number year "
    "month day date from to key id version text group theme officer snippet next tab origin campaign wrote industry"
).split()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    held = stocked_office(tmp_path_factory.getbasetemp(), tmp_path_factory.mktemp("hostile"))
    yield held
    held.services.close()


@pytest.fixture(scope="module")
def boss(office: Office) -> Client:
    return office.sign_in(Role.ADMINISTRATOR)


@pytest.fixture(scope="module")
def poisoned(office: Office, boss: Client) -> dict[str, Page]:
    """All pages, once every text field of every form has been sent with something hostile in it."""
    kept = {}
    for page in walk(boss, "/staff/").values():
        for form in page.forms:
            if form.method != "post" or re.search(r"sign-out|elsewhere|/accounts/\d+|setup|password", form.action):
                continue
            for text in (EVIL, EVIL[:38]):
                data: dict[str, Any] = {**form.fields, **dict.fromkeys(form.texts, text)}
                data = {name: value for name, value in data.items() if value != [""]}
                answer = boss.post(form.action, {**data, "csrf": boss.csrf})
                kept[form.action] = wrong(form.action, answer)
    assert not [bad for bad in kept.values() if bad]
    return walk(boss, "/staff/")


def test_what_anybody_fills_in_stays_words_on_every_page(poisoned: dict[str, Page]) -> None:
    shown = [url for url, page in poisoned.items() if any(MARK in v for _, a in page.elements for v in a.values())]
    assert shown  # it was stored, and is shown somewhere
    assert len(poisoned) > 40


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.DISTRICT])
def test_no_address_breaks_a_page(office: Office, role: Role) -> None:
    client = office.sign_in(role, region=HERE if role is Role.DISTRICT else "")
    values = PARAMETERS if role is Role.ADMINISTRATOR else PARAMETERS[:4]
    found = [wrong(url, client.get(url)) for rule in rules(office.app, "GET") for url in filled(rule, values)]
    assert not [bad for bad in found if bad]


@pytest.mark.parametrize("value", VALUES[2::2])
def test_no_query_breaks_a_page(office: Office, boss: Client, value: str) -> None:
    query = dict.fromkeys(QUERIES, value)
    urls = [str(rule) for rule in rules(office.app, "GET") if "<" not in str(rule)]
    found = [wrong(url, boss.get(url, query_string=query)) for url in urls]
    assert not [bad for bad in found if bad]


def test_no_form_breaks_by_what_is_sent(office: Office, boss: Client, poisoned: dict[str, Page]) -> None:
    adapter, found = office.app.url_map.bind("x"), []
    names: dict[str, set[str]] = {}
    for page in poisoned.values():
        for form in page.forms:
            if form.method == "post":
                endpoint = adapter.match(form.action.partition("?")[0], method="POST")[0]
                names.setdefault(endpoint, {"reason", "name", "key", "version"}).update(form.fields)
    for rule in rules(office.app, "POST"):
        url, too_large = filled(rule, ["1"])[0], filled(rule, [str(10**30)])[0]
        sent = names.get(rule.endpoint, {"reason", "name", "version", "value"}) - {"csrf"}
        found.append(wrong(too_large, boss.post(too_large)))
        found += [wrong(url, boss.post(url, dict.fromkeys(sent, value))) for value in POSTED]
        found.append(wrong(url, boss.post(url, {name: (io.BytesIO(b"%PDF-1.4"), f"../../{EVIL}") for name in sent})))
    for url in ("/staff/people/units/new", "/staff/knowledge/new", "/staff/outreach/broadcasts/new", "/staff/password"):
        found.append(wrong(url, boss.post(url, dict.fromkeys(("name", "title", "reason", "old"), "字" * 400_000))))
    assert not [bad for bad in found if bad]


def test_a_district_finds_nothing_of_another_region(office: Office, boss: Client, poisoned: dict[str, Page]) -> None:
    theirs = office.sign_in(Role.DISTRICT, region=ELSEWHERE)
    for url in walk(theirs, "/staff/"):
        text = theirs.get(url, follow_redirects=True).text
        assert "江海的事" not in text, url
        assert "…0001" not in text, url
    mine = office.sign_in(Role.DISTRICT, region=HERE)
    for url in walk(mine, "/staff/"):
        text = mine.get(url, follow_redirects=True).text
        assert "新会的秘事" not in text, url
        assert "新会学堂" not in text, url
        assert "新会联络" not in text, url
        assert "…0002" not in text, url


OF_A_REGION = re.compile(r"/staff/(?:people|conversations|outreach/broadcasts)/")


def kept_out(office: Office, rule: Rule) -> int:
    """What staff of a district are answered who ask for a number of elsewhere: whether they might do it, or not."""
    permission = office.app.view_functions[rule.endpoint].permission  # type: ignore[attr-defined]
    is_of_all = "/sync" in str(rule)  # what is fetched from WeChat is everybody's
    return 404 if permission in MAY[Role.DISTRICT] and not is_of_all else 403


def test_numbers_of_another_region_do_not_exist_for_a_district(office: Office, poisoned: dict[str, Page]) -> None:
    nowhere = office.sign_in(Role.DISTRICT, region="西藏自治区拉萨市城关区")
    personal = [r for r in rules(office.app, "GET") if "<int:" in str(r)
                and OF_A_REGION.match(str(r))]  # fmt: skip
    changing = [r for r in rules(office.app, "POST") if "<int:" in str(r) and OF_A_REGION.match(str(r))]
    before = decided(office)
    for rule in personal:
        for url in filled(rule, ["1", "2", "3"]):
            assert nowhere.get(url).status_code == kept_out(office, rule), url
    for rule in changing:
        for url in filled(rule, ["1", "2", "3"]):
            answer = nowhere.post(url, {"reason": "x"})
            assert answer.status_code == kept_out(office, rule), url
            assert re.search("辖区|管理员|没有", answer.text), url
    assert decided(office) == before


def test_a_district_sends_no_test_to_somebody_elsewhere(office: Office) -> None:
    theirs = office.sign_in(Role.DISTRICT, region=ELSEWHERE)
    carol, dave = "oCAROL000000000000000000003", "oDAVE0000000000000000000004"
    with office.services.database.begin() as db:
        for who, region in ((carol, HERE), (dave, ELSEWHERE)):
            followers.ensure(db, "official", who, NOW)
            followers.chose(db, [ChoseRow(NOW, "official", who, {"region": region})])
    draft = {
        "title": "试发",
        "public-kind": "text",
        "public-body": "高温天注意补水。",
        "channels": ["official.service"],
    }
    made = theirs.post("/staff/outreach/broadcasts/new", draft).location
    assert "没有这个粉丝" in theirs.post(f"{made}/test", {"address": carol}).text
    assert "没有这个粉丝" not in theirs.post(f"{made}/test", {"address": dave}).text


def test_no_other_method_does_anything(office: Office, boss: Client) -> None:
    for method in ("PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"):
        for rule in rules(office.app, "POST")[::7]:
            assert boss.browser.open(filled(rule, ["1"])[0], method=method).status_code == 405
    before, shown = (rows(office), decided(office)), {str(rule) for rule in rules(office.app, "GET")}
    for rule in rules(office.app, "POST"):
        url = filled(rule, ["1"])[0]
        status = boss.browser.open(url, method="HEAD").status_code
        assert status == (boss.get(url).status_code if str(rule) in shown else 405), url
        headers = {"X-HTTP-Method-Override": "POST"}
        boss.get(f"{url}?_method=POST&csrf={boss.csrf}", headers=headers)
        assert boss.browser.open(url, method="OPTIONS").status_code == 200
    assert (rows(office), decided(office)) == before


def test_a_foreign_host_is_never_sent_back(office: Office, boss: Client) -> None:
    for path in ("/staff", "/staff/audit", "/staff/settings", "/staff/knowledge", "/staff/people", "/staff/outreach"):
        for headers in ({"Host": "evil.example"}, {"X-Forwarded-Host": "evil.example"}):
            answer = boss.get(path, headers=headers)
            assert "evil.example" not in answer.text + (answer.location or ""), path


def test_answers_are_kept_in_no_cache_and_in_no_frame(office: Office, boss: Client) -> None:
    for rule in rules(office.app, "GET"):
        answer = boss.get(filled(rule, ["1"])[0])
        assert "no-store" in answer.headers["Cache-Control"], rule
        assert answer.headers["X-Frame-Options"] == "DENY", rule
        assert answer.headers["X-Content-Type-Options"] == "nosniff", rule
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_old_windows_and_changed_passwords(office: Office) -> None:
    client = office.sign_in(Role.AUTHOR)
    accounts, sessions = office.services.accounts, office.services.sessions
    first = accounts.reset(client.staff.id)
    assert client.get("/staff/").status_code == 303  # reset by the administrator: out at once
    accounts.set_password(client.staff.id, first, PASSWORD, "", office.now)
    one, two = (sessions.begin(client.staff.id, is_proven=True, address="", now=office.now) for _ in range(2))
    tabs = []
    for word in (one, two):
        session = sessions.find(word, office.now)
        assert session
        tabs.append(Client(office.app, client.staff, word, session.csrf))
    stale = tabs[0].browser.post("/staff/me/elsewhere", data={"csrf": tabs[1].csrf})
    assert stale.location == "/staff/parked"  # the token of another sign-in
    changed = {"old": PASSWORD, "new": PASSWORD + "-2", "again": PASSWORD + "-2"}
    assert tabs[0].post("/staff/password", changed).status_code == 303
    assert tabs[0].get("/staff/").status_code == 200
    assert tabs[1].get("/staff/").status_code == 303


def bomb() -> bytes:
    """A zip of 60 KB that says it is a workbook, and unpacks to 60 MB."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as held:
        held.writestr("xl/worksheets/sheet1.xml", b"0" * (60 << 20))
        held.writestr("word/document.xml", b"0" * 1000)
    return out.getvalue()


def far() -> bytes:
    book, out = Workbook(), io.BytesIO()
    book.active["XFD1048576"] = "甲"
    book.save(out)
    return out.getvalue()


def entities(inner: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as held:
        held.writestr(inner, '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>')
        held.writestr("[Content_Types].xml", "<Types/>")
    return out.getvalue()


def packed(**members: str) -> bytes:
    """An archive of files; a name may be any path, and one that begins with link is a symbolic link."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as held:
        for name, text in members.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = 0o120777 << 16 if name.startswith("link") else 0o644 << 16
            held.writestr(info, text)
    return out.getvalue()


LAUGHS = "<!DOCTYPE a [<!ENTITY b 'ha'><!ENTITY c '&b;&b;&b;&b;'><!ENTITY d '&c;&c;&c;&c;'>]><a>&d;</a>"
FILES = {
    "page.pdf": b"%PDF-1.4\n<html><script>alert(1)</script>", "gif.jpg": b"GIF89a/*" + b"0" * 50 + b"*/=1;alert(1)//",
    "x.svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "x.html": b"<script>alert(1)</script>",
    "../../etc/cron.d/x.docx": entities("word/document.xml"), "c\r\nSet-Cookie: a=b\x01.xlsx": far(),
    "b.xlsx": bomb(), "b.docx": bomb(), "e.xlsx": entities("xl/workbook.xml"), "empty.pdf": b"", "a.zip": bomb(),
    "out.zip": packed(**{"../../etc/x.txt": "甲"}), "root.zip": packed(**{"/etc/x.txt": "甲"}),
    "link.zip": packed(**{"link.txt": "/etc/passwd"}), "many.zip": packed(**{f"{n}.txt": "" for n in range(5_001)}),
    "in.zip": packed(**{"a.zip": "PK"}), "pdf.zip": b"%PDF-1.4\n" + packed(x="甲"),
    "page.docx": b"<html>" + packed(x="甲"),
    "l.docx": packed(**{"word/document.xml": LAUGHS}), "l.xlsx": packed(**{"xl/workbook.xml": LAUGHS}),
    "p.html": b"<p>" * 30_000, "s.pdf": b"%PDF-1.4\n" + b"1 0 obj<</Type/Catalog/Pages 1 0 R>>endobj\n" * 2_000,
    f"{EVIL}.docx": b"PK\x03\x04" + b"\0" * 100, "x" * 5000 + ".xlsx": b"PK",
}  # fmt: skip


@pytest.mark.parametrize("name", FILES, ids=range(len(FILES)))
def test_no_file_that_is_sent_does_harm(office: Office, boss: Client, name: str) -> None:
    fields = {
        "/staff/people/units/import": "file", "/staff/knowledge/import": "files",
        "/staff/knowledge/files/bring": "package", "/staff/knowledge/regression/sets": "file",
    }  # fmt: skip
    for url, field in fields.items():
        parts = {field: (io.BytesIO(FILES[name]), name)}
        answer = boss.post(url, parts)
        assert not (bad := wrong(url, answer)), bad
        if answer.location:
            shown = boss.get(answer.location)
            assert not (bad := wrong(answer.location, shown)), bad
            assert "root:" not in shown.text


def test_ten_at_once_have_one_effect(office: Office, boss: Client) -> None:
    given = {"name": "同时建的单位", "kind": "企业", "region": HERE}
    clients = [boss, *(office.sign_in(Role.ADMINISTRATOR) for _ in range(3))]
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda n: clients[n % 4].post("/staff/people/units/new", given).status_code, range(10)))
    assert sum(status == 303 for status in done) == 1, done
    assert all(status in (303, 409, 422) for status in done)
