"""Who waits for staff: those who asked for a person, those whom staff speak to, those whom the bot could not answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.conversations.tables import Kind, conversation, staff_message
from bot.conversations.talks import SELECT, WINDOW, Member, Talk, called, known, read
from bot.people.scope import followers_of
from bot.people.tables import follower
from bot.store.database import aware
from bot.store.tables import message_log

#: So many are shown, and looked at; more than that are "99+".
MOST = 100
_LOOKED_AT = 400
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
    status = sa.literal("unknown", literal_execute=True)
    rows = db.execute(
        sa.select(_M.id, _M.at, _M.channel, _M.address, _M.text, follower.c.region)
        .select_from(message_log.outerjoin(follower, known(_M.channel, _M.address)))
        .where(
            _M.status == status,
            sa.text("status IN ('unknown', 'choices', 'emergency', 'human')"),
            _M.at > now - WINDOW,
            followers_of(staff.region),
        )
        .order_by(_M.at.desc())
        .limit(_LOOKED_AT)
    ).all()
    last: dict[tuple[str, str], Any] = {}
    for row in rows:
        last.setdefault((row.channel, row.address), row)
    seen = _looked_after(db, now)
    found = [row for who, row in last.items() if seen.get(who, _at(row)) <= _at(row)]
    return [Unanswered(r.id, _at(r), called(r.channel, r.address), r.text, r.region or "") for r in found[:limit]]


def _looked_after(db: sa.Connection, now: datetime) -> dict[tuple[str, str], datetime]:
    """When staff wrote last to whom they wrote to lately; whoever is spoken to or waits is on another list."""
    far = now + timedelta(days=1)
    wrote = (
        sa.select(_C.channel, _C.address, sa.func.max(_S.at).label("at"))
        .join(staff_message)
        .where(_S.at > now - WINDOW, _S.kind == Kind.ANSWER)
        .group_by(_C.channel, _C.address)
    )
    listed = sa.select(_C.channel, _C.address).where(_C.owner.is_not(None) | _C.wanted_at.is_not(None))
    out = {(r.channel, r.address): _at(r) for r in db.execute(wrote)}
    return out | {(r.channel, r.address): far for r in db.execute(listed)}


def _at(row: Any) -> datetime:
    at = aware(row.at)
    assert at is not None
    return at


def answers_since(db: sa.Connection, since: datetime) -> Sequence[datetime]:
    """When staff answered, since then."""
    answers = sa.select(_S.at).where(_S.at >= since, _S.kind == Kind.ANSWER).order_by(_S.at)
    return [at for held in db.scalars(answers.limit(5000)) if (at := aware(held))]
