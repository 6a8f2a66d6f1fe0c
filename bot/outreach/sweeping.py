"""What nobody else sees to: broadcasts whose time has come or is over, and what workers that are gone left behind.

Every step is a transaction of its own, does no harm when done twice, and may be done by several processes at once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.errors import BotError
from bot.outreach import ledger
from bot.outreach.delivering import Deliverer, longest_since
from bot.outreach.states import Batch, State
from bot.outreach.tables import batch, broadcast
from bot.store.database import Database

log = logging.getLogger(__name__)

#: Starts a broadcast: (db, broadcast_id, who, now). Raises OutreachError where it may not begin.
Start = Callable[[sa.Connection, int, str, datetime], object]
WHO = "system"


def sweep(database: Database, deliverer: Deliverer, start: Start | None, now: datetime) -> None:
    """Settle, expire, finish and start, as it is time. `start` is None where nothing can be started here."""
    deliverer.settle_stopped(now)
    _skip(database, _cancelled(), "cancelled", now)
    _skip(database, _over(now), "expired", now)
    with database.begin() as db:
        for broadcast_id in db.scalars(sa.select(broadcast.c.id).where(broadcast.c.state == State.SENDING)).all():
            ledger.finish(db, broadcast_id, now)
    if start is not None:
        _start(database, start, now)


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


def _skip(database: Database, which: sa.Select[Any], why: str, now: datetime) -> None:
    """A transaction for each batch: skipping a million people at once would hold up everybody who writes."""
    with database.begin() as db:
        batches = list(db.scalars(which))
    for batch_id in batches:
        with database.begin() as db:
            ledger.skip(db, batch_id, why, now)


def _start(database: Database, start: Start, now: datetime) -> None:
    c = broadcast.c
    due = sa.select(c.id).where(c.state == State.SCHEDULED, c.send_at <= now).order_by(c.urgent.desc(), c.send_at)
    with database.begin() as db:
        waiting = db.scalars(due).all()
    for broadcast_id in waiting:
        try:
            with database.begin() as db:
                # Of two processes the second waits here, and finds it started.
                still = due.where(c.id == broadcast_id).with_for_update()
                if db.scalar(still) is not None:
                    start(db, broadcast_id, WHO, now)
        except BotError as e:
            log.warning("a broadcast could not be started", extra={"broadcast_id": broadcast_id, "error": str(e)})
            with database.begin() as db:
                told = sa.update(broadcast).where(c.id == broadcast_id, c.state == State.SCHEDULED)
                db.execute(told.values(trouble=str(e)))
