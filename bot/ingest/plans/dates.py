"""Dates as campaign plans write them -> where they stand, and what days they mean.

`find` takes levelled text (`text.level`): half-width digits, no blanks inside a date.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from bot.answers.normalise import number
from bot.ingest.plans.points import BARE_DAY, DAY, SHAPES, TO, WEEKDAYS, Point, Points, read

_CONNECT = re.compile(rf"(?:[（(](?:星期|周)[一二三四五六日天][）)])?(?:起|开始|启动)?[，,、]?(?:持续|直)?{TO}")
_WEEKDAY = re.compile(r"\s*[（(]?(?:星期|周|礼拜)(?P<wd>[一二三四五六日天])[）)]?")
_TIME = re.compile(
    r"\s*[（(]?(?:上午|下午|晚上|晚|早上|早|中午|凌晨)?\s*(?:零|\d{0,2})(?:(?:[:：]\d\d|[时点](?:半|整|\d{1,2}分)?)"
    rf"(?:\s*{TO}\s*(?:上午|下午|中午|晚上?)?\s*\d{{1,2}}(?:[:：]\d\d|[时点](?:半|\d{{1,2}}分)?))?)?[）)]?"
)
_DUE_AFTER = re.compile(
    r"\s*[）)]?(?:当天|当日)?\s*(?:下班时?|工作时间|上班)?(?:之前|以前|前(?![后期往来])|截止|截至|止|为止)"
)
_DUE_BEFORE = re.compile(
    r"(?:截至|截止(?:到|至|日期|时间|时限)?|不迟于|不晚于|最迟(?:于|在)?|最晚(?:于|在)?|(?:报送|完成|上报|提交)(?:时间|时限|日期|期限))(?:[为是:：])*\s*$"
)
#: 每月25日前  每周五  每季度末
_EVERY = re.compile(
    rf"每(?:个)?(?P<unit>月|周|星期|季度|季|半年|年|日|天|旬)(?:的)?"
    rf"(?:(?P<day>{DAY})[日号]|(?P<edge>底|末|初|月底)|(?P<wd>[一二三四五六日天](?![个次名项条场期至到]))|第[一二三四]个(?:星期|周)[一二三四五六日天])?"
    r"(?:(?:上午|下午)?\d{0,2}(?:[:：]\d\d|[时点]))?(?:(?:上午|下午)?下班)?(?P<due>之前|以前|前)?"
)
#: 活动结束后5日内  收到通知之日起10个工作日内
_RELATIVE = re.compile(
    rf"(?P<of>[一-鿿]{{2,12}}?)(?:之日起|之?后|以后|起)的?(?P<n>{DAY}|[两]|\d{{1,3}})(?P<unit>个工作日|日|天|周|个?月|小时|个小时)(?:之内|以内|内|前)"
)
#: 20日前: the month is not told
_BARE_DUE = re.compile(rf"(?<![\d月年.、至到—-])(?P<bd>{DAY})[日号](?:下班)?(?:之前|以前|前)(?![后期])")
_RECURRING = {
    "月": "monthly",
    "周": "weekly",
    "星期": "weekly",
    "季度": "quarterly",
    "季": "quarterly",
    "半年": "half-yearly",
    "年": "yearly",
    "日": "daily",
    "天": "daily",
    "旬": "ten-daily",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """A date, a span or a rhythm in a text.

    at, stop    where it stands in the text
    text        as written
    start, end  ISO, as exact as told: 2023-06-16, 2023-06, 06-16 (year unknown), 06; equal for one day or month
    due         written as a limit: 6月29日前
    vague       only a part of the month or year is told: 6月中旬, 年底
    ranged      a span of two points: 6月1日至30日
    recurring   "", monthly, weekly, …; start and end are "" then
    relative    "" or what it counts from: 活动结束后5日内
    weekday     0 Monday, as written beside the date
    told_year   the year stands in the text itself
    fault       "", impossible (6月31日) or reversed (6月30日至6月1日)
    """

    at: int
    stop: int
    text: str
    start: str = ""
    end: str = ""
    due: bool = False
    vague: bool = False
    ranged: bool = False
    recurring: str = ""
    relative: str = ""
    weekday: int | None = None
    told_year: bool = False
    fault: str = ""

    @property
    def date(self) -> str:
        """The one day or month meant, the last day of a limit, the first of a span."""
        if self.vague and not self.due:
            return self.start[: len(self.start) - 3] if len(self.start) > 5 or self.start[:2] != "20" else self.start
        return self.end if self.due else self.start

    @property
    def is_day(self) -> bool:
        """Whether one certain day is told."""
        return self.start == self.end and len(self.start) in (5, 10) and not self.vague

    @property
    def is_span(self) -> bool:
        """Whether it has a first and a last day that differ, or covers a month."""
        return bool(self.start) and not self.vague and not self.is_day


@dataclass(frozen=True, slots=True)
class Frame:
    """What dates without a year are read against. year: of the plan; issued: ISO day of the document, "" unknown."""

    year: int | None = None
    issued: str = ""


#: 6月12日、6月26日前: what limits the last day limits those before it
_AND = re.compile(r"[、和及与]|以及")


def find(text: str, frame: Frame = Frame()) -> list[When]:
    """Every date, span and rhythm in levelled text, in order, none overlapping."""
    return list(_found(text, frame))


@lru_cache(maxsize=4096)  # every reader and check asks anew
def _found(text: str, frame: Frame) -> tuple[When, ...]:
    found = sorted(_all(text, frame), key=lambda w: (w.at, -w.stop))
    out: list[When] = []
    for when in found:
        if not out or when.at >= out[-1].stop:
            out.append(when)
    for n in range(len(out) - 2, -1, -1):
        day, after = out[n], out[n + 1]
        if day.is_day and after.due and after.is_day and _AND.fullmatch(text, day.stop, after.at):
            out[n] = replace(day, due=True)
    return tuple(out)


def iso(year: int | None, month: int | None = None, day: int | None = None) -> str:
    """(2023, 6, 1) -> 2023-06-01; (None, 6, 1) -> 06-01; (2023, 6) -> 2023-06."""
    parts = [f"{year:04}"] if year else []
    parts += [f"{n:02}" for n in (month, day) if n]
    return "-".join(parts)


def month_end(year: int | None, month: int) -> int:
    """The last day of a month; 29 for a February of unknown year."""
    return calendar.monthrange(year or 2024, month)[1]


def weekday(day: str) -> int | None:
    """0 Monday … 6 Sunday of an ISO day, None where it is not a whole date."""
    if len(day) != 10:
        return None
    return calendar.weekday(int(day[:4]), int(day[5:7]), int(day[8:]))


def _all(text: str, frame: Frame) -> Iterator[When]:
    for m in _EVERY.finditer(text):
        yield When(at=m.start(), stop=m.end(), text=m[0], recurring=_RECURRING[m["unit"]], due=bool(m["due"]))
    for m in _RELATIVE.finditer(text):
        yield When(at=m.start(), stop=m.end(), text=m[0], relative=m[0], due=True)
    pos, last_year, points = 0, frame.year, Points(text)
    while (point := points.after(pos)) is not None:
        when, year = _span(text, point, frame, last_year)
        pos = when.stop
        last_year = frame.year or year or last_year
        if _is_date(text, point, when):
            yield when
        if when.is_day and not when.due and point.month:
            for listed in _listed(text, pos, point, when):
                yield listed
                pos = listed.stop
    for m in _BARE_DUE.finditer(text):
        yield _bare(m, frame)


#: 6月5日、12日、19日: further days of the month
_LISTED = re.compile(rf"[、和及](?P<bd>{DAY})[日号](?!{TO})")


def _listed(text: str, pos: int, first: Point, when: When) -> Iterator[When]:
    while m := _LISTED.match(text, pos):
        year = int(when.start[:4]) if len(when.start) == 10 else None
        date, fault = _day(year, first.month or 1, number(m["bd"].replace("廿", "二十")))
        suffix = _DUE_AFTER.match(text, m.end())
        pos = suffix.end() if suffix else m.end()
        yield When(
            at=m.start() + 1,
            stop=pos,
            text=text[m.start() + 1 : pos],
            start=date,
            end=date,
            due=bool(suffix),
            fault=fault,
        )


def _span(text: str, first: Point, frame: Frame, known: int | None) -> tuple[When, int | None]:
    """One point, or two with a 至 between, with all that stands around them."""
    second: Point | None = None
    stop = _beside(text, first.stop)[1]
    start_connect = _CONNECT.match(text, stop) or _CONNECT.match(text, first.stop)
    if start_connect and (first.month or first.now):
        second = _second(text, start_connect.end(), first)
    year = _year(first, frame, known)
    end_at = second.stop if second else first.stop
    told_day, end_at = _beside(text, end_at)
    first_day = _beside(text, first.stop)[0]
    suffix = _DUE_AFTER.match(text, end_at)
    before = _DUE_BEFORE.search(text[max(0, first.at - 20) : first.at])
    stop = suffix.end() if suffix else end_at
    when = When(
        at=first.at,
        stop=stop,
        text=text[first.at : stop],
        due=bool(suffix or before) and not second,
        weekday=first_day if first_day is not None else told_day,
        told_year=first.told,
        vague=first.vague,
    )
    if second is None:
        return _one(when, first, year, frame), year
    return _two(when, first, second, year, frame)


def _second(text: str, pos: int, first: Point) -> Point | None:
    best: Point | None = None
    for pattern in SHAPES:
        if (m := pattern.match(text, pos)) and m.end() > m.start():
            best = read(m)
            break
    if best and (best.month or best.year):
        return best
    if first.day and (m := BARE_DAY.match(text, pos)):
        return Point(m.start(), m.end(), month=first.month, day=number(m["bd"].replace("廿", "二十")))
    return None


def _beside(text: str, pos: int) -> tuple[int | None, int]:
    """The weekday written beside a date, and where time of day and weekday end."""
    told: int | None = None
    if m := _WEEKDAY.match(text, pos):
        told, pos = WEEKDAYS[m["wd"]], m.end()
    if (m := _TIME.match(text, pos)) and m[0].strip(" （()）"):
        pos = m.end()
    return told, pos


def _year(point: Point, frame: Frame, known: int | None) -> int | None:
    if point.year:
        return point.year
    base = frame.year or known
    return base + point.shift if base else None


def _one(when: When, point: Point, year: int | None, frame: Frame) -> When:
    if point.now:
        return replace(when, start=frame.issued, end="", vague=True)
    if point.month is None:
        return replace(when, start=iso(year), end=iso(year))
    start, fault = _day(year, point.month, point.day)
    end = start
    if point.last[0]:
        end = iso(year, point.last[0], min(point.last[1], month_end(year, point.last[0])) if point.last[1] else None)
    elif when.due and point.day is None and 1 <= point.month <= 12:
        end = iso(year, point.month, month_end(year, point.month)) if "底" in when.text else start
    return replace(when, start=start, end=end, fault=fault)


def _two(when: When, first: Point, second: Point, year: int | None, frame: Frame) -> tuple[When, int | None]:
    last_year = second.year or ((year + second.shift) if year else None)
    crosses = not second.told and (first.month or 0) >= 9 and 0 < (second.month or 0) <= 5
    if crosses and year:
        last_year = year + 1
    if second.told and not first.told and second.year and first.month and second.month:
        year = second.year - (1 if first.month > second.month and first.month >= 9 else 0)
    if second.month is None:  # 2019年至2023年
        return replace(when, start=iso(year), end=iso(last_year), ranged=True), last_year
    start, bad = (frame.issued, "") if first.now else _day(year, first.month or 1, first.day)
    month, day = second.last if second.last[0] else (second.month, second.day)
    if day == 99:  # 12月底: as exact as the start
        day = month_end(last_year, month or 12) if first.day or first.now else None
    end, worse = _day(last_year, month or 12, day)
    fault = bad or worse or ("reversed" if start and _before(end, start) and not crosses else "")
    return replace(when, start=start, end=end, ranged=True, vague=False, fault=fault, due=False), year


def _day(year: int | None, month: int, day: int | None) -> tuple[str, str]:
    """ISO of a day or month, and a fault; a day below zero is -(nth*10 + weekday)."""
    if not 1 <= month <= 12:
        return "", "impossible"
    if day is None:
        return iso(year, month), ""
    if day < 0:
        return _nth_weekday(year, month, -day // 10, -day % 10), ""
    if not 1 <= day <= month_end(year, month):
        return iso(year, month), "impossible"
    return iso(year, month, day), ""


def _nth_weekday(year: int | None, month: int, nth: int, day: int) -> str:
    if not year:
        return iso(None, month)
    first = calendar.weekday(year, month, 1)
    return iso(year, month, 1 + (day - first) % 7 + (nth - 1) * 7)


def _before(a: str, b: str) -> bool:
    shorter = min(len(a), len(b))
    return len(a) > 2 and a[:shorter] < b[:shorter]


def _bare(m: re.Match[str], frame: Frame) -> When:
    """20日前: in the month of the document, or the next where that day has gone."""
    day = number(m["bd"].replace("廿", "二十")) or 0
    when = When(at=m.start(), stop=m.end(), text=m[0], due=True, vague=True)
    if len(frame.issued) != 10 or not 1 <= day <= 31:
        return when
    year, month, today = (int(p) for p in frame.issued.split("-"))
    if day < today:
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    date, fault = _day(year, month, day)
    return replace(when, start=date, end=date, vague=False, fault=fault)


_QUOTED_BEFORE = re.compile(r"[“\"‘「《（(]\s*$")
#: 6.1上午召开启动仪式, at the head of an item
_DEED_AFTER = re.compile(
    r"\s*(?:上午|下午|晚|开展|组织|召开|举办|举行|设置|进行|评选|参加|在|由|各|启动|发放|悬挂|[（(](?:星期|周))"
)
_DOTTED_AFTER = re.compile(rf"\s*(?:[”\"’」]|日|号|前|之前|以前|{TO}|[（(]|全国|防灾|咨询|安全|活动)")


def _is_date(text: str, point: Point, when: When) -> bool:
    """6.16 is a date only where it is written like one, a bare year never."""
    if point.dotted:
        alone = point.at < 4 and not text[: point.at].strip() and _DEED_AFTER.match(text, point.stop)
        marked = _QUOTED_BEFORE.search(text[max(0, point.at - 3) : point.at]) or _DOTTED_AFTER.match(text, point.stop)
        return bool(when.ranged or when.due or "." not in text[point.at : point.stop] or marked or alone)
    if len(when.start) == len(when.end) == 4 and not (when.ranged or when.due) and when.start == when.end:
        return False
    return bool(when.start or when.end or when.fault)
