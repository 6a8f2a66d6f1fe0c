"""Firings that staff put to another time: once, then, and saying what is right on that day."""

from __future__ import annotations

import pytest

from bot.errors import OutreachError
from bot.outreach.announcing import announce
from bot.outreach.calendar import Calendar
from bot.outreach.content import Level
from bot.store.database import Database

from .conftest import Opens, beijing

AHEAD = "consult-officer:2027-06-16:7:联络员"
NOW = "2027-06-01 09:00"


def moves(calendar: Calendar, name: str, at: str, why: str = "撞车") -> None:
    calendar.move(name, beijing(at), "张三", why, beijing(NOW))


def test_a_moved_firing_is_due_then_and_speaks_of_that_day(database: Database, opens: Opens) -> None:
    calendar = opens(database)
    moves(calendar, AHEAD, "2027-06-14 10:00")
    found = calendar.coming(AHEAD, beijing(NOW))
    assert found.due_at == beijing("2027-06-14 10:00")
    assert found.texts[Level.PUBLIC].startswith("后天，6月16日是咨询日。")
    assert [f.id for f in calendar.firings(beijing("2027-06-09 00:00"), beijing("2027-06-09 23:00"))] == []


def test_it_happens_once_at_the_new_time_and_not_at_the_old(sqlite: Database, opens: Opens) -> None:
    calendar = opens(sqlite)
    moves(calendar, AHEAD, "2027-06-10 10:00")
    assert calendar.run(beijing("2027-06-09 12:00"), announce).fired == ()
    assert [f.firing.id for f in calendar.run(beijing("2027-06-10 10:01"), announce).fired] == [AHEAD]
    assert calendar.run(beijing("2027-06-10 10:02"), announce).fired == ()


def test_it_may_be_moved_again_and_back(sqlite: Database, opens: Opens) -> None:
    calendar = opens(sqlite)
    moves(calendar, AHEAD, "2027-06-10 10:00")
    moves(calendar, AHEAD, "2027-06-11 10:00")
    moves(calendar, AHEAD, "2027-06-09 08:30")
    found = calendar.firings(beijing("2027-06-08 00:00"), beijing("2027-06-12 00:00"))
    assert [(f.id, f.due_at) for f in found] == [(AHEAD, beijing("2027-06-09 08:30"))]


@pytest.mark.parametrize(
    ("name", "at", "why", "told"),
    [
        (AHEAD, "2027-06-14 10:00", " ", "理由"),
        (AHEAD, "2027-05-14 10:00", "早些", "已经过了"),
        (AHEAD, "2027-06-14 23:00", "夜里", "静默时段"),
        (AHEAD, "2027-06-17 09:00", "晚了", "不能改到那一天以后"),
        (AHEAD, "2027-09-17 09:00", "太远", "最多前后移"),
        ("nothing:2027-06-16:0:公众", "2027-06-14 10:00", "没有", "没有编号"),
    ],
)
def test_a_move_that_cannot_be_says_why(
    sqlite: Database, opens: Opens, name: str, at: str, why: str, told: str
) -> None:
    with pytest.raises(OutreachError, match=told):
        moves(opens(sqlite), name, at, why)


def test_what_went_out_or_was_left_out_is_not_moved(sqlite: Database, opens: Opens) -> None:
    calendar = opens(sqlite)
    calendar.skip(AHEAD, "张三", "不要", beijing(NOW))
    with pytest.raises(OutreachError, match="不能再改期"):
        moves(calendar, AHEAD, "2027-06-10 10:00")
