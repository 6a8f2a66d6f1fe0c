"""What has been told of days that are none any more: a plan was accepted, corrected or withdrawn after it went out.

What waits is taken back by the calendar itself; what people have read only a correction by staff puts right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from bot.messages import Delivery
from bot.outreach import outcome, plan_firings
from bot.outreach.calendar import Calendar, Fate
from bot.outreach.calendar_tables import firing
from bot.outreach.drafts import Broadcast
from bot.outreach.firings import told_day
from bot.outreach.states import State
from bot.outreach.tables import broadcast
from bot.settings import BEIJING

#: No reminder goes out longer before its day.
_LONGEST_BEFORE = timedelta(days=92)
_GOT = (Delivery.SENT, Delivery.DELIVERED, Delivery.UNKNOWN)
#: Its messages are on their way: people may read them though nobody is counted yet.
_GOING = (State.SENDING, State.PAUSED)


@dataclass(frozen=True, slots=True)
class Overtaken:
    """A broadcast that told people of a day that is to come. days: those that hold now instead; people: who got it."""

    held: Broadcast
    day: date
    days: tuple[date, ...]
    people: int

    @property
    def words(self) -> str:
        """What happened and what to do, in one sentence."""
        told = f"已经告诉 {self.people:,} 人" if self.people else "正在告诉大家"
        now = f"现在是{'、'.join(map(told_day, self.days))}" if self.days else "现在这一天已经撤下"
        # What is still going out is stopped first.
        do = "请先停止，再发一条更正" if self.held.state in _GOING else "请发一条更正"
        return f"推送 {self.held.id}《{self.held.draft.title}》{told}是{told_day(self.day)}，{now}：{do}"


def find(calendar: Calendar, now: datetime) -> list[Overtaken]:
    """Those whose day is not over, the earliest first. What nobody got is no trouble."""
    today = now.astimezone(BEIJING).date()
    c, b = firing.c, broadcast.c
    begun = sa.select(c.id, b.id.label("number")).join(broadcast, b.id == c.broadcast_id)
    lately = (c.state == Fate.FIRED, b.started_at.is_not(None), c.due_at > now - _LONGEST_BEFORE)
    with calendar.database.read() as db:
        plans = plan_firings.read(db)
        rows = db.execute(begun.where(calendar.set_by_plans(), *lately).order_by(c.due_at, c.id)).all()
        gone = [row for row in rows if about(row.id)[1] >= today and not calendar.stands(row.id, plans)]
        found = [_found(db, calendar, plans, (row.id, row.number)) for row in gone]
    return [one for one in found if one and one.day not in one.days]


def about(firing_id: str) -> tuple[str, date]:
    """The reminder that a firing is of, and the day that it is about."""
    name, _, day = firing_id.rsplit(":", 2)[0].rpartition(":")
    return name, date.fromisoformat(day)


def _found(
    db: sa.Connection, calendar: Calendar, plans: Sequence[plan_firings.PlanFact], fired: tuple[str, int]
) -> Overtaken | None:
    name, day = about(fired[0])
    sent = outcome.progress(db, fired[1])
    people = sum(sent.people.get(state, 0) for state in _GOT)
    if not people and sent.held.state not in _GOING:
        return None
    return Overtaken(sent.held, day, _days(calendar, plans, name, sent.held.draft.title, day.year), people)


def _days(
    calendar: Calendar, plans: Sequence[plan_firings.PlanFact], name: str, title: str, year: int
) -> tuple[date, ...]:
    """When it is now: of the same fact of a plan, or one of another plan that is called the same."""
    if calendar.book.reminder(name) or plan_firings.CONSULTATION in title:
        return tuple(calendar.consultation_days(year, plans))
    return tuple(sorted({f.day for f in plans if f.day and (f.reminder == name or f.name[:60] == title)}))
