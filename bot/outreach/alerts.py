"""Alerts that one person let go at once: a second one stands by each afterwards, or objects to it.

An objection stops what has not gone out, and stays on the list until somebody else than the sender has said what was
done about it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.errors import OutreachError
from bot.outreach import drafts, persons
from bot.outreach.drafts import Broadcast, By, Event
from bot.outreach.states import MOVES, Move
from bot.outreach.tables import broadcast, broadcast_event


@dataclass(frozen=True, slots=True)
class Waiting:
    """An alert that somebody must see to. who, since: let it go, or objected; why: their reason."""

    held: Broadcast
    who: str
    since: datetime
    why: str = ""


def confirm(db: sa.Connection, held: Broadcast, by: By) -> None:
    """Let a second person stand by an alert that one person let go."""
    _second(db, held, by, "确认")
    if held.confirmed_by:
        raise OutreachError(f"{held.name}：{held.confirmed_by} 已经确认过")
    c = broadcast.c
    drafts.move(db, held, Move.CONFIRM, by, only=_nobody(c.confirmed_by, c.objected_by), confirmed_by=by.who)


def object_to(db: sa.Connection, held: Broadcast, by: By) -> None:
    """Let a second person object to it: what has not gone out does not go out any more."""
    _second(db, held, by, "提出异议")
    if not by.why.strip():
        raise OutreachError(f"{held.name}：请写明有什么异议，会告诉发出的人并留在记录里")
    values: dict[str, Any] = {"objected_by": by.who}
    if MOVES.get((held.state, Move.OBJECT)) is not held.state:
        values["ended_at"] = by.at
    drafts.move(db, held, Move.OBJECT, by, only=_nobody(broadcast.c.objected_by), **values)


def settle(db: sa.Connection, held: Broadcast, by: By) -> None:
    """Close an objection with what was done about it, as somebody else than the sender."""
    if not held.objected_by or held.settled_by:
        raise OutreachError(f"{held.name}：没有等着处理的异议")
    if not by.why.strip():
        raise OutreachError(f"{held.name}：请写明怎么处理的，比如已发更正")
    alert = _event(db, held.id, Move.ALERT)
    if alert and persons.same(db, by.who, [alert.who]):
        raise OutreachError(f"{held.name}：是 {alert.who} 发出的，须由另一人了结")
    drafts.move(db, held, Move.SETTLE, by, only=_nobody(broadcast.c.settled_by), settled_by=by.who)


def unconfirmed(db: sa.Connection) -> list[Waiting]:
    """Alerts that nobody has stood by or objected to yet, oldest first."""
    c = broadcast_event.c
    alerts = sa.exists().where(c.broadcast_id == broadcast.c.id, c.move == Move.ALERT)
    return _waiting(db, Move.ALERT, _nobody(broadcast.c.confirmed_by, broadcast.c.objected_by), alerts)


def objected(db: sa.Connection) -> list[Waiting]:
    """Those with an objection that nobody has settled yet, oldest first."""
    return _waiting(db, Move.OBJECT, broadcast.c.objected_by != "", _nobody(broadcast.c.settled_by))


def _waiting(db: sa.Connection, move: Move, *where: sa.ColumnElement[bool]) -> list[Waiting]:
    wanted = sa.select(broadcast.c.id).where(broadcast.c.urgent == 1, *where).order_by(broadcast.c.id)
    found = [(number, _event(db, number, move)) for number in db.scalars(wanted).all()]
    return [Waiting(drafts.read(db, number), event.who, event.at, event.why) for number, event in found if event]


def _second(db: sa.Connection, held: Broadcast, by: By, deed: str) -> None:
    """Raises OutreachError where it is no alert of one person, theirs, or objected to."""
    alert = _event(db, held.id, Move.ALERT)
    if alert is None:
        raise OutreachError(f"{held.name}：不是由一个人紧急发出的，不用事后{deed}")
    if held.objected_by:
        raise OutreachError(f"{held.name}：{held.objected_by} 已经提出异议")
    if persons.same(db, by.who, [alert.who]):
        raise OutreachError(f"{held.name}：是 {alert.who} 发出的，须由另一人{deed}")


def _event(db: sa.Connection, number: int, move: Move) -> Event | None:
    return next((e for e in drafts.history(db, number) if e.move is move), None)


def _nobody(*columns: sa.Column[str]) -> sa.ColumnElement[bool]:
    return sa.and_(*(column == "" for column in columns))
