"""The quotas at a glance: what may still be sent today, and how many mass messages the month has seen."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from bot.outreach import quota
from bot.outreach.quota import Quota
from bot.outreach.tables import batch, broadcast
from bot.outreach.ways import MASS, MASSES, SERVICE, TAG, WAYS
from bot.settings import BEIJING, OutreachSettings
from bot.store.database import Database


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of one quota of today."""

    words: str
    quota: Quota


@dataclass(frozen=True, slots=True)
class Board:
    """What the month allows.

    sent  mass messages of this month; no follower can have got more
    most  mass messages that a follower may get in a month, of which `kept` are for emergencies; None: no such limit
    """

    today: tuple[Left, ...]
    sent: int
    most: int | None
    kept: int

    @property
    def left(self) -> int | None:
        """Mass messages that everybody may still get this month, apart from those for emergencies."""
        return None if self.most is None else max(0, self.most - self.kept - self.sent)


def board(database: Database, ways: Collection[str], settings: OutreachSettings, account: str, now: datetime) -> Board:
    """The quotas as they stand. ways: names of the senders that are set up."""
    shown = [name for name in (SERVICE, MASS if MASS in ways else TAG) if name in ways]
    with database.read() as db:
        today = [(name, quota.daily(db, account, name, settings, now)) for name in shown]
        left = tuple(Left("群发" if name in MASSES else WAYS[name].words, q) for name, q in today if q)
        return _board(db, left, ways, settings, now)


def left_this_month(database: Database, ways: Collection[str], settings: OutreachSettings, now: datetime) -> int | None:
    """As `Board.left`, without a look at the quotas of the day."""
    with database.read() as db:
        return _board(db, (), ways, settings, now).left


def _board(
    db: sa.Connection, today: tuple[Left, ...], ways: Collection[str], settings: OutreachSettings, now: datetime
) -> Board:
    sends_masses = bool(set(MASSES) & set(ways))
    sent = _masses_of_the_month(db, now) if sends_masses else 0
    service = settings.account_type == "service" and sends_masses
    return Board(today, sent, settings.mass_per_month if service else None, settings.mass_kept if service else 0)


def _masses_of_the_month(db: sa.Connection, now: datetime) -> int:
    month = now.astimezone(BEIJING).replace(day=1, hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
    c = broadcast.c
    masses = sa.exists().where(batch.c.broadcast_id == c.id, batch.c.sender.in_(MASSES))
    return db.scalar(sa.select(sa.func.count()).where(c.started_at >= month, masses)) or 0
