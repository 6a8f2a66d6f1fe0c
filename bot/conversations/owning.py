"""Who speaks in a talk: one of staff, or the bot. Each change is one UPDATE that must change one row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day

import sqlalchemy as sa

from bot.conversations.tables import End, conversation
from bot.conversations.talks import SELECT, Member, Talk, read
from bot.settings import BEIJING

_C = conversation.c


def is_taken(db: sa.Connection, number: int, staff: Member, now: datetime) -> bool:
    """Let staff speak; False where somebody does already."""
    free = sa.update(conversation).where(_C.id == number, _C.owner.is_(None))
    values = {"owner": staff.id, "owner_name": staff.display, "taken_at": now, "staff_at": now, "changed_at": now}
    return db.execute(free.values(values)).rowcount == 1


def is_given_back(db: sa.Connection, talk: Talk, end: End, now: datetime) -> bool:
    """Let the bot speak; False where things have changed since `talk` was read."""
    same = (_C.id == talk.id, _C.owner == talk.owner, _C.staff_at == talk.staff_at)
    values = {"owner": None, "owner_name": "", "ended_at": now, "ended": end, "changed_at": now}
    return db.execute(sa.update(conversation).where(*same).values(values)).rowcount == 1


def is_writing(db: sa.Connection, number: int, staff: Member, now: datetime) -> bool:
    """Note that staff write, who must be the ones who speak."""
    mine = sa.update(conversation).where(_C.id == number, _C.owner == staff.id)
    return db.execute(mine.values(staff_at=now, changed_at=now)).rowcount == 1


def answered(db: sa.Connection, number: int) -> None:
    """The person waits no longer."""
    db.execute(sa.update(conversation).where(_C.id == number).values(wanted_at=None, question=""))


def settled(db: sa.Connection, number: int, now: datetime) -> bool:
    """Take a person off the list of those who wait without writing to them; False where they were not on it."""
    waiting = sa.update(conversation).where(_C.id == number, _C.wanted_at.is_not(None))
    return db.execute(waiting.values(wanted_at=None, question="", changed_at=now)).rowcount == 1


def overdue(db: sa.Connection, idle: timedelta, day_ends: str, now: datetime) -> Sequence[tuple[Talk, End]]:
    """Talks that go back by themselves: staff wrote nothing for too long, or their working day has ended since."""
    end = _last_end(time_of_day.fromisoformat(day_ends), now)
    late = sa.or_(_C.staff_at < now - idle, _C.taken_at < end)
    talks = [read(row) for row in db.execute(SELECT.where(_C.owner.is_not(None), late))]
    return [(t, End.DAY if t.taken_at and t.taken_at < end else End.IDLE) for t in talks]


def _last_end(day_ends: time_of_day, now: datetime) -> datetime:
    """When the last working day ended."""
    here = now.astimezone(BEIJING)
    end = datetime.combine(here.date(), day_ends, BEIJING)
    return (end if end <= here else end - timedelta(days=1)).astimezone(UTC)
