"""People of a broadcast by what came of them: each batch keeps its counts, so that nobody who looks counts a million.

Whoever works on a batch counts it each second and at its end. What is told of single people after that only marks it
as stale: it is counted when somebody looks, and by the sweep. Whoever changes deliveries of a batch that others may
count meanwhile changes the row of the batch first, so that nothing is counted that is about to change.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping

import sqlalchemy as sa

from bot.messages import Delivery
from bot.outreach.ledger.claims import CLAIMED, Claimed, of_batch
from bot.outreach.ledger.marks import OPEN
from bot.outreach.states import Batch
from bot.outreach.tables import batch, broadcast, delivery
from bot.store.database import Database

#: (state, why) -> people.
Tally = Mapping[tuple[str, str], int]
_AT_WORK = (Batch.CREATED, Batch.SENDING)


def count(db: sa.Connection, which: sa.ColumnElement[bool]) -> Tally:
    """Count deliveries."""
    c = delivery.c
    rows = db.execute(sa.select(c.state, c.why, sa.func.count()).where(which).group_by(c.state, c.why)).all()
    return {(str(state), why): int(number) for state, why, number in rows}


def columns(tally: Tally) -> dict[str, object]:
    """What a batch keeps of it."""
    by: Counter[str] = Counter()
    for (state, _why), number in tally.items():
        by[state] += number
    return {
        "sent": by[Delivery.SENT] + by[Delivery.DELIVERED],
        "failed": by[Delivery.PERMANENT_FAILURE] + by[Delivery.TECHNICAL_FAILURE],
        "unknown": by[Delivery.UNKNOWN],
        "skipped": by[Delivery.SKIPPED],
        "tally": _dumped(tally),
        "stale": 0,
    }


def still_open(tally: Tally) -> int:
    """Who waits, or is being sent to."""
    return sum(number for (state, _why), number in tally.items() if state in (*OPEN, Delivery.SENDING))


def state_of(tally: Tally) -> Batch:
    """Where a batch stands that nobody works on."""
    told = columns(tally)
    if still_open(tally):
        return Batch.CREATED
    if told["unknown"]:
        return Batch.UNKNOWN
    return Batch.SENT if told["sent"] else Batch.FAILED if told["failed"] else Batch.CANCELLED


def touch(db: sa.Connection, *which: sa.ColumnElement[bool]) -> None:
    """Deliveries of these batches are about to change; until the transaction ends nobody else counts them."""
    db.execute(sa.update(batch).where(*which).values(stale=1))


def of_person(broadcast_id: int, follower_id: int, sender: str, level: str) -> sa.ColumnElement[bool]:
    """The batch of one delivery."""
    c = batch.c
    within = (c.first <= follower_id, c.last >= follower_id)
    return sa.and_(c.broadcast_id == broadcast_id, c.sender == sender, c.level == level, *within)


def note_unreached(db: sa.Connection, broadcast_id: int) -> None:
    """Keep the counts of those whom nothing can reach: they are final from the start, and in no batch."""
    found = _dumped(count(db, _unreached(broadcast_id)))
    db.execute(sa.update(broadcast).where(broadcast.c.id == broadcast_id).values(unreached=found))


def of_broadcast(db: sa.Connection, broadcast_id: int) -> Counter[tuple[str, str]]:
    """All people of a broadcast; of batches that are worked on a second old at most."""
    whole: Counter[tuple[str, str]] = Counter()
    kept = db.scalar(sa.select(broadcast.c.unreached).where(broadcast.c.id == broadcast_id))
    whole.update(count(db, _unreached(broadcast_id)) if kept is None else _loaded(kept))
    c = batch.c
    rows = sa.select(*CLAIMED, c.size, c.tally, c.stale).where(c.broadcast_id == broadcast_id)
    for *claim, size, tally, stale in db.execute(rows).all():
        if stale:
            whole.update(count(db, of_batch(Claimed(*claim))))
        else:
            whole.update(_loaded(tally) if tally else {(str(Delivery.CREATED), ""): size})
    return whole


def freshen(database: Database) -> int:
    """Count batches anew whose people were told of since; returns how many. A transaction for each."""
    c, begun = batch.c, sa.exists().where(batch.c.broadcast_id == broadcast.c.id)
    with database.read() as db:
        stale = list(db.scalars(sa.select(c.id).where(c.stale == 1).order_by(c.id)))
        uncounted = list(db.scalars(sa.select(broadcast.c.id).where(broadcast.c.unreached.is_(None), begun)))
    for broadcast_id in uncounted:  # begun before such counts were kept
        with database.portion() as db:
            note_unreached(db, broadcast_id)
    for batch_id in stale:
        with database.portion() as db:
            _freshen(db, batch_id)
    return len(stale)


def _freshen(db: sa.Connection, batch_id: int) -> None:
    c = batch.c
    row = db.execute(sa.select(*CLAIMED, c.state).where(c.id == batch_id).with_for_update()).one_or_none()
    if row is None:
        return
    *claim, state = row
    tally = count(db, of_batch(Claimed(*claim)))
    values = columns(tally)
    if state not in _AT_WORK and not still_open(tally):
        values["state"] = state_of(tally)
    db.execute(sa.update(batch).where(c.id == batch_id).values(values))


def _unreached(broadcast_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(delivery.c.broadcast_id == broadcast_id, delivery.c.sender == "")


def _dumped(tally: Tally) -> str:
    return json.dumps([[state, why, number] for (state, why), number in sorted(tally.items())], ensure_ascii=False)


def _loaded(text: str) -> Tally:
    return {(state, why): number for state, why, number in json.loads(text)}
