"""The settings in a browser: a text is changed with its preview, a function is switched off and on."""

from __future__ import annotations

from selenium.webdriver.common.by import By

from bot.staff import Role
from tests.system.console_browser import Desk, browser_marks, desk, site  # noqa: F401

pytestmark = browser_marks
VALUES = "/staff/settings/values"


def test_a_text_is_changed_seen_on_the_phone_and_put_back(desk: Desk) -> None:  # noqa: F811
    desk.sign_in(Role.ADMINISTRATOR)
    desk.open(f"{VALUES}/")
    desk.press("回答用语")
    desk.press("关注后的欢迎语")
    desk.fill("关注后的欢迎语", "欢迎关注{office}，问安全就问我。")
    desk.sees("欢迎关注江海区应急管理局，问安全就问我。")
    desk.fill("为什么改", "短一点")
    desk.press("保存")
    desk.sees("“关注后的欢迎语”已改好")
    desk.is_sound()
    assert "问安全就问我" in desk.office.services.office.words["chat"]["welcome"]
    desk.press("恢复默认")
    desk.driver.find_element(By.NAME, "reason").send_keys("测完")
    desk.press("确定恢复默认")
    desk.sees("已恢复默认")
    assert desk.clicks <= 5


def test_a_function_is_switched_off_with_its_reason_and_on_again(desk: Desk) -> None:  # noqa: F811
    desk.sign_in(Role.ADMINISTRATOR)
    desk.open("/staff/settings/switches")
    desk.press("关闭群发推送")
    desk.fill("告诉公众的原因", "正在核对内容")
    desk.is_sound()
    desk.press("确定关闭群发推送")
    desk.sees("“群发推送”已关闭")
    desk.is_sound()
    assert desk.office.services.office.off
    desk.open("/staff/")
    desk.sees("“群发推送”现在是关闭的：正在核对内容")
    desk.open("/staff/settings/switches")
    desk.press("打开群发推送")
    desk.sees("“群发推送”已打开")
