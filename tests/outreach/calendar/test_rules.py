"""Rules of dates: each kind, over years, against days that are known."""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar
import pytest

from bot.outreach.lunar import LAST, lunar_day, solar_term
from bot.outreach.rules import Facts, Span, parse
from bot.outreach.workdays import OwnYear, Workdays

FACTS = Facts(
    seasons={"汛期": [("全国", parse("range 04-01 10-31")), ("广东省", parse("range 04-15 10-15")),
                     ("广东省江门市", parse("fixed 05-01"))],
             "防火": [("广东省", parse("range 10-01 04-30"))]},
    region="广东省深圳市",
)  # fmt: skip


def spans(text: str, year: int, facts: Facts = FACTS) -> list[str]:
    return [f"{s.first}" if s.first == s.last else f"{s.first}..{s.last}" for s in parse(text).spans(year, facts)]


@pytest.mark.parametrize(
    ("rule", "year", "wanted"),
    [
        ("fixed 06-16", 2027, "2027-06-16"),
        ("fixed 06-16", 2029, "2029-06-16"),  # a Saturday: not moved
        ("fixed 06-16", 2030, "2030-06-16"),  # a Sunday
        ("fixed 2027-06-18", 2027, "2027-06-18"),
        ("fixed 2027-06-18", 2028, ""),
        ("fixed 02-29", 2028, "2028-02-29"),
        ("fixed 02-29", 2027, ""),
        ("range 06-01 06-30", 2027, "2027-06-01..2027-06-30"),
        ("range 10-01 04-30", 2026, "2026-10-01..2027-04-30"),
        ("range 12-01 02-29", 2026, "2026-12-01..2027-02-28"),
        ("range 2026-12-20 2027-01-05", 2026, "2026-12-20..2027-01-05"),
        ("weekday 3 -1 mon", 2026, "2026-03-30"),
        ("weekday 3 -1 mon", 2027, "2027-03-29"),
        ("weekday 9 2 sat", 2026, "2026-09-12"),
        ("weekday 9 2 sat", 2027, "2027-09-11"),
        ("weekday 2 5 mon", 2027, ""),
        ("week 05-12", 2027, "2027-05-10..2027-05-16"),
        ("week 01-01", 2027, "2026-12-28..2027-01-03"),
        ("lunar 01-01", 2027, "2027-02-06"),
        ("lunar 12-end", 2025, "2025-01-28"),
        ("lunar 12-end", 2027, "2027-02-05"),
        ("lunar 05-05", 2027, "2027-06-09"),
        ("lunar 06-15", 2025, "2025-07-09"),  # that year has two sixth months: the first counts
        ("term 清明", 2027, "2027-04-05"),
        ("term 冬至", 2026, "2026-12-22"),
        ("season 汛期", 2027, "2027-04-15..2027-10-15"),
        ("season 防火", 2027, "2027-10-01..2028-04-30"),
        ("end season 防火", 2027, "2028-04-30"),
        ("given 05-08 2025-05-12..2025-05-18", 2025, "2025-05-12..2025-05-18"),
        ("given 05-08 2025-05-12..2025-05-18", 2026, ""),
        ("days -7 fixed 01-03", 2027, "2026-12-27"),
        ("workdays -1 fixed 05-04", 2026, "2026-04-30"),
        ("workdays 1 fixed 05-05", 2026, "2026-05-06"),
        ("workdays 3 fixed 05-05", 2026, "2026-05-08"),
        ("workdays 4 fixed 05-05", 2026, "2026-05-09"),  # a Saturday that is worked
        ("workdays -3 end range 06-01 06-30", 2026, "2026-06-25"),
        ("days 30 lunar 12-end", 2025, "2025-02-27"),
    ],
)  # fmt: skip
def test_rule_gives_the_days_of_a_year(rule: str, year: int, wanted: str) -> None:
    assert spans(rule, year) == ([wanted] if wanted else [])


def test_a_season_is_that_of_the_nearest_region_that_holds_the_office() -> None:
    def begins(region: str) -> list[str]:
        return spans("season 汛期", 2027, Facts(seasons=FACTS.seasons, region=region))

    assert begins("广东省江门市江海区") == ["2027-05-01"]
    assert begins("广东省") == ["2027-04-15..2027-10-15"]
    assert begins("湖北省") == begins("全国") == ["2027-04-01..2027-10-31"]
    assert spans("season 防火", 2027, Facts(seasons=FACTS.seasons, region="湖北省")) == []


@pytest.mark.parametrize(
    "wrong",
    [
        "", "foo", "fixed", "fixed 6-16", "fixed 02-30", "fixed 13-01", "fixed 06-16 06-17", "range 01-01",
        "range 2027-02-01 03-01", "range 2027-02-01 2027-01-01", "weekday 3 7 mon", "weekday 3 0 mon",
        "weekday 3 1 Monday", "weekday 0 1 mon", "lunar 13-01", "lunar 01-31", "lunar 1-1", "term 清",
        "days 0 fixed 01-01", "days x fixed 01-01", "days 3", "workdays 9999 fixed 01-01", "given",
        "given 05-08 2025-05-18..2025-05-12", "given 05-08 x", "end", "end foo", "yearly", "season",
    ],
)  # fmt: skip
def test_what_is_no_rule_is_refused_in_chinese(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"[\u4e00-\u9fff]{4}"):
        parse(wrong)


#: Holidays of the lunar calendar as the State Council's notices of 2004 to 2026 have them.
HOLIDAYS = {"Dragon Boat Festival": (5, 5), "Mid-autumn Festival": (8, 15), "Spring Festival": (1, 1)}


@pytest.mark.parametrize("year", range(2008, 2027))
def test_lunar_days_and_terms_lie_in_the_holidays_of_their_year(year: int) -> None:
    for name, (month, day) in HOLIDAYS.items():
        found = lunar_day(year, month, day)
        assert found
        near = {chinese_calendar.get_holiday_detail(found + timedelta(days=n)) for n in (-1, 0, 1)}
        assert chinese_calendar.is_holiday(found), (year, name, found)
        assert near & {(True, name), (True, "National Day")}, (year, name, found)
    qingming = solar_term(year, "清明")
    assert qingming
    assert chinese_calendar.get_holiday_detail(qingming) == (True, "Tomb-sweeping Day")


@pytest.mark.parametrize("year", [1902, 1984, 2025, 2033, 2034, 2057, 2098])
def test_lunar_months_have_29_or_30_days_and_follow_one_another(year: int) -> None:
    firsts = [lunar_day(year, month, 1) for month in range(1, 13)]
    lasts = [lunar_day(year, month, LAST) for month in range(1, 13)]
    following = lunar_day(year + 1, 1, 1)
    gaps = []
    for first, last, after in zip(firsts, lasts, [*firsts[1:], following], strict=True):
        assert first
        assert last
        assert (last - first).days in (28, 29)
        if after:
            gaps.append((after - last).days)
    assert sorted(gaps)[:-1] == [1] * (len(gaps) - 1)
    assert max(gaps) in (1, 30, 31)  # a leap month lies between


def test_years_outside_the_tables_have_no_lunar_days() -> None:
    assert lunar_day(2150, 1, 1) is None
    assert solar_term(1850, "清明") is None


# Workdays


def test_workdays_follow_the_notice_of_the_year() -> None:
    days = Workdays()
    assert not days.is_workday(date(2026, 2, 16))
    assert days.is_workday(date(2026, 2, 14))  # a Saturday, worked for the Spring Festival
    assert days.is_workday(date(2026, 10, 10))
    assert days.on_or_before(date(2026, 2, 23)) == date(2026, 2, 14)
    assert days.on_or_before(date(2026, 6, 16)) == date(2026, 6, 16)


def test_a_year_without_data_is_worked_from_monday_to_friday() -> None:
    days = Workdays()
    assert not days.knows(2090)
    monday = date(2090, 1, 2)
    assert [days.is_workday(monday + timedelta(days=n)) for n in range(7)] == [True] * 5 + [False] * 2


def test_what_staff_entered_comes_before_the_data_of_the_program() -> None:
    own = OwnYear(frozenset({date(2090, 1, 2)}), frozenset({date(2090, 1, 7)}))
    days = Workdays({2090: own})
    assert days.knows(2090)
    assert not days.is_workday(date(2090, 1, 2))
    assert days.is_workday(date(2090, 1, 7))
    assert not days.is_workday(date(2090, 1, 8))
    assert days.shifted(date(2090, 1, 6), 1) == date(2090, 1, 7)


def test_next_years_holidays_are_missed_from_the_first_of_december() -> None:
    days = Workdays({2088: OwnYear(frozenset(), frozenset()), 2089: OwnYear(frozenset(), frozenset())})
    assert days.missing(date(2088, 12, 31)) == []
    assert days.missing(date(2089, 11, 30)) == []
    assert days.missing(date(2089, 12, 1)) == [2090]
    assert days.missing(date(2090, 1, 1)) == [2090]
    assert days.missing(date(2090, 12, 1)) == [2090, 2091]


def test_a_span_of_one_day_begins_and_ends_on_it() -> None:
    assert parse("fixed 06-16").spans(2027, FACTS) == (Span(date(2027, 6, 16), date(2027, 6, 16)),)
