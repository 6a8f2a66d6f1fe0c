"""What somebody is typing and has not saved: kept as it is, by person and form, and given back when they return."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from bot.errors import KnowledgeError
from bot.knowledge.tables import typed
from bot.store.database import Database, aware

#: More than any entry; what is longer was not typed.
_MAX_BYTES = 64 << 10
_KEPT = timedelta(days=30)

#: Field -> its values, as a form sends them.
Fields = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Typed:
    """A form as it stood at a moment."""

    fields: Fields
    at: datetime


@dataclass(frozen=True, slots=True)
class Scratch:
    """The unsaved forms of one office."""

    database: Database

    def keep(self, who: str, subject: str, fields: Fields, now: datetime) -> None:
        """Keep a form in place of what was kept. Raises KnowledgeError where it is too large."""
        text = json.dumps({name: list(values) for name, values in fields.items()}, ensure_ascii=False)
        if len(text.encode()) > _MAX_BYTES:
            raise KnowledgeError("内容太长，没有自动保存；请删减后再试")
        with self.database.begin() as db:
            _delete(db, who, subject)
            db.execute(sa.delete(typed).where(typed.c.at < (now - _KEPT).astimezone(UTC)))
            values = {"who": who, "subject": subject, "fields": text, "at": now.astimezone(UTC)}
            db.execute(sa.insert(typed).values(values))

    def kept(self, who: str, subject: str) -> Typed | None:
        """What was kept, None where nothing was."""
        c = typed.c
        with self.database.begin() as db:
            row = db.execute(sa.select(typed).where(c.who == who, c.subject == subject)).first()
        return Typed(json.loads(row.fields), aware(row.at) or row.at) if row else None

    def drop(self, who: str, subject: str) -> None:
        """Forget it: it was saved, or is not wanted."""
        with self.database.begin() as db:
            _delete(db, who, subject)


def _delete(db: sa.Connection, who: str, subject: str) -> None:
    db.execute(sa.delete(typed).where(typed.c.who == who, typed.c.subject == subject))
