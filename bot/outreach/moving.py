"""Firings that staff put to another time: the id stays, so it still happens once; what is said fits the new day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.errors import OutreachError
from bot.outreach.calendar_tables import firing_move
from bot.outreach.content import Level
from bot.outreach.firings import Firing
from bot.outreach.quiet import is_quiet
from bot.settings import BEIJING, OutreachSettings
from bot.store.database import aware

#: What is put off for longer is another reminder.
_FARTHEST = timedelta(days=60)
#: A firing that was moved may be caught up for so long at least.
_LEAST_WINDOW = timedelta(hours=2)
_WHY_CHARS = 500

#: What a firing says when it goes out on another day; None where that cannot be said of its day any more.
Retell = Callable[[Firing, datetime], Mapping[Level, str] | None]


@dataclass(frozen=True, slots=True)
class Moved:
    """A firing's other time, and who chose it."""

    id: str
    was: datetime
    due_at: datetime
    who: str
    why: str


def read(db: sa.Connection, start: datetime, end: datetime) -> list[Moved]:
    """All that were moved into a stretch of time, or out of it."""
    c = firing_move.c
    there = sa.or_(c.due_at.between(start, end), c.was.between(start, end))
    return [
        Moved(r.id, aware(r.was) or r.was, aware(r.due_at) or r.due_at, r.who, r.why)
        for r in db.execute(sa.select(firing_move).where(there))
    ]


def write(db: sa.Connection, moved: Moved, now: datetime) -> None:
    """Note another time; of a firing that was moved before, when it was due at first is kept."""
    row = {"id": moved.id, "was": moved.was, "due_at": moved.due_at, "who": moved.who, "why": moved.why, "at": now}
    insert = (sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert)(firing_move).values(**row)
    anew = {name: row[name] for name in ("due_at", "who", "why", "at")}
    db.execute(insert.on_conflict_do_update(index_elements=["id"], set_=anew))


def apply(found: Firing, moved: Moved, retell: Retell) -> Firing:
    """The firing at its other time."""
    texts = retell(found, moved.due_at) or found.texts
    window = max(found.until - found.due_at, _LEAST_WINDOW)
    return replace(found, due_at=moved.due_at, until=moved.due_at + window, texts=texts, moved=False)


def check(found: Firing, at: datetime, why: str, now: datetime, settings: OutreachSettings, retell: Retell) -> None:
    """Raises OutreachError where a firing cannot go to another time."""
    if not why.strip() or len(why) > _WHY_CHARS:
        raise OutreachError(f"请写明改期的理由（{_WHY_CHARS} 字以内），会留在记录里")
    if at <= now:
        raise OutreachError(f"{_clock(at)} 已经过了，请改到将来的时间")
    if abs(at - found.due_at) > _FARTHEST:
        raise OutreachError(f"最多前后移 {_FARTHEST.days} 天；更远的请取消这一次，另写一条推送")
    if is_quiet(at, settings):
        raise OutreachError(f"{_clock(at)} 在静默时段（{settings.quiet_from}–{settings.quiet_until}）内，请改到白天")
    if retell(found, at) is None:
        raise OutreachError(
            f"正文说的是 {found.day.month}月{found.day.day}日的事，不能改到那一天以后；请取消这一次，另写一条推送"
        )


def _clock(at: datetime) -> str:
    return at.astimezone(UTC).astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")
