"""Deliveries marked before a call and closed after it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.errors import Refusal
from bot.messages import Delivery
from bot.outreach.ledger.claims import Claimed, of_batch
from bot.outreach.tables import batch, delivery
from bot.people.tables import follower
from bot.store.database import LATER, aware, unhurried

#: Waiting to be sent, for the first time or again.
OPEN = (Delivery.CREATED, Delivery.TEMPORARY_FAILURE)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one person's delivery. why: a Refusal, "" where it was taken."""

    follower_id: int
    state: Delivery
    errcode: int | None = None
    why: str = ""
    platform_id: str | None = None


def settle_cut_off(db: sa.Connection, claimed: Claimed, again: bool, now: datetime) -> int:
    """What a worker that is gone was in the middle of: sent once more, or known to be unknown; returns how many.

    again  the platform knows a repeat, or the broadcast says that twice is better than never
    """
    state, why = (Delivery.TEMPORARY_FAILURE, Refusal.UNREACHABLE) if again else (Delivery.UNKNOWN, "cut_off")
    cut_off = sa.update(delivery).where(of_batch(claimed), delivery.c.state == Delivery.SENDING)
    return db.execute(cut_off.values(state=state, why=why, at=now)).rowcount


def mark(
    db: sa.Connection, claimed: Claimed, after: int, count: int, now: datetime
) -> tuple[int | None, list[tuple[int, str]]]:
    """Write down that the next people are being called now.

    Returns the last follower looked at (None: nobody is left beyond `after`) and (follower_id, address) of those to
    call. Who has left since the broadcast began is skipped, and stays uncalled.
    """
    waiting = sa.and_(of_batch(claimed), delivery.c.follower_id > after, delivery.c.state.in_(OPEN))
    following = sa.func.coalesce(follower.c.state == "following", sa.false())
    next_ = (
        sa.select(delivery.c.follower_id, follower.c.address, following.label("following"), delivery.c.broadcast_id)
        .select_from(delivery.outerjoin(follower, follower.c.id == delivery.c.follower_id))
        .where(waiting)
        .order_by(delivery.c.follower_id)
        .limit(count)
    )
    if db.dialect.name == "sqlite":
        rows = db.execute(next_).all()
        span = sa.and_(waiting, delivery.c.follower_id <= rows[-1][0]) if rows else sa.false()
        db.execute(sa.update(delivery).where(span).values(state=Delivery.SENDING, at=now))
    else:  # in one, for each is waited for
        taken = next_.cte("taken")
        # Told the broadcast by its number, PostgreSQL may look at all of its deliveries for each person.
        mine = (delivery.c.broadcast_id == taken.c.broadcast_id, delivery.c.follower_id == taken.c.follower_id)
        # Still, should it have been closed meanwhile by a worker that was thought to be gone.
        still = delivery.c.state.in_(OPEN)
        marked = sa.update(delivery).where(*mine, still).values(state=Delivery.SENDING, at=now).returning(*taken.c)
        rows = sorted(db.execute(marked).all())
    if not rows:
        return None, []
    gone = [Outcome(i, Delivery.SKIPPED, why="left") for i, _address, is_following, _ in rows if not is_following]
    close(db, claimed.broadcast_id, gone, now)
    return rows[-1][0], [(i, address) for i, address, is_following, _ in rows if is_following]


@dataclass(frozen=True, slots=True)
class Asked:
    """A call for all of a batch that may have been carried out, though nobody answered. whom: a digest."""

    whom: str
    at: datetime


def ask(db: sa.Connection, claimed: Claimed, whom: str, now: datetime) -> Asked | None:
    """Note whom a call for all of a batch names, before it is made; returns an earlier one that may have arrived."""
    c = batch.c
    row = db.execute(sa.select(c.asked, c.asked_at).where(c.id == claimed.id)).one()
    if row.asked:
        return Asked(row.asked, aware(row.asked_at) or now)
    db.execute(sa.update(batch).where(c.id == claimed.id).values(asked=whom, asked_at=now))
    return None


def forget_asked(db: sa.Connection, claimed: Claimed) -> None:
    """The first call for all of a batch was surely not carried out."""
    db.execute(sa.update(batch).where(batch.c.id == claimed.id).values(asked="", asked_at=None))


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
    rows = [(broadcast_id, o.follower_id, o.state, o.errcode, o.why, o.platform_id) for o in outcomes]
    if rows:
        values = {"when": now, "rows": json.dumps(rows)}
        statement = _CLOSE_SQLITE if db.dialect.name == "sqlite" else _CLOSE_POSTGRESQL
        db.execute(statement, values, execution_options=LATER)


#: One statement for all rows: one a row would take most of the time of a message. The broadcast is one of the fields,
#: or SQLite would look through all of its deliveries for each row.
_CLOSING = """
    UPDATE delivery SET state = done.state, errcode = done.errcode, why = done.why, platform_id = done.platform_id,
        at = :when
    FROM ({rows}) AS done
    WHERE delivery.broadcast_id = done.of AND delivery.follower_id = done.who
        -- Not what is final by now: a receipt, or the worker that took over from one that was thought to be gone.
        AND delivery.state IN ('sending', 'created', 'unknown')
"""
_WHEN = sa.bindparam("when", type_=sa.DateTime(timezone=True))
_CLOSE_SQLITE = sa.text(
    _CLOSING.format(
        rows="""
        SELECT json_extract(value, '$[0]') AS of, json_extract(value, '$[1]') AS who,
            json_extract(value, '$[2]') AS state, json_extract(value, '$[3]') AS errcode,
            json_extract(value, '$[4]') AS why, json_extract(value, '$[5]') AS platform_id FROM json_each(:rows)"""
    )
).bindparams(_WHEN)
_CLOSE_POSTGRESQL = sa.text(
    _CLOSING.format(
        rows="""
        SELECT CAST(r->>0 AS bigint) AS of, CAST(r->>1 AS bigint) AS who, r->>2 AS state,
            CAST(r->>3 AS integer) AS errcode, r->>4 AS why, r->>5 AS platform_id
        FROM json_array_elements(CAST(:rows AS json)) AS r"""
    )
).bindparams(_WHEN)


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
