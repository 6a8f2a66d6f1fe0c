"""The rows of what staff changed: the newest of each key, all of one key, one number for all."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from bot.errors import OfficeError
from bot.office.tables import office_change
from bot.store.database import Database, aware

log = logging.getLogger(__name__)

#: Of Change.value, for one that puts the default back.
DEFAULT = None
_MOST_WHY = 400


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a key. value: None where the default holds again."""

    id: int
    key: str
    version: int
    value: Any
    who: str
    why: str
    at: datetime


def stamp(db: sa.Connection) -> str:
    """Changes with every change. The count too: of two transactions the later number may be seen first."""
    c = office_change.c
    return str(tuple(db.execute(sa.select(sa.func.count(), sa.func.max(c.id)).select_from(office_change)).one()))


def newest(db: sa.Connection) -> dict[str, Change]:
    """The change of each key that holds."""
    c = office_change.c
    last = sa.select(c.key, sa.func.max(c.version).label("version")).group_by(c.key).subquery()
    same = sa.and_(c.key == last.c.key, c.version == last.c.version)
    rows = db.execute(sa.select(office_change).join(last, same)).all()
    return {row.key: change for row in rows if (change := _change(row))}


def of_key(db: sa.Connection, key: str) -> list[Change]:
    """All changes of a key, newest first."""
    c = office_change.c
    rows = db.execute(sa.select(office_change).where(c.key == key).order_by(c.version.desc())).all()
    return [change for row in rows if (change := _change(row))]


def latest(database: Database, count: int, before: int = 0) -> list[Change]:
    """The last changes of all keys, newest first. before: only those with a smaller id, where given."""
    c = office_change.c
    older = [c.id < before] if before else []
    with database.begin() as db:
        rows = db.execute(sa.select(office_change).where(*older).order_by(c.id.desc()).limit(count)).all()
    return [change for row in rows if (change := _change(row))]


def add(db: sa.Connection, key: str, version: int, value: Any, who: str, why: str, now: datetime) -> None:
    """Write a change. Raises OfficeError where somebody else was quicker, or nobody answers for it."""
    if not who.strip():
        raise OfficeError("请写明是谁改的")
    if not why.strip():
        raise OfficeError("请写明为什么改，会留在记录里")
    row = {
        "key": key, "version": version, "who": who.strip()[:80], "why": why.strip()[:_MOST_WHY],
        "value": None if value is DEFAULT else json.dumps(value, ensure_ascii=False), "at": now.astimezone(UTC),
    }  # fmt: skip
    try:
        with db.begin_nested():
            db.execute(sa.insert(office_change).values(**row))
    except sa.exc.IntegrityError as e:
        raise OfficeError("刚刚有人改了这一项，请刷新看看再改") from e


def _change(row: Any) -> Change | None:
    """None for what another version of the program wrote in a form of its own."""
    try:
        value = None if row.value is None else json.loads(row.value)
    except ValueError:
        log.error("a change of the settings cannot be read and is left out", extra={"key": row.key, "id": row.id})
        return None
    return Change(row.id, row.key, row.version, value, row.who, row.why, aware(row.at) or row.at)


def values(held: Mapping[str, Change]) -> dict[str, Any]:
    """Key -> value, of those that are no default."""
    return {key: change.value for key, change in held.items() if change.value is not DEFAULT}
