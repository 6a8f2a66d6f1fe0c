"""The ledger laid out: a delivery a person, and batches over them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.messages import Delivery
from bot.outreach.states import Batch
from bot.outreach.tables import batch, delivery
from bot.store.database import by_keys, unhurried

#: People whose messages are called one by one are worked on in portions of this size. The end of each costs the time
#: of a call in which most callers idle.
PORTION = 5000


def fan_out(db: sa.Connection, broadcast_id: int, people: sa.Select[Any], now: datetime) -> int:
    """Write one delivery a person; returns how many. Nobody may be in the ledger of the broadcast yet.

    people  columns follower_id, sender, level, why; sender "" where nobody can reach them, and why says why. A million
            are written quickest in the order of followers, which is not asked for again here: SQLite would sort them
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
    )
    names = ["broadcast_id", "follower_id", "sender", "level", "state", "why", "at"]
    laid = sa.insert(delivery).from_select(names, rows, include_defaults=False)
    # Of an INSERT the count is not asked for otherwise.
    return db.execute(laid, execution_options={"preserve_rowcount": True}).rowcount


def lay_batches(db: sa.Connection, broadcast_id: int, kinds: Mapping[tuple[str, str], tuple[int, int]]) -> int:
    """Part the deliveries into batches; returns how many.

    kinds  (sender, level) -> the least and the most people of one call. People who would be left over, fewer than the
           least, get company from the batch before them.
    """
    unhurried(db)
    by_keys(db)
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
