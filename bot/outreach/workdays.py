"""Which days are worked in China: the State Council's holidays and the weekends worked in exchange for them (调休)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import chinese_calendar
from chinese_calendar import constants

#: From this day on, staff are told when next year's holidays are missing: they are published in early November.
_WARN_FROM = (12, 1)
#: More days in a row off than any holiday has.
_LONGEST_LEAVE = 31


@dataclass(frozen=True, slots=True)
class OwnYear:
    """A year's holidays as staff entered them from the State Council's notice: days off, and weekends worked.

    New Year may begin in the last days of the year before.
    """

    off: frozenset[date]
    worked: frozenset[date]


@dataclass(frozen=True, slots=True)
class Workdays:
    """Workdays by the data of chinesecalendar; what staff entered themselves comes first."""

    own: Mapping[int, OwnYear] = field(default_factory=dict)

    def knows(self, year: int) -> bool:
        """Whether the holidays of a year are known."""
        return year in self.own or min(constants.holidays).year <= year <= max(constants.holidays).year

    def is_workday(self, day: date) -> bool:
        """Whether a day is worked. Of a year that is not known: from Monday to Friday."""
        if (eve := self.own.get(day.year + 1)) and day in eve.off | eve.worked:
            return day in eve.worked
        if own := self.own.get(day.year):
            return day in own.worked or (day.weekday() < 5 and day not in own.off)
        if not self.knows(day.year):
            return day.weekday() < 5
        worked: bool = chinese_calendar.is_workday(day)
        return worked

    def on_or_before(self, day: date) -> date:
        """The day itself where it is worked, else the last workday before it."""
        return next(d for n in range(_LONGEST_LEAVE) if self.is_workday(d := day - timedelta(days=n)))

    def shifted(self, day: date, count: int) -> date:
        """`count` workdays after a day, or before it where `count` is below 0; the day itself is not counted."""
        step = timedelta(days=1 if count > 0 else -1)
        left = abs(count)
        while left:
            day += step
            left -= self.is_workday(day)
        return day

    def missing(self, today: date) -> list[int]:
        """Years whose holidays staff should enter now: this one, and from 1 December the next."""
        years = [today.year] + [today.year + 1] * ((today.month, today.day) >= _WARN_FROM)
        return [year for year in years if not self.knows(year)]
