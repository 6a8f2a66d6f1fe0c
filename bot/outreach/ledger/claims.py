"""Who works on a batch, and which batches somebody may take."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.outreach.states import Batch, State
from bot.outreach.tables import batch, broadcast, delivery

#: A worker that was killed is taken to be dead after this; a living one renews its lease in half the time.
LEASE = timedelta(seconds=60)
#: Nothing waits longer than for the next day: a later time was written by a clock that has been set right since.
_LONGEST_WAIT = timedelta(hours=25)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A batch that is ours until the lease ends. attempts: this one included; no other claim of it has this number."""

    id: int
    broadcast_id: int
    sender: str
    level: str
    first: int
    last: int
    attempts: int
    worker: str


def claim(db: sa.Connection, batch_id: int, worker: str, now: datetime) -> Claimed | None:
    """Take a batch that waits, or whose worker is gone; None where there is nothing to take.

    The UPDATE must change one row: of two workers one gets it.
    """
    return _take(db, batch_id, worker, now, sa.and_(_is_free(now), _is_of(State.SENDING)))


def claim_stopped(db: sa.Connection, batch_id: int, worker: str, now: datetime) -> Claimed | None:
    """As `claim`, to settle what a worker that is gone left of a broadcast that is not being sent."""
    return _take(db, batch_id, worker, now, sa.and_(_abandoned(now), ~_is_of(State.SENDING)))


def _take(db: sa.Connection, batch_id: int, worker: str, now: datetime, may: sa.ColumnElement[bool]) -> Claimed | None:
    lease = {"worker": worker, "lease_until": now + LEASE, "not_before": None, "attempts": batch.c.attempts + 1}
    taken = sa.update(batch).where(batch.c.id == batch_id, may).values(state=Batch.SENDING, **lease)
    if db.execute(taken).rowcount != 1:
        return None
    return Claimed(*db.execute(sa.select(*CLAIMED).where(batch.c.id == batch_id)).one())


CLAIMED = tuple(
    batch.c[name] for name in ("id", "broadcast_id", "sender", "level", "first", "last", "attempts", "worker")
)


def _is_free(now: datetime) -> sa.ColumnElement[bool]:
    c = batch.c
    may = sa.or_(c.not_before.is_(None), c.not_before <= now, c.not_before > now + _LONGEST_WAIT)
    return sa.or_(sa.and_(c.state == Batch.CREATED, may), _abandoned(now))


def _abandoned(now: datetime) -> sa.ColumnElement[bool]:
    # A lease that ends later than one taken now is of a clock that was ahead.
    ended = sa.or_(batch.c.lease_until < now, batch.c.lease_until > now + 2 * LEASE)
    return sa.and_(batch.c.state == Batch.SENDING, ended)


def _is_of(*states: State) -> sa.ColumnElement[bool]:
    return sa.exists().where(broadcast.c.id == batch.c.broadcast_id, broadcast.c.state.in_(states))


def is_mine(claimed: Claimed) -> sa.ColumnElement[bool]:
    c = batch.c
    claim = (c.worker == claimed.worker, c.attempts == claimed.attempts)
    return sa.and_(c.id == claimed.id, c.state == Batch.SENDING, *claim)


def hold(db: sa.Connection, claimed: Claimed) -> State | None:
    """Where its broadcast stands, as long as the batch is ours; None once somebody else has it.

    Until the transaction ends nobody takes it from us.
    """
    mine = sa.select(broadcast.c.state).join(batch, batch.c.broadcast_id == broadcast.c.id).where(is_mine(claimed))
    state = db.scalar(mine.with_for_update(of=batch))
    return None if state is None else State(state)


def extend(db: sa.Connection, claimed: Claimed, now: datetime) -> None:
    """Keep a batch in which nothing has changed."""
    db.execute(sa.update(batch).where(is_mine(claimed)).values(lease_until=now + LEASE))


def waiting(
    db: sa.Connection, now: datetime, limit: int, senders: Collection[str] | None = None
) -> list[tuple[int, str]]:
    """Batches that somebody may take now and their senders: urgent ones first, then the oldest.

    senders  those that are asked for; None: all
    """
    c = batch.c
    rows = (
        sa.select(c.id, c.sender)
        .join(broadcast, broadcast.c.id == c.broadcast_id)
        .where(broadcast.c.state == State.SENDING, _is_free(now))
        .order_by(broadcast.c.urgent.desc(), c.id)
        .limit(limit)
    )
    if senders is not None:
        rows = rows.where(c.sender.in_(senders))
    return [(row.id, row.sender) for row in db.execute(rows)]


def free(db: sa.Connection, worker: str, now: datetime) -> None:
    """A worker of this name has ended for certain: what it held need not wait for its lease."""
    held = sa.update(batch).where(batch.c.state == Batch.SENDING, batch.c.worker == worker)
    db.execute(held.values(lease_until=now - timedelta(seconds=1)))


def stopped(db: sa.Connection, now: datetime) -> list[int]:
    """Batches of broadcasts that are not being sent, which a worker that is gone left behind."""
    left = sa.select(batch.c.id).where(_abandoned(now), ~_is_of(State.SENDING))
    return list(db.scalars(left.order_by(batch.c.id)))


def let_go(db: sa.Connection, *, broadcast_id: int) -> None:
    """What waits for a time may be tried at once: somebody has seen to what was wrong."""
    ours = (batch.c.broadcast_id == broadcast_id, batch.c.state == Batch.CREATED)
    db.execute(sa.update(batch).where(*ours).values(not_before=None, attempts=0))


def hold_back(db: sa.Connection, sender: str, until: datetime) -> None:
    """Nothing more by this sender before `until`, of any broadcast."""
    c = batch.c
    earlier = sa.or_(c.not_before.is_(None), c.not_before < until)
    db.execute(sa.update(batch).where(c.sender == sender, c.state == Batch.CREATED, earlier).values(not_before=until))


def of_batch(claimed: Claimed) -> sa.ColumnElement[bool]:
    """The deliveries of a batch."""
    return sa.and_(
        delivery.c.broadcast_id == claimed.broadcast_id,
        delivery.c.follower_id.between(claimed.first, claimed.last),
        delivery.c.sender == claimed.sender,
        delivery.c.level == claimed.level,
    )


def whole(db: sa.Connection, batch_id: int) -> sa.ColumnElement[bool]:
    """The deliveries of a batch, whoever works on it."""
    return of_batch(Claimed(*db.execute(sa.select(*CLAIMED).where(batch.c.id == batch_id)).one()))
