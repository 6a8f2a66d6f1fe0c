"""One point in time as plans write it: its shapes, and how each is read."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from bot.answers.normalise import number

_CN = "〇零○一二三四五六七八九"
_YEAR = rf"(?:(?P<y>(?:19|20)\d\d|[一二][{_CN}]{{3}})年度?|(?P<ry>今年|本年度?|当年|同年|次年|明年|翌年|去年|上年))"
_M = r"(?<!\d)(?:1[0-9]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
_CN_D = "[一二三四五六七八九]"
DAY = rf"(?:\d{{1,2}}|三十一?|二十{_CN_D}?|廿{_CN_D}?|十{_CN_D}?|{_CN_D})"
_PART = r"上旬|中旬|下旬|初|底|末|月初|月底|月末|上半月|下半月"
TO = r"(?:至|到|—+|－+|-+|–+|─+|~+|～+)"

#: The shapes of one point in time, tried in this order at each place.
_SHAPES = (
    # 2023.6.16  2023-06-16  2023/6/16  2023.6
    r"(?<![\d.])(?P<ny>(?:19|20)\d\d)[./\-](?P<nm>1[0-2]|0?[1-9])(?:[./\-](?P<nd>\d{1,2}))?(?![\d.]{0,9}\d)日?",
    # 6月份第二个星期日
    rf"{_YEAR}?的?(?P<wm>{_M})月份?的?第(?P<nth>[一二三四五1-5])个(?:星期|周|礼拜)(?P<wd>[一二三四五六日天])",
    # 2023年6月1日  6月16号
    rf"{_YEAR}?的?(?P<m>{_M})月份?(?P<d>{DAY})[日号]",
    # 6月1-30日: the first day has no 日 of its own
    rf"{_YEAR}?的?(?P<lm>{_M})月份?(?P<ld>\d{{1,2}})(?={TO}(?:\d{{1,2}}月)?\d{{1,2}}[日号])",
    # 6月中旬  2023年6月底  6月份
    rf"{_YEAR}?的?(?P<pm>{_M})月(?:份)?(?P<part>{_PART})?",
    # 6—12月: the first month has no 月 of its own
    rf"{_YEAR}?的?(?<![\d.])(?P<lmm>1[0-2]|[1-9])(?={TO}(?:1[0-2]|[1-9])月(?!\d))",
    # 第二季度  2023年上半年  年底  全年
    rf"{_YEAR}?(?:的)?(?:第?(?P<q>[一二三四1-4])季度|(?P<half>[上下])半年|(?P<ye>年底|年末|年初)|(?P<all>全年))",
    # 2023年底  二〇二三年
    rf"{_YEAR}(?P<yp>底|末|初)?",
    # “6·16”  5.12  12.2
    r"(?<![\d.〔\[（(第])(?P<dm>1[0-2]|0?[1-9])[.·・•∙‧](?P<dd>3[01]|[12]\d|0?[1-9])(?![\d.]|[%％万亿米元倍度])",
    # 即日起
    r"(?P<now>即日|发文之日|印发之日|本方案印发之日)(?=起|至|到|开始)",
)
SHAPES = tuple(re.compile(s) for s in _SHAPES)
BARE_DAY = re.compile(rf"(?P<bd>{DAY})[日号]")
WEEKDAYS = {c: n for n, c in enumerate("一二三四五六日")} | {"天": 6}


@dataclass(frozen=True, slots=True)
class Point:
    at: int
    stop: int
    year: int | None = None
    month: int | None = None
    day: int | None = None
    last: tuple[int | None, int | None] = (None, None)  # month and day of the end where the point is a span
    vague: bool = False
    told: bool = False
    now: bool = False
    shift: int = 0
    dotted: bool = False


class Points:
    """The points in time of a text, one after the other. Each shape is looked for only as far as it must be."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._hits = [_first(p, text, 0) for p in SHAPES]

    def after(self, pos: int) -> Point | None:
        """The first point at or after `pos`; of several at one place, the first shape that fits."""
        for n, hit in enumerate(self._hits):
            if hit is not None and hit.start() < pos:
                self._hits[n] = _first(SHAPES[n], self._text, pos)
        hits = [(hit.start(), n, hit) for n, hit in enumerate(self._hits) if hit is not None]
        return read(min(hits, key=lambda h: h[:2])[2]) if hits else None


def _first(pattern: re.Pattern[str], text: str, pos: int) -> re.Match[str] | None:
    return next((m for m in pattern.finditer(text, pos) if m.end() > m.start()), None)


def read(m: re.Match[str]) -> Point:
    g = {k: v for k, v in m.groupdict().items() if v is not None}
    base = Point(m.start(), m.end())
    year = number(g["y"].replace("○", "〇")) if "y" in g else None
    shift = {"次年": 1, "明年": 1, "翌年": 1, "去年": -1, "上年": -1}.get(g.get("ry", ""), 0)
    base = replace(base, year=year, told=year is not None or shift != 0, shift=shift)
    if "ny" in g:
        day = int(g["nd"]) if "nd" in g else None
        return replace(base, year=int(g["ny"]), month=int(g["nm"]), day=day, told=True)
    if "wm" in g:
        return replace(base, month=number(g["wm"]), day=-(number(g["nth"]) or 1) * 10 - WEEKDAYS[g["wd"]])
    for names in (("m", "d"), ("lm", "ld")):
        if names[0] in g:
            return replace(base, month=number(g[names[0]]), day=number(g[names[1]].replace("廿", "二十")))
    if "pm" in g:
        return _part_of_month(base, number(g["pm"]) or 0, g.get("part", ""))
    if "lmm" in g:
        return replace(base, month=int(g["lmm"]))
    if "dm" in g:
        return replace(base, month=int(g["dm"]), day=int(g["dd"]), dotted=True)
    if "now" in g:
        return replace(base, now=True)
    return _part_of_year(base, g)


def _part_of_month(base: Point, month: int, part: str) -> Point:
    spans = {"上旬": (1, 10), "中旬": (11, 20), "下旬": (21, 0), "上半月": (1, 15), "下半月": (16, 0)}
    spans |= {"初": (1, 10), "月初": (1, 10), "底": (21, 0), "末": (21, 0), "月底": (21, 0), "月末": (21, 0)}
    if not part:
        return replace(base, month=month)
    first, last = spans[part]
    return replace(base, month=month, day=first, last=(month, last or 99), vague=True)


def _part_of_year(base: Point, g: dict[str, str]) -> Point:
    if "q" in g:
        first = (number(g["q"]) or 1) * 3 - 2
        return replace(base, month=first, last=(first + 2, None))
    if "half" in g:
        return replace(base, month=1, last=(6, None)) if g["half"] == "上" else replace(base, month=7, last=(12, None))
    if "all" in g:
        return replace(base, month=1, last=(12, None))
    edge = g.get("ye", "") or g.get("yp", "")
    if edge.endswith(("底", "末")):
        return replace(base, month=12, day=21, last=(12, 99), vague=True)
    if edge.endswith("初"):
        return replace(base, month=1, last=(1, None), vague=True)
    return base
