"""The ledger of a broadcast in SQL: laid out at the start, claimed, marked before a call and closed after it.

Every function takes an open transaction and none of them is kept open during a call to a platform. The same statements
run on SQLite and PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.messages import Delivery
from bot.outreach.states import Batch, State
from bot.outreach.tables import batch, broadcast, delivery
from bot.people.tables import follower
from bot.store.database import unhurried

#: A worker that was killed is taken to be dead after this; a living one renews its lease in half the time.
LEASE = timedelta(seconds=60)
#: Nothing waits longer than for the next day: a later time was written by a clock that has been set right since.
_LONGEST_WAIT = timedelta(hours=25)
#: People whose messages are called one by one are worked on in portions of this size. The end of each costs the time
#: of a call in which most callers idle.
PORTION = 5000
#: Waiting to be sent, for the first time or again.
OPEN = (Delivery.CREATED, Delivery.TEMPORARY_FAILURE)


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


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one person's delivery. why: a Refusal, "" where it was taken."""

    follower_id: int
    state: Delivery
    errcode: int | None = None
    why: str = ""
    platform_id: str | None = None


def fan_out(db: sa.Connection, broadcast_id: int, people: sa.Select[Any], now: datetime) -> int:
    """Write one delivery a person; returns how many. People who are in the ledger already stay as they are.

    people  columns follower_id, sender, level, why; sender "" where nobody can reach them, and why says why
    """
    unhurried(db)
    who = people.subquery()
    reached = who.c.sender != ""
    rows = sa.select(
        sa.literal(broadcast_id),
        who.c.follower_id,
        who.c.sender,
        who.c.level,
        sa.case((reached, Delivery.CREATED), else_=Delivery.SKIPPED),
        who.c.why,
        sa.literal(now, sa.DateTime(timezone=True)),
    ).order_by(who.c.follower_id)
    names = ["broadcast_id", "follower_id", "sender", "level", "state", "why", "at"]
    return db.execute(sa.insert(delivery).from_select(names, rows, include_defaults=False)).rowcount


def lay_batches(db: sa.Connection, broadcast_id: int, kinds: Mapping[tuple[str, str], tuple[int, int]]) -> int:
    """Part the deliveries into batches; returns how many.

    kinds  (sender, level) -> the least and the most people of one call. People who would be left over, fewer than the
           least, get company from the batch before them.
    """
    unhurried(db)
    rows = []
    for (sender, level), (least, most) in kinds.items():
        ours = (delivery.c.broadcast_id == broadcast_id, delivery.c.sender == sender, delivery.c.level == level)
        people = sa.select(delivery.c.follower_id).where(*ours).order_by(delivery.c.follower_id)
        of = {"broadcast_id": broadcast_id, "sender": sender, "level": level}
        rows += [
            {**of, "first": first, "last": last, "size": size}
            for first, last, size in _portions(db, people, least, PORTION if most == 1 else most)
        ]
    if rows:
        db.execute(sa.insert(batch).values(state=Batch.CREATED), rows)
    return len(rows)


def _portions(db: sa.Connection, people: sa.Select[Any], least: int, most: int) -> list[tuple[int, int, int]]:
    """Ranges of followers (first, last, how many) in the order of their ids; one walk over them, and no counting."""

    def nth(after: int, n: int) -> int | None:
        found: int | None = db.scalar(people.where(delivery.c.follower_id > after).limit(1).offset(n - 1))
        return found

    portions: list[tuple[int, int, int]] = []
    after = -1
    while (last := nth(after, most)) is not None:
        portions.append((after + 1, last, most))
        after = last
    left = people.where(delivery.c.follower_id > after).subquery()
    count, last = db.execute(sa.select(sa.func.count(), sa.func.max(left.c.follower_id))).one()
    if 0 < count < least and portions:
        first, _last, size = portions.pop()
        size -= least - count
        after = nth(first - 1, size) or after
        portions.append((first, after, size))
        count = least
    return [*portions, (after + 1, last, count)] if count else portions


def lay_whole(db: sa.Connection, broadcast_id: int, sender: str, level: str, target: str) -> None:
    """Lay one batch over all deliveries of a sender: the platform is told a tag (`target`) and lists nobody."""
    unhurried(db)
    ours = (delivery.c.broadcast_id == broadcast_id, delivery.c.sender == sender, delivery.c.level == level)
    c = delivery.c.follower_id
    first, last, size = db.execute(sa.select(sa.func.min(c), sa.func.max(c), sa.func.count()).where(*ours)).one()
    if size:
        row = {"broadcast_id": broadcast_id, "sender": sender, "level": level, "target": target}
        db.execute(sa.insert(batch).values(state=Batch.CREATED, first=first, last=last, size=size, **row))


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
    return Claimed(*db.execute(sa.select(*_CLAIMED).where(batch.c.id == batch_id)).one())


_CLAIMED = tuple(
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


def _is_mine(claimed: Claimed) -> sa.ColumnElement[bool]:
    c = batch.c
    claim = (c.worker == claimed.worker, c.attempts == claimed.attempts)
    return sa.and_(c.id == claimed.id, c.state == Batch.SENDING, *claim)


def hold(db: sa.Connection, claimed: Claimed) -> State | None:
    """Where its broadcast stands, as long as the batch is ours; None once somebody else has it.

    Until the transaction ends nobody takes it from us.
    """
    mine = sa.select(broadcast.c.state).join(batch, batch.c.broadcast_id == broadcast.c.id).where(_is_mine(claimed))
    state = db.scalar(mine.with_for_update(of=batch))
    return None if state is None else State(state)


def renew(db: sa.Connection, claimed: Claimed, now: datetime) -> None:
    """Keep a batch, and show how far it is."""
    counts = _counts(db, of_batch(claimed))
    counts.pop("open")
    db.execute(sa.update(batch).where(_is_mine(claimed)).values(lease_until=now + LEASE, **counts))


def of_batch(claimed: Claimed) -> sa.ColumnElement[bool]:
    """The deliveries of a batch."""
    return sa.and_(
        delivery.c.broadcast_id == claimed.broadcast_id,
        delivery.c.follower_id.between(claimed.first, claimed.last),
        delivery.c.sender == claimed.sender,
        delivery.c.level == claimed.level,
    )


def settle_cut_off(db: sa.Connection, claimed: Claimed, again: bool, now: datetime) -> int:
    """What a worker that is gone was in the middle of: sent once more, or known to be unknown; returns how many.

    again  the platform knows a repeat, or the broadcast says that twice is better than never
    """
    state = Delivery.CREATED if again else Delivery.UNKNOWN
    cut_off = sa.update(delivery).where(of_batch(claimed), delivery.c.state == Delivery.SENDING)
    return db.execute(cut_off.values(state=state, why="" if again else "cut_off", at=now)).rowcount


def mark(
    db: sa.Connection, claimed: Claimed, after: int, count: int, now: datetime
) -> tuple[int | None, list[tuple[int, str]]]:
    """Write down that the next people are being called now.

    Returns the last follower looked at (None: nobody is left beyond `after`) and (follower_id, address) of those to
    call. Who has left since the broadcast began is skipped, and stays uncalled.
    """
    waiting = sa.and_(of_batch(claimed), delivery.c.follower_id > after, delivery.c.state.in_(OPEN))
    rows = db.execute(
        sa.select(delivery.c.follower_id, follower.c.address, follower.c.state)
        .select_from(delivery.outerjoin(follower, follower.c.id == delivery.c.follower_id))
        .where(waiting)
        .order_by(delivery.c.follower_id)
        .limit(count)
        .with_for_update(of=delivery)
    ).all()
    if not rows:
        return None, []
    last = rows[-1][0]
    span = sa.and_(waiting, delivery.c.follower_id <= last)
    db.execute(sa.update(delivery).where(span).values(state=Delivery.SENDING, at=now))
    gone = [Outcome(i, Delivery.SKIPPED, why="left") for i, _address, state in rows if state != "following"]
    close(db, claimed.broadcast_id, gone, now)
    return last, [(i, address) for i, address, state in rows if state == "following"]


def mark_all(db: sa.Connection, claimed: Claimed, now: datetime) -> str | None:
    """Write down that all who wait in a batch are being told by one call that lists nobody.

    Returns the tag that the platform is told, "" for all who follow; None where nobody waits.
    """
    unhurried(db)
    waiting = sa.and_(of_batch(claimed), delivery.c.state.in_(OPEN))
    gone = delivery.c.follower_id.in_(sa.select(follower.c.id).where(follower.c.state != "following"))
    db.execute(sa.update(delivery).where(waiting, gone).values(state=Delivery.SKIPPED, why="left", at=now))
    if not db.execute(sa.update(delivery).where(waiting).values(state=Delivery.SENDING, at=now)).rowcount:
        return None
    target: str | None = db.scalar(sa.select(batch.c.target).where(batch.c.id == claimed.id))
    return target


def close(db: sa.Connection, broadcast_id: int, outcomes: Iterable[Outcome], now: datetime) -> None:
    """Write down what came of calls."""
    rows = [
        {"who": o.follower_id, "to": o.state, "code": o.errcode, "because": o.why, "number": o.platform_id}
        for o in outcomes
    ]
    if rows:
        db.execute(_CLOSE, [{**row, "of": broadcast_id, "when": now} for row in rows])


_CLOSE = (
    sa.update(delivery)
    .where(
        delivery.c.broadcast_id == sa.bindparam("of"),
        delivery.c.follower_id == sa.bindparam("who"),
        # Not what is final by now: a receipt, or the worker that took over from one that was thought to be gone.
        sa.or_(*(delivery.c.state == state for state in (Delivery.SENDING, Delivery.CREATED, Delivery.UNKNOWN))),
    )
    .values(
        state=sa.bindparam("to"),
        errcode=sa.bindparam("code"),
        why=sa.bindparam("because"),
        platform_id=sa.bindparam("number"),
        at=sa.bindparam("when"),
    )
)


def close_all(
    db: sa.Connection, claimed: Claimed, state: Delivery, now: datetime, why: str = "", errcode: int | None = None
) -> None:
    """As `close`, for all of a batch that is being sent."""
    unhurried(db)
    sending = sa.update(delivery).where(of_batch(claimed), delivery.c.state == Delivery.SENDING)
    db.execute(sending.values(state=state, why=why, errcode=errcode, at=now))


def set_platform_id(db: sa.Connection, batch_id: int, platform_id: str) -> None:
    """Keep the platform's number of a job: its events name it."""
    db.execute(sa.update(batch).where(batch.c.id == batch_id).values(platform_id=platform_id))


def put_back(
    db: sa.Connection, claimed: Claimed, now: datetime, *, not_before: datetime | None = None, tried: bool = True
) -> None:
    """End the work on a batch: it is done where every delivery is final, else it waits again.

    tried  False: nothing failed, the batch merely has to wait, and this does not count as an attempt
    """
    if db.scalar(sa.select(broadcast.c.state).where(broadcast.c.id == claimed.broadcast_id)) in _ENDED:
        _skip(db, of_batch(claimed), "cancelled", now)
    counts = _counts(db, of_batch(claimed))
    open_ = counts.pop("open")
    values: dict[str, Any] = {"state": _state(open_, counts), "lease_until": None, **counts}
    if open_:
        values |= {"not_before": not_before, "attempts": claimed.attempts - (0 if tried else 1)}
    db.execute(sa.update(batch).where(_is_mine(claimed)).values(**values))
    if not open_:
        finish(db, claimed.broadcast_id, now)


_ENDED = (State.CANCELLED, State.FAILED)


def _state(open_: int, counts: Mapping[str, int]) -> Batch:
    if open_:
        return Batch.CREATED
    if counts["unknown"]:
        return Batch.UNKNOWN
    return Batch.SENT if counts["sent"] else Batch.FAILED if counts["failed"] else Batch.CANCELLED


def _skip(db: sa.Connection, which: sa.ColumnElement[bool], why: str, now: datetime) -> int:
    waiting = sa.update(delivery).where(which, delivery.c.state.in_(OPEN))
    return db.execute(waiting.values(state=Delivery.SKIPPED, why=why, at=now)).rowcount


def _counts(db: sa.Connection, which: sa.ColumnElement[bool]) -> dict[str, int]:
    rows = db.execute(sa.select(delivery.c.state, sa.func.count()).where(which).group_by(delivery.c.state)).all()
    get = {str(state): int(count) for state, count in rows}.get
    return {
        "sent": get(Delivery.SENT, 0) + get(Delivery.DELIVERED, 0),
        "failed": get(Delivery.PERMANENT_FAILURE, 0) + get(Delivery.TECHNICAL_FAILURE, 0),
        "unknown": get(Delivery.UNKNOWN, 0),
        "skipped": get(Delivery.SKIPPED, 0),
        "open": sum(get(state, 0) for state in (*OPEN, Delivery.SENDING)),
    }


def finish(db: sa.Connection, broadcast_id: int, now: datetime) -> bool:
    """Finished means that every row is final: true once no batch is open any more."""
    open_ = sa.exists().where(batch.c.broadcast_id == broadcast_id, batch.c.state.in_((Batch.CREATED, Batch.SENDING)))
    done = (
        sa.update(broadcast)
        .where(broadcast.c.id == broadcast_id, broadcast.c.state == State.SENDING, ~open_)
        .values(state=State.SENT, ended_at=now, trouble="")
    )
    return db.execute(done).rowcount == 1


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


def idle(db: sa.Connection, broadcast_id: int) -> list[int]:
    """Batches of a broadcast that nobody works on, and that are not done."""
    rows = sa.select(batch.c.id).where(batch.c.broadcast_id == broadcast_id, batch.c.state == Batch.CREATED)
    return list(db.scalars(rows.order_by(batch.c.id)))


def skip(db: sa.Connection, batch_id: int, why: str, now: datetime) -> int:
    """Whoever still waits in a batch that nobody works on is not sent to any more. Returns how many."""
    idle_ = sa.select(*_CLAIMED).where(batch.c.id == batch_id, batch.c.state == Batch.CREATED)
    row = db.execute(idle_.with_for_update()).one_or_none()
    if row is None:
        return 0
    part = of_batch(Claimed(*row))
    count = _skip(db, part, why, now)
    counts = _counts(db, part)
    values = {"state": _state(counts.pop("open"), counts), **counts}
    db.execute(sa.update(batch).where(batch.c.id == batch_id, batch.c.state == Batch.CREATED).values(**values))
    return count


def expire(db: sa.Connection, broadcast_id: int, why: str, now: datetime) -> int:
    """As `skip`, for all of a broadcast; what is being worked on ends by itself. Returns how many people.

    A million take seconds: `sweeping.sweep` does the same in small steps for what was cancelled or has run out.
    """
    unhurried(db)
    return sum(skip(db, batch_id, why, now) for batch_id in idle(db, broadcast_id))


def let_go(db: sa.Connection, *, broadcast_id: int) -> None:
    """What waits for a time may be tried at once: somebody has seen to what was wrong."""
    ours = (batch.c.broadcast_id == broadcast_id, batch.c.state == Batch.CREATED)
    db.execute(sa.update(batch).where(*ours).values(not_before=None, attempts=0))


def hold_back(db: sa.Connection, sender: str, until: datetime) -> None:
    """Nothing more by this sender before `until`, of any broadcast."""
    c = batch.c
    earlier = sa.or_(c.not_before.is_(None), c.not_before < until)
    db.execute(sa.update(batch).where(c.sender == sender, c.state == Batch.CREATED, earlier).values(not_before=until))


def whole(db: sa.Connection, batch_id: int) -> sa.ColumnElement[bool]:
    """The deliveries of a batch, whoever works on it."""
    return of_batch(Claimed(*db.execute(sa.select(*_CLAIMED).where(batch.c.id == batch_id)).one()))


def recount(db: sa.Connection, batch_id: int, state: Batch) -> None:
    """Bring the counts of a batch up to date with its deliveries; one that is done is in this state then."""
    counts = _counts(db, whole(db, batch_id))
    counts.pop("open")
    db.execute(sa.update(batch).where(batch.c.id == batch_id).values(**counts))
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
