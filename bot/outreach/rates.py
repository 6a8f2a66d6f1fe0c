"""How often a platform may be called: buckets of calls shared by all processes, and quotas of days and months."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.outreach.tables import quota_use, rate
from bot.store.database import LATER

BEIJING = ZoneInfo("Asia/Shanghai")  # quotas of WeChat count by its clock, whatever ours says
#: For no longer than this a bucket is kept empty.
LONGEST_HOLD = timedelta(minutes=10)
#: A bucket holds what a rate gives in this time, so that a pause is not made good by a burst.
_BURST_S = 1.0
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Allowed:
    """How many calls may be made now, and in how many seconds the next one may."""

    count: int
    wait_s: float = 0.0


def take(db: sa.Connection, account: str, api: str, per_minute: float, wanted: int, now: datetime) -> Allowed:
    """How many of `wanted` calls may be made now; they count as made. Exact between processes.

    per_minute  how many may be made; 0: without limit
    """
    if not per_minute:
        return Allowed(wanted)
    per_s = per_minute / 60
    room = max(1.0, per_s * _BURST_S)
    at = now.timestamp()
    _make(db, rate, account=account, api=api, tokens=room, at=at)
    row = (rate.c.account == account, rate.c.api == api)
    tokens, then = db.execute(sa.select(rate.c.tokens, rate.c.at).where(*row).with_for_update()).one()
    if then > at + LONGEST_HOLD.total_seconds():  # the clock was ahead, and has been set right
        then = at
    tokens = min(room, tokens + max(0.0, at - then) * per_s)
    taken = min(wanted, int(tokens + _ROUNDING))
    left = tokens - taken
    db.execute(sa.update(rate).where(*row).values(tokens=left, at=max(at, then)))
    return Allowed(taken, max(0.0, then - at) + max(0.0, 1 - left) / per_s)


def empty(db: sa.Connection, account: str, api: str, until: datetime) -> None:
    """The platform says that it was too often: no calls before `until`."""
    row = (rate.c.account == account, rate.c.api == api)
    db.execute(sa.update(rate).where(*row).values(tokens=0.0, at=until.timestamp()))


def use(db: sa.Connection, account: str, api: str, period: str, count: int) -> None:
    """Count calls or messages against a quota.

    period  see `day` and `month`
    """
    c = quota_use.c
    insert = _insert(db)(quota_use).values(account=account, api=api, period=period, used=count)
    key = [c.account, c.api, c.period]
    added = insert.on_conflict_do_update(index_elements=key, set_={"used": c.used + insert.excluded.used})
    db.execute(added, execution_options=LATER)


def used(db: sa.Connection, account: str, api: str, period: str) -> int:
    """What is used of a quota."""
    c = quota_use.c
    return db.scalar(sa.select(c.used).where(c.account == account, c.api == api, c.period == period)) or 0


def day(now: datetime) -> str:
    """The day in Beijing, by which daily quotas count."""
    return now.astimezone(BEIJING).date().isoformat()


def month(now: datetime) -> str:
    """The month in Beijing, by which WeChat counts mass messages a follower gets."""
    return day(now)[:7]


def next_day(now: datetime) -> datetime:
    """When the quotas of the day are full again."""
    midnight = now.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight + timedelta(days=1)).astimezone(UTC)


def _make(db: sa.Connection, table: sa.Table, **values: object) -> None:
    """The row, unless there is one."""
    db.execute(_insert(db)(table).values(**values).on_conflict_do_nothing())


def _insert(db: sa.Connection) -> Callable[[sa.Table], sqlite.Insert | postgresql.Insert]:
    return sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert
