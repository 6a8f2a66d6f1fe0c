"""Days of the lunar calendar and solar terms as dates.

Source: the tables of cnlunar, compared with the holidays of 2004 to 2026 in the tests.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache

import cnlunar

YEARS = range(1902, 2099)
TERMS = (
    "小寒 大寒 立春 雨水 惊蛰 春分 清明 谷雨 立夏 小满 芒种 夏至 "
    "小暑 大暑 立秋 处暑 白露 秋分 寒露 霜降 立冬 小雪 大雪 冬至"
).split()
#: In place of a day: the last one of a month, which has 29 or 30.
LAST = 0


def lunar_day(year: int, month: int, day: int) -> date | None:
    """The date of a lunar day in the lunar year that begins in `year`; in a leap month it is not kept again.

    day  LAST for the last of the month. None where the month has no such day, or the year is not in the tables.
    """
    days = _months(year).get(month, ()) if year in YEARS else ()
    return days[day - 1] if len(days) >= max(day, 1) else None


@lru_cache(maxsize=512)
def solar_term(year: int, name: str) -> date | None:
    """The date of a solar term by Beijing's clock; None where the year is not in the tables."""
    if year not in YEARS:
        return None
    month, day = cnlunar.Lunar(datetime(year, 1, 1)).thisYearSolarTermsDic[name]
    return date(year, month, day)


@lru_cache(maxsize=64)
def _months(year: int) -> dict[int, tuple[date, ...]]:
    """Month -> its days, of one lunar year without its leap month."""
    months: dict[int, tuple[date, ...]] = {}
    start = _first_of_month(datetime(year, 1, 20))
    while (lunar := cnlunar.Lunar(start)).lunarYear <= year:  # a day costs 2 ms: two of each month are looked at
        end = _first_of_month(start + timedelta(days=30))
        if lunar.lunarYear == year and not lunar.isLunarLeapMonth:
            months[lunar.lunarMonth] = tuple((start + timedelta(days=n)).date() for n in range((end - start).days))
        start = end
    return months


def _first_of_month(day: datetime) -> datetime:
    return day - timedelta(days=cnlunar.Lunar(day).lunarDay - 1)
