"""One follower as staff see them: what they chose, what they allowed, the units they answer for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.people.followers import CHOSEN
from bot.people.listing import short
from bot.people.scope import followers_of
from bot.people.segments import WINDOW
from bot.people.tables import consent, follower, follower_tag, liaison_officer, subscription, unit
from bot.store.database import aware


@dataclass(frozen=True, slots=True)
class Consent:
    """What somebody allowed of one template; remaining: notices."""

    template_id: str
    remaining: int
    long_term: bool
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent to a follower, and what came of it: words and tone (good, bad, wait, calm) of its fate."""

    title: str
    at: datetime | None
    fate: str
    tone: str
    why: str
    url: str
    key: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """All that is known of a follower. address: whole, for calls; shown: shortened, for pages."""

    id: int
    channel: str
    address: str
    state: str
    followed_at: datetime | None
    left_at: datetime | None
    region: str
    unit_id: int | None
    unit: str
    industry: str
    post: str
    audience: str
    slot: str
    frequency: str
    last_message_at: datetime | None
    last_opened_at: datetime | None
    topics: tuple[tuple[str, datetime | None], ...]
    tags: tuple[str, ...]
    consents: tuple[Consent, ...]
    officer_of: tuple[tuple[int, str], ...]

    @property
    def shown(self) -> str:
        """The address as pages show it."""
        return short(self.address)

    def window_until(self, now: datetime) -> datetime | None:
        """Until when they may be written to for having written; None: not now."""
        end = self.last_message_at + WINDOW if self.last_message_at else None
        return end if end and end > now else None


def find(db: sa.Connection, number: int, own: str) -> Card | None:
    """A follower by their number; None for nobody, and for those whom staff of the region `own` do not see."""
    c = follower.c
    plain = ("id", "channel", "address", "state", "region", "unit_id", *CHOSEN[1:])
    times = ("followed_at", "left_at", "last_message_at", "last_opened_at")
    row = db.execute(
        sa.select(*(c[name] for name in (*plain, *times)), unit.c.name.label("unit"))
        .select_from(follower.outerjoin(unit, unit.c.id == c.unit_id))
        .where(c.id == number, followers_of(own))
    ).one_or_none()
    if row is None:
        return None
    held = {name: getattr(row, name) for name in plain} | {name: aware(getattr(row, name)) for name in times}
    return Card(
        **held,
        unit=row.unit or "",
        topics=tuple((r.topic, aware(r.since)) for r in _of(db, subscription, ("topic", "since"), number)),
        tags=tuple(r.tag for r in _of(db, follower_tag, ("tag",), number)),
        consents=_consents(db, number),
        officer_of=_offices(db, number),
    )


def _of(db: sa.Connection, table: sa.Table, columns: Sequence[str], number: int) -> Sequence[sa.Row[Any]]:
    mine = sa.select(*(table.c[name] for name in columns)).where(table.c.follower_id == number)
    return db.execute(mine.order_by(table.c[columns[-1]])).all()


def _consents(db: sa.Connection, number: int) -> tuple[Consent, ...]:
    rows = _of(db, consent, ("template_id", "remaining", "long_term", "updated_at"), number)
    return tuple(Consent(r.template_id, r.remaining, bool(r.long_term), aware(r.updated_at)) for r in rows)


def _offices(db: sa.Connection, number: int) -> tuple[tuple[int, str], ...]:
    c = liaison_officer.c
    rows = db.execute(
        sa.select(unit.c.id, unit.c.name)
        .join(liaison_officer, c.unit_id == unit.c.id)
        .where(c.follower_id == number, c.until.is_(None))
        .order_by(unit.c.name)
    )
    return tuple((n, name) for n, name in rows)
