"""What the bot said, kept once for all who were told the same; a row of the message log names it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.store.tables import saying

#: Longer ones are cut: who reads a talk wants to know what was said, and the source is named at the end of few.
_MAX_CHARS = 2000
#: Texts whose names are remembered; beyond that all are forgotten, and written again.
_REMEMBERED = 5000
_REFUSED = re.compile("[\0\ud800-\udfff]")


class Sayings:
    """Names of texts, for one writer: each text is written down when it is said for the first time on a day."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._day = date.min

    def names(self, db: sa.Connection, said: Sequence[tuple[str, datetime]]) -> list[str]:
        """The name of each text, "" for ""; new ones are written. said: texts with their times, never empty.

        After a failed transaction call `forget`.
        """
        names, day = self._names, said[-1][1].astimezone(UTC).date()
        if day != self._day or len(names) > _REMEMBERED:
            names.clear()
            self._day = day
        if new := {text for text, _ in said if text and text not in names}:
            named = {text: _name(text) for text in new}
            self._write(db, named)
            names.update(named)
        return [names[text] if text else "" for text, _ in said]

    def forget(self) -> None:
        """What was written may not be there."""
        self._names.clear()

    def _write(self, db: sa.Connection, named: dict[str, str]) -> None:
        insert: Any = sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert
        statement = insert(saying)
        newer = statement.on_conflict_do_update(
            index_elements=["id"], set_={"at": statement.excluded.at}, where=saying.c.at < statement.excluded.at
        )
        at = datetime.combine(self._day, time(), UTC)
        # In order of their names: two processes that write the same ones wait for each other, and never in a ring.
        rows = sorted((name, _REFUSED.sub("?", text[:_MAX_CHARS])) for text, name in named.items())
        db.execute(newer, [{"id": name, "text": text, "at": at} for name, text in rows])


def _name(text: str) -> str:
    return hashlib.blake2b(text.encode(errors="replace"), digest_size=12).hexdigest()
