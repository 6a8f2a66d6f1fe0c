"""Secrets are shown nowhere; the auditor changes nothing; nobody is sent elsewhere; no token of another is good."""

from __future__ import annotations

import io
import logging
import zipfile
from collections.abc import Iterator
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from bot.settings import LlmSettings, SmsSettings, WeChatSettings, WeComSettings
from bot.staff import Role
from bot.store.tables import metadata
from tests.console.pages import PASSWORD, Client, Office, token_of
from tests.console.stocked import stocked_office
from tests.console.walking import decided, filled, rules, walk

SECRET = "s3cr3tS3CR3Ts3cr3t"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    held = stocked_office(
        tmp_path_factory.getbasetemp(), tmp_path_factory.mktemp("secrets"),
        wechat=WeChatSettings(token=f"{SECRET}1", app_id="wx0000000000000001", secret=f"{SECRET}2"),
        wecom=WeComSettings(secret=f"{SECRET}3", token=f"{SECRET}4"), llm=LlmSettings(api_key=f"{SECRET}6"),
        sms=SmsSettings(secret=f"{SECRET}5", report_key=f"{SECRET}7"),
    )  # fmt: skip
    yield held
    held.services.close()


@pytest.fixture(scope="module")
def boss(office: Office) -> Client:
    return office.sign_in(Role.ADMINISTRATOR)


def hidden(office: Office) -> list[str]:
    """What must be read nowhere: of the settings, and of every account."""
    with office.services.database.begin() as db:
        rows = db.execute(sa.text("SELECT password, totp, recovery FROM staff")).all()
    return [SECRET, *(text for row in rows for text in row if text)]


def test_no_page_part_or_export_shows_a_secret(office: Office, boss: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    wanted, texts = hidden(office), []
    for rule in rules(office.app, "GET"):
        for url in filled(rule, ["1", "nowhere"]):
            answer = boss.get(url)
            texts += [answer.data.decode("utf-8", "replace"), str(answer.headers)]
    for kind in ("units", "followers"):
        made = boss.post(f"/staff/people/export/{kind}", {"reason": "核对", "phones": "y"})
        texts.append(unpacked(boss.get(f"{made.location}/file").data))
    texts.append(unpacked(boss.post("/staff/audit/export", {"reason": "核对"}).data))
    texts += [boss.post("/staff/settings/menu/keep").text, boss.post("/staff/people/sync").text]
    texts += [record.getMessage() + str(record.__dict__) for record in caplog.records if record.name.startswith("bot")]
    assert not [word for word in wanted for text in texts if word in text]
    assert SECRET not in repr(office.services.settings)


def unpacked(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as held:
        return "".join(held.read(name).decode("utf-8", "replace") for name in held.namelist())


def test_what_is_typed_as_a_password_comes_back_nowhere(office: Office, boss: Client) -> None:
    typed = "my-own-pass-word-2026"
    browser = office.app.test_client()
    sent = {"csrf": token_of(browser.get("/staff/sign-in")), "name": "boss", "password": typed}
    assert typed not in browser.post("/staff/sign-in", data=sent).text
    assert typed not in boss.post("/staff/password", {"old": typed, "new": typed + "1", "again": typed}).text
    assert typed not in boss.get("/staff/audit/").text
    with office.services.database.begin() as db:
        for table in metadata.sorted_tables:
            assert typed not in str(db.execute(sa.select(table)).all()), table.name


def test_the_auditor_changes_nothing_by_any_form_or_address(office: Office, boss: Client) -> None:
    pages = walk(boss, "/staff/")
    forms = {form.action: form.fields for page in pages.values() for form in page.forms if form.method == "post"}
    auditor = office.sign_in(Role.AUDITOR)
    before = decided(office)
    for rule in rules(office.app, "POST"):
        for url in filled(rule, ["heat-stop" if "<entry>" in str(rule) else "1"]):
            auditor.post(
                url, {"reason": "x", "name": "x", **{k: v for k, v in forms.get(url, {}).items() if k != "csrf"}}
            )
    for url in pages:
        auditor.get(url)
    held = decided(office)
    # A code with which an auditor binds a telephone, as everybody may: theirs, and nothing else.
    codes = [row for row in held.pop("staff_code") if row not in before["staff_code"]]
    assert all(row.startswith(f"({auditor.staff.id}, ") for row in codes)
    assert held == {table: rows for table, rows in before.items() if table != "staff_code"}


ELSEWHERE = [
    "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "https:evil.example",
    "javascript:alert(1)", "data:text/html,x", "/staff//evil.example\\@x", "/staff/../../\\evil.example",
    "%2f%2fevil.example", "／／evil.example", "//evil%E3%80%82example", "/staff/\t//evil.example",
    "http://localhost@evil.example", "/staffevil/", " //evil.example",
]  # fmt: skip


@pytest.mark.parametrize("target", ELSEWHERE, ids=range(len(ELSEWHERE)))
def test_no_next_leads_elsewhere(office: Office, boss: Client, target: str) -> None:
    for name in ("next", "back", "url", "return", "to", "redirect"):
        for path in ("/staff/sign-in", "/staff/setup", "/staff/code", "/staff/", "/staff/parked", "/staff/password"):
            url = f"{path}?{name}={quote(target, safe='')}"
            for client in (office.app.test_client(), boss.browser):
                shown = client.get(url)
                assert not shown.location or shown.location.startswith("/staff/"), url
                assert f'href="{target}"' not in shown.text
                assert f'value="{target}"' not in shown.text


def test_after_the_sign_in_the_next_page_is_ours(office: Office) -> None:
    accounts = office.services.accounts
    staff, first = accounts.add("goes.on", "下一页", {Role.AUTHOR}, "", office.now)
    accounts.set_password(staff.id, first, PASSWORD, "", office.now)
    for target in ELSEWHERE[::5]:
        browser = office.app.test_client()
        sent = {
            "csrf": token_of(browser.get("/staff/sign-in")),
            "name": "goes.on",
            "password": PASSWORD,
            "next": target,
        }
        answer = browser.post("/staff/sign-in", data=sent)
        assert answer.status_code == 303
        assert answer.location.startswith("/staff/")
        assert "evil" not in answer.location or "\\" not in answer.location


def test_a_token_of_somebody_else_is_good_for_nothing(office: Office, boss: Client) -> None:
    other = office.sign_in(Role.ADMINISTRATOR)
    before = decided(office)
    for rule in rules(office.app, "POST"):
        url = filled(rule, ["1"])[0]
        for token in (other.csrf, boss.csrf[:-1], ""):
            answer = boss.browser.post(url, data={"csrf": token, "reason": "x", "name": "x"})
            assert answer.status_code == 403 or answer.location == "/staff/parked", url
    assert decided(office) == before


def test_every_answer_tells_the_browser_what_to_refuse(office: Office, boss: Client) -> None:
    for client in (boss.browser, office.app.test_client()):
        for rule in rules(office.app, "GET"):
            for url in filled(rule, ["1"]):
                told = client.get(url).headers
                assert "default-src 'none'" in told["Content-Security-Policy"], url
                assert "frame-ancestors 'none'" in told["Content-Security-Policy"], url
                assert told["Referrer-Policy"] == "same-origin", url
                assert "no-store" in told["Cache-Control"], url
                assert told["X-Content-Type-Options"] == "nosniff", url
