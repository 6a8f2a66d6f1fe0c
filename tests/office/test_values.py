"""What staff write is brought into one form, or refused with what to do."""

from __future__ import annotations

import pytest

from bot.errors import OfficeError
from bot.office import ITEMS
from bot.office.registry import default
from bot.office.texts import shipped
from bot.office.values import checked
from bot.settings import ROOT, Settings

WORDS = shipped(ROOT / "knowledge")


def put(key: str, given: object) -> object:
    item = ITEMS[key]
    return checked(item, given, default(item, Settings(), WORDS))


@pytest.mark.parametrize(
    ("key", "given", "kept"),
    [
        ("office.name", "  江海区\n应急管理局 ", "江海区 应急管理局"),
        ("office.region", "广东省 江门市江海区", "广东省江门市江海区"),
        ("office.region", "全国", "全国"),
        ("office.phone", "0750-3860000", "0750-3860000"),
        ("office.phone", "0750-3860000转12", "0750-3860000转12"),
        ("outreach.quiet_from", "8：05", "08:05"),
        ("outreach.mass_kept", "2", 2),
        ("answers.answer_at", "0.25", 0.25),
        ("places.own", "广东省江门市江海区礼乐街道\r\n\r\n广东省江门市江海区礼乐街道", ["广东省江门市江海区礼乐街道"]),
        ("hotlines.own", "0750-3860119，燃气抢修，24小时，随时", [
            {"number": "0750-3860119", "name": "燃气抢修", "note": "24小时，随时"}]),
        ("texts.chat.suggestions", "高温怎么办\n\n高温怎么办\n触电怎么办", ["高温怎么办", "触电怎么办"]),
        ("texts.chat.welcome", "欢迎您，这里是应急局。", "欢迎您，这里是应急局。"),
        ("texts.chat.welcome", "欢迎\x00您\u202e，{office}。", "欢迎您，{office}。"),
        ("switch.answers", "系统维护", "系统维护"),
    ],
)  # fmt: skip
def test_value_is_kept_in_one_form(key: str, given: object, kept: object) -> None:
    assert put(key, given) == kept
    assert put(key, kept) == kept


@pytest.mark.parametrize(
    ("key", "given", "why"),
    [
        ("office.name", "", "不能空着"),
        ("office.name", "局" * 31, "太长"),
        ("office.region", "江海", "写全称"),
        ("office.region", "<b>广东省</b>", "写全称"),
        ("office.phone", "打我", "电话号码"),
        ("office.phone", "1" * 60, "太长"),
        ("outreach.quiet_from", "25:00", "20:30"),
        ("outreach.quiet_from", None, "20:30"),
        ("outreach.mass_kept", "1.5", "整数"),
        ("outreach.mass_kept", "-1", "之间"),
        ("answers.answer_at", "nan", "之间"),
        ("answers.answer_at", "很高", "数字"),
        ("answers.answer_at", "1e400", "之间"),
        ("places.own", "礼乐", "写全称"),
        ("places.own", 7, "一行写一个"),
        ("hotlines.own", "119，消防，", "不能在这里改"),
        ("hotlines.own", "燃气，0750-1", "不像电话号码"),
        ("hotlines.own", "0750-386，燃气\n0750-386，电力", "写了两次"),
        ("hotlines.own", "0750-3860119", "名称要写"),
        ("texts.chat.suggestions", "\n", "至少写一个"),
        ("texts.chat.suggestions", "\n".join("一二三四五六七八九"), "最多 8 个"),
        ("texts.chat.welcome", "欢迎{name}", "{name} 在这里不会自动填入"),
        ("texts.chat.welcome", "欢迎{office", "成对"),
        ("texts.chat.welcome", "欢迎{office.__class__}", "只写词"),
        ("texts.chat.welcome", "欢迎{office:>9999999999}", "只写词"),
        ("texts.chat.welcome", "欢迎{office!r}", "只写词"),
        ("texts.chat.welcome", "欢迎{0}", "只写词"),
        ("texts.chat.welcome", "欢" * 501, "太长"),
        ("texts.chat.answered_now", "有答复了", "少了 {title}"),
        ("texts.people.data", "您的数据", "少了 {lines}"),
        ("texts.chat.welcome", ["a"], "要写成文字"),
        ("switch.answers", " ", "不能空着"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(key: str, given: object, why: str) -> None:
    with pytest.raises(OfficeError, match=why.replace("{", r"\{").replace("}", r"\}")):
        put(key, given)
