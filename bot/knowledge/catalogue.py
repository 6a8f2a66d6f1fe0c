"""All entries in one list, shipped, edited and own, as staff look through them: in memory, by id, page by page."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from bot.answers.entries import Entry, EntryKind
from bot.answers.normalise import normalise
from bot.ingest.items import KEYS
from bot.knowledge.desk import Conflict, Desk
from bot.knowledge.states import State
from bot.knowledge.tables import entry_version, live_revision
from bot.knowledge.versions import LISTS
from bot.store.database import Database

#: As staff read them.
KIND_WORDS = {
    EntryKind.FAQ: "问答",
    EntryKind.HOTLINE: "热线",
    EntryKind.DIGEST: "法规摘要",
    EntryKind.DAY: "主题日",
    EntryKind.OUT_OF_SCOPE: "不归我们答",
}


class Origin(StrEnum):
    """Where what is told comes from."""

    SHIPPED = "shipped"
    EDITED = "edited"
    OWN = "own"
    HIDDEN = "hidden"
    UNPUBLISHED = "unpublished"  # own, and not live yet
    WITHDRAWN = "withdrawn"  # own, and live no more


#: As staff read them.
ORIGIN_WORDS = {
    Origin.SHIPPED: "随附",
    Origin.EDITED: "已修改",
    Origin.OWN: "自有",
    Origin.HIDDEN: "已隐藏",
    Origin.UNPUBLISHED: "未发布",
    Origin.WITHDRAWN: "已撤下",
}


_COLUMNS = [entry_version.c[name] for name in "entry state kind topic content shipped author".split()]


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry in the list.

    opened  the state of a version that is not live yet, "" where there is none; author: of that version
    """

    id: str
    title: str
    kind: EntryKind
    topic: str
    region: str
    origin: Origin
    searched: str
    opened: str = ""
    author: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: words that all occur; origin, opened, kind: "" for any."""

    words: str = ""
    origin: str = ""
    opened: str = ""
    kind: str = ""


@dataclass
class Catalogue:
    """The list of one office, read anew when anything in it has changed. desk: for the shipped content."""

    database: Database
    desk: Desk
    _read: tuple[int, list[Listed]] = (-1, [])
    _clashes: tuple[int, list[Conflict]] = (-1, [])
    _shipped: dict[str, Listed] = field(default_factory=dict)

    def entries(self) -> list[Listed]:
        """All of them, by id."""
        number = self._revision()
        held = self._read  # one look: another thread may exchange it
        if held[0] != number:
            held = self._read = number, self._listed()
        return held[1]

    def conflicts(self) -> list[Conflict]:
        """The live edits under which the shipped entry has changed since."""
        number = self._revision()
        held = self._clashes
        if held[0] != number:
            held = self._clashes = number, self.desk.conflicts()
        return held[1]

    def page(
        self, wanted: Wanted, after: str, at_most: int, may_see: Callable[[str], bool] = lambda _region: True
    ) -> tuple[list[Listed], str | None]:
        """The entries that are wanted and come after an id, and the id to go on after, None on the last page."""
        held = self.entries()
        start = bisect_right(held, after, key=lambda e: e.id) if after else 0
        words = normalise(wanted.words).split()
        found: list[Listed] = []
        for entry in held[start:]:
            if _is_wanted(entry, wanted, words) and may_see(entry.region):
                if len(found) == at_most:
                    return found, found[-1].id
                found.append(entry)
        return found, None

    def count(self, opened: Collection[str]) -> int:
        """How many have a version in one of these states."""
        return sum(e.opened in opened for e in self.entries())

    def _revision(self) -> int:
        with self.database.read() as db:
            return db.scalar(sa.select(live_revision.c.number)) or 0

    def _listed(self) -> list[Listed]:
        if not self._shipped:
            self._shipped = {e.id: _of_entry(e) for e in self.desk.shipped.entries if e.kind in KEYS.values()}
        found = dict(self._shipped)
        for row in self._rows():
            found[row.entry] = _with(found.get(row.entry), row)
        for row in self._withdrawn(found):
            found[row.entry] = replace(_with(None, row), origin=Origin.WITHDRAWN, opened="", author="")
        return sorted(found.values(), key=lambda e: e.id)

    def _withdrawn(self, found: Collection[str]) -> Iterator[Any]:
        """The last version of each entry of the office's own that is told and edited no more."""
        c = entry_version.c
        last = sa.select(c.entry, sa.func.max(c.version).label("version")).where(c.kind.not_in(LISTS)).group_by(c.entry)
        with self.database.begin() as db:
            gone = [row for row in db.execute(last) if row.entry not in found]
            for row in gone:
                same = sa.and_(c.entry == row.entry, c.version == row.version)
                yield from db.execute(sa.select(*_COLUMNS).where(same))

    def _rows(self) -> Iterator[Any]:
        """What is live first, so that an open version is laid over it."""
        c = entry_version.c
        states = (State.LIVE, State.DRAFT, State.IN_REVIEW)
        wanted = sa.select(*_COLUMNS)
        with self.database.begin() as db:
            rows = db.execute(wanted.where(c.state.in_(states), c.kind.not_in(LISTS))).all()
        yield from sorted(rows, key=lambda r: r.state != State.LIVE)


def _is_wanted(entry: Listed, wanted: Wanted, words: list[str]) -> bool:
    return (
        wanted.origin in ("", entry.origin)
        and wanted.opened in ("", entry.opened)
        and wanted.kind in ("", entry.kind)
        and all(word in entry.searched for word in words)
    )


def _of_entry(e: Entry) -> Listed:
    searched = _searched(e.id, e.title, e.questions)
    return Listed(e.id, e.title, e.kind, e.group, e.region, Origin.SHIPPED, searched)


def _with(below: Listed | None, row: Any) -> Listed:
    """An entry with a version of the database over it."""
    title, region, searched = _told(row.entry, row.content or row.shipped)
    is_live = row.state == State.LIVE
    if is_live or below is None:
        kind = EntryKind(row.kind) if row.kind in list(EntryKind) else EntryKind.FAQ
        origin = Origin.UNPUBLISHED
        if is_live:
            origin = Origin.HIDDEN if not row.content else Origin.EDITED if row.shipped else Origin.OWN
        below = Listed(row.entry, title, below.kind if below else kind, row.topic, region, origin, searched)
    return below if is_live else replace(below, opened=row.state, author=row.author)


@lru_cache(maxsize=8192)
def _told(entry: str, content: str) -> tuple[str, str, str]:
    """Title, region and searched text of what a version says, which never changes."""
    fields = json.loads(content) if content else {}
    title = str(fields.get("title") or entry)
    questions = tuple(str(q) for q in fields.get("questions") or ())
    return title, str(fields.get("region") or "全国"), _searched(entry, title, questions)


def _searched(entry: str, title: str, questions: tuple[str, ...]) -> str:
    return normalise(" ".join((entry, title, *questions)))
