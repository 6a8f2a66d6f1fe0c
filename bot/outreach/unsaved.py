"""What staff type and have not saved yet: kept for each of them and each form, until it is saved or thrown away."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.errors import OutreachError
from bot.outreach.tables import unsaved_form
from bot.store.database import Database, aware

#: Nobody comes back to it after this.
_KEPT = timedelta(days=30)
_MOST_CHARS = 100_000

Fields = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Unsaved:
    """The fields of a form as they were typed, by name. at: when they were last kept."""

    fields: Fields
    at: datetime


def keep(database: Database, who: str, form: str, fields: Fields, now: datetime) -> None:
    """Keep what a form holds now. Raises OutreachError where it is too long to be kept."""
    held = json.dumps({name: list(values) for name, values in fields.items()}, ensure_ascii=False)
    if len(held) > _MOST_CHARS:
        raise OutreachError("内容太长，没有自动保存；请缩短后点“保存”")
    row = {"who": who, "form": form, "fields": held, "at": now}
    with database.begin() as db:
        insert = (sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert)(unsaved_form).values(**row)
        db.execute(insert.on_conflict_do_update(index_elements=["who", "form"], set_={"fields": held, "at": now}))
        db.execute(sa.delete(unsaved_form).where(unsaved_form.c.at < now - _KEPT))


def find(database: Database, who: str, form: str) -> Unsaved | None:
    """What was kept of a form, None where it was saved."""
    c = unsaved_form.c
    with database.begin() as db:
        row = db.execute(sa.select(c.fields, c.at).where(c.who == who, c.form == form)).first()
    return Unsaved(json.loads(row.fields), aware(row.at) or row.at) if row else None


def drop(database: Database, who: str, form: str) -> None:
    """It is saved now, or not wanted."""
    c = unsaved_form.c
    with database.begin() as db:
        db.execute(sa.delete(unsaved_form).where(c.who == who, c.form == form))
