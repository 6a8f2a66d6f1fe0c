"""Rules of the calendar, as words -> the dates of a year. Pure.

    fixed 06-16             every year                  fixed 2027-06-16      that year only
    range 06-01 06-30       from, to; 10-01 04-30 ends in the next year
    weekday 3 -1 mon        the last Monday of March;   weekday 9 2 sat       the second Saturday of September
    week 05-12              the week, Monday to Sunday, that contains the day
    lunar 05-05             a lunar day;                lunar 12-end          the last day of the twelfth month
    term 清明               a solar term
    season 汛期             as config/calendar.yaml has it for the office's region
    given 05-08 2025-05-12..2025-05-18     known for these years only; 05-08 is about when it is
    days -7 RULE            seven days before the first day of RULE
    workdays -3 RULE        three workdays before it;   workdays 2 RULE       two after it
    end RULE                the last day of RULE

`week 05-12` and the like move with the year; a fixed day is never moved because it is a Sunday.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Protocol

from bot.outreach.lunar import LAST, TERMS, lunar_day, solar_term
from bot.outreach.workdays import Workdays

_WEEKDAYS = "mon tue wed thu fri sat sun".split()
_FARTHEST = 366


@dataclass(frozen=True, slots=True)
class Span:
    """From `first` to `last`, both included; a single day is both."""

    first: date
    last: date


class Rule(Protocol):
    """When something is."""

    def spans(self, year: int, facts: Facts) -> tuple[Span, ...]:
        """When it begins in a year; nothing where it is not, or not known."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What rules lean on.

    seasons  name -> (region, rule), as staff keep them; the rule of the longest region that holds `region` counts
    """

    workdays: Workdays = field(default_factory=Workdays)
    seasons: Mapping[str, Sequence[tuple[str, Rule]]] = field(default_factory=dict)
    region: str = "全国"

    def season(self, name: str) -> Rule | None:
        """The rule of a season here; None where nobody has entered one that holds here."""
        held = [(r, rule) for r, rule in self.seasons.get(name, ()) if r == "全国" or self.region.startswith(r)]
        return max(held, key=lambda pair: 0 if pair[0] == "全国" else len(pair[0]))[1] if held else None


@dataclass(frozen=True, slots=True)
class Fixed:
    """A day of every year, or of one."""

    month: int
    day: int
    only: int = 0

    def spans(self, year: int, facts: Facts) -> tuple[Span, ...]:
        """Nothing in a year without that day, or in another than the only one."""
        there = self.only in (0, year) and self.day <= monthrange(year, self.month)[1]
        return _days(date(year, self.month, self.day)) if there else ()


@dataclass(frozen=True, slots=True)
class Range:
    """From a day to a day; one that comes earlier in the year is of the next year."""

    first: Fixed
    last: Fixed

    def spans(self, year: int, facts: Facts) -> tuple[Span, ...]:
        """The one that begins in the year. 29 February is the 28th in other years."""
        begin = self.first.spans(year, facts)
        if not begin:
            return ()
        wraps = not self.last.only and (self.last.month, self.last.day) < (self.first.month, self.first.day)
        end_year = self.last.only or year + wraps
        day = min(self.last.day, monthrange(end_year, self.last.month)[1])
        return (Span(begin[0].first, date(end_year, self.last.month, day)),)


@dataclass(frozen=True, slots=True)
class Weekday:
    """The n-th of a weekday in a month; -1 is the last."""

    month: int
    nth: int
    weekday: int

    def spans(self, year: int, facts: Facts) -> tuple[Span, ...]:
        """Nothing in a month without a fifth."""
        count = monthrange(year, self.month)[1]
        days = [d for n in range(1, count + 1) if (d := date(year, self.month, n)).weekday() == self.weekday]
        at = self.nth - 1 if self.nth > 0 else self.nth
        return _days(days[at]) if at < len(days) else ()


@dataclass(frozen=True, slots=True)
class Week:
    """The week that contains a day."""

    of: Rule

    def spans(self, year: int, facts: Facts) -> tuple[Span, ...]:
        """From Monday to Sunday."""
        mondays = [s.first - timedelta(days=s.first.weekday()) for s in self.of.spans(year, facts)]
        return tuple(Span(monday, monday + timedelta(days=6)) for monday in mondays)


@dataclass(frozen=True, slots=True)
class Lunar:
    """A day of the lunar year."""

    month: int
    day: int

    def spans(self, year: int, facts: Facts) -> tuple[Span, ...]:
        """The one in this year, or begun in this: the twelfth month mostly ends in the next."""
        held = (lunar_day(y, self.month, self.day) for y in (year - 1, year))
        return tuple(Span(d, d) for d in held if d and d.year == year)


@dataclass(frozen=True, slots=True)
class Term:
    """A solar term."""

    name: str

    def spans(self, year: int, facts: Facts) -> tuple[Span, ...]:
        """By Beijing's clock."""
        return _days(solar_term(year, self.name))


@dataclass(frozen=True, slots=True)
class Season:
    """A season whose dates are set for each region."""

    name: str

    def spans(self, year: int, facts: Facts) -> tuple[Span, ...]:
        """As it is where the office is."""
        rule = facts.season(self.name)
        return rule.spans(year, facts) if rule else ()


@dataclass(frozen=True, slots=True)
class Given:
    """Set anew each year by a notice; never guessed. about: when staff should look for it."""

    about: Fixed
    held: tuple[Span, ...]

    def spans(self, year: int, facts: Facts) -> tuple[Span, ...]:
        """Nothing for a year that was not entered."""
        return tuple(span for span in self.held if span.first.year == year)


@dataclass(frozen=True, slots=True)
class Shifted:
    """So many days, or workdays, from the first day of another rule."""

    days: int
    of: Rule
    working: bool = False

    def spans(self, year: int, facts: Facts) -> tuple[Span, ...]:
        """They may lie in the year before or after."""
        firsts = [span.first for span in self.of.spans(year, facts)]
        if self.working:
            return tuple(Span(d, d) for first in firsts for d in (facts.workdays.shifted(first, self.days),))
        return tuple(Span(d, d) for first in firsts for d in (first + timedelta(days=self.days),))


@dataclass(frozen=True, slots=True)
class End:
    """The last day of another rule."""

    of: Rule

    def spans(self, year: int, facts: Facts) -> tuple[Span, ...]:
        """Of the ones that begin in the year."""
        return tuple(Span(span.last, span.last) for span in self.of.spans(year, facts))


def parse(text: str) -> Rule:
    """Read a rule. Raises ValueError, in Chinese, with what to write instead."""
    word, *rest = text.split() or [""]
    if word not in _READERS:
        raise ValueError(f"不认识的日期规则“{text}”；可以用：{'、'.join(_READERS)}")
    try:
        return _READERS[word](rest)
    except (ValueError, IndexError) as e:
        raise ValueError(f"日期规则“{text}”写得不对：{_reason(e)}") from e


def inner(rule: Rule) -> Rule:
    """The rule that others lean on: of `days -7 given …`, the given one."""
    while isinstance(rule, Shifted | End | Week):
        rule = rule.of
    return rule


def _reason(e: Exception) -> str:
    told = str(e)
    return told if re.search(r"[\u4e00-\u9fff]", told) else "各部分要齐全，日期写成 06-16，数字写成整数"


def _days(day: date | None) -> tuple[Span, ...]:
    return (Span(day, day),) if day else ()


def _fixed(words: list[str]) -> Fixed:
    _exactly(words, 1)
    found = re.fullmatch(r"(?:(\d{4})-)?(\d{2})-(\d{2})", words[0])
    if not found:
        raise ValueError(f"“{words[0]}”不是日期，要写成 06-16 或 2027-06-16")
    year, month, day = int(found[1] or 0), int(found[2]), int(found[3])
    date(year or 2024, month, day)  # 2024 has a 29 February
    return Fixed(month, day, year)


def _range(words: list[str]) -> Range:
    _exactly(words, 2)
    first, last = _fixed(words[:1]), _fixed(words[1:])
    if bool(first.only) != bool(last.only):
        raise ValueError("起止要么都写年份，要么都不写")
    if first.only and (last.only, last.month, last.day) < (first.only, first.month, first.day):
        raise ValueError("结束早于开始")
    return Range(first, last)


def _weekday(words: list[str]) -> Weekday:
    _exactly(words, 3)
    month, nth = int(words[0]), int(words[1])
    if words[2] not in _WEEKDAYS:
        raise ValueError(f"星期要写成 {' '.join(_WEEKDAYS)} 之一")
    if month not in range(1, 13) or nth not in (1, 2, 3, 4, 5, -1):
        raise ValueError("月份是1到12，第几个是1到5或-1（最后一个）")
    return Weekday(month, nth, _WEEKDAYS.index(words[2]))


def _lunar(words: list[str]) -> Lunar:
    _exactly(words, 1)
    found = re.fullmatch(r"(\d{2})-(\d{2}|end)", words[0])
    if not found or not 1 <= int(found[1]) <= 12 or found[2] != "end" and not 1 <= int(found[2]) <= 30:
        raise ValueError("农历日子要写成 05-05，月末写成 12-end")
    return Lunar(int(found[1]), LAST if found[2] == "end" else int(found[2]))


def _term(words: list[str]) -> Term:
    _exactly(words, 1)
    if words[0] not in TERMS:
        raise ValueError(f"“{words[0]}”不是节气")
    return Term(words[0])


def _season(words: list[str]) -> Season:
    _exactly(words, 1)
    return Season(words[0])


def _given(words: list[str]) -> Given:
    if not words:
        raise ValueError("先写大约在哪天，如 05-08，再写各年起止")
    spans = []
    for word in words[1:]:
        first, _, last = word.partition("..")
        span = Span(date.fromisoformat(first), date.fromisoformat(last or first))
        if span.last < span.first:
            raise ValueError(f"“{word}”结束早于开始")
        spans.append(span)
    return Given(_fixed(words[:1]), tuple(spans))


def _shifted(working: bool) -> Callable[[list[str]], Shifted]:
    def read(words: list[str]) -> Shifted:
        count = int(words[0])
        if not 0 < abs(count) <= _FARTHEST:
            raise ValueError(f"天数是1到{_FARTHEST}，之前的写负数")
        return Shifted(count, parse(" ".join(words[1:])), working)

    return read


def _exactly(words: list[str], count: int) -> None:
    if len(words) != count:
        raise ValueError(f"后面要有{count}项")


_READERS: dict[str, Callable[[list[str]], Rule]] = {
    "fixed": _fixed,
    "range": _range,
    "weekday": _weekday,
    "week": lambda words: Week(_fixed(words)),
    "lunar": _lunar,
    "term": _term,
    "season": _season,
    "given": _given,
    "days": _shifted(False),
    "workdays": _shifted(True),
    "end": lambda words: End(parse(" ".join(words))),
}
