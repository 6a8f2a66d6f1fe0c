"""How work on batches ends: put back, skipped, counted, finished."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.errors import Refusal
from bot.messages import Delivery
from bot.outreach.ledger import tallies
from bot.outreach.ledger.claims import CLAIMED, LEASE, Claimed, is_mine, of_batch, whole
from bot.outreach.ledger.marks import OPEN
from bot.outreach.states import Batch, Move, State
from bot.outreach.tables import batch, broadcast, broadcast_event, delivery


def renew(db: sa.Connection, claimed: Claimed, now: datetime) -> None:
    """Keep a batch, and show how far it is."""
    counted = tallies.columns(tallies.count(db, of_batch(claimed)))
    db.execute(sa.update(batch).where(is_mine(claimed)).values(lease_until=now + LEASE, **counted))


def put_back(
    db: sa.Connection, claimed: Claimed, now: datetime, *, not_before: datetime | None = None, tried: bool = True
) -> None:
    """End the work on a batch: it is done where every delivery is final, else it waits again.

    tried  False: nothing failed, the batch merely has to wait, and this does not count as an attempt
    """
    if db.scalar(sa.select(broadcast.c.state).where(broadcast.c.id == claimed.broadcast_id)) in _ENDED:
        _skip(db, of_batch(claimed), "cancelled", now)
    tally = tallies.count(db, of_batch(claimed))
    open_ = tallies.still_open(tally)
    values: dict[str, Any] = {"state": tallies.state_of(tally), "lease_until": None, **tallies.columns(tally)}
    if open_:
        values |= {"not_before": not_before, "attempts": claimed.attempts - (0 if tried else 1)}
    db.execute(sa.update(batch).where(is_mine(claimed)).values(**values))
    if not open_:
        finish(db, claimed.broadcast_id, now)


_ENDED = (State.CANCELLED, State.FAILED)


def skip(db: sa.Connection, batch_id: int, why: str, now: datetime) -> int:
    """Whoever still waits in a batch that nobody works on is not sent to any more. Returns how many."""
    idle_ = sa.select(*CLAIMED).where(batch.c.id == batch_id, batch.c.state == Batch.CREATED)
    row = db.execute(idle_.with_for_update()).one_or_none()
    if row is None:
        return 0
    part = of_batch(Claimed(*row))
    count = _skip(db, part, why, now)
    tally = tallies.count(db, part)
    values = {"state": tallies.state_of(tally), **tallies.columns(tally)}
    db.execute(sa.update(batch).where(batch.c.id == batch_id, batch.c.state == Batch.CREATED).values(**values))
    return count


def finish(db: sa.Connection, broadcast_id: int, now: datetime) -> bool:
    """Finished means that every row is final: true once no batch is open any more."""
    open_ = sa.exists().where(batch.c.broadcast_id == broadcast_id, batch.c.state.in_((Batch.CREATED, Batch.SENDING)))
    done = (
        sa.update(broadcast)
        .where(broadcast.c.id == broadcast_id, broadcast.c.state == State.SENDING, ~open_)
        .values(state=State.SENT, ended_at=now, trouble="")
    )
    if db.execute(done).rowcount != 1:
        return False
    row = {"who": "system", "move": Move.FINISH, "before": State.SENDING, "after": State.SENT}
    db.execute(sa.insert(broadcast_event).values(broadcast_id=broadcast_id, at=now, **row))
    return True


def recount(db: sa.Connection, batch_id: int, state: Batch) -> None:
    """Bring the counts of a batch up to date with its deliveries; one that is done is in this state then."""
    counted = tallies.columns(tallies.count(db, whole(db, batch_id)))
    db.execute(sa.update(batch).where(batch.c.id == batch_id).values(**counted))
    done = (batch.c.id == batch_id, batch.c.state.not_in((Batch.CREATED, Batch.SENDING)))
    db.execute(sa.update(batch).where(*done).values(state=state))


def progress(db: sa.Connection, broadcast_id: int) -> dict[str, int]:
    """People by what came of them, of all batches: total, sent, failed, unknown, skipped; a second old at most.

    Cheap: a batch carries its counts, the ledger is not read.
    """
    c = batch.c
    names = ("size", "sent", "failed", "unknown", "skipped")
    row = db.execute(
        sa.select(*(sa.func.coalesce(sa.func.sum(c[name]), 0) for name in names)).where(c.broadcast_id == broadcast_id)
    ).one()
    return dict(zip(("total", *names[1:]), (int(n) for n in row), strict=True))


def _skip(db: sa.Connection, which: sa.ColumnElement[bool], why: str, now: datetime) -> int:
    # A call that nobody answered may have been carried out, and nobody will ask again: that is not "not sent".
    asked = (delivery.c.state == Delivery.TEMPORARY_FAILURE, delivery.c.why == Refusal.UNREACHABLE)
    db.execute(sa.update(delivery).where(which, *asked).values(state=Delivery.UNKNOWN, at=now))
    waiting = sa.update(delivery).where(which, delivery.c.state.in_(OPEN))
    return db.execute(waiting.values(state=Delivery.SKIPPED, why=why, at=now)).rowcount
