"""What staff do with entries, one verb a function: write, submit, publish, withdraw, restore, roll back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.answers.entries import Entry
from bot.errors import ContentError, ContentErrors, KnowledgeError
from bot.ingest import content, holdings
from bot.ingest.check import across
from bot.ingest.content import Reading
from bot.ingest.items import KEYS, Item, read_items, to_entry
from bot.knowledge import live, versions
from bot.knowledge.revision import changing
from bot.knowledge.states import Move, State
from bot.knowledge.versions import Event, Version, snapshot
from bot.settings import BEIJING
from bot.store.database import Database

_OPEN = (State.DRAFT, State.IN_REVIEW)


class Clash(StrEnum):
    """What became of a shipped entry under an edit."""

    CHANGED = "changed"
    GONE = "gone"
    CAME = "came"  # an entry of staff's own now has the id of a shipped one


@dataclass(frozen=True, slots=True)
class Conflict:
    """An edit whose shipped entry is not what it was when the edit was made."""

    version: Version
    clash: Clash
    now: Entry | None


class Desk:
    """The entries of one office. tell: called when something that is live was changed."""

    def __init__(self, database: Database, knowledge_dir: Path, tell: Callable[[], object] | None = None) -> None:
        self._database, self._folder, self._tell = database, knowledge_dir, tell

    @cached_property
    def shipped(self) -> Reading:
        """The content that came with this version of the program."""
        return content.read(self._folder)

    def read_ahead(self, between: Callable[[], object]) -> None:
        """Read the shipped content before anybody asks for it. between: see content.read."""
        if "shipped" not in self.__dict__:
            self.__dict__["shipped"] = content.read(self._folder, between)

    @cached_property
    def _by_id(self) -> dict[str, Entry]:
        return {e.id: e for e in self.shipped.entries}

    def draft(self, items: Sequence[Item], by: str, why: str = "") -> list[Version]:
        """Write new versions as drafts, all or none; an open draft of the same entry gives way."""
        if errors := [e for item in items for e in self._misplaced(item)]:
            raise ContentErrors(errors)
        with self._changing() as db:
            return [self._write(db, item, by, why) for item in items]

    def submit(self, entry: str, by: str, why: str = "") -> Version:
        """Put the draft of an entry to review. Raises ContentErrors with all that is wrong with it."""
        with self._database.begin() as db:
            held = self._open(db, entry)
        self._pass(held)
        with self._changing() as db:
            return replace(held, state=versions.move(db, held, Move.SUBMIT, by, why))

    def hand_in(self, item: Item, by: str, why: str = "") -> Version:
        """Write a draft that was looked through (see `refuse`), and put it to review at once."""
        with self._changing() as db:
            held = self._write(db, item, by, why)
            return replace(held, state=versions.move(db, held, Move.SUBMIT, by, why))

    def give_back(self, entry: str, by: str, why: str = "") -> Version:
        """Return what is in review to its author."""
        with self._changing() as db:
            held = self._open(db, entry)
            return replace(held, state=versions.move(db, held, Move.RETURN, by, why))

    def publish(self, entry: str, by: str, why: str = "", seen: int | None = None) -> Version:
        """Make what is in review live, in place of what was.

        seen  the version that the reviewer read: no other goes live, and none that they wrote themselves
        """
        with self._changing() as db:
            held = self._open(db, entry)
            if seen is not None:
                second_look(held, by, seen)
            before = versions.newest(db, entry, State.LIVE)
            state = versions.move(db, held, Move.PUBLISH, by, why, reviewer=by)
            if before:
                versions.move(db, before, Move.REPLACE, by, why)
            return replace(held, state=state, reviewer=by)

    def withdraw(self, entry: str, by: str, why: str = "") -> Version:
        """Tell an entry no more: a live one, whether shipped or staff's own, else its draft."""
        with self._changing() as db:
            held = versions.newest(db, entry, State.LIVE) or versions.newest(db, entry, *_OPEN)
            below = self._by_id.get(entry)
            if held and held.fields is None:
                raise KnowledgeError(f"{entry}：已经隐藏了")
            if below and (held is None or held.state is State.LIVE):
                if held:
                    versions.move(db, held, Move.REPLACE, by, why)
                return self._place(db, self._new(db, entry, by, why), by, why, Move.HIDE)
            if held is None:
                raise self._unknown(entry)
            return replace(held, state=versions.move(db, held, Move.WITHDRAW, by, why))

    def discard(self, entry: str, by: str, why: str = "") -> Version:
        """Give up the draft of an entry, or what is in review; what is live stays."""
        with self._changing() as db:
            held = self._open(db, entry)
            return replace(held, state=versions.move(db, held, Move.WITHDRAW, by, why))

    def restore(self, entry: str, by: str, why: str = "") -> None:
        """Tell a shipped entry again as it came; an own one as it was last live."""
        if entry not in self._by_id:
            self.roll_back(entry, self._last_live(entry), by, why)
            return
        with self._changing() as db:
            held = versions.newest(db, entry, State.LIVE)
            if held is None:
                raise KnowledgeError(f"{entry}：现在用的就是随附内容")
            versions.move(db, held, Move.REPLACE, by, why)
            versions.note(db, held, Move.RESTORE, State.WITHDRAWN, "shipped", by, why)

    def roll_back(self, entry: str, version: int, by: str, why: str = "") -> Version:
        """Make an earlier version live again, as a new one. Raises ContentErrors where it would not pass today."""
        with self._database.begin() as db:
            to = versions.once_live(db, entry, version)
        self._pass(to)
        with self._changing() as db:
            if held := versions.newest(db, entry, State.LIVE):
                versions.move(db, held, Move.REPLACE, by, why)
            return self._place(db, to, by, why, Move.ROLL_BACK)

    def check(self, *items: Item) -> list[ContentError]:
        """Everything that is wrong with entries, each by itself and beside all others."""
        overlay = live.read(self._database)
        others = [overlay.entries.get(e.id, e) for e in self.shipped.entries]
        others += [e for name, e in overlay.entries.items() if name not in self._by_id]
        read = [to_entry(item) for item in items]
        where = {item.id: (item.path or Path(item.id), item.line) for item in items}
        # They come last: where two say the same, the complaint is about the later one.
        entries = [*(e for e in others if e and e.id not in where), *(entry for entry, _ in read)]
        beside = replace(self.shipped, entries=entries, where=where)
        cited = {name for entry, _ in read for s in entry.sources for name in (s.law, s.name)}
        statutes = holdings.held(self._database, cited)
        found = across(beside, statutes, datetime.now(BEIJING).date(), where)
        wrong = [*(e for _, errors in read for e in errors), *found]
        return [e if items[0].path else ContentError(e.reason) for e in wrong]

    def item(self, entry: str) -> tuple[Item, Version | None]:
        """An entry as it stands for editing, and the version that says so: the open one, the live one, as shipped.

        Raises KnowledgeError where there is none, or it is hidden.
        """
        with self._database.begin() as db:
            held = versions.newest(db, entry, *_OPEN) or versions.newest(db, entry, State.LIVE)
        if held and held.fields is None:
            raise KnowledgeError(f"{entry}：已经隐藏；要修改，先恢复它")
        found = held.item() if held else self.as_shipped(entry)
        if found is None:
            raise self._unknown(entry)
        return found, held

    def as_shipped(self, entry: str) -> Item | None:
        """A shipped entry as its file has it; None where there is none."""
        path, _ = self.shipped.where.get(entry, (None, 0))
        if path is None or entry not in self._by_id:
            return None
        return next((replace(i, path=None) for i in read_items(path) if i.id == entry), None)

    def versions(self, *states: State) -> list[Version]:
        """All versions in one of `states`."""
        with self._database.begin() as db:
            return versions.versions(db, *states)

    def history(self, entry: str) -> tuple[list[Version], list[Event]]:
        """Every version of an entry, and all that was done to it, oldest first."""
        with self._database.begin() as db:
            found = versions.versions(db, of=entry)
            if not found and entry not in self._by_id:
                raise self._unknown(entry)
            return found, versions.events(db, entry)

    def conflicts(self) -> list[Conflict]:
        """The live edits under which the shipped entry has changed since."""
        out = []
        for version in self.versions(State.LIVE):
            now = self._by_id.get(version.entry)
            if version.shipped is None and now:
                out.append(Conflict(version, Clash.CAME, now))
            elif version.shipped is not None and now is None:
                out.append(Conflict(version, Clash.GONE, None))
            elif now and version.shipped != snapshot(now):
                out.append(Conflict(version, Clash.CHANGED, now))
        return out

    def bring(
        self, db: sa.Connection, item: Item | str, by: str, why: str, shipped: Mapping[str, Any] | None, *, draft: bool,
        reviewer: str = "",
    ) -> bool:  # fmt: skip
        """Take over an item from another place, or the id of a hidden entry; False where it is here already.

        reviewer  who let it, where it was not `by`
        shipped  what it was laid over there; None where nothing was
        """
        name, fields = (item, None) if isinstance(item, str) else (item.id, item.fields)
        held = versions.newest(db, name, *(_OPEN if draft else (State.LIVE,)))
        if held and held.fields == fields:
            return False
        if held:
            versions.move(db, held, Move.REPLACE, by, why)
        new = replace(self._new(db, name, by, why), fields=fields, reviewer="" if draft else reviewer or by)
        if new.shipped is not None and shipped is not None:
            new = replace(new, shipped=shipped)
        if not isinstance(item, str):
            new = replace(new, kind=item.kind, topic=item.topic)
        versions.add(db, new if draft else replace(new, state=State.LIVE), Move.IMPORT)
        return True

    def refuse(self, item: Item) -> None:
        """Raise ContentErrors with all that would keep an item from review, if anything would."""
        if errors := [*self._misplaced(item), *self.check(item)]:
            raise ContentErrors(errors)

    def next_version(self, entry: str) -> int:
        """The number that the next version of an entry gets."""
        with self._database.begin() as db:
            last = versions.newest(db, entry)
        return last.version + 1 if last else 1

    def holds(self, entry: str) -> bool:
        """Whether there is, or ever was, an entry, card or plan of this id."""
        return entry in self.shipped.where or self.next_version(entry) > 1

    def misplaced(self, item: Item) -> list[ContentError]:
        """What keeps an item from being kept even as a draft."""
        return list(self._misplaced(item))

    @contextmanager
    def _changing(self) -> Iterator[sa.Connection]:
        _ = self.shipped  # read before the transaction: it takes a second, and others wait
        with changing(self._database, self._tell) as db:
            yield db

    def _misplaced(self, item: Item) -> Iterator[ContentError]:
        """What keeps an item from being kept even as a draft."""
        if not item.id:
            yield ContentError("缺少 id", item.path, item.line)
            return
        if item.id in versions.LISTS:
            yield ContentError(f"{item.id}：这个 id 留给{versions.LISTS[item.id]}，请换一个", item.path, item.line)
        if len(item.id) > 80:
            yield ContentError(f"{item.id[:20]}…：id 最多 80 个字符", item.path, item.line)
        if not re.fullmatch(r"[\w-]{1,80}", item.topic):
            yield ContentError(f"{item.id}：topic 只能用字母、数字、汉字和 -", item.path, item.line)
        below = self._by_id.get(item.id)
        if below and below.kind is not item.kind:
            known = {kind: key for key, kind in KEYS.items()}
            advice = f"请写在 {known[below.kind]}: 之下" if below.kind in known else "它只能隐藏，不能修改"
            yield ContentError(f"{item.id}：随附内容里它是另一类条目，{advice}", item.path, item.line)
        elif below is None and item.id in self.shipped.where:
            yield ContentError(f"{item.id}：这个 id 已用于应急卡片或方案，请换一个", item.path, item.line)

    def _write(self, db: sa.Connection, item: Item, by: str, why: str) -> Version:
        if held := versions.newest(db, item.id, *_OPEN):
            versions.move(db, held, Move.REPLACE, by, why)
        new = replace(self._new(db, item.id, by, why), kind=item.kind, topic=item.topic, fields=item.fields)
        versions.add(db, new, Move.WRITE)
        return new

    def _place(self, db: sa.Connection, like: Version, by: str, why: str, what: Move) -> Version:
        """Write a version that says the same as `like` and is live at once."""
        new = self._new(db, like.entry, by, why)
        new = replace(new, state=State.LIVE, kind=like.kind, topic=like.topic, fields=like.fields, reviewer=by)
        versions.add(db, new, what)
        return new

    def _new(self, db: sa.Connection, entry: str, by: str, why: str) -> Version:
        last, below = versions.newest(db, entry), self._by_id.get(entry)
        return Version(
            entry=entry, version=last.version + 1 if last else 1, state=State.DRAFT, kind=below.kind if below else "",
            topic="", fields=None, shipped=snapshot(below) if below else None, author=by, reviewer="", why=why,
            at=datetime.now(UTC),
        )  # fmt: skip

    def _pass(self, held: Version) -> None:
        """Raise ContentErrors with all that is wrong with a version, if anything is. Outside any transaction."""
        if held.fields is not None and (errors := self.check(held.item())):
            raise ContentErrors(errors)

    def _last_live(self, entry: str) -> int:
        with self._database.begin() as db:
            if versions.newest(db, entry, State.LIVE):
                raise KnowledgeError(f"{entry}：现在就是已发布的")
            was_live = [e.version for e in versions.events(db, entry) if e.after == State.LIVE]
        if not was_live:
            raise self._unknown(entry)
        return was_live[-1]

    def _open(self, db: sa.Connection, entry: str) -> Version:
        held = versions.newest(db, entry, *_OPEN)
        if held is None:
            raise KnowledgeError(f"{entry}：没有草稿，也没有待审核的版本")
        return held

    def _unknown(self, entry: str) -> KnowledgeError:
        return KnowledgeError(f"没有叫 {entry} 的条目；用 safetybot knowledge list 查看")


def second_look(held: Version, by: str, seen: int) -> None:
    """Raise KnowledgeError unless this is the version that was read, and another wrote it."""
    if held.version != seen:
        raise KnowledgeError(f"{held.entry}：您看的是第 {seen} 版，现在已是第 {held.version} 版，请重新查看后再发布")
    if held.author == by:
        raise KnowledgeError(f"{held.entry}：这一版是您自己写的，请另一位同事审核发布")
