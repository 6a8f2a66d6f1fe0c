"""What nobody else sees to: broadcasts whose time is over, and what workers that are gone left behind.

Every step is a transaction of its own, does no harm when done twice, and may be done by several processes at once.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.outreach import ledger
from bot.outreach.delivering import Deliverer, longest_since
from bot.outreach.reconciling import catch_up
from bot.outreach.states import Batch, State
from bot.outreach.tables import batch, broadcast
from bot.store.database import Database


def sweep(database: Database, deliverer: Deliverer, now: datetime) -> None:
    """Settle, expire and finish, as it is time."""
    deliverer.settle_stopped(now)
    catch_up(database, now)
    ledger.tallies.freshen(database)
    _skip(database, _cancelled(), "cancelled", now)
    _skip(database, _over(now), "expired", now)
    ledger.count_done(database)
    with database.begin() as db:
        for broadcast_id in db.scalars(sa.select(broadcast.c.id).where(broadcast.c.state == State.SENDING)).all():
            ledger.finish(db, broadcast_id, now)


def skip_cancelled(database: Database, broadcast_id: int, now: datetime, patience_s: float = 1.0) -> None:
    """What waits of a broadcast that was cancelled a moment ago, as much of it as somebody waits for; the sweep does
    the rest.
    """
    _skip(database, _cancelled().where(broadcast.c.id == broadcast_id), "cancelled", now, patience_s)


def _idle() -> sa.Select[Any]:
    """Batches that nobody works on, with their broadcasts."""
    joined = sa.select(batch.c.id).join(broadcast, broadcast.c.id == batch.c.broadcast_id)
    return joined.where(batch.c.state == Batch.CREATED).order_by(batch.c.id)


def _cancelled() -> sa.Select[Any]:
    return _idle().where(broadcast.c.state.in_((State.CANCELLED, State.FAILED)))


def _over(now: datetime) -> sa.Select[Any]:
    c = broadcast.c
    since = sa.func.coalesce(c.started_at, c.created_at)
    over = sa.or_(c.until <= now, sa.and_(c.until.is_(None), since <= longest_since(now)))
    return _idle().where(c.state.in_((State.SENDING, State.PAUSED)), over)


def _skip(database: Database, which: sa.Select[Any], why: str, now: datetime, patience_s: float = float("inf")) -> None:
    """A transaction for each batch: skipping a million people at once would hold up everybody who writes."""
    until = time.monotonic() + patience_s
    with database.read() as db:
        batches = list(db.scalars(which))
    for batch_id in batches:
        if time.monotonic() > until:
            return
        with database.portion() as db:
            ledger.skip(db, batch_id, why, now)
