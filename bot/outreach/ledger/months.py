"""How many mass messages of a month each follower got: a count kept once batches have ended, so that a million need not
be counted in the ledger each time.

A batch that is counted says for which month. Before anything in it changes it is taken out of the count, and put back
after; a batch that is not counted yet is counted in the ledger itself. So the two together are exact at any moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.messages import Delivery
from bot.outreach import rates
from bot.outreach.ledger.claims import whole
from bot.outreach.states import Batch
from bot.outreach.tables import batch, delivery, mass_count
from bot.outreach.ways import MASSES
from bot.store.database import Database, aware, unhurried

#: What came of a message that a follower did not get, and that counts for nothing.
NOT_GOT = (Delivery.SKIPPED, Delivery.PERMANENT_FAILURE, Delivery.TECHNICAL_FAILURE)


def count(db: sa.Connection, batch_id: int, now: datetime, month: str = "") -> None:
    """Count who got a mass message by a batch, once it is done. month: "" is that of `now`."""
    month, c = month or rates.month(now), batch.c
    done = (c.id == batch_id, c.sender.in_(MASSES), c.counted.is_(None), c.state.not_in((Batch.CREATED, Batch.SENDING)))
    if db.execute(sa.update(batch).where(*done).values(counted=month)).rowcount != 1:
        return
    unhurried(db)
    n = mass_count.c
    rows = sa.select(delivery.c.follower_id, sa.literal(month), sa.literal(1)).where(_got(db, batch_id))
    insert = (sqlite if db.dialect.name == "sqlite" else postgresql).insert(mass_count)
    # In the order of their numbers: of two that count at once neither waits for what the other holds.
    added = insert.from_select(["follower_id", "month", "n"], rows.order_by(delivery.c.follower_id))
    more = {"n": sa.case((n.month == added.excluded.month, n.n + 1), else_=1), "month": added.excluded.month}
    newer = n.month <= added.excluded.month
    db.execute(added.on_conflict_do_update(index_elements=[n.follower_id], set_=more, where=newer))


def count_done(database: Database) -> None:
    """Count the batches of mass messages that are done, each by itself: one may be a million people.

    What a crash leaves is counted by the next who comes.
    """
    done = (batch.c.sender.in_(MASSES), batch.c.counted.is_(None), batch.c.state.not_in((Batch.CREATED, Batch.SENDING)))
    with database.read() as db:
        left = list(db.scalars(sa.select(batch.c.id).where(*done).order_by(batch.c.id)))
    for batch_id in left:
        with database.portion() as db:
            # Another process may be counting it: it is not waited for.
            mine = sa.select(batch.c.id).where(batch.c.id == batch_id, batch.c.counted.is_(None))
            if db.scalar(mine.with_for_update(skip_locked=True)) is None:
                continue
            at = aware(db.scalar(sa.select(sa.func.max(delivery.c.at)).where(whole(db, batch_id))))
            if at:
                count(db, batch_id, at)


def uncount(db: sa.Connection, batch_id: int) -> str:
    """Take a batch out of the count before anything in it changes; returns the month it stood for, "" for none."""
    c = batch.c
    month: str | None = db.scalar(sa.select(c.counted).where(c.id == batch_id).with_for_update())
    if not month:
        return ""
    unhurried(db)
    theirs = (mass_count.c.month == month, mass_count.c.follower_id.in_(_followers(db, batch_id)))
    db.execute(sa.update(mass_count).where(*theirs).values(n=mass_count.c.n - 1))
    db.execute(sa.update(batch).where(c.id == batch_id).values(counted=None))
    return month


def _followers(db: sa.Connection, batch_id: int) -> sa.Select[tuple[int]]:
    return sa.select(delivery.c.follower_id).where(_got(db, batch_id))


def _got(db: sa.Connection, batch_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(whole(db, batch_id), delivery.c.state.not_in(NOT_GOT))


def counts(
    db: sa.Connection, broadcasts: Sequence[int], since: datetime, month: str, few: Sequence[int] | None = None
) -> sa.FromClause:
    """Columns follower_id, n: how many each got this month, of those who got any.

    broadcasts  by which mass messages went out since the month began at `since`
    few         numbers of followers: nobody else's are counted
    """
    kept = sa.select(mass_count.c.follower_id, mass_count.c.n).where(mass_count.c.month == month)
    if few is not None:
        kept = kept.where(mass_count.c.follower_id.in_(few))
    c, d = batch.c, delivery.c
    open_ = (c.broadcast_id.in_(broadcasts), c.sender.in_(MASSES), c.counted.is_(None))
    if not broadcasts or db.scalar(sa.select(c.id).where(*open_).limit(1)) is None:
        return kept.subquery("got")
    of = (d.broadcast_id == c.broadcast_id, d.follower_id.between(c.first, c.last))
    mine = (*of, d.sender == c.sender, d.level == c.level, d.state.not_in(NOT_GOT), d.at >= since)
    now = sa.select(d.follower_id, sa.literal(1).label("n")).join_from(batch, delivery, sa.and_(*mine)).where(*open_)
    if few is not None:
        now = now.where(d.follower_id.in_(few))
    both = kept.union_all(now).subquery()
    return sa.select(both.c.follower_id, sa.func.sum(both.c.n).label("n")).group_by(both.c.follower_id).subquery("got")
