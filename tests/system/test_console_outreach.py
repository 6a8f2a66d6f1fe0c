"""Outreach in a browser: from draft to sent with two people over a real `serve`, and every page looked over."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.services import Services
from bot.settings import ConsoleSettings, Settings
from bot.staff import Role
from tests.conftest import built_var
from tests.console.pages import Office
from tests.pictures import png
from tests.system.console_browser import (  # noqa: F401
    WIDTHS,
    Desk,
    Site,
    browser_marks,
    desk,
    open_browser,
    site,
)
from tests.test_server import Server, starting

pytestmark = browser_marks

#: Quiet hours that never are, whatever time it is when this runs.
_NEVER_QUIET = {"SAFETYBOT_OUTREACH__QUIET_FROM": "00:00", "SAFETYBOT_OUTREACH__QUIET_UNTIL": "00:00"}
_MOST_CLICKS, _MOST_S = 12, 120
_PEOPLE = 3


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Desk]:
    """A browser before an office that serves with the stand-in of WeChat, some people having written to it."""
    folder = tmp_path / "var"
    shutil.copytree(built_var(), folder)
    with starting(folder) as begin:
        server = begin(
            "serve", "--port", "0", "--simulator", SAFETYBOT_CONSOLE__SECOND_FACTOR="false", **_NEVER_QUIET
        ).ready()  # fmt: skip
        for _ in range(_PEOPLE):
            _comes(server)
        services = Services(Settings(var_dir=folder, console=ConsoleSettings(second_factor=False)))
        office = Office(services, now=datetime.now(UTC))
        driver = open_browser(WIDTHS["desk"])
        yield Desk(Site(office, server.address.geturl().rstrip("/")), driver, WIDTHS["desk"])
        driver.quit()
        services.close()


def _comes(server: Server) -> None:
    """Somebody follows the account and writes to it, so that for 48 hours they may be written to."""
    person = json.loads(server.ask("POST", "/simulator/phone/new", {})[1])["openid"]
    for deed in ({"deed": "follow"}, {"deed": "text", "text": "你好"}):
        server.ask("POST", "/simulator/control/deeds", {"openid": person, **deed})


def test_from_draft_to_sent_with_two_people(running: Desk) -> None:
    author = running.office.sign_in(Role.AUTHOR)
    approver = running.office.sign_in(Role.APPROVER)
    began = time.monotonic()
    running.become(author)
    running.open("/staff/")
    running.press("推送")
    running.press("新建推送")
    running.fill("标题", "咨询日提醒")
    running.fill("正文", "明天是安全宣传咨询日，欢迎来问。")
    running.sees("已自动保存")
    running.sees(f"{_PEOPLE} 人")
    running.is_sound()
    running.press("保存并检查")
    running.sees(f"能收到 {_PEOPLE} 人")
    running.is_sound()
    running.press("提交审核")
    running.sees("等另一位同事审核")
    running.become(approver)
    running.open("/staff/")
    running.press("推送 1《咨询日提醒》等您审核")
    running.sees("请您审核")
    running.is_sound()
    running.press("审核通过")
    running.sees("100%")
    running.sees("已发完")
    assert running.clicks <= _MOST_CLICKS
    assert time.monotonic() - began <= _MOST_S


def test_a_picture_is_uploaded_and_chosen_while_a_broadcast_is_written(running: Desk, tmp_path: Path) -> None:
    path = tmp_path / "现场.png"
    path.write_bytes(png(40, 30))
    running.become(running.office.sign_in(Role.AUTHOR))
    running.open("/staff/outreach/broadcasts/new")
    running.fill("标题", "看图")
    running.tick("图片")
    field = running.driver.find_element("css selector", "#up-public-image-file")
    field.send_keys(str(path))
    button = running.driver.find_element("css selector", 'button[form="up-public-image"]')
    running.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", button)
    button.click()
    running.sees("现场.png")
    running.sees("已自动保存")
    running.has("#pick-public-image input:checked + label img")
    running.has("#pictures svg image")
    running.is_sound()
    if folder := os.environ.get("SAFETYBOT_TEST_PICTURES"):
        running.picture(Path(folder) / "media.png")


PAGES = (
    "broadcasts", "broadcasts/new", "broadcasts/1", "broadcasts/1/edit", "broadcasts/1/people", "calendar",
    "calendar/list", "campaigns", "programme", "tips", "tips/book", "warnings", "feeds", "media",
    "calendar/firing?id=consult-day:2026-06-16:0:公众",
)  # fmt: skip


def test_every_page_is_sound(desk: Desk) -> None:  # noqa: F811
    author = desk.sign_in(Role.AUTHOR)
    typed = {"title": "看看", "public-kind": "text", "public-body": "话", "channels": ["official.service"]}
    author.post("/staff/outreach/broadcasts/new", typed)
    for path in PAGES:
        desk.open(f"/staff/outreach/{path}")
