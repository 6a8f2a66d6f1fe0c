"""The audit trail: who did what to what, when and why. Rows are only added; each holds the hash of the one before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from bot.staff.tables import audit
from bot.store.database import Database

#: Names our lock among those of the PostgreSQL server: two rows with the same one before them would break the chain.
_CHAIN_LOCK = 20_061_102
_HASHED = ("at", "staff", "action", "kind", "object_id", "before", "after", "reason", "address")
_LENGTHS = {"staff": 40, "action": 80, "kind": 40, "object_id": 120, "address": 64}
_PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that was done.

    action         as broadcast.approve
    kind, object_id  what it was done to, as broadcast and 12
    before, after  what changed, None where nothing is known of it
    """

    staff: str
    action: str
    at: datetime
    kind: str = ""
    object_id: str = ""
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    reason: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as it is held."""

    id: int
    at: datetime
    staff: str
    action: str
    kind: str
    object_id: str
    before: str
    after: str
    reason: str
    address: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What to look for; empty parts stand for everything. since, until: ISO days in UTC, both included."""

    staff: str = ""
    action: str = ""
    kind: str = ""
    object_id: str = ""
    since: str = ""
    until: str = ""


class Trail:
    """The trail in one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(self, entry: Entry, db: sa.Connection | None = None) -> None:
        """Add an entry; db: the transaction of what was done, so that both are held or neither. Raises StoreError."""
        if db is not None:
            _append(db, entry)
            return
        with self._database.begin() as own:
            _append(own, entry)

    def as_one(self) -> AbstractContextManager[None]:
        """Let what this thread does meanwhile, and its entries, be held together or not at all: see Database.as_one."""
        return self._database.as_one()

    def apart(self) -> None:
        """Hold what there is of it now: a platform is to be called, which may take long. See Database.apart."""
        self._database.apart()

    def find(self, search: Search, before: int | None = None, at_most: int = _PAGE) -> list[Line]:
        """The newest first, those with smaller ids than `before`."""
        query = sa.select(audit).order_by(audit.c.id.desc()).limit(at_most)
        if before is not None:
            query = query.where(audit.c.id < before)
        with self._database.read() as db:
            return [_line(row) for row in db.execute(query.where(*_conditions(search)))]

    def every(self, search: Search) -> Iterator[Line]:
        """All that is found, the newest first."""
        before: int | None = None
        while lines := self.find(search, before, 1000):
            yield from lines
            before = lines[-1].id

    def sound(self) -> str:
        """What to tell of a sound trail, for staff. Its end is named: of rows cut off there nothing else tells."""
        last = self.find(Search(), at_most=1)
        if not last:
            return "操作记录还是空的。"
        end = f"最后一条是第{last[0].id}条，校验值 {last[0].hash[:12]}"
        return f"操作记录完整，没有被改动过。{end}：请抄下来，下次核对时对照第{last[0].id}条，就知道末尾有没有被删。"

    def broken_at(self) -> int | None:
        """The first row that is not as it was written or does not follow from the one before; None: all are sound."""
        last, prior = 0, ""
        while True:
            with self._database.read() as db:
                rows = db.execute(sa.select(audit).where(audit.c.id > last).order_by(audit.c.id).limit(1000)).all()
            for row in rows:
                if row.prior != prior or row.hash != _hash(prior, row._mapping):
                    return int(row.id)
                last, prior = row.id, row.hash
            if not rows:
                return None


def _append(db: sa.Connection, entry: Entry) -> None:
    if db.dialect.name == "postgresql":
        db.execute(sa.select(sa.func.pg_advisory_xact_lock(_CHAIN_LOCK)))
    prior = db.scalar(sa.select(audit.c.hash).order_by(audit.c.id.desc()).limit(1)) or ""
    row = {
        "at": entry.at.astimezone(UTC).isoformat(timespec="milliseconds"),
        "staff": entry.staff, "action": entry.action, "kind": entry.kind, "object_id": entry.object_id,
        "before": _json(entry.before), "after": _json(entry.after), "reason": _storable(entry.reason),
        "address": entry.address,
    }  # fmt: skip
    row.update({name: _storable(row[name])[:length] for name, length in _LENGTHS.items()})
    db.execute(audit.insert().values(**row, prior=prior, hash=_hash(prior, row)))


def _hash(prior: str, row: Mapping[Any, Any]) -> str:
    held = json.dumps([prior, *(row[name] for name in _HASHED)], ensure_ascii=False)
    return hashlib.sha256(held.encode()).hexdigest()


def _json(value: Mapping[str, Any] | None) -> str:
    return "" if value is None else _storable(json.dumps(value, ensure_ascii=False, sort_keys=True, default=str))


def _storable(text: str) -> str:
    """Without what PostgreSQL cannot hold, so that both engines hash the same."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _conditions(search: Search) -> list[sa.ColumnElement[bool]]:
    held = [audit.c[name] == value for name in ("staff", "kind", "object_id") if (value := getattr(search, name))]
    if search.action:
        held.append(audit.c.action.startswith(search.action, autoescape=True))
    if search.since:
        held.append(audit.c.at >= search.since)
    if search.until:
        held.append(audit.c.at < search.until + "U")  # behind every time of that day: T comes before U
    return held


def _line(row: sa.Row[Any]) -> Line:
    held = {name: row._mapping[name] for name in Line.__slots__}
    return Line(**{**held, "at": datetime.fromisoformat(row.at)})
