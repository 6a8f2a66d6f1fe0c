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
    day = _day(now)
    place = sa.func.coalesce(sa.func.nullif(follower.c.region, ""), unit.c.region, "")
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
    """How many followed in a region on each of the last days that were counted, the oldest first; none: no counts."""
    c = follower_count.c
    rows = db.execute(
        sa.select(c.day, sa.func.sum(c.people))
        .where(c.day > _day(now - timedelta(days=n)), inside(c.region, region))
        .group_by(c.day)
        .order_by(c.day)
    )
    return [int(people) for _, people in rows]


def _day(at: datetime) -> str:
    return str(at.astimezone(BEIJING).date())
