"""The shell of the staff site in a browser: the first administrator, a colleague, the own account, the trail."""

from __future__ import annotations

import pyotp
from selenium.webdriver.common.by import By

from bot.staff import Role
from tests.system.console_browser import Desk, browser_marks, desk, site  # noqa: F401

pytestmark = browser_marks


def test_a_colleague_is_added_and_signs_in(desk: Desk) -> None:  # noqa: F811
    desk.sign_in(Role.ADMINISTRATOR)
    desk.open("/staff/accounts/new")
    name = f"wang{desk.width}"
    desk.fill("登录名", name)
    desk.fill("姓名", "王同事")
    desk.tick("编辑")
    desk.press("添加")
    desk.sees("初始密码")
    password = desk.driver.find_element(By.CSS_SELECTOR, "code.big").text
    desk.is_sound()

    desk.driver.delete_all_cookies()
    desk.open("/staff/")
    desk.fill("登录名", name)
    desk.fill("密码", password)
    desk.press("登录")
    desk.sees("设一个自己的密码")
    desk.is_sound()
    desk.fill("现在的密码", password)
    desk.fill("新密码", "own-words-together-9")
    desk.fill("再输一遍新密码", "own-words-together-9")
    desk.press("保存")
    desk.sees("密码已经改好")
    desk.is_sound()


def test_the_second_factor_is_bound_and_asked_for(desk: Desk) -> None:  # noqa: F811
    client = desk.sign_in(Role.AUTHOR)
    desk.open("/staff/factor")
    secret = desk.driver.find_element(By.CSS_SELECTOR, "code").text
    desk.fill("验证码", pyotp.TOTP(secret).at(desk.office.now))
    desk.press("绑定")
    desk.sees("记下备用码")
    desk.is_sound()
    held = desk.office.services.accounts.account(client.staff.id)
    assert held
    assert held.has_factor
    assert held.codes_left == 8
