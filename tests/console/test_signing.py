"""Signing in, by the forms that people use: who comes in, who does not, and what is left of a session that ended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from bot.settings import ConsoleSettings
from bot.staff import Role
from bot.staff.tables import staff_session
from tests.console.pages import PASSWORD, Office, make_office, token_of


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    held = make_office(tmp_path, console=ConsoleSettings(second_factor=True))
    yield held
    held.services.close()


@pytest.fixture
def simple(tmp_path: Path) -> Iterator[Office]:
    """Without a second factor."""
    held = make_office(tmp_path)
    yield held
    held.services.close()


def send(browser: FlaskClient, url: str, **fields: str) -> tuple[int, str, str]:
    """Open a form, fill it in, send it: status, where to, text."""
    token = token_of(browser.get(url))
    response = browser.post(url, data={"csrf": token, **fields})
    return response.status_code, response.location or "", response.text


def set_up(office: Office, browser: FlaskClient) -> tuple[int, str, str]:
    code = office.services.accounts.setup_code() or ""
    fields = {"code": code, "name": "admin.li", "display": "李主任", "password": PASSWORD, "again": PASSWORD}
    return send(browser, "/staff/setup", **fields)


def member(office: Office, *roles: Role) -> str:
    """Somebody with a password of their own."""
    made, first = office.services.accounts.add("zhang", "张三", set(roles or {Role.AUTHOR}), "", office.now)
    office.services.accounts.set_password(made.id, first, PASSWORD, "", office.now)
    return made.name


def test_the_first_start_makes_one_administrator_and_no_second(office: Office) -> None:
    browser = office.app.test_client()
    assert browser.get("/staff/").location.startswith("/staff/sign-in")
    assert browser.get("/staff/sign-in").location == "/staff/setup"
    status, to, _ = set_up(office, browser)
    assert (status, to) == (303, "/staff/")
    assert browser.get("/staff/").location == "/staff/factor"  # nobody works without the second factor
    assert office.app.test_client().get("/staff/setup").location == "/staff/sign-in"
    [account] = office.services.accounts.every()
    assert account.staff.roles == {Role.ADMINISTRATOR}


def test_the_set_up_needs_the_code_of_the_server(office: Office) -> None:
    fields = {"code": "aaaa-bbbb-cccc-dddd", "name": "eve", "display": "伊", "password": PASSWORD, "again": PASSWORD}
    status, _, text = send(office.app.test_client(), "/staff/setup", **fields)
    assert status == 422
    assert "启动码不对" in text
    assert not office.services.accounts.every()


@pytest.mark.parametrize("password", ["short1", "1234567890", "aaaaaaaaaaaa", "password2026", "xx-admin.li-xx"])
def test_a_password_that_is_easily_guessed_is_refused(office: Office, password: str) -> None:
    code = office.services.accounts.setup_code() or ""
    fields = {"code": code, "name": "admin.li", "display": "李", "password": password, "again": password}
    status, _, text = send(office.app.test_client(), "/staff/setup", **fields)
    assert status == 422
    assert "密码" in text


def test_name_and_password_and_code_of_the_telephone(office: Office) -> None:
    member(office)
    browser = office.app.test_client()
    status, to, _ = send(browser, "/staff/sign-in", name="zhang", password=PASSWORD)
    assert (status, to) == (303, "/staff/")
    assert browser.get("/staff/").location == "/staff/factor"
    page = browser.get("/staff/factor")
    secret = page.text.split("<code>")[1].split("</code>")[0]
    bound = browser.post(
        "/staff/factor",
        data={"csrf": token_of(page), "secret": secret, "code": pyotp.TOTP(secret).at(office.now)},
    )
    assert "备用码" in bound.text
    recovery = bound.text.split("<li><code>")[1].split("</code>")[0]

    office.pass_time(minutes=2)
    other = office.app.test_client()
    _, to, _ = send(other, "/staff/sign-in", name="zhang", password=PASSWORD)
    assert to.startswith("/staff/code")
    assert other.get("/staff/").location.startswith("/staff/sign-in")  # half way in is not in
    code = pyotp.TOTP(secret).at(office.now)
    assert send(other, "/staff/code", code="000000")[0] == 422
    assert send(other, "/staff/code", code=code)[:2] == (303, "/staff/")
    assert other.get("/staff/").status_code == 200

    third = office.app.test_client()
    send(third, "/staff/sign-in", name="zhang", password=PASSWORD)
    assert send(third, "/staff/code", code=code)[0] == 422  # a code that was looked at over the shoulder
    assert send(third, "/staff/code", code=recovery)[0] == 303
    fourth = office.app.test_client()
    send(fourth, "/staff/sign-in", name="zhang", password=PASSWORD)
    assert send(fourth, "/staff/code", code=recovery)[0] == 422  # each once


def test_guessing_locks_the_account_and_tells_nothing(simple: Office) -> None:
    member(simple)
    browser = simple.app.test_client()
    texts = {send(browser, "/staff/sign-in", name="zhang", password=f"wrong-word-{n}")[2] for n in range(5)}
    known = send(browser, "/staff/sign-in", name="zhang", password=PASSWORD)
    nobody = send(browser, "/staff/sign-in", name="nobody", password=PASSWORD)
    assert known[0] == nobody[0] == 422  # even the right one, for a while
    assert "连续错5次要等15分钟" in known[2]
    assert all("连续错5次要等15分钟" in text for text in texts)
    simple.pass_time(minutes=16)
    assert send(browser, "/staff/sign-in", name="zhang", password=PASSWORD)[0] == 303


def test_guessing_many_names_from_one_address_stops_too(simple: Office) -> None:
    member(simple)
    for n in range(30):
        with simple.services.database.begin() as db:
            from bot.staff.tables import sign_in_failure

            db.execute(sign_in_failure.insert().values(address="127.0.0.1/32", at=simple.now - timedelta(minutes=n)))
    assert send(simple.app.test_client(), "/staff/sign-in", name="zhang", password=PASSWORD)[0] == 422
    simple.pass_time(hours=2)
    assert send(simple.app.test_client(), "/staff/sign-in", name="zhang", password=PASSWORD)[0] == 303


def test_guessing_codes_locks_too(simple: Office) -> None:
    name = member(simple)
    accounts = simple.services.accounts
    number = accounts.every()[0].staff.id
    secret = pyotp.random_base32()
    accounts.enrol(number, secret, pyotp.TOTP(secret).at(simple.now), simple.now)
    simple.pass_time(minutes=5)
    browser = simple.app.test_client()
    send(browser, "/staff/sign-in", name=name, password=PASSWORD)
    for _ in range(5):
        assert send(browser, "/staff/code", code="123456")[0] == 422
    assert send(browser, "/staff/code", code=pyotp.TOTP(secret).at(simple.now))[0] == 422


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/staff/", "//evil.example/staff/", "/\\evil.example", "/staff/\\..\\..",
        "javascript:alert(1)", "/other", "/staff/\r\nSet-Cookie: a=b", "/staff/sign-out", "http:/staff/",
    ],
)  # fmt: skip
def test_after_signing_in_nobody_is_sent_elsewhere(simple: Office, target: str) -> None:
    member(simple)
    browser = simple.app.test_client()
    token = token_of(browser.get("/staff/sign-in"))
    fields = {"csrf": token, "name": "zhang", "password": PASSWORD, "next": target}
    response = browser.post("/staff/sign-in", data=fields)
    assert response.status_code == 303
    assert response.location == "/staff/"


def test_after_signing_in_the_page_that_was_asked_for_comes(simple: Office) -> None:
    member(simple)
    browser = simple.app.test_client()
    asked = browser.get("/staff/audit/?staff=a b")
    page = browser.get(asked.location)
    fields = {"csrf": token_of(page), "name": "zhang", "password": PASSWORD, "next": "/staff/audit/?staff=a%20b"}
    assert browser.post("/staff/sign-in", data=fields).location == "/staff/audit/?staff=a%20b"


def test_a_word_from_before_the_sign_in_is_worth_nothing_after_it(simple: Office) -> None:
    member(simple)
    browser = simple.app.test_client()
    browser.set_cookie("staff", "chosen-by-an-attacker", path="/staff")
    send(browser, "/staff/sign-in", name="zhang", password=PASSWORD)
    cookie = browser.get_cookie("staff", path="/staff")
    assert cookie
    assert cookie.value != "chosen-by-an-attacker"
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    attacker = simple.app.test_client()
    attacker.set_cookie("staff", "chosen-by-an-attacker", path="/staff")
    assert attacker.get("/staff/").status_code == 303


def test_the_database_holds_no_word_that_opens_a_session(simple: Office) -> None:
    client = simple.sign_in(Role.AUTHOR)
    with simple.services.database.begin() as db:
        assert client.word not in db.scalars(sa.select(staff_session.c.token)).all()


def test_a_session_ends_when_nobody_works_and_at_the_end_of_the_day(simple: Office) -> None:
    client = simple.sign_in(Role.AUTHOR)
    for _ in range(11):
        simple.pass_time(minutes=55)
        assert client.get("/staff/").status_code == 200
    simple.pass_time(hours=2)
    assert client.get("/staff/").status_code == 303
    busy = simple.sign_in(Role.AUTHOR)
    for _ in range(13):
        simple.pass_time(minutes=56)
        status = busy.get("/staff/").status_code
    assert status == 303


def test_signing_out_ends_the_session_for_good(simple: Office) -> None:
    client = simple.sign_in(Role.AUTHOR)
    client.post("/staff/sign-out")
    client.browser.set_cookie("staff", client.word, path="/staff")
    assert client.get("/staff/").status_code == 303


def test_what_was_typed_is_there_after_the_session_has_ended(simple: Office) -> None:
    member(simple, Role.ADMINISTRATOR)
    browser = simple.app.test_client()
    send(browser, "/staff/sign-in", name="zhang", password=PASSWORD)
    form = browser.get("/staff/accounts/new")
    simple.pass_time(hours=3)
    typed = {"csrf": token_of(form), "name": "wang", "display": "王五", "author": "y"}
    sent = browser.post("/staff/accounts/new", data=typed)
    assert sent.location.startswith("/staff/sign-in")
    _, to, _ = send(browser, "/staff/sign-in", name="zhang", password=PASSWORD)
    assert to == "/staff/parked"
    page = browser.get("/staff/parked")
    assert "王五" in page.text
    again = {"csrf": token_of(page), "name": "wang", "display": "王五", "author": "y"}
    assert "初始密码" in browser.post("/staff/accounts/new", data=again).text


def test_a_part_of_a_page_whose_sign_in_is_over_leads_back_to_its_page_and_shows_no_other(simple: Office) -> None:
    client, part = simple.sign_in(Role.AUTHOR), {"HX-Request": "true"}
    page = {**part, "HX-Current-URL": "http://localhost/staff/outreach/broadcasts/new"}
    of_before = client.browser.post("/staff/outreach/unsaved/new", data={"csrf": "old", "title": "话"}, headers=page)
    assert of_before.status_code == 401  # not another page, which would stand inside this one
    simple.pass_time(hours=30)
    over = client.browser.get("/staff/today/live", headers=page)
    assert over.status_code == 401
    assert over.headers["HX-Redirect"].endswith("?next=%2Fstaff%2Foutreach%2Fbroadcasts%2Fnew")
    odd = client.browser.get("/staff/today/live", headers={**part, "HX-Current-URL": "http://[x"})
    assert odd.status_code == 401


def test_a_form_without_its_token_is_kept_and_not_carried_out(simple: Office) -> None:
    client = simple.sign_in(Role.ADMINISTRATOR)
    response = client.browser.post("/staff/accounts/new", data={"name": "eve", "display": "伊", "administrator": "y"})
    assert response.location == "/staff/parked"
    assert not [a for a in simple.services.accounts.every() if a.staff.name == "eve"]


def test_a_closed_account_is_out_at_once_and_one_administrator_stays(simple: Office) -> None:
    boss = simple.sign_in(Role.ADMINISTRATOR)
    other = simple.sign_in(Role.AUTHOR)
    assert boss.post(f"/staff/accounts/{other.staff.id}/close").status_code == 303
    assert other.get("/staff/").status_code == 303
    refused = boss.post(f"/staff/accounts/{boss.staff.id}/close")
    assert refused.status_code == 409
    assert "至少要留一位管理员" in refused.text


def test_changed_roles_count_from_the_next_page_on(simple: Office) -> None:
    boss, other = simple.sign_in(Role.ADMINISTRATOR), simple.sign_in(Role.AUTHOR)
    assert other.get("/staff/audit/").status_code == 403
    boss.post(f"/staff/accounts/{other.staff.id}", {"display": "审计员", "auditor": "y"})
    assert other.get("/staff/audit/").status_code == 200


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "a b", "x" * 41, "", "名\0字"])
def test_rubbish_as_a_name_is_refused(simple: Office, name: str) -> None:
    boss = simple.sign_in(Role.ADMINISTRATOR)
    response = boss.post("/staff/accounts/new", {"name": name, "display": "伊", "author": "y"})
    assert response.status_code == 422
    assert "<script>alert" not in response.text


def test_what_people_are_called_cannot_run(simple: Office) -> None:
    boss = simple.sign_in(Role.ADMINISTRATOR)
    boss.post("/staff/accounts/new", {"name": "mallory", "display": "<img src=x onerror=alert(1)>", "author": "y"})
    page = boss.get("/staff/accounts").text
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page
