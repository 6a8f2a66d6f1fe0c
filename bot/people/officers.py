"""Liaison officers (联络员) of units: who is it now, who was it before, and which follower they are."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.people.followers import join
from bot.people.tables import liaison_officer, unit

#: No 0 and O, no 1, I and L: codes are read out on the telephone.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
#: A code makes one an officer, so it must not be guessed: 31**8.
CODE_CHARS = 8


@dataclass(frozen=True, slots=True)
class Officer:
    """One officer's time. until: when another took over; code: not used yet; follower_id: once they used it."""

    id: int
    unit_id: int
    name: str
    phone: str
    code: str | None
    follower_id: int | None
    since: datetime
    until: datetime | None


def appoint(db: sa.Connection, unit_id: int, name: str, phone: str, now: datetime) -> bool:
    """Make somebody the officer of a unit. False where they are it already; whoever was it before stays as history.

    A new telephone number of the same person is written over the old one.
    """
    present = current(db, unit_id)
    if present and present.name == name:
        if present.phone != phone:
            c = liaison_officer.c
            db.execute(sa.update(liaison_officer).where(c.id == present.id).values(phone=phone))
        return False
    retire(db, unit_id, now)
    db.execute(
        sa.insert(liaison_officer).values(unit_id=unit_id, name=name, phone=phone, code=new_code(CODE_CHARS), since=now)
    )
    return True


def retire(db: sa.Connection, unit_id: int, now: datetime) -> None:
    """End the present officer's time; their code is worth nothing from now on."""
    c = liaison_officer.c
    mine = sa.and_(c.unit_id == unit_id, c.until.is_(None))
    db.execute(sa.update(liaison_officer).where(mine).values(until=now, code=None))


def current(db: sa.Connection, unit_id: int) -> Officer | None:
    """The present officer of a unit."""
    return next((o for o in history(db, unit_id) if o.until is None), None)


def history(db: sa.Connection, unit_id: int) -> list[Officer]:
    """All officers of a unit, the present one first."""
    c = liaison_officer.c
    rows = db.execute(
        sa.select(c.id, c.unit_id, c.name, c.phone, c.code, c.follower_id, c.since, c.until)
        .where(c.unit_id == unit_id)
        .order_by(c.since.desc(), c.id.desc())
    )
    return [Officer(*row) for row in rows]


def claim(db: sa.Connection, code: str, follower_id: int) -> str:
    """Let a follower be the officer whose code they sent; returns the name of the unit, "" for no such code.

    A code serves once. The officer belongs to the unit as well.
    """
    c = liaison_officer.c
    found = db.execute(
        sa.update(liaison_officer)
        .where(c.code == code, c.until.is_(None))
        .values(follower_id=follower_id, code=None)
        .returning(c.unit_id)
    ).scalar_one_or_none()
    if found is None:
        return ""
    unit_code, name = db.execute(sa.select(unit.c.code, unit.c.name).where(unit.c.id == found)).one()
    join(db, follower_id, unit_code)
    return str(name)


def new_code(chars: int) -> str:
    """Letters and digits that nobody confuses, of both at least one: sent alone, a code is told from a word by it."""
    while True:
        code = "".join(secrets.choice(ALPHABET) for _ in range(chars))
        if not code.isalpha() and not code.isdigit():
            return code
