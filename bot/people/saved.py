"""Audiences that staff saved by name, and the part of rules that a form can show: every condition once, all must hold.

own: the region of whoever asks. The staff of a district see and change their own audiences; those of the office all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.errors import OutreachError
from bot.people import segments
from bot.people.scope import inside
from bot.people.tables import segment
from bot.store.database import Database, aware


@dataclass(frozen=True, slots=True)
class Saved:
    """An audience by name. people: when it was last counted, None for never."""

    id: int
    name: str
    region: str
    rule: Mapping[str, Any]
    by: str
    at: datetime | None
    people: int | None
    counted_at: datetime | None

    @property
    def words(self) -> str:
        """The rule as staff read it."""
        return segments.told(self.rule)

    @property
    def limited(self) -> Mapping[str, Any]:
        """The rule for the people of its region alone."""
        return segments.limited(self.rule, self.region)


def page(db: sa.Connection, own: str, after: int | None, size: int) -> list[Saved]:
    """At most `size` audiences, the newest first."""
    c = segment.c
    conditions = [inside(c.region, own)] + ([c.id < after] if after is not None else [])
    return [_saved(row) for row in db.execute(_select().where(*conditions).order_by(c.id.desc()).limit(size))]


def find(db: sa.Connection, number: int, own: str) -> Saved | None:
    """An audience by its number; None where there is none for them."""
    row = db.execute(_select().where(segment.c.id == number, inside(segment.c.region, own))).one_or_none()
    return _saved(row) if row else None


def save(db: sa.Connection, name: str, rule: Mapping[str, Any], own: str, by: str, now: datetime) -> int:
    """Keep an audience; returns its number. Raises OutreachError for a rule or a name that will not do."""
    segments.check(rule)
    _refuse_taken(db, name, own, None)
    values = {"name": name, "region": own, "rule": _written(rule), "by": by, "at": now}
    key = db.execute(sa.insert(segment).values(values)).inserted_primary_key
    return int(key[0]) if key else 0


def change(db: sa.Connection, held: Saved, name: str, rule: Mapping[str, Any], by: str, now: datetime) -> None:
    """Write an audience anew; its count is forgotten. Raises OutreachError as `save` does."""
    segments.check(rule)
    _refuse_taken(db, name, held.region, held.id)
    values = {"name": name, "rule": _written(rule), "by": by, "at": now, "people": None, "counted_at": None}
    db.execute(sa.update(segment).where(segment.c.id == held.id).values(values))


def drop(db: sa.Connection, number: int) -> None:
    """Delete an audience; what was sent to it stays."""
    db.execute(sa.delete(segment).where(segment.c.id == number))


def count(database: Database, held: Saved, now: datetime) -> int:
    """How many people it is now; the figure is kept beside it."""
    people = segments.count(database, held.limited, now)
    with database.begin() as db:
        db.execute(sa.update(segment).where(segment.c.id == held.id).values(people=people, counted_at=now))
    return people


def _select() -> sa.Select[Any]:
    c = segment.c
    return sa.select(c.id, c.name, c.region, c.rule, c.by, c.at, c.people, c.counted_at)


def _saved(row: sa.Row[Any]) -> Saved:
    r = row
    return Saved(r.id, r.name, r.region, json.loads(r.rule), r.by, aware(r.at), r.people, aware(r.counted_at))


def _written(rule: Mapping[str, Any]) -> str:
    return json.dumps(rule, ensure_ascii=False, sort_keys=True)


def _refuse_taken(db: sa.Connection, name: str, region: str, but: int | None) -> None:
    taken = db.scalar(sa.select(segment.c.id).where(segment.c.name == name, segment.c.region == region))
    if taken is not None and taken != but:
        raise OutreachError(f"已经有名为“{name}”的人群，请换一个名称")


def rule_of(asked: Mapping[str, Sequence[Any]], without: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """A rule of conditions that must all hold, and of some none of which may. Field -> values, empty ones left out."""
    rule = {}
    for name, fields in (("all", asked), ("not", without)):
        if conditions := [{"field": field, "values": list(values)} for field, values in fields.items() if values]:
            rule[name] = conditions
    return rule


def parts_of(rule: Mapping[str, Any]) -> tuple[dict[str, list[Any]], dict[str, list[Any]]] | None:
    """The other way round; None for a rule that a form cannot show."""
    if set(rule) - {"all", "not"}:
        return None
    out: list[dict[str, list[Any]]] = []
    for name in ("all", "not"):
        fields: dict[str, list[Any]] = {}
        for condition in rule.get(name, ()):
            if "field" not in condition or condition["field"] in fields:
                return None
            fields[condition["field"]] = list(condition["values"])
        out.append(fields)
    return out[0], out[1]
