"""Somebody who guesses: at passwords, codes and names, one after another and all at once."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from argon2 import PasswordHasher

from bot.console.signing import HOME
from bot.errors import StaffError
from bot.settings import ConsoleSettings
from bot.staff import Accounts, Role, passwords
from bot.staff.accounts import REFUSED
from bot.staff.sessions import Sessions
from bot.staff.trail import Search
from bot.store.database import Database
from tests.bases import built_var
from tests.console.pages import NOW, PASSWORD, Client, Office, make_office, token_of

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def accounts(database_url: str) -> Iterator[Accounts]:
    database = Database(database_url)
    yield Accounts(database)
    database.close()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("guessing")
    shutil.copytree(built_var() / "index", folder / "index")
    held = make_office(folder, console=ConsoleSettings(second_factor=True))
    yield held
    held.services.close()


def made(accounts: Accounts, name: str = "zhang", *roles: Role) -> int:
    staff, first = accounts.add(name, "张三", set(roles or {Role.AUTHOR}), "", NOW)
    accounts.set_password(staff.id, first, PASSWORD, "", NOW)
    return staff.id


def at_once(tries: Sequence[Callable[[], object]]) -> list[str]:
    """Do all of these at the same time; what each was refused with, "" for none."""

    def tell(one: Callable[[], object]) -> str:
        try:
            one()
        except StaffError as e:
            return str(e)
        return ""

    with ThreadPoolExecutor(len(tries)) as pool:
        return list(pool.map(tell, tries))


def test_guesses_at_once_are_counted_one_by_one(accounts: Accounts) -> None:
    number = made(accounts)
    accounts.enrol(number, SECRET, pyotp.TOTP(SECRET).at(NOW), NOW)
    later = NOW.replace(minute=30)
    code = pyotp.TOTP(SECRET).at(later)
    wrong = [f"{(int(code) + n) % 10**6:06}" for n in range(1, 8)]
    told = at_once([lambda c=c: accounts.second_factor(number, c, "10.0.0.1", later) for c in wrong])  # type: ignore[misc]
    assert all(told)
    with pytest.raises(StaffError):  # the five tries are used up, whatever order they came in
        accounts.second_factor(number, code, "10.0.0.2", later)
    account = accounts.account(number)
    assert account
    assert account.locked_until
    assert account.locked_until > later


def test_a_code_is_good_once_even_for_two_at_once(accounts: Accounts) -> None:
    number = made(accounts)
    recovery = accounts.enrol(number, SECRET, pyotp.TOTP(SECRET).at(NOW), NOW)
    with pytest.raises(StaffError):  # the one that bound the telephone
        accounts.second_factor(number, pyotp.TOTP(SECRET).at(NOW), "", NOW)
    later = NOW.replace(minute=30)
    for code in (pyotp.TOTP(SECRET).at(later), recovery[0]):
        told = at_once([lambda c=code: accounts.second_factor(number, c, "", later)] * 3)  # type: ignore[misc]
        assert sorted(map(bool, told)) == [False, True, True]


def test_right_passwords_do_not_use_up_the_tries(accounts: Accounts) -> None:
    made(accounts)
    for word in ("wrong-1", "wrong-2", "wrong-3", "wrong-4", PASSWORD, PASSWORD, "wrong-5", PASSWORD):
        refused = at_once([lambda w=word: accounts.first_factor("zhang", w, "10.0.0.1", NOW)])[0]  # type: ignore[misc]
        assert bool(refused) is (word != PASSWORD or locked(accounts))
    assert locked(accounts)  # wrong-5 was the fifth wrong one, and nobody has come in since


def tried(accounts: Accounts, name: str, ip: str, password: str = "wrong-word", **later: float) -> bool:
    """Whether somebody comes in."""
    try:
        accounts.first_factor(name, password, ip, NOW + timedelta(**later))
    except StaffError:
        return False
    return True


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hash that is not slow: that it is, is not what is asked about here."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    monkeypatch.setattr(passwords, "_nobody", lambda: passwords._hasher.hash("nobody"))


@pytest.mark.usefixtures("quick")
def test_a_home_of_ipv6_has_no_more_tries_than_one_address(accounts: Accounts) -> None:
    made(accounts)
    for n in range(30):
        tried(accounts, f"nobody{n}", f"2001:db8:1:2::{n:x}")
    assert not tried(accounts, "zhang", "2001:db8:1:2:ffff::1", PASSWORD)
    assert tried(accounts, "zhang", "2001:db8:1:3::1", PASSWORD)
    assert tried(accounts, "zhang", "2001:db8:1:2:ffff::1", PASSWORD, minutes=61)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(("many", "near", "far"), [
    ("203.0.113.{}", "203.0.113.250", "203.0.114.1"), ("2001:db8:1:{:x}::1", "2001:db8:1:ffff::1", "2001:db8:2::1"),
])  # fmt: skip
def test_many_accounts_tried_from_many_addresses_of_one_network(
    accounts: Accounts, many: str, near: str, far: str
) -> None:
    made(accounts)
    for n in range(120):
        tried(accounts, f"nobody{n}", many.format(n + 1))
    assert not tried(accounts, "zhang", near, PASSWORD)
    assert tried(accounts, "zhang", far, PASSWORD)


@pytest.mark.usefixtures("quick")
def test_one_account_tried_from_everywhere_all_day_long(accounts: Accounts) -> None:
    number = made(accounts)
    for n in range(40):
        tried(accounts, "zhang", f"198.{n}.7.1", minutes=16 * (n // 5))
    late = {"minutes": 16 * 9}
    assert not tried(accounts, "zhang", "198.99.7.1", PASSWORD, **late)
    assert tried(accounts, "zhang", "198.99.7.1", PASSWORD, hours=26)
    for n in range(40):
        tried(accounts, "zhang", f"198.{n}.7.1", days=3, minutes=16 * (n // 5))
    accounts.open(number)  # by an administrator
    assert tried(accounts, "zhang", "198.99.7.1", PASSWORD, days=3, minutes=16 * 9)


def test_a_password_typed_as_the_name_is_kept_nowhere(office: Office) -> None:
    office.sign_in(Role.AUTHOR, name="known.name")
    secret = "Tr0ub4dor&3-horse"
    browser = office.app.test_client()
    for name in (secret, secret, "another-secret-1", "known.name"):
        browser.post("/staff/sign-in", data={"csrf": token_of(browser.get("/staff/sign-in")), "name": name,
                                             "password": "whatever-it-is"})  # fmt: skip
    lines = office.services.trail.find(Search(action="staff.sign_in_refused"))
    names = [line.staff for line in reversed(lines)]
    assert names[3] == "known.name"
    assert names[0] == names[1] != names[2]  # who tries the same again is seen
    assert all(name.startswith("没有的登录名 ") and len(name) < 12 for name in names[:3])
    assert [line.object_id for line in reversed(lines)] == names
    held = (office.services.settings.var_dir / "safetybot.db").read_bytes()
    held += (office.services.settings.var_dir / "safetybot.db-wal").read_bytes()
    assert secret.encode() not in held


def locked(accounts: Accounts) -> bool:
    return accounts.every()[0].locked_until is not None


def test_only_one_of_two_becomes_the_first_administrator(accounts: Accounts) -> None:
    code = accounts.setup_code() or ""
    told = at_once(
        [lambda n=n: accounts.set_up(code, n, "李", PASSWORD, NOW) for n in ("li", "wang", "zhao")]  # type: ignore[misc]
    )
    assert sorted(map(bool, told)) == [False, True, True]
    assert all("已经有管理员了" in one for one in told if one)
    assert len(accounts.every()) == 1


def test_two_administrators_who_close_one_another_leave_one(accounts: Accounts) -> None:
    one, two = made(accounts, "li", Role.ADMINISTRATOR), made(accounts, "wang", Role.ADMINISTRATOR)
    told = at_once([lambda: accounts.close(one), lambda: accounts.close(two)])
    assert sorted(map(bool, told)) == [False, True]
    assert [a.is_active for a in accounts.every()] == [True, False]


def test_two_accounts_of_one_name_at_once(accounts: Accounts) -> None:
    told = at_once([lambda: accounts.add("zhang", "张三", {Role.AUTHOR}, "", NOW)] * 3)
    assert sorted(map(bool, told)) == [False, True, True]
    assert all("已经有人用了" in one for one in told if one)


def test_a_telephone_is_bound_once(accounts: Accounts) -> None:
    number = made(accounts)
    code = pyotp.TOTP(SECRET).at(NOW)
    told = at_once([lambda: accounts.enrol(number, SECRET, code, NOW)] * 2)
    assert sorted(map(bool, told)) == [False, True]


def test_an_answer_takes_as_long_for_a_name_that_there_is_not(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not by the clock: by whether the slow hash was computed."""
    hashed, honest = [], passwords.matches
    with closing(Database(sqlite_url)) as database:
        accounts = Accounts(database)
        made(accounts, "boss", Role.ADMINISTRATOR)
        locked, closed = made(accounts), made(accounts, "wang")
        accounts.close(closed)
        for _ in range(5):
            at_once([lambda: accounts.set_password(locked, "wrong", "another", "10.0.0.1", NOW)])
        monkeypatch.setattr(passwords, "matches", lambda word, held: hashed.append(word) or honest(word, held))
        for name in ("boss", "zhang", "wang", "nobody"):
            refused = at_once([lambda n=name: accounts.first_factor(n, "wrong-word", "10.0.0.1", NOW)])[0]  # type: ignore[misc]
            assert refused == REFUSED
    assert len(hashed) == 4


def in_password_form(client: Client, old: str) -> int:
    fields = {"old": old, "new": PASSWORD + "-2", "again": PASSWORD + "-2"}
    return client.post("/staff/password", fields).status_code


def test_guessing_the_old_password_in_an_open_window_locks(office: Office) -> None:
    client = office.sign_in(Role.AUTHOR)
    accounts = office.services.accounts
    accounts.set_password(client.staff.id, accounts.reset(client.staff.id), PASSWORD, "", office.now)
    word = office.services.sessions.begin(client.staff.id, is_proven=True, address="", now=office.now)
    session = office.services.sessions.find(word, office.now)
    assert session
    client = Client(office.app, client.staff, word, session.csrf)
    assert [in_password_form(client, "wrong-word-here") for _ in range(5)] == [422] * 5
    assert in_password_form(client, PASSWORD) == 422
    office.pass_time(minutes=16)
    assert in_password_form(client, PASSWORD) == 303


def test_a_new_word_after_a_new_password_and_after_binding_the_telephone(office: Office) -> None:
    accounts, sessions = office.services.accounts, office.services.sessions
    staff, first = accounts.add("renewed", "新新", {Role.AUTHOR}, "", office.now)
    accounts.set_password(staff.id, first, PASSWORD, "", office.now)
    thief, own = (client_of(office, sessions, staff.id) for _ in range(2))
    changed = own.post("/staff/password", {"old": PASSWORD, "new": PASSWORD + "-2", "again": PASSWORD + "-2"})
    assert changed.location == HOME
    given = own.browser.get_cookie("staff", path="/staff")
    assert given
    assert given.value != own.word
    assert thief.get("/staff/me").location.startswith("/staff/sign-in")
    # By the password alone somebody is half in; once the telephone is bound they are out.
    thief = client_of(office, sessions, staff.id)
    page = own.get("/staff/factor")
    secret = page.text.split("<code>")[1].split("</code>")[0]
    sent = {"secret": secret, "code": pyotp.TOTP(secret).at(office.now), "csrf": token_of(page)}
    assert "备用码" in own.post("/staff/factor", sent).text
    assert own.get("/staff/me").status_code == 200
    assert thief.get("/staff/me").location.startswith("/staff/sign-in")
    bound = own.browser.get_cookie("staff", path="/staff")
    assert bound
    assert bound.value != given.value


def client_of(office: Office, sessions: Sessions, number: int) -> Client:
    word = sessions.begin(number, is_proven=True, address="", now=office.now)
    session = sessions.find(word, office.now)
    assert session
    return Client(office.app, session.staff, word, session.csrf)


@pytest.mark.parametrize("path", ["/staff/sign-in", "/staff/setup"])
def test_cookies_go_by_https_alone_where_the_site_is_known_by_it(tmp_path: Path, path: str) -> None:
    from bot.settings import ServerSettings

    held = make_office(tmp_path, server=ServerSettings(public_url="https://safety.example"))
    browser = held.app.test_client()
    if path == "/staff/sign-in":
        accounts = held.services.accounts
        accounts.set_up(accounts.setup_code() or "", "li", "李", PASSWORD, held.now)
    shown = browser.get(path)
    sent = browser.post(path, data={"csrf": token_of(shown), "name": "li", "password": PASSWORD, "again": PASSWORD,
                                    "code": held.services.accounts.setup_code() or "", "display": "李"})  # fmt: skip
    held.services.close()
    cookies = [*shown.headers.getlist("Set-Cookie"), *sent.headers.getlist("Set-Cookie")]
    assert any(one.startswith("staff=") for one in cookies)
    for one in cookies:
        assert "Secure" in one
        assert "HttpOnly" in one
        assert "SameSite=Lax" in one
        assert "Path=/staff" in one
