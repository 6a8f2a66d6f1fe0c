"""Units and liaison officers as staff pages need them: lists by key, one by its number, what may be done with it.

own, everywhere: the region of whoever asks, "" for the whole office. What lies outside it does not exist for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.errors import OutreachError
from bot.people import officers, units
from bot.people.scope import Condition, inside
from bot.people.tables import follower, liaison_officer, unit
from bot.people.units import Unit
from bot.store.database import aware

#: States of an officer -> the words of it.
OFFICERS = {"known": "已绑定微信", "waiting": "还没有绑定微信", "none": "没有联络员"}
_CODE_TRIES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What is asked of a list of units; "" asks nothing. officer: of OFFICERS; named: a part of the name, or a code."""

    region: str = ""
    kind: str = ""
    industry: str = ""
    officer: str = ""
    named: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A unit and its present officer. officer_code: not used yet, "" where there is none."""

    id: int
    unit: Unit
    code: str
    state: str
    qr_link: str
    people: int
    officer_id: int | None
    officer_code: str
    officer_follower: int | None
    officer_since: datetime | None

    @property
    def officer_state(self) -> str:
        """One of OFFICERS."""
        if not self.unit.officer:
            return "none"
        return "known" if self.officer_follower is not None else "waiting"


def page(db: sa.Connection, asked: Filter, own: str, after: str, size: int) -> list[Row]:
    """At most `size` active units by name, those after one name on."""
    return _rows(db, [unit.c.state == "active", *_conditions(asked, own), unit.c.name > after], size)


def every(db: sa.Connection, asked: Filter, own: str) -> list[Row]:
    """All active units of a list, by name."""
    return _rows(db, [unit.c.state == "active", *_conditions(asked, own)], None)


def find(db: sa.Connection, number: int, own: str) -> Row | None:
    """A unit by its number, closed ones too; None where there is none for them."""
    rows = _rows(db, [unit.c.id == number, inside(unit.c.region, own)], 1)
    return rows[0] if rows else None


def without_officer(db: sa.Connection, own: str, most: int) -> int:
    """How many units have no officer, counted up to `most`."""
    some = sa.select(unit.c.id).where(
        unit.c.state == "active", *_conditions(Filter(officer="none"), own)
    ).limit(most)  # fmt: skip
    return db.scalar(sa.select(sa.func.count()).select_from(some.subquery())) or 0


def _conditions(asked: Filter, own: str) -> list[Condition]:
    c, o = unit.c, liaison_officer.c
    out = [inside(c.region, own), inside(c.region, asked.region)]
    out += [column == value for column, value in ((c.kind, asked.kind), (c.industry, asked.industry)) if value]
    if asked.named:
        out.append(sa.or_(c.name.contains(asked.named, autoescape=True), c.code == asked.named.upper()))
    present = sa.select(o.unit_id).where(o.until.is_(None))
    if asked.officer == "none":
        out.append(c.id.not_in(present))
    elif asked.officer == "known":
        out.append(c.id.in_(present.where(o.follower_id.is_not(None))))
    elif asked.officer == "waiting":
        out.append(c.id.in_(present.where(o.follower_id.is_(None))))
    return out


def _rows(db: sa.Connection, conditions: Sequence[Condition], size: int | None) -> list[Row]:
    c, o = unit.c, liaison_officer.c
    people = (
        sa.select(sa.func.count())
        .where(follower.c.unit_id == c.id, follower.c.state == "following")
        .correlate(unit)
        .scalar_subquery()
    )
    rows = db.execute(
        sa.select(
            c.id, c.name, c.kind, c.region, c.industry, c.code, c.state, c.qr_link, people.label("people"),
            o.id.label("officer_id"), o.name.label("officer"), o.phone, o.code.label("officer_code"), o.follower_id,
            o.since,
        )
        .select_from(unit.outerjoin(liaison_officer, sa.and_(o.unit_id == c.id, o.until.is_(None))))
        .where(*conditions)
        .order_by(c.name)
        .limit(size)
    )  # fmt: skip
    return [
        Row(r.id, Unit(r.name, r.kind, r.region, r.industry, r.officer or "", r.phone or ""), r.code, r.state,
            r.qr_link, r.people, r.officer_id, r.officer_code or "", r.follower_id, aware(r.since))
        for r in rows
    ]  # fmt: skip


def create(db: sa.Connection, given: Unit, now: datetime) -> int:
    """Add a unit; returns its number. Raises OutreachError where its name is taken."""
    _refuse_taken(db, given.name, None)
    units.store(db, [given], now)
    return units.find(db, given.name)


def change(db: sa.Connection, number: int, given: Unit) -> None:
    """Write over name, kind, region and industry. Raises OutreachError where another unit has the name."""
    _refuse_taken(db, given.name, number)
    values = {"name": given.name, "kind": given.kind, "region": given.region, "industry": given.industry}
    db.execute(sa.update(unit).where(unit.c.id == number).values(values))


def _refuse_taken(db: sa.Connection, name: str, but: int | None) -> None:
    row = db.execute(sa.select(unit.c.id, unit.c.state).where(unit.c.name == name)).one_or_none()
    if row is not None and row.id != but:
        closed = "（已撤销；要恢复它，请用名册导入）" if row.state != "active" else ""
        raise OutreachError(f"已经有名为“{name}”的单位{closed}。请换一个能区分开的名称，例如加上街道。")


def renew_code(db: sa.Connection, number: int) -> str:
    """Give a unit another code for joining; the old one and its QR are worth nothing from now on."""
    for _ in range(_CODE_TRIES):
        code = officers.new_code(units.CODE_CHARS)
        if db.scalar(sa.select(unit.c.id).where(unit.c.code == code)) is None:
            db.execute(sa.update(unit).where(unit.c.id == number).values(code=code, qr_link=""))
            return code
    raise OutreachError("没有得到新的加入代码，请再试一次")


def keep_qr(db: sa.Connection, number: int, code: str, link: str) -> bool:
    """Keep what the QR of a unit holds. False: the code has changed meanwhile, so the QR is worth nothing."""
    mine = sa.and_(unit.c.id == number, unit.c.code == code)
    return db.execute(sa.update(unit).where(mine).values(qr_link=link[:200])).rowcount == 1


def renew_officer_code(db: sa.Connection, unit_id: int) -> str:
    """Give the present officer a new code; whoever was bound by the old one is not any more.

    Raises OutreachError where there is no officer.
    """
    o, code = liaison_officer.c, officers.new_code(officers.CODE_CHARS)
    mine = sa.and_(o.unit_id == unit_id, o.until.is_(None))
    if not db.execute(sa.update(liaison_officer).where(mine).values(code=code, follower_id=None)).rowcount:
        raise OutreachError("这个单位还没有联络员，请先填写联络员")
    return code


@dataclass(frozen=True, slots=True)
class OfficerRow:
    """A present officer in a list of all. key: of the list."""

    id: int
    unit_id: int
    unit: str
    region: str
    name: str
    phone: str
    code: str
    follower_id: int | None
    since: datetime | None


def officers_page(db: sa.Connection, own: str, region: str, state: str, after: int, size: int) -> list[OfficerRow]:
    """At most `size` present officers, from a key on. state: known, waiting, "" for all."""
    c, o = unit.c, liaison_officer.c
    conditions = [o.until.is_(None), o.id > after, inside(c.region, own), inside(c.region, region)]
    if state:
        conditions.append(o.follower_id.is_not(None) if state == "known" else o.follower_id.is_(None))
    rows = db.execute(
        sa.select(o.id, c.id, c.name, c.region, o.name, o.phone, o.code, o.follower_id, o.since)
        .select_from(liaison_officer.join(unit))
        .where(*conditions, c.state == "active")
        .order_by(o.id)
        .limit(size)
    )
    return [OfficerRow(r[0], r[1], r[2], r[3], r[4], r[5], r[6] or "", r[7], aware(r[8])) for r in rows]


def masked(phone: str) -> str:
    """A telephone number as those see it who need not ring it: 138****1234."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) > 7 else "****" if phone else ""
