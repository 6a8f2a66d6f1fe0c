"""Who waits for staff: those who asked for a person, those whom staff speak to, those whom the bot could not answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.conversations.tables import Kind, conversation, staff_message
from bot.conversations.talks import SELECT, Member, Talk, called, known, read
from bot.people.scope import followers_of
from bot.people.tables import follower
from bot.people.windows import WINDOW
from bot.store.database import aware
from bot.store.tables import message_log

#: So many are shown, and looked at; more than that are "99+".
MOST = 100
_LOOKED_AT = 400
#: Messages that a district looks through for its own.
_STRETCH = 4000
_C, _M, _S = conversation.c, message_log.c, staff_message.c


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A person whom the bot could not answer, and nobody has since. id: of their last such message in the log."""

    id: int
    at: datetime
    name: str
    text: str
    region: str


def waiting(db: sa.Connection, staff: Member, limit: int = MOST) -> Sequence[Talk]:
    """Who asked for a person and has none yet, longest first."""
    mine = SELECT.where(_C.wanted_at.is_not(None), _C.owner.is_(None), followers_of(staff.region))
    return [read(row) for row in db.execute(mine.order_by(_C.wanted_at, _C.id).limit(limit))]


def taken(db: sa.Connection, staff: Member, limit: int = MOST) -> Sequence[Talk]:
    """Whom staff speak to."""
    mine = SELECT.where(_C.owner.is_not(None), followers_of(staff.region))
    return [read(row) for row in db.execute(mine.order_by(_C.staff_at.desc(), _C.id).limit(limit))]


def unanswered(db: sa.Connection, staff: Member, now: datetime, limit: int = 30) -> Sequence[Unanswered]:
    """Whom the bot could not answer within the last 48 hours, the latest first, each person once."""
    last: dict[tuple[str, str], Any] = {}
    for row in _unknown(db, staff, now):
        last.setdefault((row.channel, row.address), row)
    seen = _looked_after(db, [address for _, address in last], now)
    found = [row for who, row in last.items() if seen.get(who, _at(row)) <= _at(row)]
    return [Unanswered(r.id, _at(r), called(r.channel, r.address), r.text, r.region or "") for r in found[:limit]]


def _unknown(db: sa.Connection, staff: Member, now: datetime) -> Sequence[sa.Row[Any]]:
    """The last messages without an answer; of a district those of its people among the last of all."""
    columns = (_M.id, _M.at, _M.channel, _M.address, _M.text)
    newest = (
        sa.select(*columns)
        .where(
            _M.status == sa.literal("unknown", literal_execute=True),
            sa.text("status IN ('unknown', 'choices', 'emergency', 'human')"),
            _M.at > now - WINDOW,
        )
        .order_by(_M.at.desc())
        .limit(_STRETCH if staff.region else _LOOKED_AT)
        .subquery()
    )
    m = newest.c
    joined = newest.outerjoin(follower, known(m.channel, m.address))
    mine = sa.select(newest, follower.c.region).select_from(joined).where(followers_of(staff.region))
    return db.execute(mine.order_by(m.at.desc()).limit(_LOOKED_AT)).all()


def _looked_after(db: sa.Connection, addresses: Sequence[str], now: datetime) -> dict[tuple[str, str], datetime]:
    """When staff wrote last to some people, lately; whoever is spoken to or waits is on another list."""
    answers = (_S.conversation_id == _C.id, _S.at > now - WINDOW, _S.kind == Kind.ANSWER)
    wrote = sa.select(sa.func.max(_S.at)).where(*answers).scalar_subquery().label("at")
    listed = _C.owner.is_not(None) | _C.wanted_at.is_not(None)
    rows = sa.select(_C.channel, _C.address, listed.label("listed"), wrote).where(_C.address.in_(addresses))
    far = now + timedelta(days=1)
    return {(r.channel, r.address): far if r.listed else _at(r) for r in db.execute(rows) if r.listed or r.at}


def _at(row: Any) -> datetime:
    at = aware(row.at)
    assert at is not None
    return at


def days(db: sa.Connection, begins: Sequence[datetime]) -> tuple[Sequence[int], Sequence[int]]:
    """How often people wrote, tapped or came on each of some days that follow one another, and the answers of staff.

    begins  when each day began
    The former are of the index of times alone: no message is read.
    """
    bounds = list(zip(begins, [*begins[1:], None], strict=True))
    came = [sa.select(sa.func.count()).where(_within(_M.at, *day)) for day in bounds]
    answered = [sa.select(sa.func.count()).where(_within(_S.at, *day), _S.kind == Kind.ANSWER) for day in bounds]
    counts = [int(n) for n in db.execute(sa.select(*(q.scalar_subquery() for q in (*came, *answered)))).one()]
    return counts[: len(bounds)], counts[len(bounds) :]


def _within(at: sa.ColumnElement[datetime], begin: datetime, end: datetime | None) -> sa.ColumnElement[bool]:
    return sa.and_(at >= begin, at < end if end else sa.true())
