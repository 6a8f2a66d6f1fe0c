"""Figures in a text, fines, periods, distances, numbers of people, as value and unit, however they are written.

An answer that names nothing but statutes as its sources must not tell a figure that none of the cited articles has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.answers.normalise import printed


@dataclass(frozen=True, slots=True, order=True)
class Figure:
    """One figure. 5万元, 五万元 and 50,000元 are all 50000 元; 两年 and 24个月 are both 24 个月.

    value    in the base unit
    side     以上 or 以下 where the text says so, else ""
    written  as it stands in the text
    """

    value: float
    unit: str
    side: str = ""
    written: str = field(default="", compare=False)


#: A unit as written -> its base unit, and how many of it one is. 日 and 天 are the same; 工作日 are not.
_UNITS: dict[str, tuple[str, float]] = {
    "工作日": ("个工作日", 1), "个工作日": ("个工作日", 1), "日": ("日", 1), "天": ("日", 1), "周年": ("个月", 12),
    "年": ("个月", 12), "个月": ("个月", 1), "个星期": ("日", 7), "周": ("日", 7), "小时": ("分钟", 60),
    "个小时": ("分钟", 60), "学时": ("分钟", 60), "分钟": ("分钟", 1), "秒": ("分钟", 1 / 60), "周岁": ("周岁", 1),
    "岁": ("周岁", 1), "元": ("元", 1), "倍": ("倍", 1), "人": ("人", 1), "名": ("人", 1), "次": ("次", 1),
    "毫米": ("米", 0.001), "厘米": ("米", 0.01), "米": ("米", 1), "千米": ("米", 1000), "公里": ("米", 1000),
    "℃": ("℃", 1), "°c": ("℃", 1), "摄氏度": ("℃", 1), "度": ("度", 1), "分贝": ("分贝", 1), "千克": ("千克", 1),
    "公斤": ("千克", 1), "吨": ("千克", 1000), "%": ("%", 1), "伏": ("伏", 1), "千伏": ("伏", 1000),
    "兆帕": ("兆帕", 1), "mpa": ("兆帕", 1), "兆瓦": ("兆瓦", 1), "mw": ("兆瓦", 1), "平方米": ("平方米", 1),
    "立方米": ("立方米", 1), "升": ("升", 1), "l": ("升", 1), "毫克": ("毫克", 1), "分": ("分", 1),
    "mm": ("米", 0.001), "m": ("米", 1), "km": ("米", 1000), "t": ("千克", 1000), "kg": ("千克", 1),
}  # fmt: skip
_NUMBER = r"\d[\d,]*(?:\.\d+)?\s?[万亿千百]{0,2}|[零〇一二三四五六七八九十百千万亿两半]+"
_UNIT = "(?:" + "|".join(sorted(_UNITS, key=len, reverse=True)) + ")(?<!分(?=之))(?![a-z])"
#: A number, up to four more that share its unit (3至5年, 一年、两年), the unit, and on which side of it.
_FIGURE = re.compile(
    rf"((?:(?:{_NUMBER})\s?(?:{_UNIT})?(?:以上|以下)?(?:至|到|-|—|–|~|、|/|或者?|和){{1,2}}){{0,4}})"
    rf"({_NUMBER})\s?({_UNIT})(半?)(以上|以下|以内)?"
)
_PART = re.compile(rf"({_NUMBER})\s?({_UNIT})?(以上|以下)?")
_PERCENT = re.compile(r"百分之([零一二三四五六七八九十百]+)(?:点([一二三四五六七八九]))?(以上|以下)?")
_FRACTION = re.compile(r"([一二三四五六七八九十])分之([一二三四五六七八九十]+)")
#: Dates are no figures: they stand in the heads of statutes, not in their articles. Nor are numbers of articles.
_NO_FIGURE = re.compile(
    r"(?:\d{4}|[一二][零〇一二三四五六七八九]{3})年(?:(?:\d{1,2}|[一二三四五六七八九十]{1,2})月)?(?:[上下]半年)?"
    r"(?:(?:\d{1,2}|[一二三四五六七八九十]{1,3})日)?"
    r"|(?:\d{1,2}|[一二三四五六七八九十]{1,2})月(?:(?:\d{1,2}|[一二三四五六七八九十]{1,3})日?(?:至\d{1,2}日)?)?"
    r"|第(?:\d+|[一二三四五六七八九十百千]+)(?:[条款项章节次类级]|个工作日|年|天|日)(?:之[一二三四五六七八九十])?"
    r"|〔\d{4}〕\d+号|gb/?t?\s?[\d.—-]+|[上下每前后]半年|一次性|[统唯任单同]一"
    r"|(?:几[十百千万]+|数(?:十|百|千|万)(?!分之))|24小时[^\s，。；、]{0,6}(?:电话|热线|值班|服务)|7[x×]24小时"
)
#: Where people count in words, not in figures.
_WORDS = frozenset(
    "一日 一天 一年 一人 一名 一次 一周 一度 一分 一元 两人 两名 两次 十分 半天 万分 千米 百米 万元 千元 百元".split()
)
_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_SMALL, _GREAT = {"十": 10, "百": 100, "千": 1000}, {"万": 10_000, "亿": 100_000_000}


def figures(text: str, *, words: bool = False) -> set[Figure]:
    """All figures that `text` tells; dates are left out.

    words  also 一年, 一次, 两人, which people say without counting
    """
    text = _NO_FIGURE.sub("　", printed(text))
    return {*_counted(text, words), *_shares(text)}


def unfounded(told: str, articles: str) -> list[Figure]:
    """The figures of an answer that `articles` do not have, or have on the other side only (以上 for 以下)."""
    held = figures(articles, words=True)
    sides: dict[Figure, set[str]] = {}
    for figure in held:
        sides.setdefault(_bare(figure), set()).add(figure.side)
    return sorted(f for f in figures(told) if not _founded(f, sides.get(_bare(f))))


def _bare(figure: Figure) -> Figure:
    return Figure(figure.value, figure.unit)


def _founded(figure: Figure, sides: set[str] | None) -> bool:
    return sides is not None and (not figure.side or figure.side in sides or "" in sides)


def _counted(text: str, words: bool) -> Iterator[Figure]:
    for match in _FIGURE.finditer(text):
        if match[0] in _WORDS and not words:
            continue
        number, unit, side = match[2], match[3], match[5] or ""
        yield from _figure(number, unit, side, number + unit + match[4] + side, 0.5 if match[4] else 0)
        # 3—10人, 5至10万元: what has no unit has that of the next, and its scale.
        scale = next((c for c in "亿万" if number.endswith(c)), "")
        for part in reversed(list(_PART.finditer(match[1]))):
            if part[2]:
                unit, scale = part[2], ""
            elif part[1].endswith(("亿", "万")):
                scale = part[1][-1]
            bare = part[1].replace(".", "").isdigit() and not part[2]
            number = part[1] + scale if bare else part[1]
            yield from _figure(number, unit, part[3] or "", number + unit + (part[3] or ""))


def _shares(text: str) -> Iterator[Figure]:
    for match in _PERCENT.finditer(text):
        share = (value(match[1]) or 0) + (value(match[2]) or 0) / 10 if match[2] else value(match[1]) or 0
        yield Figure(share, "%", match[3] or "", match[0])
    for match in _FRACTION.finditer(text):
        whole, part = value(match[1]), value(match[2])
        if whole and part:
            yield Figure(_round(part / whole), "份", written=match[0])


def _figure(number: str, unit: str, side: str, written: str, more: float = 0) -> Iterator[Figure]:
    read = value(number)
    base, factor = _UNITS[unit]
    if read is not None:
        yield Figure(_round((read + more) * factor), base, "以下" if side == "以内" else side, written)


def _round(number: float) -> float:
    return round(number, 6)


def value(number: str) -> float | None:
    """Read 5万, 1,000, 一百二十, 二十五万; None where it is no number that people write."""
    number = number.replace(" ", "").replace(",", "")
    if match := re.fullmatch(r"(\d+(?:\.\d+)?)([万亿千百]*)", number):
        read = float(match[1])
        for c in match[2]:
            read *= {**_SMALL, **_GREAT}[c]
        return read
    if number == "半":
        return 0.5
    if len(number) > 1 and not set(number) & {*_SMALL, *_GREAT}:
        return None
    return _chinese(number)


def _chinese(number: str) -> float | None:
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
