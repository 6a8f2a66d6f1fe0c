"""config/calendar.yaml: what is shipped holds together, what is wrong is named by file, line and field."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot.errors import ContentErrors
from bot.outreach import approval
from bot.outreach.audiences import CHOSEN
from bot.outreach.book import CALENDAR, Book, load
from bot.outreach.drafts import Draft
from bot.outreach.firings import of_book
from bot.outreach.outlook import collisions
from bot.people import choices, segments
from bot.sending import Message
from bot.settings import ROOT, OutreachSettings

from .conftest import BOOK, KNOWLEDGE

SETTINGS = OutreachSettings()


def shipped(region: str = "广东省江门市江海区") -> Book:
    return load(CALENDAR, ROOT / "knowledge", region)


def dates(book: Book, year: int) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for f in of_book(book, date(year, 1, 1), date(year, 12, 31), SETTINGS):
        out.setdefault(f.reminder, []).append(f"{f.send_day:%m-%d}")
    return out


def test_the_shipped_year_falls_on_the_right_days() -> None:
    year = dates(shipped(), 2027)
    wanted = {
        "police-day": ["01-10"], "school-safety-day": ["03-29"], "national-security-day": ["04-15"],
        "occupational-week": ["04-25"], "world-safety-day": ["04-28"], "disaster-day": ["05-12"],
        "month-start": ["06-01"], "consult-day": ["06-16"], "consult-day-ahead": ["06-09", "06-15"],
        "drowning-day": ["07-25"], "flood-key": ["07-16"], "first-aid-day": ["09-11"], "forest-publicity": ["09-01"],
        "disaster-reduction-day": ["10-13"], "fire-month": ["11-01"], "fire-day": ["11-09"], "law-week": ["12-01"],
        "traffic-day": ["12-02"], "spring-festival-eve": ["02-05"], "lantern-festival": ["02-20"],
        "dragon-boat": ["06-07"], "mid-autumn": ["09-14"], "double-ninth": ["10-08"], "flood-start": ["04-01"],
        "forest-start": ["10-01"], "heat-start": ["06-02"],
    }  # fmt: skip
    assert {name: year.get(name) for name in wanted} == wanted
    assert "disaster-week" not in year  # set by a notice each year: not guessed


def test_a_fixed_day_on_a_weekend_is_not_moved_but_the_officers_version_is() -> None:
    year = dates(shipped(), 2030)  # 16 June is a Sunday, 15 June a Saturday
    assert year["consult-day"] == ["06-16"]
    assert year["consult-day-officer"] == ["06-07", "06-14"]


@pytest.mark.parametrize("year", range(2026, 2032))
@pytest.mark.parametrize("region", ["全国", "广东省江门市江海区", "吉林省", "天津市"])
def test_no_day_of_the_shipped_year_brings_anybody_three_things(year: int, region: str) -> None:
    assert collisions(of_book(shipped(region), date(year, 1, 1), date(year, 12, 31), SETTINGS)) == []


def test_every_reminder_is_short_and_has_a_source_and_no_theme_that_nobody_entered() -> None:
    book = shipped()
    assert 2027 not in book.themes
    for f in of_book(book, date(2027, 1, 1), date(2027, 12, 31), SETTINGS):
        assert f.source
        for text in f.texts.values():
            assert len(text) <= 260
            assert "{" not in text
            assert "主题是" not in text
    texts = Counter(text for r in book.reminders for text in r.texts.values())
    assert max(texts.values()) == 1


def test_every_reminder_can_be_sent_to_its_audience() -> None:
    now = datetime(2027, 1, 1, tzinfo=UTC)
    for f in of_book(shipped(), date(2027, 1, 1), date(2027, 12, 31), SETTINGS):
        segments.where(f.audience.rule, now)
        content = {level: Message(text=text) for level, text in f.texts.items()}
        approval.check(Draft(title=f.title, content=content, audience=f.audience.rule), SETTINGS)


def test_every_topic_and_industry_is_one_that_people_can_choose() -> None:
    offered = choices.load(ROOT / "config" / "people.toml").names
    for reminder in shipped().reminders:
        assert set(reminder.audience.topics) <= set(offered["topic"]), reminder.id
        assert set(reminder.audience.industries) <= set(offered["industry"]), reminder.id
    assert set(CHOSEN.values()) <= set(offered["audience"])


def test_a_theme_that_is_known_is_told() -> None:
    found = of_book(shipped(), date(2025, 6, 1), date(2025, 6, 30), SETTINGS)
    told = [f for f in found if f.reminder == "consult-day"]
    assert "今年的主题是“人人讲安全、个个会应急——查找身边安全隐患”" in told[0].texts["public"]


@pytest.mark.parametrize(
    ("before", "after", "line", "told"),
    [
        ("day: cal-consult-day\n  audience", "day: cal-nothing\n  audience", 3, "day：.*没有 cal-nothing"),
        ("audience: [公众]", "audience: [群众]", 3, "audience：不认识“群众”"),
        ("  audience: [公众]\n", "", 3, "audience：缺少"),
        ("audience: [公众]\n", "audience: [公众]\n  audiance: [公众]\n", 3, "audiance：没有这个字段"),
        ('at: "08:30"', "at: 8:30", 3, "at：要写成"),
        ('at: "08:30"', 'at: "25:00"', 3, "at：要写成加引号的时间"),
        ("text: 今天是{date}", "text: 今天是{dete}", 3, "text：不认识 {dete}"),
        ("text: 今天是{date}", "text: 今天是{date", 3, "text：花括号"),
        ("before: [7, 1]", "before: [7, 99]", 9, "before：要写成0到60"),
        ("before: [7, 1]", "before: 一周", 9, "before：要写成0到60"),
        ("shift: workday_before", "shift: workday_after", 9, "shift：只能是"),
        ("id: fire-night", "id: consult-day", 15, "id：consult-day 已在第3行用过"),
        ("id: fire-night", "id: 消防", 15, "id：用小写字母"),
        ("id: fire-night", "id: plan-1", 15, "不能以 plan- 开头"),
        ("day: cal-fire-day", "rule: fixed 11-31", 15, "rule：日期规则“fixed 11-31”"),
        ("day: cal-fire-day", "rule: season 汛期\n  title: 甲\n  source: 乙", 15, "seasons 里没有“汛期”"),
        ("day: cal-fire-day", "rule: fixed 11-09", 15, "title：缺少"),
        ("window_h: 14", "window_h: 0", 15, "window_h：要写成1到240"),
        ("reminders:", "reminder:", 1, "没有叫 reminder 的部分"),
    ],
)
def test_what_is_wrong_is_named_by_file_line_and_field(
    tmp_path: Path, before: str, after: str, line: int, told: str
) -> None:
    assert before in BOOK
    (tmp_path / "calendar.yaml").write_text(KNOWLEDGE, encoding="utf-8")
    path = tmp_path / "reminders.yaml"
    path.write_text(BOOK.replace(before, after), encoding="utf-8")
    with pytest.raises(ContentErrors) as caught:
        load(path, tmp_path, "全国")
    assert [str(e) for e in caught.value.errors if re.search(told, str(e)) and e.line == line and e.path == path]


@pytest.mark.parametrize("text", ["[", "- a", "\udcff", "reminders: 3", "reminders: [3]"])
def test_what_is_no_calendar_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "calendar.yaml").write_text(KNOWLEDGE, encoding="utf-8")
    path = tmp_path / "reminders.yaml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ContentErrors):
        load(path, tmp_path, "全国")


def test_holidays_and_seasons_that_staff_entered_count(tmp_path: Path) -> None:
    (tmp_path / "calendar.yaml").write_text(KNOWLEDGE, encoding="utf-8")
    path = tmp_path / "reminders.yaml"
    path.write_text(
        BOOK + "seasons:\n- {name: 汛期, region: 广东省, rule: range 04-15 10-15, source: 公告}\n"
        "holidays:\n- {year: 2090, rest: [2090-01-02, 2090-02-01..2090-02-03], worked: [2090-01-07], source: 通知}\n",
        encoding="utf-8",
    )
    facts = load(path, tmp_path, "广东省").facts
    assert facts.season("汛期")
    assert facts.workdays.knows(2090)
    assert not facts.workdays.is_workday(date(2090, 2, 2))


def test_new_year_may_begin_in_the_year_before_whose_holidays_stay_known(tmp_path: Path) -> None:
    (tmp_path / "calendar.yaml").write_text(KNOWLEDGE, encoding="utf-8")
    path = tmp_path / "reminders.yaml"
    path.write_text(
        "holidays:\n- {year: 2027, rest: [2026-12-31..2027-01-02], worked: [2026-12-27], source: 通知}\n",
        encoding="utf-8",
    )
    days = load(path, tmp_path, "全国").facts.workdays
    assert not days.is_workday(date(2026, 12, 31))  # a Thursday
    assert days.is_workday(date(2026, 12, 27))  # a Sunday
    assert not days.is_workday(date(2026, 10, 1))
    assert days.is_workday(date(2026, 10, 10))


@pytest.mark.parametrize("rest", ["[2089-12-01]", "[2090-13-01]", "[2091-01-01]", "[2090-02-03..2090-02-01]", "[]"])
def test_holidays_that_cannot_be_are_refused(tmp_path: Path, rest: str) -> None:
    (tmp_path / "calendar.yaml").write_text(KNOWLEDGE, encoding="utf-8")
    path = tmp_path / "reminders.yaml"
    path.write_text(f"holidays:\n- {{year: 2090, rest: {rest}, source: 通知}}\n", encoding="utf-8")
    with pytest.raises(ContentErrors, match="rest"):
        load(path, tmp_path, "全国")
