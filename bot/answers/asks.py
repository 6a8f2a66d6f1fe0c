"""What kind of thing a question wants, where that can be told, and whether an answer holds such a thing.

A question for a price that is answered with a duty reads like an answer and is none. For a few kinds that a law
book does not hold (prices, addresses, forms, brands, the figures of a year to come) the entry must show that it
has them, or the bot says honestly that it does not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from bot.answers.entries import Entry
from bot.answers.normalise import normalise
from bot.answers.plans import years


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing. wanted: how questions ask for it; unless: what makes it another thing; shown: what an
    answer that has it holds."""

    name: str
    wanted: re.Pattern[str]
    unless: re.Pattern[str]
    shown: re.Pattern[str]


_NEVER = re.compile("(?!)")
_KINDS = (
    Kind(
        "price",
        re.compile("多少钱|什么价|价格|价钱|报名费|收费标准|费用(?:是)?多少|花多少|要花|收多少|贵不贵|几块钱|补贴多少|津贴多少"),
        re.compile("罚|赔|补助金|工资|赔偿|补偿|抚恤|待遇|奖|谁出|谁付|谁承担|收费吗|要钱吗|收钱吗|要不要钱"),
        re.compile("元|免费|不收|不得收|免收|费用由|[价费]标准"),
    ),
    Kind(
        "place",
        re.compile("地址|在哪(?:里|儿)?(?:办理?|报名|考|买|领|学|培训|检测|修|换|上课)|去哪(?:里|儿)?(?:报名|考|买|学)|上班时间|几点(?:上班|下班|开门|关门)"),
        _NEVER,
        re.compile("地址|地点|窗口|网站|小程序|部门|机构|到当地|向[^,。]{2,20}(?:申请|提出|报)|办理"),
    ),
    Kind(
        "form",
        re.compile("模板|范文|范本|样表|样本|样式|空白表|电子版|下载|发我一份|表格发|参考答案|答案发"),
        _NEVER,
        re.compile("模板|范本|样表|样式|下载|栏目"),
    ),
    Kind("brand", re.compile("哪个牌子|什么牌子|哪个品牌|哪家(?:好|便宜|靠谱|强)|推荐(?:一)?(?:个|款|家)"), _NEVER, _NEVER),
    Kind(
        "lost",
        re.compile("(?:证|执照|许可证|证书|资格证|操作证|登记证|报告)[^,。]{0,6}(?:丢了|丢失|遗失|弄丢|不见了|补办)|(?:补办|挂失)"),
        _NEVER,
        re.compile("补办|补领|补发|遗失|挂失|丢"),
    ),
    Kind(
        "forecast",
        re.compile("(?:预测|预报|算|看)(?:得|不)?出来?|前兆|什么时候(?:会)?(?:地震|发生)|哪天(?:会)?地震"),
        re.compile("能不能|能提前|可以"),
        re.compile("前兆|征兆|预报|预测"),
    ),
)  # fmt: skip


def not_held(text: str, entry: Entry) -> str:
    """The kind of thing that normalised text asks for and the entry does not show; "" if there is none."""
    for kind in _KINDS:
        if kind.wanted.search(text) and not kind.unless.search(text):
            held = normalise(entry.title + entry.answer)
            if not kind.shown.search(held):
                return kind.name
    return ""


def year_to_come(text: str, today: date) -> int:
    """A year after the present one that a question is about, 0 if none: nothing is known of it yet."""
    return next((y for y in years(text, today) if y > today.year), 0)
