"""Item numbers at the start of a line: 一、 （一） 1. （1） ① 第一章 1.1, and 一是 inside a paragraph."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from bot.answers.normalise import number

_CN = "一二三四五六七八九十"
#: style -> pattern. The order is that of trial; `RANK` is the usual depth.
_STYLES = (
    ("part", re.compile(rf"第(?P<n>[{_CN}]{{1,3}})(?:部分|章|节)[、：:\s]*")),  # 第一章 总则
    ("cn", re.compile(rf"(?P<n>[{_CN}]{{1,3}})\s*[、.]\s*")),  # 一、指导思想
    ("di", re.compile(rf"第(?P<n>[{_CN}]{{1,3}})[、.]\s*(?=[^，。；：]{{2,20}}$)")),  # 第一、工作目标
    ("cnp", re.compile(rf"[（(〔]\s*(?P<n>[{_CN}]{{1,3}})\s*[）)〕]\s*[、.]?\s*")),  # （一）开展咨询
    ("cnp", re.compile(r"(?P<n>[㈠-㈩])\s*[、.]?\s*")),  # ㈠
    ("dec", re.compile(r"(?P<n>\d{1,2}(?:\.\d{1,2}){1,3})[、.]?\s*(?=[^\d\s年月日%.、至—-])")),  # 1.1 目的
    (
        "num",
        re.compile(
            r"(?P<n>\d{1,2})\s*[、．]\s*|(?P<n2>\d{1,2})\.\s*(?!\d)|(?P<n3>\d{1,2})\.(?=\d{1,2}月\d|(?:19|20)\d\d年)"
        ),
    ),
    # 1 活动目的: a short heading with no mark after its number
    (
        "num",
        re.compile(r"(?P<n>[1-9]|1\d|20)\s+(?=[一-鿿“]{2}[^，。；：]{0,18}$)(?![年月日时点个名家项次条台人场位份])"),
    ),
    ("nump", re.compile(r"[（(]\s*(?P<n>\d{1,2})\s*[）)]\s*[、.]?\s*|(?P<n2>\d{1,2})[）)]\s*")),  # （1） 1)
    ("circ", re.compile(r"(?P<n>[①-⑳])\s*[、.]?\s*")),  # ①
)
#: 一是要提高认识 as a paragraph of its own
_OWN = re.compile(rf"(?P<n>[{_CN}])是(?=[^否的])|第(?P<n2>[{_CN}])[，,]")
RANK = {"part": 0, "cn": 1, "di": 1, "cnp": 2, "num": 3, "dec": 3, "nump": 4, "circ": 5, "yi": 6}


@dataclass(frozen=True, slots=True)
class Item:
    """A number that opens a line. value counts from 1; shown is how it is told: 一, （一）, 1, ①; rest follows it."""

    style: str
    value: int
    shown: str
    rest: str


@lru_cache(maxsize=8192)  # the same lines are asked again and again
def item(line: str) -> Item | None:
    """The item number that opens a line, None where there is none."""
    for style, pattern in _STYLES:
        if (m := pattern.match(line)) and m.end() > 0:
            told = next(g for g in m.groupdict().values() if g)
            return Item(style, _value(told), _shown(style, told), line[m.end() :].strip())
    if m := _OWN.match(line):
        return Item("yi", number(m["n"] or m["n2"]) or 0, m[0].rstrip("，,"), line[m.end() :].strip())
    return None


def _value(told: str) -> int:
    if told in "㈠㈡㈢㈣㈤㈥㈦㈧㈨㈩":
        return ord(told) - ord("㈠") + 1
    if "①" <= told <= "⑳":
        return ord(told) - ord("①") + 1
    return number(told.split(".")[-1]) or 0


def _shown(style: str, told: str) -> str:
    if style == "cnp":
        return f"（{_CN[_value(told) - 1] if '㈠' <= told <= '㈩' else told}）"
    if style == "nump":
        return f"（{told}）"
    return {"part": f"第{told}部分", "di": f"第{told}"}.get(style, told)


#: 一是…；二是…   第一，…第二，…   首先，…其次，…
_ORDINAL = re.compile(rf"(?:^|(?<=[。；;：:，,\s]))(?:(?P<yi>[{_CN}])(?:是|要)(?=[^否的])|第(?P<di>[{_CN}])[，,、是])")


def inline(text: str) -> list[tuple[str, int, str]]:
    """Items inside a paragraph as (shown, value, text): 一是…；二是…. Empty where there are not two of a kind."""
    marks = list(_ORDINAL.finditer(text))
    kinds = {"yi": [m for m in marks if m["yi"]], "di": [m for m in marks if m["di"]]}
    chosen = max(kinds.values(), key=len)
    if len(chosen) < 2:
        return []
    ends = [m.start() for m in chosen[1:]] + [len(text)]
    return [
        (m[0].strip("，,、 "), number(m["yi"] or m["di"]) or 0, text[m.end() : end].strip())
        for m, end in zip(chosen, ends, strict=True)
    ]
