"""Units: companies, schools, villages, bureaux; joined by a code that is typed or scanned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.errors import OutreachError
from bot.people.officers import appoint, new_code, retire
from bot.people.tables import follower, liaison_officer, unit

KINDS = ("企业", "学校", "村", "社区", "机关", "公共场所")
#: A code for joining only makes one a member.
CODE_CHARS = 6
_LOOKED_UP = 500  # names in one statement: SQLite takes no more than some thousand parameters


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as staff list it; officer and phone "" where there is none."""

    name: str
    kind: str = ""
    region: str = ""
    industry: str = ""
    officer: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """A unit with what the program knows besides. officer_code: not used yet, "" once the officer is known."""

    id: int
    unit: Unit
    code: str
    people: int
    officer_code: str
    officer_known: bool


@dataclass(frozen=True, slots=True)
class Stored:
    """How many units were new, changed, and how many officers are others than before."""

    new: int
    changed: int
    officers: int


def store(db: sa.Connection, units: Iterable[Unit], now: datetime) -> Stored:
    """Add units that are new and bring those that are known by their name up to date, closed ones too; none goes.

    A unit without an officer in the list keeps the one it has.
    """
    given = {u.name: u for u in units}
    known = _known(db, list(given))
    new = [u for name, u in given.items() if name not in known]
    codes = _codes(db, len(new))
    if new:
        rows = [{**_columns(u), "code": code} for u, code in zip(new, codes, strict=True)]
        db.execute(sa.insert(unit), rows)
    changed = [u for name, u in given.items() if name in known and known[name] != _columns(u)]
    if changed:
        names = [n for n in _columns(changed[0]) if n != "name"]
        statement = sa.update(unit).where(unit.c.name == sa.bindparam("was"))
        rows = [{**_columns(u), "was": u.name} for u in changed]
        db.execute(statement.values({n: sa.bindparam(n) for n in names}), rows)
    return Stored(len(new), len(changed), _officers(db, given, {u.name for u in new}, now))


def _columns(given: Unit) -> dict[str, Any]:
    return {
        "name": given.name, "kind": given.kind, "region": given.region, "industry": given.industry, "state": "active",
    }  # fmt: skip


def _known(db: sa.Connection, names: list[str]) -> dict[str, dict[str, Any]]:
    """What is stored of units by these names."""
    c = unit.c
    out: dict[str, dict[str, Any]] = {}
    for n in range(0, len(names), _LOOKED_UP):
        part = names[n : n + _LOOKED_UP]
        for row in db.execute(sa.select(c.name, c.kind, c.region, c.industry, c.state).where(c.name.in_(part))):
            out[row.name] = dict(row._mapping)
    return out


def _codes(db: sa.Connection, count: int) -> list[str]:
    """So many codes that no unit has."""
    taken = set(db.scalars(sa.select(unit.c.code))) if count else set()
    out: set[str] = set()
    while len(out) < count:
        code = new_code(CODE_CHARS)
        if code not in taken:
            out.add(code)
    return list(out)


def _officers(db: sa.Connection, given: Mapping[str, Unit], new: set[str], now: datetime) -> int:
    """Appoint the officers of a list; those of new units in one statement."""
    ids = {name: n for n, name in db.execute(sa.select(unit.c.id, unit.c.name)) if name in given}
    rows = [
        {"unit_id": ids[u.name], "name": u.officer, "phone": u.phone, "code": new_code(8), "since": now}
        for u in given.values()
        if u.officer and u.name in new
    ]
    if rows:
        db.execute(sa.insert(liaison_officer), rows)
    held = _present(db)
    changed = [
        u for u in given.values()
        if u.officer and u.name not in new and held.get(ids[u.name]) != (u.officer, u.phone)
    ]  # fmt: skip
    return len(rows) + sum(appoint(db, ids[u.name], u.officer, u.phone, now) for u in changed)


def _present(db: sa.Connection) -> dict[int, tuple[str, str]]:
    c = liaison_officer.c
    return {
        n: (name, phone)
        for n, name, phone in db.execute(sa.select(c.unit_id, c.name, c.phone).where(c.until.is_(None)))
    }


def listed(db: sa.Connection, region: str = "") -> list[Listed]:
    """All active units, or those of a region, by region and name."""
    c, o = unit.c, liaison_officer.c
    people = (
        sa.select(follower.c.unit_id, sa.func.count().label("n"))
        .where(follower.c.state == "following", follower.c.unit_id.is_not(None))
        .group_by(follower.c.unit_id)
        .subquery()
    )
    rows = db.execute(
        sa.select(
            c.id, c.name, c.kind, c.region, c.industry, c.code, sa.func.coalesce(people.c.n, 0).label("people"),
            o.name.label("officer"), o.phone, o.code.label("officer_code"), o.follower_id,
        )
        .select_from(
            unit.outerjoin(people, people.c.unit_id == c.id).outerjoin(
                liaison_officer, sa.and_(o.unit_id == c.id, o.until.is_(None))
            )
        )
        .where(c.state == "active", sa.func.substr(c.region, 1, len(region)) == region)
        .order_by(c.region, c.name)
    )  # fmt: skip
    return [
        Listed(
            r.id, Unit(r.name, r.kind, r.region, r.industry, r.officer or "", r.phone or ""), r.code, r.people,
            r.officer_code or "", r.follower_id is not None,
        )
        for r in rows
    ]  # fmt: skip


def find(db: sa.Connection, name: str) -> int:
    """The id of an active unit. Raises OutreachError where there is none of this name."""
    found: int | None = db.scalar(sa.select(unit.c.id).where(unit.c.name == name, unit.c.state == "active"))
    if found is None:
        raise OutreachError(f"没有名为“{name}”的单位；名称要与单位名册里的完全一样，可用 people units list 查看")
    return found


def code(db: sa.Connection, name: str) -> str:
    """The code by which people join a unit. Raises OutreachError as `find` does."""
    return str(db.scalar(sa.select(unit.c.code).where(unit.c.id == find(db, name))))


def hand_over(db: sa.Connection, name: str, officer: str, phone: str, now: datetime) -> bool:
    """Make somebody else the officer of a unit; the one before stays as history. False: nothing changed."""
    return appoint(db, find(db, name), officer, phone, now)


def close(db: sa.Connection, name: str, now: datetime) -> int:
    """Close a unit: its code works no more, its people belong to none. Returns how many that were."""
    found = find(db, name)
    retire(db, found, now)
    db.execute(sa.update(unit).where(unit.c.id == found).values(state="closed"))
    return db.execute(sa.update(follower).where(follower.c.unit_id == found).values(unit_id=None)).rowcount
