"""Exports of another place that are read back: checked, shown, and live once a second person has let them.

What one person could make live alone by writing it into a file would need no review anywhere.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.errors import ContentError, KnowledgeError
from bot.ingest.readers.archive import members
from bot.knowledge import files
from bot.knowledge.desk import Desk
from bot.knowledge.tables import parcel
from bot.knowledge.uploads import Given
from bot.knowledge.word_lists import WordList
from bot.store.database import Database, aware

WAITING, ACCEPTED, REFUSED = "waiting", "accepted", "refused"
WORDS = {WAITING: "等审核", ACCEPTED: "已读入", REFUSED: "没有读入"}
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Parcel:
    """One that was handed in. told: what it would change, a line each; digest: of the file."""

    id: int
    name: str
    digest: str
    told: Sequence[str]
    state: str
    who: str
    at: datetime
    decided_by: str
    why: str


@dataclass(frozen=True, slots=True)
class Parcels:
    """What is done with them. tell: called when something that is live was changed."""

    database: Database
    desk: Desk
    lists: Sequence[WordList]
    tell: Callable[[], object]

    def hand_in(self, given: Given, who: str, now: datetime) -> Parcel:
        """Check an export and keep it. Raises ContentErrors, ContentError with everything that is wrong with it."""
        with _unpacked(given) as folder:
            told = files.look(self.database, self.desk, self.lists, folder, who)
        row = {
            "name": given.name[:200], "digest": hashlib.sha256(given.data).hexdigest(), "content": given.data,
            "told": json.dumps(told, ensure_ascii=False), "state": WAITING, "who": who, "at": now,
        }  # fmt: skip
        with self.database.begin() as db:
            return _read(db.execute(sa.insert(parcel).values(row).returning(*_COLUMNS)).one())

    def get(self, number: int) -> Parcel | None:
        """One of them."""
        with self.database.read() as db:
            row = db.execute(sa.select(*_COLUMNS).where(parcel.c.id == number)).one_or_none()
        return _read(row) if row else None

    def newest(self) -> list[Parcel]:
        """The last ones, the newest first."""
        with self.database.read() as db:
            return [_read(r) for r in db.execute(sa.select(*_COLUMNS).order_by(parcel.c.id.desc()).limit(_SHOWN))]

    def waiting_for(self, by: str) -> int:
        """How many wait for somebody else than whoever handed them in."""
        wanted = sa.select(sa.func.count()).where(parcel.c.state == WAITING, parcel.c.who != by)
        with self.database.read() as db:
            return db.scalar(wanted) or 0

    def accept(self, number: int, by: str, why: str = "") -> list[str]:
        """Make it live, all or nothing; says what was done. Raises KnowledgeError for whoever handed it in."""
        c = parcel.c
        with self.database.begin() as db:
            row = db.execute(sa.select(parcel).where(c.id == number)).one_or_none()
            if row is None or row.state != WAITING or row.content is None:
                raise KnowledgeError("这个包已经处理过了，请返回再看")
            if row.who == by:
                raise KnowledgeError("这个包是您自己传的，请另一位同事审核")
            self._decide(db, number, WAITING, ACCEPTED, by, why)
        try:
            with _unpacked(Given(row.name, bytes(row.content))) as folder:
                lines = files.bring(self.database, self.desk, self.lists, self.tell, folder, row.who, by)
        except BaseException:
            with self.database.begin() as db:
                self._decide(db, number, ACCEPTED, WAITING, "", "")
            raise
        with self.database.begin() as db:
            db.execute(sa.update(parcel).where(c.id == number).values(content=None))
        return lines

    def refuse(self, number: int, by: str, why: str) -> None:
        """Give it up; whoever handed it in may do so too."""
        with self.database.begin() as db:
            self._decide(db, number, WAITING, REFUSED, by, why)
            db.execute(sa.update(parcel).where(parcel.c.id == number).values(content=None))

    def _decide(self, db: sa.Connection, number: int, before: str, after: str, by: str, why: str) -> None:
        mine = sa.update(parcel).where(parcel.c.id == number, parcel.c.state == before)
        if db.execute(mine.values(state=after, decided_by=by, why=why)).rowcount != 1:
            raise KnowledgeError("这个包已经处理过了，请返回再看")


_COLUMNS = [parcel.c[name] for name in Parcel.__dataclass_fields__]


def _read(row: Any) -> Parcel:
    held = {**row._mapping, "told": json.loads(row.told), "at": aware(row.at) or row.at}
    return Parcel(**held)


@contextmanager
def _unpacked(given: Given) -> Iterator[Path]:
    """The files of a zip in a folder of their own, for as long as they are read. Raises ContentError."""
    with tempfile.TemporaryDirectory(prefix="safetybot-") as scratch:
        folder = Path(scratch) / "export"
        for inner, data in members(given.data, given.name):
            path = folder / inner.removeprefix(f"{given.name}/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        if not folder.is_dir():
            raise ContentError("压缩包里没有文件", given.name)
        yield folder
