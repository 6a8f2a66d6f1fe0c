"""Every form of the staff site, sent as no page of ours would send it: nothing fails, and what is said is Chinese."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from urllib.parse import urlencode

import pytest
from werkzeug.test import TestResponse

from bot.staff import Role
from tests.console.pages import Client, Office
from tests.console.stocked import stocked_office
from tests.console.walking import EVIL, filled, rows, rules, walk, wrong
from tests.databases import Postgres

FORM = "application/x-www-form-urlencoded"
#: What stands in every field at once, as bytes of an address: %00 is NUL, %ff no UTF-8, %ed%a0%80 half a pair.
BYTES = [
    "%00",
    "a%00b",
    "%ff%fe%c0%80",
    "%ed%a0%80",
    "%e2%80%ae%e2%80%8b%ef%bb%bf",
    "%f0%9f%94%a5%cc%81",
    "%0d%0aSet-Cookie:a=b",
]
NUMBERS = [
    "-1",
    "0",
    "00",
    "+1",
    " 1 ",
    "1.5",
    "1e309",
    "NaN",
    "-inf",
    "0x10",
    "1_0",
    "１２",
    "٣",
    "9" * 18,
    "9" * 19,
    "9" * 30,
]
DAYS = [
    "0001-01-01",
    "9999-12-31",
    "2026-02-30",
    "0001-01-01T00:00",
    "9999-12-31T23:59",
    "2026-W01-1",
    "25:61",
    "24:00",
]
RULES = [
    '{"field":"followed_since","values":["0001-01-01"]}', '{"field":"unit","values":["\\u0000"]}', "[[", "null", "NaN",
    '{"field":"followed_since","values":["9999-12-31T23:59:59-23:59"]}', '{"field":"unit","values":["\\ud800"]}',
    '{"field":"wrote_within_hours","values":[99999999999999999999]}', '{"field":"region","values":[1e999]}',
    '{"all":[{"any":[{"not":[{}]}]}]}', '{"field":"\\u0000","values":["x"]}', '{"\\ud800":[]}',
]  # fmt: skip


#: Which engine matters for what it cannot hold; all else is tried on one.
ON_BOTH = pytest.mark.parametrize("office", ["sqlite", "postgres"], indirect=True, scope="module")
ON_ONE = pytest.mark.parametrize("office", ["postgres"], indirect=True, scope="module")


@pytest.fixture(scope="module")
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    settings = {}
    if request.param == "postgres":
        postgres: Postgres = request.getfixturevalue("postgres")
        name = postgres.lend()
        settings = {"database_url": postgres.url(name)}
    held = stocked_office(tmp_path_factory.getbasetemp(), tmp_path_factory.mktemp("fuzz"), **settings)
    ticks = count()
    held.console.clock = lambda: held.now + timedelta(milliseconds=next(ticks))  # no two deeds at the same moment
    yield held
    held.services.close()
    if settings:
        postgres.take_back(name)


@pytest.fixture(scope="module")
def boss(office: Office) -> Client:
    return office.sign_in(Role.ADMINISTRATOR)


@pytest.fixture(scope="module")
def forms(office: Office, boss: Client) -> dict[str, list[str]]:
    """The address of every route that takes a form -> the names of all fields that are known of it."""
    adapter, names = office.app.url_map.bind("x"), {}
    for page in walk(boss, "/staff/").values():
        for form in page.forms:
            if form.method == "post":
                endpoint = adapter.match(form.action.partition("?")[0], method="POST")[0]
                names.setdefault(endpoint, {"reason", "name", "key", "version", "at"}).update(form.fields)
    found = {}
    for rule in rules(office.app, "POST"):
        for url in filled(rule, ["1"]):
            found[url] = sorted(names.get(rule.endpoint, {"reason", "name", "version", "value", "id"}) - {"csrf"})
    return found


def sent(client: Client, url: str, body: bytes, kind: str = FORM) -> TestResponse:
    return client.browser.post(url, data=body, content_type=kind)


def encoded(client: Client, names: list[str], value: str) -> bytes:
    """A form with this, already encoded, in every field."""
    return "&".join([f"csrf={client.csrf}", *(f"{name}={value}" for name in names)]).encode()


@ON_ONE
def test_no_bytes_break_a_form(office: Office, boss: Client, forms: dict[str, list[str]]) -> None:
    found = []
    for n, (url, names) in enumerate(forms.items()):
        for value in BYTES[:1] + BYTES[1 + n % 3 :: 3]:
            found.append(wrong(url, sent(boss, url, encoded(boss, names, value))))
    assert not [bad for bad in found if bad]


@ON_BOTH
def test_no_number_day_or_rule_breaks_a_form(office: Office, boss: Client, forms: dict[str, list[str]]) -> None:
    values, found = [*NUMBERS, *DAYS, *RULES], []
    for turn, (url, names) in enumerate(forms.items()):
        for n in range(turn % 7, len(values), 7):  # the fields meet the values in turn, each in company of others
            data = {name: values[(n + at) % len(values)] for at, name in enumerate(names)}
            found.append(wrong(url, boss.post(url, data)))
    assert not [bad for bad in found if bad]


@ON_ONE
def test_fields_that_stand_twice_or_are_lists_or_files_break_nothing(boss: Client, forms: dict[str, list[str]]) -> None:
    found = []
    for n, (url, names) in enumerate(forms.items()):
        pairs = [("csrf", boss.csrf), *((name, value) for name in names for value in ("甲", "1", "", "2"))]
        found.append(wrong(url, sent(boss, url, urlencode(pairs).encode())))
        odd = [
            ("csrf", boss.csrf),
            *((f"{name}{more}", "1") for name in names for more in ("[]", "[0][x]", ".x", "-0-x")),
        ]
        found.append(wrong(url, sent(boss, url, urlencode(odd).encode())))
        if not n % 9:
            many = [("csrf", boss.csrf), *((f"f{n}", "1") for n in range(1200))]
            found.append(wrong(url, sent(boss, url, urlencode(many).encode())))
    assert not [bad for bad in found if bad]


@ON_ONE
@pytest.mark.parametrize("kind", ["application/json", "text/plain", "text/xml", "", "multipart/form-data", "x", FORM])
def test_what_is_no_form_does_nothing(office: Office, boss: Client, forms: dict[str, list[str]], kind: str) -> None:
    body = b'{"csrf": "%s", "reason": "1"}' % boss.csrf.encode()
    before = rows(office)
    for url in list(forms)[len(kind) % 3 :: 3]:
        for answer in (
            sent(boss, url, b"" if kind == FORM else body, kind),
            boss.browser.post(f"{url}?csrf={boss.csrf}"),
        ):
            assert answer.status_code == 403 or answer.location == "/staff/parked", url
    assert rows(office) == before


OURS = b'--b\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n%s\r\n'
PARTS = [
    OURS,  # never ends
    OURS + b'--b\r\nContent-Disposition: form-data; name="file"; filename="\0../x"\r\n'
    b"Content-Type: text/x; charset=\xff\r\n\r\n\0\r\n--b--",
    OURS + b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--",
    OURS + b"--b\r\nX: " + b"y" * 70_000 + b"\r\n\r\n\r\n--b--",
    OURS + b'--b\r\nContent-Disposition: form-data; name="x"\r\nContent-Transfer-Encoding: base64\r\n\r\n=\r\n--b--',
    OURS + b"--b\r\n: \xff\xfe\r\n\r\n\r\n--b--",
    b"",
]  # fmt: skip


@ON_ONE
@pytest.mark.parametrize("part", PARTS, ids=range(len(PARTS)))
def test_no_broken_parts_break_a_form(office: Office, boss: Client, forms: dict[str, list[str]], part: bytes) -> None:
    body = part.replace(b"%s", boss.csrf.encode())
    found = []
    for url in list(forms)[len(part) % 4 :: 4]:
        for boundary in ("b", '"' + "b" * 300 + '"'):
            found.append(wrong(url, sent(boss, url, body, f"multipart/form-data; boundary={boundary}")))
    assert not [bad for bad in found if bad]


@ON_ONE
def test_a_million_characters_are_too_many_everywhere(
    office: Office, boss: Client, forms: dict[str, list[str]]
) -> None:
    for n, (url, names) in enumerate(forms.items()):
        long = boss.post(url, dict.fromkeys(names[:1] or ["x"], "字" * (10_000 if n % 20 else 1_000_000)))
        assert not (bad := wrong(url, long)), bad


QUERIED = ["\0", "9" * 19, "9" * 30, "-1", "\ud800", "0001-01-01", EVIL, "2026-13", "1.1", "1_0"]


@ON_BOTH
def test_no_query_breaks_a_page_on_either_engine(office: Office, boss: Client) -> None:
    names = "after before since until q text region state unit channel staff action month day theme id number".split()
    for n, rule in enumerate(rules(office.app, "GET")):
        for turn, url in enumerate(filled(rule, ["1", "2"])):
            query = {name: QUERIED[(n + at + turn) % len(QUERIED)] for at, name in enumerate(names)}
            answer = boss.get(f"{url}?{urlencode(query, errors='surrogatepass')}")
            assert not (bad := wrong(url, answer)), bad
