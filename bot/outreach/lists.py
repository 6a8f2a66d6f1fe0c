"""Lists of broadcasts, and of what came of one for each person, a page at a time and by key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.messages import Delivery
from bot.outreach import drafts
from bot.outreach.drafts import Broadcast
from bot.outreach.states import State
from bot.outreach.tables import broadcast, delivery
from bot.outreach.tip_rounds import CAMPAIGN
from bot.people.tables import follower, unit
from bot.store.database import Database, aware

#: States in which the next step is somebody's.
READY = (State.IN_REVIEW, State.APPROVED)
_TROUBLED = (State.PAUSED, State.FAILED, State.SENDING, State.SENT, State.DRAFT)
#: States of what went out, or goes out by itself.
_GOING = (State.SCHEDULED, State.SENDING, State.PAUSED, State.SENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which broadcasts.

    region    only those that cannot leave it
    campaign  how theirs begins
    without   how theirs does not begin
    said      in the title
    """

    states: Sequence[State] = ()
    region: str = ""
    campaign: str = ""
    without: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a broadcast for one person. who: the last characters of the address, "" of those who left."""

    follower_id: int
    channel: str
    who: str
    region: str
    unit: str
    sender: str
    level: str
    state: Delivery
    why: str
    errcode: int | None
    at: datetime | None


def page(database: Database, wanted: Wanted, limit: int, before: int | None = None) -> list[Broadcast]:
    """Broadcasts, newest first. before: the number of the last one of the page before."""
    c = broadcast.c
    where = [begins(c.region, wanted.region), begins(c.campaign, wanted.campaign)]
    if wanted.without:
        where.append(sa.not_(begins(c.campaign, wanted.without)))
    if wanted.states:
        where.append(c.state.in_(wanted.states))
    if wanted.said:
        where.append(c.title.contains(wanted.said, autoescape=True))
    if before is not None:
        where.append(c.id < before)
    with database.read() as db:
        return drafts.some(db, *where, limit=limit)


def between(database: Database, start: datetime, end: datetime, region: str) -> list[Broadcast]:
    """Broadcasts that begin, or began, in a stretch of time, daily tips apart; of those never let go none."""
    c = broadcast.c
    at = sa.func.coalesce(c.started_at, c.send_at)
    where = (begins(c.region, region), _no_tip(), c.state.in_(_GOING), at >= start, at <= end)
    with database.read() as db:
        return drafts.some(db, *where, limit=500)


def wanting(database: Database, region: str, since: datetime, most: int) -> list[Broadcast]:
    """Broadcasts that somebody must do something about, newest first: to review, to give a time to, in trouble.

    since  what ended in trouble before is history
    """
    c = broadcast.c
    troubled = sa.and_(c.state.in_(_TROUBLED), c.trouble != "", sa.or_(c.ended_at.is_(None), c.ended_at >= since))
    with database.read() as db:
        return drafts.some(db, begins(c.region, region), sa.or_(c.state.in_(READY), troubled), limit=most)


def started(database: Database, start: datetime, end: datetime, region: str) -> list[datetime]:
    """When those broadcasts began that began in a stretch of time, daily tips apart."""
    c = broadcast.c
    mine = (begins(c.region, region), _no_tip(), c.state.in_(_GOING), c.started_at >= start, c.started_at <= end)
    with database.read() as db:
        return [at for held in db.scalars(sa.select(c.started_at).where(*mine)) if (at := aware(held))]


def people(
    database: Database, number: int, limit: int, *, state: Delivery | None = None, why: str = "", after: int = -1
) -> list[Outcome]:
    """What came of a broadcast, person by person. after: the follower_id of the last one of the page before."""
    d, f = delivery.c, follower.c
    columns = (
        d.follower_id, f.channel, f.address, f.region, unit.c.name, d.sender, d.level, d.state, d.why, d.errcode, d.at,
    )  # fmt: skip
    joined = delivery.outerjoin(follower, f.id == d.follower_id).outerjoin(unit, unit.c.id == f.unit_id)
    where = [d.broadcast_id == number, d.follower_id > after]
    if state is not None:
        where.append(d.state == state)
    if why:
        where.append(d.why == why)
    rows = sa.select(*columns).select_from(joined).where(*where).order_by(d.follower_id).limit(limit)
    with database.read() as db:
        return [
            Outcome(
                r[0], r[1] or "", f"…{r[2][-6:]}" if r[2] else "", r[3] or "", r[4] or "", r[5], r[6], Delivery(r[7]),
                r[8], r[9], aware(r[10]),
            )
            for r in db.execute(rows)
        ]  # fmt: skip


def _no_tip() -> sa.ColumnElement[bool]:
    return sa.not_(begins(broadcast.c.campaign, CAMPAIGN))


def begins(column: sa.Column[str], head: str) -> sa.ColumnElement[bool]:
    """Whether a column begins so; any does with ""."""
    return sa.func.substr(column, 1, len(head)) == head if head else sa.true()
