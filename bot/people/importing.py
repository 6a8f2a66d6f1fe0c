"""A list of units before it is stored: what it would change, and what staff of a district may not change."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime

import sqlalchemy as sa

from bot.errors import OutreachError
from bot.people import sheets, units
from bot.people.tables import liaison_officer, unit
from bot.people.units import Unit

_LOOKED_UP = 500
#: Fields of a unit -> what pages call them.
FIELDS = {"kind": "类别", "region": "地区", "industry": "行业", "officer": "联络员", "phone": "联系电话"}


@dataclass(frozen=True, slots=True)
class Change:
    """What a list does to one unit. before: None for a new one; differs: the words of what changes."""

    after: Unit
    before: Unit | None
    is_closed: bool = False

    @property
    def differs(self) -> list[tuple[str, str, str]]:
        """What changes: name of the field, before, after."""
        if self.before is None:
            return []
        pairs = ((told, getattr(self.before, name), getattr(self.after, name)) for name, told in FIELDS.items())
        return [(told, was, now) for told, was, now in pairs if was != now]

    @property
    def kind(self) -> str:
        """new, changed, reopened or same."""
        if self.before is None:
            return "new"
        return "reopened" if self.is_closed else "changed" if self.differs else "same"


def compare(db: sa.Connection, given: Sequence[Unit]) -> list[Change]:
    """What a list would change, in its order."""
    held = _held(db, [u.name for u in given])
    out = []
    for one in given:
        before, is_closed = held.get(one.name, (None, False))
        if before and not one.officer:  # a list without an officer leaves the one there is
            one = replace(one, officer=before.officer, phone=before.phone)
        out.append(Change(one, before, is_closed))
    return out


def _held(db: sa.Connection, names: Sequence[str]) -> dict[str, tuple[Unit, bool]]:
    c, o = unit.c, liaison_officer.c
    out = {}
    for n in range(0, len(names), _LOOKED_UP):
        rows = db.execute(
            sa.select(c.name, c.kind, c.region, c.industry, o.name.label("officer"), o.phone, c.state)
            .select_from(unit.outerjoin(liaison_officer, sa.and_(o.unit_id == c.id, o.until.is_(None))))
            .where(c.name.in_(names[n : n + _LOOKED_UP]))
        )
        for r in rows:
            out[r.name] = (
                Unit(r.name, r.kind, r.region, r.industry, r.officer or "", r.phone or ""),
                r.state != "active",
            )
    return out


def of_district(
    given: Sequence[tuple[int, Unit]], held: Mapping[str, str], own: str
) -> Iterator[sheets.Problem | Unit]:
    """The units of a list as staff of a district may store them, and what is wrong with the others.

    held  name of a unit -> its region, of those that are stored
    """
    for row, one in given:
        one = one if one.region else replace(one, region=own)
        if not one.region.startswith(own):
            yield sheets.Problem(row, "地区", f"不在您负责的地区（{own}）里，请删去这一行或改正地区")
        elif one.name in held and not held[one.name].startswith(own):
            yield sheets.Problem(row, "单位名称", "已被别的地区的单位使用，请加上街道等以便区分，或联系上级办公室")
        else:
            yield one


def regions(db: sa.Connection, names: Sequence[str]) -> dict[str, str]:
    """Name of a unit -> its region, of those that are stored, closed ones too."""
    return {name: held.region for name, (held, _) in _held(db, names).items()}


def store(db: sa.Connection, given: Sequence[Unit], own: str, now: datetime) -> units.Stored:
    """Store a list that was checked. Raises OutreachError where another district has taken a name meanwhile."""
    if own:
        numbered = list(enumerate(given, 1))
        if wrong := [
            p for p in of_district(numbered, regions(db, [u.name for u in given]), own) if isinstance(p, sheets.Problem)
        ]:
            raise sheets.SheetError(wrong)
    return units.store(db, given, now)


def packed(given: Sequence[Unit]) -> bytes:
    """A list, small enough to be kept until somebody has said yes."""
    return zlib.compress(json.dumps([list(asdict(one).values()) for one in given], ensure_ascii=False).encode())


def unpacked(held: bytes | None) -> list[Unit]:
    """The other way round. Raises OutreachError where the list is not kept any more."""
    if held is None:
        raise OutreachError("这份名册检查后放得太久，已经清除，请重新上传")
    names = [f.name for f in fields(Unit)]
    return [Unit(**dict(zip(names, row, strict=True))) for row in json.loads(zlib.decompress(held))]
