"""By the keyboard alone: a talk; the focus when a part is exchanged; and typing while a session ends."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from selenium.webdriver.common.keys import Keys

from bot.staff import Role
from bot.staff.tables import parked_form
from tests.system.console_browser import Desk, browser_marks, desk  # noqa: F401
from tests.system.keyboard import Keyboard
from tests.system.test_console_conversations import asks, site  # noqa: F401

pytestmark = browser_marks


def test_a_visitor_is_taken_over_and_answered_by_keys(desk: Desk) -> None:  # noqa: F811
    keyboard = Keyboard(desk)
    desk.office.now = datetime.now(UTC)
    desk.sign_in(Role.HANDLER)
    asks(desk.office, "多少度停工", "转人工")
    keyboard.opens("/staff/conversations/")
    keyboard.press("网页访客")
    desk.sees("对方要人工")
    keyboard.press("我来接待")
    desk.sees("会话由您接待了")
    keyboard.press("放进回复框")
    desk._wait().until(lambda _: keyboard.stop()[1] == "textarea")
    keyboard.press("发送")
    desk.sees("已发出")
    keyboard.press("交还机器人")
    keyboard.to("确定交还机器人")
    keyboard.keys(Keys.ESCAPE)
    assert keyboard.stop()[:2] == ("交还机器人", "summary")
    assert not desk.driver.find_elements("css selector", "details.confirm[open]")
    keyboard.keys(Keys.ENTER)
    keyboard.press("确定交还机器人")
    desk.sees("交还")


def test_the_focus_stays_when_a_part_comes_anew(desk: Desk) -> None:  # noqa: F811
    desk.office.now = datetime.now(UTC)
    desk.sign_in(Role.ADMINISTRATOR)
    desk.open("/staff/")
    focus = "const a = document.querySelector('#today .tasks a, #today .figures a'); a.focus(); return a.href"
    held = desk.driver.execute_script(focus)
    anew = (
        "const t = document.getElementById('today'), was = t.firstElementChild; t.innerHTML = t.innerHTML; return was"
    )
    assert desk.driver.execute_script(anew + ".isConnected") is False
    desk._wait().until(lambda d: d.execute_script("return document.activeElement.href") == held)
    desk.driver.execute_script("document.getElementById('today').replaceChildren()")
    desk._wait().until(lambda d: d.execute_script("return document.activeElement.id") == "today")


def test_who_types_while_the_session_ends_keeps_the_page_and_sends_it_later(desk: Desk) -> None:  # noqa: F811
    desk.office.now = datetime.now(UTC)
    desk.sign_in(Role.AUTHOR)
    desk.open("/staff/outreach/broadcasts/new")
    desk.office.console.clock = lambda: datetime.now(UTC) + timedelta(days=1)
    desk.fill("标题", "过期前写的")
    desk.sees("登录已过期，自动保存停了")
    assert desk.driver.find_element("name", "title").get_property("value") == "过期前写的"
    desk.is_sound()
    desk.press("保存并检查")
    desk.sees("密码")
    with desk.office.services.database.begin() as db:
        kept = db.scalar(sa.select(parked_form.c.fields).order_by(parked_form.c.id.desc()))
    assert "过期前写的" in str(json.loads(kept) if isinstance(kept, str) else kept)
    desk.office.console.clock = lambda: datetime.now(UTC)
