"""What staff may change, each with its title, its kind and its bounds: one table. Secrets are not among it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.office import texts
from bot.settings import Settings
from bot.switches import NAMES, WHILE_OFF, Function


class Group(StrEnum):
    """Items that stand on one page."""

    OFFICE = "office"
    PLACES = "places"
    HOTLINES = "hotlines"
    SENDING = "sending"
    SURENESS = "sureness"
    TEXTS = "texts"
    PEOPLE_TEXTS = "people-texts"
    SWITCHES = "switches"


GROUP_NAMES = {
    Group.OFFICE: "本单位",
    Group.PLACES: "辖区地名",
    Group.HOTLINES: "本地热线",
    Group.SENDING: "静默时段和推送上限",
    Group.SURENESS: "回答的把握",
    Group.TEXTS: "回答用语",
    Group.PEOPLE_TEXTS: "订阅和登记用语",
    Group.SWITCHES: "功能开关",
}


class Kind(StrEnum):
    """What a value is, and so how it is checked and edited."""

    LINE = "line"  # text in one line
    TEXT = "text"
    LINES = "lines"  # a list of short texts
    CLOCK = "clock"  # 20:30, Beijing time
    WHOLE = "whole"  # a whole number
    SHARE = "share"  # 0 to 1
    PHONE = "phone"
    REGION = "region"  # 全国, or a place by its full name
    PLACES = "places"  # a list of regions
    HOTLINES = "hotlines"  # a list of {number, name, note}
    REASON = "reason"  # why a function is off; nothing while it is on


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that staff may change.

    least, most  of a number; `most` also UTF-8 bytes of a text, lines of a list
    facts        what may stand in braces in a sentence
    warning      what else changes with it, shown before it is saved
    """

    key: str
    group: Group
    title: str
    kind: Kind
    hint: str = ""
    warning: str = ""
    least: float = 0
    most: float = 0
    facts: tuple[str, ...] = ()

    @property
    def table(self) -> str:
        """texts, switch, or the table of the settings it belongs to."""
        return self.key.split(".")[0]

    @property
    def name(self) -> str:
        """The key without its table."""
        return self.key.partition(".")[2]


#: One message of WeChat takes 2048 bytes, taps included. Source: as bot/messages.py.
_MOST_TEXT = 1500
#: Also told where nothing is cut to fit any more.
_MOST_FAILURE = 600
_LIST_OF_TEXTS = {"chat.suggestions"}

_SURE = (
    "调高：答错的少了，“没有把握”的多了；调低则相反。改之前请先在“知识”页的试答里看看哪些问题会变，"
    "改之后几天看一看“没答上的问题”。"
)
_ITEMS = (
    Item("office.name", Group.OFFICE, "单位名称", Kind.LINE, "欢迎语、网页抬头和推送预览里用", most=90),
    Item("office.region", Group.OFFICE, "所在地区", Kind.REGION, "写全称，例如：广东省江门市江海区；全国写“全国”",
         "换地区以后，没说自己在哪里的人先听到新地区的规定，日历里的汛期、高温期也按新地区算。", most=120),
    Item("office.phone", Group.OFFICE, "办公电话", Kind.PHONE, "机器人帮不上时请人拨打", most=40),
    Item("office.hours", Group.OFFICE, "接听时间", Kind.LINE, "例如：工作日8:30-12:00、14:30-17:30", most=120),
    Item("places.own", Group.PLACES, "辖区内的地名", Kind.PLACES,
         "一行一个，写全称，例如：广东省江门市江海区礼乐街道；有人说“我在礼乐”就能认出来", most=500),
    Item("hotlines.own", Group.HOTLINES, "本地热线", Kind.HOTLINES,
         "一行一个：号码，名称，说明。例如：0750-3860119，燃气抢修，江海区管道燃气，24小时",
         "有人问这个名称的电话，或者只发来这个号码，机器人照这里回答。119、110、120 不能改。", most=60),
    Item("outreach.quiet_from", Group.SENDING, "静默时段开始", Kind.CLOCK, "从这时起不推送，紧急通知除外"),
    Item("outreach.quiet_until", Group.SENDING, "静默时段结束", Kind.CLOCK, "到这时可以推送",
         "已经定时在静默时段里的推送会等到静默时段结束。"),
    Item("outreach.mass_kept", Group.SENDING, "留给紧急情况的群发次数", Kind.WHOLE,
         "每人每月的群发里留几次不用", "改成 0，平时的推送可能用完当月的群发，遇到紧急情况就发不出去了。", 0, 100),
    Item("outreach.mass_per_month", Group.SENDING, "每人每月群发上限", Kind.WHOLE,
         "服务号平台上限是 4 次；可以写得更少", "超过平台上限的部分，平台会拒绝。", 1, 100),
    Item("answers.answer_at", Group.SURENESS, "把握到多少就直接回答", Kind.SHARE, "0 到 1", _SURE, 0, 1),
    Item("answers.offer_at", Group.SURENESS, "把握到多少就给出几个问题让人选", Kind.SHARE,
         "0 到 1，不能高于上一条", _SURE, 0, 1),
    Item("answers.scope_at", Group.SURENESS, "多像安全问题才回答", Kind.SHARE,
         "0 到 1；低于它就说没有把握", _SURE, 0, 1),
)  # fmt: skip


def _sentences() -> Iterator[Item]:
    for table, titles in texts.TITLES.items():
        group = Group.TEXTS if table in ("chat", "answers") else Group.PEOPLE_TEXTS
        for name, title in titles.items():
            is_list = f"{table}.{name}" in _LIST_OF_TEXTS
            kind, most = (Kind.LINES, 8) if is_list else (Kind.TEXT, _MOST_TEXT)
            hint = "一行一个，最多 8 个，每个不超过 20 个字" if is_list else ""
            most = _MOST_FAILURE if name in ("failure", "switched_off") else most
            yield Item(f"texts.{table}.{name}", group, title, kind, hint, most=most,
                       facts=tuple(texts.may_name(table, name)))  # fmt: skip


def _switches() -> Iterator[Item]:
    for function in Function:
        yield Item(f"switch.{function}", Group.SWITCHES, NAMES[function], Kind.REASON, "关闭的原因，会告诉公众",
                   WHILE_OFF[function], most=300)  # fmt: skip


ITEMS: Mapping[str, Item] = {item.key: item for item in (*_ITEMS, *_sentences(), *_switches())}


def default(item: Item, settings: Settings, words: Mapping[str, Mapping[str, Any]]) -> Any:
    """What holds while staff have not changed it. words: as texts.shipped gives them."""
    if item.table == "texts":
        table, name = item.name.split(".")
        held = words.get(table, {}).get(name, "")
        return list(held) if item.kind is Kind.LINES else str(held)
    if item.table == "switch":
        return ""
    if item.kind in (Kind.PLACES, Kind.HOTLINES):
        return []
    return getattr(getattr(settings, item.table), item.name)
