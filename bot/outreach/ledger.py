"""The ledger of a broadcast in SQL: laid out at the start, claimed, marked before a call and closed after it.

Every function takes an open transaction and none of them is kept open during a call to a platform. The same statements
run on SQLite and PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
#: People whose messages are called one by one are worked on in portions of this size.
PORTION = 1000
#: Waiting to be sent, for the first time or again.
OPEN = (Delivery.CREATED, Delivery.TEMPORARY_FAILURE)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A batch that is ours until the lease ends. attempts: this one included."""

    id: int
    broadcast_id: int
    sender: str
    level: str
    first: int
    last: int
    attempts: int


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
    free = sa.or_(batch.c.state == Batch.CREATED, _abandoned(now))
    waits = sa.or_(batch.c.not_before.is_(None), batch.c.not_before <= now)
    runs = sa.exists().where(broadcast.c.id == batch.c.broadcast_id, broadcast.c.state == State.SENDING)
    taken = db.execute(
        sa.update(batch)
        .where(batch.c.id == batch_id, free, waits, runs)
        .values(
            state=Batch.SENDING, worker=worker, lease_until=now + LEASE, not_before=None, attempts=batch.c.attempts + 1
        )
    )
    if taken.rowcount != 1:
        return None
    c = batch.c
    fields = (c.id, c.broadcast_id, c.sender, c.level, c.first, c.last, c.attempts)
    return Claimed(*db.execute(sa.select(*fields).where(c.id == batch_id)).one())


def _abandoned(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(batch.c.state == Batch.SENDING, batch.c.lease_until < now)


def renew(db: sa.Connection, claimed: Claimed, worker: str, now: datetime) -> bool:
    """Keep a batch and show how far it is. False where it is somebody else's, or its broadcast is not to be sent on."""
    counts = _counts(db, of_batch(claimed))
    counts.pop("open")
    mine = (batch.c.id == claimed.id, batch.c.worker == worker, batch.c.state == Batch.SENDING)
    kept = db.execute(sa.update(batch).where(*mine).values(lease_until=now + LEASE, **counts)).rowcount == 1
    return (
        kept and db.scalar(sa.select(broadcast.c.state).where(broadcast.c.id == claimed.broadcast_id)) == State.SENDING
    )


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
    .where(delivery.c.broadcast_id == sa.bindparam("of"), delivery.c.follower_id == sa.bindparam("who"))
    .values(
        state=sa.bindparam("to"),
        errcode=sa.bindparam("code"),
        why=sa.bindparam("because"),
        platform_id=sa.bindparam("number"),
        at=sa.bindparam("when"),
    )
)


def close_all(db: sa.Connection, claimed: Claimed, state: Delivery, now: datetime, why: str = "") -> None:
    """As `close`, for all of a batch that is being sent."""
    unhurried(db)
    sending = sa.update(delivery).where(of_batch(claimed), delivery.c.state == Delivery.SENDING)
    db.execute(sending.values(state=state, why=why, at=now))


def set_platform_id(db: sa.Connection, batch_id: int, platform_id: str) -> None:
    """Keep the platform's number of a job: its events name it."""
    db.execute(sa.update(batch).where(batch.c.id == batch_id).values(platform_id=platform_id))


def put_back(
    db: sa.Connection, claimed: Claimed, worker: str, now: datetime, *, not_before: datetime | None = None
) -> None:
    """End the work on a batch: it is done where every delivery is final, else it waits again."""
    counts = _counts(db, of_batch(claimed))
    open_ = counts.pop("open")
    state = Batch.CREATED if open_ else Batch.UNKNOWN if counts["unknown"] else Batch.SENT
    mine = (batch.c.id == claimed.id, batch.c.worker == worker, batch.c.state == Batch.SENDING)
    values = {"state": state, "lease_until": None, "not_before": not_before if open_ else None, **counts}
    db.execute(sa.update(batch).where(*mine).values(**values))
    if not open_:
        finish(db, claimed.broadcast_id, now)


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


def waiting(db: sa.Connection, now: datetime, limit: int) -> list[int]:
    """Batches that somebody may take now, oldest first."""
    free = sa.or_(
        sa.and_(batch.c.state == Batch.CREATED, sa.or_(batch.c.not_before.is_(None), batch.c.not_before <= now)),
        _abandoned(now),
    )
    runs = sa.exists().where(broadcast.c.id == batch.c.broadcast_id, broadcast.c.state == State.SENDING)
    return list(db.scalars(sa.select(batch.c.id).where(free, runs).order_by(batch.c.id).limit(limit)))


def expire(db: sa.Connection, broadcast_id: int, why: str, now: datetime) -> int:
    """Whoever still waits is not sent to any more; calls that are under way end by themselves. Returns how many."""
    ours = (delivery.c.broadcast_id == broadcast_id, delivery.c.state.in_(OPEN))
    count = db.execute(sa.update(delivery).where(*ours).values(state=Delivery.SKIPPED, why=why, at=now)).rowcount
    idle = (batch.c.broadcast_id == broadcast_id, batch.c.state == Batch.CREATED)
    for row in db.execute(sa.select(batch).where(*idle)).mappings().all():
        part = Claimed(*(row[name] for name in ("id", "broadcast_id", "sender", "level", "first", "last", "attempts")))
        counts = _counts(db, of_batch(part))
        counts.pop("open")
        state = Batch.SENT if counts["sent"] else Batch.CANCELLED
        db.execute(sa.update(batch).where(batch.c.id == part.id).values(state=state, **counts))
    return count


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
