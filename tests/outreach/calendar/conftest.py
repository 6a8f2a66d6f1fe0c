"""A calendar over a real database, with a small book of the test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from bot.knowledge.plans import PlanDesk
from bot.outreach import book as books
from bot.outreach.calendar import Calendar
from bot.settings import BEIJING, OutreachSettings
from bot.store.database import Database

KNOWLEDGE = """
themes:
- {year: 2027, ordinal: 26, theme: 测试用的主题}
days:
- id: cal-consult-day
  title: 安全宣传咨询日是哪天
  rule: fixed 06-16
  sources:
  - {name: 活动通知, ref: 某办〔2027〕1号, issuer: 安委办}
- id: cal-fire-day
  title: 全国消防日是哪天
  rule: fixed 11-09
  sources:
  - {law: 消防法, article: 第六条}
"""
BOOK = """
reminders:
- id: consult-day
  day: cal-consult-day
  audience: [公众]
  at: "08:30"
  text: 今天是{date}，{weekday}，请来提问。
  theme_text: 主题是“{theme}”。
- id: consult-officer
  day: cal-consult-day
  before: [7, 1]
  shift: workday_before
  audience: [联络员]
  text: "{when}，{date}是咨询日。"
- id: fire-night
  day: cal-fire-day
  audience: [社区, 家庭]
  at: "21:00"
  window_h: 14
  text: 晚上想起来的提醒。
"""

SETTINGS = OutreachSettings()


def beijing(text: str) -> datetime:
    """A moment as staff write it: 2027-06-16 08:30."""
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


def lets(calendar: Calendar, name: str, now: datetime) -> None:
    """Two persons let a reminder go out by itself."""
    calendar.propose(name, "张三", now)
    calendar.approve(name, calendar.standings()[name].mark, "李四", now)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def sqlite(sqlite_url: str) -> Iterator[Database]:
    """For what does not depend on the engine."""
    database = Database(sqlite_url)
    yield database
    database.close()


Opens = Callable[..., Calendar]


@pytest.fixture
def opens(tmp_path: Path) -> Opens:
    """A calendar with a book as it is written here."""

    def build(database: Database, text: str = BOOK, region: str = "广东省江门市") -> Calendar:
        (tmp_path / "calendar.yaml").write_text(KNOWLEDGE, encoding="utf-8")
        path = tmp_path / "reminders.yaml"
        path.write_text(text, encoding="utf-8")
        book = books.load(path, tmp_path, region)
        return Calendar(database, lambda: book, lambda: SETTINGS)

    return build


@pytest.fixture
def plans(database: Database) -> PlanDesk:
    return PlanDesk(database)
