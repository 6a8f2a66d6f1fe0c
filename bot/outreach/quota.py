"""What WeChat still lets us send: calls of the day, and mass messages that a follower may get in a month.

Of the day we count calls; of the month the ledger itself is counted, so that nothing has to be kept in step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from bot.messages import Delivery
from bot.outreach import rates
from bot.outreach.tables import batch, broadcast, delivery
from bot.outreach.ways import MASSES, SERVICE, TAG
from bot.settings import BEIJING, OutreachSettings

#: What came of a message that a follower did not get, and that counts for nothing.
_NOT_GOT = (Delivery.SKIPPED, Delivery.PERMANENT_FAILURE, Delivery.TECHNICAL_FAILURE)


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

    got: sa.CTE | None
    most: int
    sent: int = 0

    def with_exactly(self, n: int) -> sa.Select[Any]:
        """Followers who got so many."""
        assert self.got is not None
        return sa.select(self.got.c.follower_id).where(self.got.c.n == n)

    def with_more_than(self, n: int) -> sa.Select[Any] | None:
        """Followers who got more; None where nobody can have."""
        assert self.got is not None
        if self.sent <= n:
            return None
        return sa.select(self.got.c.follower_id).where(self.got.c.n > n)


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
    c = delivery.c
    ours = [c.broadcast_id.in_(earlier), c.sender.in_(MASSES), c.state.not_in(_NOT_GOT), c.at >= _month(now)]
    if few is not None:
        ours.append(c.follower_id.in_(few))
    got = sa.select(c.follower_id, sa.func.count().label("n")).where(*ours).group_by(c.follower_id)
    return Monthly(got.having(sa.func.count() >= most).cte("got"), most, len(earlier))


def _of_the_month(db: sa.Connection, now: datetime) -> list[int]:
    """Broadcasts by which people get a mass message this month."""
    c = broadcast.c
    masses = sa.exists().where(batch.c.broadcast_id == c.id, batch.c.sender.in_(MASSES))
    late = sa.or_(c.ended_at.is_(None), c.ended_at >= _month(now))
    return list(db.scalars(sa.select(c.id).where(c.started_at.is_not(None), late, masses).order_by(c.id)))


def _month(now: datetime) -> datetime:
    first = now.astimezone(BEIJING).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return first.astimezone(UTC)
