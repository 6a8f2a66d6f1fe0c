"""Versions of entries and what was done to them: the rows, read and written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from bot.answers.entries import Entry, EntryKind
from bot.errors import KnowledgeError
from bot.ingest.items import Item
from bot.knowledge.states import Move, State, after
from bot.knowledge.tables import entry_version, knowledge_event

#: Each of the office's own lists is one subject of this name and kind; what it says is {"pairs": as a file holds them}.
SYNONYMS, DANGERS = "synonyms", "danger-words"
#: As staff know them.
LISTS = {SYNONYMS: "近义词", DANGERS: "险情词"}
#: What of a shipped entry is kept beside an edit, so that a later change of it is noticed.
_COMPARED = "title answer questions sources region valid_from valid_to verify ask next number".split()


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an entry; what it says never changes.

    fields   as in knowledge/README.md; None where the version hides the entry
    shipped  what it was laid over; None where nothing was shipped
    """

    entry: str
    version: int
    state: State
    kind: str
    topic: str
    fields: Mapping[str, Any] | None
    shipped: Mapping[str, Any] | None
    author: str
    reviewer: str
    why: str
    at: datetime

    @property
    def title(self) -> str:
        """What staff know the entry by."""
        if self.kind in LISTS:
            return f"本单位的{LISTS[self.kind]}"
        return str((self.fields or self.shipped or {}).get("title") or self.entry)

    def item(self) -> Item:
        """The entry as it is written. Only for a version that does not hide it."""
        if self.kind in LISTS:
            raise KnowledgeError(f"{LISTS[self.kind]}不是条目；请用它自己的页面，或 safetybot synonyms")
        assert self.fields is not None
        return Item(EntryKind(self.kind), self.topic, self.fields)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that was done: who, when, why, and from which state to which."""

    at: datetime
    subject: str
    version: int
    move: str
    before: str
    after: str
    who: str
    why: str


def snapshot(entry: Entry) -> dict[str, Any]:
    """What of a shipped entry is compared, as JSON can hold it."""
    out = {name: getattr(entry, name) for name in _COMPARED}
    out["sources"] = [{k: v for k in s.__dataclass_fields__ if (v := getattr(s, k))} for s in entry.sources]
    plain: dict[str, Any] = json.loads(json.dumps(out, default=str))
    return plain


def newest(db: sa.Connection, entry: str, *states: State) -> Version | None:
    """The newest version of an entry, in one of `states` where any are given."""
    wanted = sa.select(entry_version).where(entry_version.c.entry == entry).order_by(entry_version.c.version.desc())
    row = db.execute(wanted.where(entry_version.c.state.in_(states)) if states else wanted).first()
    return _version(row) if row else None


def numbered(db: sa.Connection, entry: str, version: int) -> Version:
    """A version by its number. Raises KnowledgeError where there is none."""
    same = sa.and_(entry_version.c.entry == entry, entry_version.c.version == version)
    row = db.execute(sa.select(entry_version).where(same)).first()
    if row is None:
        raise KnowledgeError(f"{entry}：没有第 {version} 版；用 safetybot knowledge history {entry} 查看")
    return _version(row)


def once_live(db: sa.Connection, entry: str, version: int) -> Version:
    """A version that people were answered with. Raises KnowledgeError for any other: nobody but its author saw it."""
    found = numbered(db, entry, version)
    if not any(e.version == version and e.after == State.LIVE for e in events(db, entry)):
        raise KnowledgeError(f"{found.title}：第 {version} 版没有发布过，不能直接恢复；请改好后提交审核")
    return found


def versions(db: sa.Connection, *states: State, of: str = "") -> list[Version]:
    """All versions in one of `states`, by entry, then number; of one subject, or else of all entries."""
    c = entry_version.c
    wanted = sa.select(entry_version).order_by(c.entry, c.version)
    wanted = wanted.where(c.entry == of) if of else wanted.where(c.kind.not_in(LISTS))
    rows = db.execute(wanted.where(entry_version.c.state.in_(states)) if states else wanted)
    return [_version(row) for row in rows]


def events(db: sa.Connection, subject: str) -> list[Event]:
    """What was done to an entry or a plan, oldest first."""
    c = knowledge_event.c
    rows = db.execute(sa.select(knowledge_event).where(c.subject == subject).order_by(c.id))
    return [Event(r.at, r.subject, r.version, r.move, r.before, r.after, r.who, r.why) for r in rows]


def add(db: sa.Connection, new: Version, move: Move) -> None:
    """Write a new version. Its number must be free."""
    content, shipped = ("" if value is None else dump(value) for value in (new.fields, new.shipped))
    db.execute(sa.insert(entry_version).values(
        entry=new.entry, version=new.version, state=new.state, kind=new.kind, topic=new.topic,
        content=content, shipped=shipped,
        author=new.author, reviewer=new.reviewer, why=new.why, at=new.at,
    ))  # fmt: skip
    note(db, new, move, "", new.state, new.reviewer or new.author, new.why)


def move(db: sa.Connection, held: Version, what: Move, who: str, why: str, **values: str) -> State:
    """Move a version to its next state. Raises KnowledgeError where that is not allowed, or somebody was first."""
    state = after(held.state, what, held.entry)
    c = entry_version.c
    same = (c.entry == held.entry, c.version == held.version, c.state == held.state)
    if db.execute(sa.update(entry_version).where(*same).values(state=state, **values)).rowcount != 1:
        raise KnowledgeError(f"{held.entry}：刚被别人改过，请重新查看")
    note(db, held, what, held.state, state, who, why)
    return state


def note(db: sa.Connection, held: Version, what: Move, before: str, then: str, who: str, why: str) -> None:
    """Write down what was done."""
    db.execute(sa.insert(knowledge_event).values(
        at=datetime.now(UTC), subject=held.entry, version=held.version, move=what, before=before, after=then,
        who=who, why=why,
    ))  # fmt: skip


def dump(value: object) -> str:
    """A value as it is stored, always the same text for the same value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _version(row: Any) -> Version:
    fields = json.loads(row.content) if row.content else None
    shipped = json.loads(row.shipped) if row.shipped else None
    return Version(row.entry, row.version, State(row.state), row.kind, row.topic, fields, shipped,
                   row.author, row.reviewer, row.why, row.at)  # fmt: skip
