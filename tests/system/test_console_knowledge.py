"""The pages of the knowledge in a browser: an entry by two people, a plan from its file to live reminders."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

from bot.staff import Role
from tests.system.console_browser import Desk, browser_marks, desk, site  # noqa: F401

pytestmark = browser_marks

HOME = "/staff/knowledge"
YEAR = datetime.now(UTC).year + 1
PLAN = f"""江海区{YEAR}年“安全生产月”活动方案（第@期）

为做好{YEAR}年全国“安全生产月”活动，制定本方案。
一、活动主题
人人讲安全、个个会应急
二、活动时间
{YEAR}年6月1日至6月30日。
三、活动安排
（一）开展安全宣传咨询日活动。{YEAR}年6月16日上午，在区文化广场开展“安全宣传咨询日”活动。
四、工作要求
各街道、各单位于{YEAR}年6月25日前将活动总结报送区安委办。

江门市江海区安全生产委员会办公室
{YEAR}年5月10日
"""


def test_a_newcomer_writes_an_entry_and_another_publishes_it(desk: Desk) -> None:  # noqa: F811
    thing = f"无人飞艇{desk.width}"
    author, approver = desk.office.sign_in(Role.AUTHOR), desk.office.sign_in(Role.APPROVER)
    desk.become(author)
    desk.open(f"{HOME}/")
    began = time.monotonic()
    desk.press("新建条目")
    desk.fill("标题", f"{thing}要登记吗")
    asked = [f"{thing}{said}" for said in ("在哪登记", "怎么报备", "办什么手续", "上街要许可吗", "归谁管")]
    desk.fill("问法", "\n".join(asked))
    desk.fill("回答", "要在街道安监所登记。")
    desk.press("不是法规")
    desk.fill("文件名称", "江海区飞艇管理办法")
    desk.tick("通行做法")
    desk.sees("已自动保存")
    desk.sees("会答这一条")
    desk.is_sound()
    desk.press("提交审核")
    desk.sees("已提交审核")
    assert time.monotonic() - began < 180
    desk.is_sound()
    at = desk.driver.current_url.removeprefix(desk.site.base)

    desk.become(approver)
    desk.open(at)
    desk.press("审核通过，发布第1版")
    desk.sees("已发布")
    desk.office.services.keeper.look()
    desk.open(f"{HOME}/ask?q={thing}归谁管")
    desk.sees("答了这条")


def test_a_plan_is_uploaded_ticked_and_its_reminders_are_there(desk: Desk, tmp_path: Path) -> None:  # noqa: F811
    path = tmp_path / "方案.txt"
    path.write_text(PLAN.replace("@", str(desk.width)), encoding="utf-8")
    desk.sign_in(Role.APPROVER)
    desk.open(f"{HOME}/import")
    began = time.monotonic()
    desk.fill("把文件拖到这里", str(path))
    desk.press("开始读取")
    desk.has("#work[data-told$='：已完成']")
    desk.has("#told:not(:empty)")  # and those who hear the page were told of it
    desk.press("核对并勾选")
    desk.sees("将活动总结报送区安委办")
    desk.is_sound()
    desk.press("提交审核")
    at = desk.driver.current_url.removeprefix(desk.site.base)
    desk.sign_in(Role.APPROVER)
    desk.open(at)
    desk.is_sound()
    ticked = len(desk.driver.find_elements("css selector", "input[name=fact]:checked"))
    desk.press(f"采用提交的 {ticked} 项")
    desk.sees("已经排好的提醒")
    assert time.monotonic() - began < 180
    desk.sees("6月25日")
    desk.is_sound()
