"""Followers, units and liaison officers in a browser: a unit from its form to the sheet on the wall, a list that is
imported, an audience, an export."""

from __future__ import annotations

import base64
import re
from datetime import timedelta
from pathlib import Path

from openpyxl import Workbook

from bot.people import followers
from bot.people.followers import ChoseRow
from bot.staff import Role
from tests.console.pages import NOW
from tests.system.console_browser import Desk, browser_marks, desk, site  # noqa: F401

pytestmark = browser_marks
HERE = "广东省江门市江海区"
PEOPLE = "/staff/people"


def followed(desk: Desk) -> None:  # noqa: F811
    """Thirty people follow; the first twenty subscribed."""
    with desk.office.services.database.begin() as db:
        for n in range(30):
            address = f"oWALK{n:023d}"
            followers.ensure(db, "official", address, NOW - timedelta(hours=n))
            begin = ("高温",) if n < 20 else ()
            chose = {"region": HERE, "audience": "企业", "industry": "化工"}
            followers.chose(db, [ChoseRow(NOW, "official", address, chose, begin=begin)])


def test_a_unit_is_made_and_its_sheet_is_ready_to_be_put_up(desk: Desk) -> None:  # noqa: F811
    desk.sign_in(Role.AUTHOR)
    name = f"浏览器厂{desk.width}"
    desk.open(f"{PEOPLE}/units/new")
    desk.fill("单位名称", name)
    desk.fill("类别", "企业")
    desk.fill("地区", HERE)
    desk.press("新建")
    desk.sees("接下来填写联络员")
    desk.fill("姓名", "王工")
    desk.fill("联系电话", "0750-3860000")
    desk.press("保存联络员")
    desk.sees("联络员现在是王工")
    desk.is_sound()
    desk.press("打印张贴页")
    desk.sees("在公众号里发：加入")
    desk.is_sound()
    printed = base64.b64decode(desk.driver.print_page())
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1  # one sheet
    desk.press("返回")
    desk.press("换加入代码")
    desk.sees("已经打印和张贴的二维码都不能再用")
    desk.press("确定换加入代码")
    desk.sees("新的加入代码是")
    assert desk.clicks <= 8
    desk.open(f"{PEOPLE}/units")
    desk.open(f"{PEOPLE}/officers")


def test_a_list_is_looked_over_before_it_is_stored(desk: Desk, tmp_path: Path) -> None:  # noqa: F811
    book = Workbook()
    for row in (("单位名称", "类别", "地区", "联络员"), (f"名册厂{desk.width}", "企业", HERE, "陈姨")):
        book.active.append(row)
    book.save(tmp_path / "名册.xlsx")
    desk.sign_in(Role.DISTRICT, region=HERE)
    desk.open(f"{PEOPLE}/units/import")
    desk.fill("xlsx 文件", str(tmp_path / "名册.xlsx"))
    desk.press("上传并检查")
    desk.sees("还没有导入")
    desk.is_sound()
    desk.press("确认导入")
    desk.sees("已导入：新增 1 个")
    desk.is_sound()


def test_an_audience_is_counted_while_it_is_made_and_its_people_are_read(desk: Desk) -> None:  # noqa: F811
    followed(desk)
    desk.sign_in(Role.AUTHOR)
    desk.open(f"{PEOPLE}/followers")
    desk.fill("订阅主题", "高温")
    desk.press("筛选")
    desk.sees("公众号 …0019")
    desk.is_sound()
    desk.press("把这些条件存成人群，并数人数")
    desk.fill("名称", f"订了高温的{desk.width}")
    desk.sees("20 人")
    desk.is_sound()
    desk.press("保存人群")
    desk.sees("写推送时可以直接选它")
    desk.sees("20 人")
    desk.is_sound()
    desk.open(f"{PEOPLE}/followers?topic=高温")
    desk.press("导出这份名单")
    desk.fill("用途", "备案")
    desk.press("导出")
    desk.sees("共 20 行")
    desk.is_sound()


def test_one_who_asks_for_it_is_erased_after_a_question(desk: Desk) -> None:  # noqa: F811
    followed(desk)
    desk.sign_in(Role.AUTHOR)
    desk.open(f"{PEOPLE}/followers?topic=高温")
    desk.press("公众号 …0007" if desk.width > 500 else "公众号 …0008")
    desk.sees("没有加入单位")
    desk.is_sound()
    desk.press("删除这位的数据")
    desk.fill("原因", "6月1日本人来电")
    desk.press("确定删除这位的数据")
    desk.sees("已删除这位关注者的聊天记录")
    desk.sees("没有订阅")
