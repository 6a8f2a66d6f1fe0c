"""What WeChat still lets us send: calls of the day, and mass messages that a follower may get in a month.

Of the day we count calls; of the month what followers got, see ledger/months.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from bot.outreach import ledger, rates
from bot.outreach.tables import batch, broadcast
from bot.outreach.ways import MASSES, SERVICE, TAG
from bot.settings import BEIJING, OutreachSettings


@dataclass(frozen=True, slots=True)
class Quota:
    """A quota of the day. unit: what is counted."""

    unit: str
    limit: int
    used: int

    @property
    def left(self) -> int:
        return max(0, self.limit - self.used)


@dataclass(frozen=True, slots=True)
class Monthly:
    """Mass messages of the month.

    got   columns follower_id and n: how many followers got; None where nobody can have got as many as matter
    most  how many a follower may have got to be sent another one
    sent  how many there were: nobody can have got more
    """

    got: sa.FromClause | None
    most: int
    sent: int = 0

    @property
    def n(self) -> sa.ColumnElement[int]:
        """How many the person of a row got; `got` is joined to it."""
        assert self.got is not None
        return sa.func.coalesce(self.got.c.n, 0)


def daily(db: sa.Connection, account: str, sender: str, settings: OutreachSettings, now: datetime) -> Quota | None:
    """What is used of a sender's quota of today, None where there is none."""
    today = rates.day(now)
    if sender == SERVICE:
        return Quota("条", settings.service_per_day, rates.used(db, account, SERVICE, today))
    if sender in MASSES:
        used = sum(rates.used(db, account, name, today) for name in MASSES)
        once = sender == TAG and settings.account_type == "subscription"
        return Quota("次", 1 if once else settings.mass_calls_per_day, used)
    return None


def monthly(
    db: sa.Connection, settings: OutreachSettings, urgent: bool, now: datetime, few: Sequence[int] | None = None
) -> Monthly:
    """What followers of a 服务号 may still get this month: what is kept is left, unless this is an emergency.

    few  numbers of followers: nobody else's are counted
    """
    if settings.account_type == "subscription":
        return Monthly(None, 0)
    most = max(0, settings.mass_per_month - (0 if urgent else settings.mass_kept) - 1)
    earlier = _of_the_month(db, now)
    if len(earlier) < most:
        return Monthly(None, most)
    got = ledger.counts(db, earlier, _month(now), rates.month(now), few)
    return Monthly(got, most, len(earlier))


def _of_the_month(db: sa.Connection, now: datetime) -> list[int]:
    """Broadcasts by which people get a mass message this month."""
    c = broadcast.c
    masses = sa.exists().where(batch.c.broadcast_id == c.id, batch.c.sender.in_(MASSES))
    late = sa.or_(c.ended_at.is_(None), c.ended_at >= _month(now))
    return list(db.scalars(sa.select(c.id).where(c.started_at.is_not(None), late, masses).order_by(c.id)))


def _month(now: datetime) -> datetime:
    first = now.astimezone(BEIJING).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return first.astimezone(UTC)
