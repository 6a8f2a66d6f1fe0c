"""How many follow, day by day: counted by the clock, so that a page reads a few rows and counts nobody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.people.scope import inside
from bot.people.tables import follower, follower_count, unit
from bot.settings import BEIJING
from bot.store.database import Database, unhurried

_KEPT = timedelta(days=400)


def tally(database: Database, now: datetime) -> None:
    """Count who follows now, under today's date; what was counted earlier today is replaced."""
    day, place = _day(now), _place()
    counted = (
        sa.select(follower.c.channel, place.label("place"), sa.func.count().label("people"))
        .select_from(follower.outerjoin(unit))
        .where(follower.c.state == "following")
        .group_by(follower.c.channel, place)
    )
    with database.read() as db:  # a second of a million, for which nobody else waits
        unhurried(db)
        rows = [{"day": day, "channel": r.channel, "region": r.place, "people": r.people} for r in db.execute(counted)]
    with database.begin() as db:
        d = follower_count.c.day
        db.execute(sa.delete(follower_count).where(sa.or_(d == day, d < _day(now - _KEPT))))
        if rows:
            db.execute(sa.insert(follower_count), rows)


def days(db: sa.Connection, region: str, now: datetime, n: int = 14) -> Sequence[int]:
    """How many followed in a region on each of the last days that were counted, the oldest first.

    Before the clock has counted once they are counted at once, so that nobody reads of none; no list where none follow.
    """
    c = follower_count.c
    if not db.scalar(sa.select(sa.exists().where(c.day == c.day))):
        return [people] if (people := _now(db, region)) else []
    rows = db.execute(
        sa.select(c.day, sa.func.sum(c.people))
        .where(c.day > _day(now - timedelta(days=n)), inside(c.region, region))
        .group_by(c.day)
        .order_by(c.day)
    )
    return [int(people) for _, people in rows]


def _now(db: sa.Connection, region: str) -> int:
    """Who follows in a region now: of the whole office the index alone is read."""
    is_one = follower.c.state == "following"
    if not region:
        return db.scalar(sa.select(sa.func.count()).select_from(follower).where(is_one)) or 0
    joined = sa.select(sa.func.count()).select_from(follower.outerjoin(unit))
    return db.scalar(joined.where(is_one, inside(_place(), region))) or 0


def _place() -> sa.ColumnElement[str]:
    """Where somebody lives, else where their unit is."""
    return sa.func.coalesce(sa.func.nullif(follower.c.region, ""), unit.c.region, "")


def _day(at: datetime) -> str:
    return str(at.astimezone(BEIJING).date())
