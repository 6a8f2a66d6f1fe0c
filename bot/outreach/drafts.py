"""A broadcast as it is written and read back, and the one way in which its state changes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from bot.answers.normalise import normalise
from bot.errors import OutreachError
from bot.outreach.content import Level, dump, messages
from bot.outreach.scope import confined
from bot.outreach.states import Move, State, after
from bot.outreach.tables import broadcast, broadcast_event
from bot.sending import Message
from bot.store.database import aware

#: What is tried when nothing else is said, cheapest first. Text messages cost money: they are asked for.
CHANNELS = ("official.service", "official.notice", "official.mass", "wecom.app")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What staff write.

    content    level -> message; public must be there
    audience   a rule of segments; see bot/people/segments.py
    channels   names of senders, any of which may be used
    twice_ok   a message that comes twice is better than none
    reason     why the same goes to the same people within a day
    mass_left  mass messages left this month, where the author allows to use the last one
    """

    title: str
    content: Mapping[Level, Message]
    audience: Mapping[str, Any] = field(default_factory=dict)
    channels: tuple[str, ...] = CHANNELS
    urgent: bool = False
    twice_ok: bool = False
    send_at: datetime | None = None
    until: datetime | None = None
    campaign: str = ""
    reason: str = ""
    mass_left: int | None = None

    def same(self) -> str:
        """By what the same text is found again: a mark of what each level reads, blanks and width left out.

        Of each level for itself: a notice that drops the words for officers tells the public the same again.
        """
        own = self.content.get(Level.PUBLIC)
        read = {level: message for level in Level if (message := self.content.get(level, own))}
        return " ".join(f"{level[0]}{_digest(_said(message))[:16]}" for level, message in read.items())

    def approvable(self) -> str:
        """The digest of all that an approver answers for: text, audience, channels and what is allowed."""
        until = utc(self.until)
        rest = [self.urgent, self.twice_ok, until and until.isoformat(), self.reason, self.mass_left]
        return _digest(json.dumps([self.title, dump(self.content), _rule(self.audience), list(self.channels), *rest]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Broadcast:
    """A broadcast as it stands."""

    id: int
    version: int
    state: State
    draft: Draft
    author: str
    approver: str
    approved_digest: str
    confirmed_by: str
    objected_by: str
    settled_by: str
    trouble: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @property
    def name(self) -> str:
        """What staff know it by."""
        return f"推送 {self.id}《{self.draft.title}》"


@dataclass(frozen=True, slots=True)
class By:
    """Who does something, why, and when."""

    who: str
    why: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Event:
    """Something that was done to a broadcast."""

    at: datetime
    who: str
    move: Move
    before: State
    after: State
    why: str


def _said(message: Message) -> str:
    return dump({Level.PUBLIC: replace(message, text="".join(normalise(message.text).split()))})


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _rule(audience: Mapping[str, Any]) -> str:
    return json.dumps(audience, ensure_ascii=False, sort_keys=True)


def utc(at: datetime | None) -> datetime | None:
    """A time as it is stored."""
    return at.astimezone(UTC) if at else None


def columns(draft: Draft) -> dict[str, Any]:
    """A draft as the columns of its row."""
    return {
        "title": draft.title,
        "content": dump(draft.content),
        "audience": _rule(draft.audience),
        "region": confined(draft.audience)[:100],
        "channels": json.dumps(draft.channels),
        "urgent": int(draft.urgent),
        "twice_ok": int(draft.twice_ok),
        "send_at": utc(draft.send_at),
        "until": utc(draft.until),
        "campaign": draft.campaign,
        "reason": draft.reason,
        "mass_left": draft.mass_left,
        "digest": draft.same(),
    }


def read(db: sa.Connection, broadcast_id: int) -> Broadcast:
    """One broadcast. Raises OutreachError where there is none of that number."""
    row = db.execute(sa.select(broadcast).where(broadcast.c.id == broadcast_id)).mappings().one_or_none()
    if row is None:
        raise OutreachError(f"没有编号为 {broadcast_id} 的群发")
    return _broadcast(dict(row))


def listed(db: sa.Connection, *states: State) -> list[Broadcast]:
    """All broadcasts in one of `states`, or all, newest first."""
    wanted = sa.select(broadcast).order_by(broadcast.c.id.desc())
    if states:
        wanted = wanted.where(broadcast.c.state.in_(states))
    return [_broadcast(dict(row)) for row in db.execute(wanted).mappings()]


def some(db: sa.Connection, *where: sa.ColumnElement[bool], limit: int) -> list[Broadcast]:
    """Broadcasts for which all of this holds, newest first, no more than `limit`."""
    wanted = sa.select(broadcast).where(*where).order_by(broadcast.c.id.desc()).limit(limit)
    return [_broadcast(dict(row)) for row in db.execute(wanted).mappings()]


def history(db: sa.Connection, broadcast_id: int) -> list[Event]:
    """All that was done to a broadcast, oldest first."""
    c = broadcast_event.c
    rows = db.execute(sa.select(broadcast_event).where(c.broadcast_id == broadcast_id).order_by(c.id)).mappings()
    return [
        Event(_time(r["at"]), r["who"], Move(r["move"]), State(r["before"]), State(r["after"]), r["why"]) for r in rows
    ]


def _broadcast(row: Mapping[str, Any]) -> Broadcast:
    said = {Level(level): m for level, m in messages(row["content"]).items() if level in json.loads(row["content"])}
    draft = Draft(
        title=row["title"],
        content=said,
        audience=json.loads(row["audience"]),
        channels=tuple(json.loads(row["channels"])),
        urgent=bool(row["urgent"]),
        twice_ok=bool(row["twice_ok"]),
        send_at=aware(row["send_at"]),
        until=aware(row["until"]),
        **{name: row[name] for name in ("campaign", "reason", "mass_left")},
    )
    people = ("author", "approver", "confirmed_by", "objected_by", "settled_by")
    held = {name: row[name] for name in ("id", "version", "approved_digest", *people)}
    return Broadcast(
        **held,
        state=State(row["state"]),
        draft=draft,
        trouble=row["trouble"],
        created_at=_time(row["created_at"]),
        started_at=aware(row["started_at"]),
        ended_at=aware(row["ended_at"]),
    )


def _time(at: datetime) -> datetime:
    held = aware(at)
    assert held is not None
    return held


def add(db: sa.Connection, draft: Draft, who: str, now: datetime) -> int:
    """Write a new draft; returns its number."""
    values = {**columns(draft), "state": State.DRAFT, "author": who, "created_at": now}
    number: int = db.execute(sa.insert(broadcast).values(**values).returning(broadcast.c.id)).scalar_one()
    note(db, number, Move.EDIT, By(who, "", now), (State.DRAFT, State.DRAFT))
    return number


def move(
    db: sa.Connection,
    held: Broadcast,
    step: Move,
    by: By,
    *,
    only: sa.ColumnElement[bool] | None = None,
    **values: Any,
) -> None:
    """Do something to a broadcast as it was read, and write down who did it.

    only  a further condition on its row
    Raises OutreachError where its state does not allow it, or where somebody else was quicker.
    """
    to = after(held.state, step, held.name)
    c = broadcast.c
    as_read = (c.id == held.id, c.state == held.state, c.version == held.version, sa.true() if only is None else only)
    if db.execute(sa.update(broadcast).where(*as_read).values(state=to, **values)).rowcount != 1:
        raise OutreachError(f"{held.name}：刚才有别人动过它，请看过最新情况再操作")
    note(db, held.id, step, by, (held.state, to))


def note(db: sa.Connection, number: int, step: Move, by: By, states: tuple[State, State]) -> None:
    """Add a line to the history of a broadcast. states: before and after."""
    before, to = states
    row = {"who": by.who, "move": step, "before": before, "after": to, "why": by.why, "at": by.at}
    db.execute(sa.insert(broadcast_event).values(broadcast_id=number, **row))
