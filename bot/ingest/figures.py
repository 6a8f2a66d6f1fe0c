"""Figures in a text: hours, fines, distances, as value and unit, however they are written.

An entry that is said to be compared with the law must not tell a figure that none of its articles has.
"""

from __future__ import annotations

import re

from bot.answers.normalise import printed

#: A figure: value in the base unit, and that unit. 5万元 and 五万元 are both (50000, 元).
Figure = tuple[float, str]

_NUMBER = r"\d[\d,]*(?:\.\d+)?[万亿千百]?|[零〇一二三四五六七八九十百千万亿两半]+"
_UNIT = (
    "个?工作日|日|天|年|个?月|小时|分钟|秒|周岁|岁|万元|亿元|元|倍|米|厘米|公里|千米|毫米|℃|分贝|吨|千克|公斤|%|学时"
    "|千伏|平方米|立方米"
)
_FIGURE = re.compile(rf"({_NUMBER})\s*({_UNIT})")
#: 3至5年, 30%—50%: the first number has its unit behind the second.
_RANGE = re.compile(rf"({_NUMBER})(?:至|到|-|—|~|、|或|或者)(?:{_NUMBER})\s*({_UNIT})")
_PERCENT = re.compile(r"百分之([零一二三四五六七八九十百]+)")
_SAME = {"天": "日", "个月": "月", "个工作日": "工作日", "公里": "千米", "公斤": "千克", "岁": "周岁"}
_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_SMALL, _GREAT = {"十": 10, "百": 100, "千": 1000}, {"万": 10_000, "亿": 100_000_000}
#: Dates on which laws were passed or changed stand in the heads of statutes, not in their articles.
_DATE = re.compile(r"\d{4}年(?:\d{1,2}月)?(?:\d{1,2}日)?|\d{1,2}月\d{1,2}日")


def figures(text: str) -> set[Figure]:
    """All figures that `text` tells; dates are left out."""
    text = _DATE.sub("", printed(text))
    found = [(m[1], m[2]) for expression in (_FIGURE, _RANGE) for m in expression.finditer(text)]
    read = {(value(number), unit) for number, unit in map(_levelled, found)}
    return {(v, u) for v, u in read if v is not None} | {(value(m[1]) or 0.0, "%") for m in _PERCENT.finditer(text)}


def unfounded(answer: str, articles: str) -> list[str]:
    """The figures of an answer that `articles` do not have in any unit; 1 and a half are words as much as numbers."""
    held = {v for v, _ in figures(articles)}
    return [f"{v:g}{u}" for v, u in sorted(figures(answer)) if v not in held and v not in (0.5, 1.0)]


def _levelled(figure: tuple[str, str]) -> tuple[str, str]:
    number, unit = figure
    if unit in ("万元", "亿元"):
        return number + unit[0], "元"
    return number, _SAME.get(unit, unit)


def value(number: str) -> float | None:
    """Read 5万, 1,000, 一百二十, 二十五万; None where it is no number that people write."""
    if match := re.fullmatch(r"([\d,]*\d(?:\.\d+)?)([万亿千百]?)", number):
        factor = {**_SMALL, **_GREAT}.get(match[2], 1)
        return float(match[1].replace(",", "")) * factor
    if number == "半":
        return 0.5
    total, part, digit = 0, 0, 0
    for c in number:
        if c in _DIGITS:
            digit = _DIGITS[c]
        elif c in _SMALL:
            part, digit = part + (digit or 1) * _SMALL[c], 0
        elif c in _GREAT:
            total, part, digit = total + (part + digit) * _GREAT[c], 0, 0
        else:
            return None
    return float(total + part + digit)
