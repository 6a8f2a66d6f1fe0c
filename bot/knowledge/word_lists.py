"""The office's own synonyms and words of danger: drafted, reviewed, published and rolled back as entries are.

Both are pairs, a word and what it is read as, and hold the same way in a version and in a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import sqlalchemy as sa

from bot.answers import synonyms
from bot.answers.lexicon import Lexicon, load_lexicon
from bot.answers.normalise import normalise
from bot.answers.own_dangers import with_words, wrong_words
from bot.answers.synonym_faults import faults
from bot.answers.synonyms import Pair, parse, written
from bot.errors import ContentError, ContentErrors, KnowledgeError
from bot.ingest import content
from bot.knowledge import live, versions
from bot.knowledge.desk import second_look
from bot.knowledge.revision import changing
from bot.knowledge.states import Move, State
from bot.knowledge.versions import DANGERS, LISTS, SYNONYMS, Event, Version
from bot.store.database import Database

_OPEN = (State.DRAFT, State.IN_REVIEW)


class WordList:
    """What staff do with one list. tell: called when something that is live was changed.

    subject  what it is called in the database; file: in an export
    """

    subject: str
    file: str
    #: How somebody begins who has no draft.
    how = "请先在页面上起草"

    def __init__(self, database: Database, tell: Callable[[], object] | None = None) -> None:
        self._database, self._tell = database, tell

    @property
    def name(self) -> str:
        """As staff know it."""
        return LISTS[self.subject]

    def check(self, pairs: Sequence[Pair], path: Path | str | None = None) -> list[ContentError]:
        """Everything that is wrong with a list."""
        raise NotImplementedError

    def check_all(self) -> list[ContentError]:
        """Everything that is wrong with what is live."""
        return self.check(self.live(), f"本单位的{self.name}")

    def live(self) -> list[Pair]:
        """The pairs that hold now."""
        return self._pairs(State.LIVE)

    def draft_pairs(self) -> list[Pair]:
        """The pairs that would hold: of the draft, or of what is in review. Raises KnowledgeError without one."""
        with self._database.begin() as db:
            return pairs_of(self._open(db))

    def draft(self, pairs: Sequence[Pair], by: str, why: str = "") -> Version:
        """Write the whole list as a draft; an open one gives way."""
        with changing(self._database, self._tell) as db:
            return self._write(db, pairs, by, why)

    def submit(self, by: str, why: str = "") -> Version:
        """Put the draft to review. Raises ContentErrors with all that is wrong with it."""
        self._pass(self.draft_pairs())
        return self._move(Move.SUBMIT, by, why)

    def give_back(self, by: str, why: str = "") -> Version:
        """Return what is in review to its author."""
        return self._move(Move.RETURN, by, why)

    def withdraw(self, by: str, why: str = "") -> Version:
        """Give up the draft; without one, the live list."""
        with changing(self._database, self._tell) as db:
            held = versions.newest(db, self.subject, *_OPEN) or versions.newest(db, self.subject, State.LIVE)
            if held is None:
                raise KnowledgeError(f"本单位还没有自己的{self.name}")
            return replace(held, state=versions.move(db, held, Move.WITHDRAW, by, why))

    def publish(self, by: str, why: str = "", seen: int | None = None) -> Version:
        """Make what is in review live, in place of what was. seen: as of an entry, see Desk.publish."""
        with changing(self._database, self._tell) as db:
            held = self._open(db)
            if seen is not None:
                second_look(held, by, seen)
            before = versions.newest(db, self.subject, State.LIVE)
            state = versions.move(db, held, Move.PUBLISH, by, why, reviewer=by)
            if before:
                versions.move(db, before, Move.REPLACE, by, why)
            return replace(held, state=state, reviewer=by)

    def roll_back(self, version: int, by: str, why: str = "") -> Version:
        """Make an earlier list live again, as a new version. Raises ContentErrors where it would not pass today."""
        with self._database.begin() as db:
            to = versions.once_live(db, self.subject, version)
        self._pass(pairs_of(to))
        with changing(self._database, self._tell) as db:
            return self._go_live(db, pairs_of(to), by, why, Move.ROLL_BACK)

    def in_review(self) -> Version | None:
        """What waits for a second person."""
        with self._database.read() as db:
            return versions.newest(db, self.subject, State.IN_REVIEW)

    def history(self) -> tuple[list[Version], list[Event]]:
        """Every version, and all that was done, oldest first."""
        with self._database.begin() as db:
            return versions.versions(db, of=self.subject), versions.events(db, self.subject)

    def bring(self, db: sa.Connection, pairs: Sequence[Pair], by: str, why: str, *, draft: bool) -> bool:
        """Take over a list from another place; False where it is here already."""
        held = versions.newest(db, self.subject, *(_OPEN if draft else (State.LIVE,)))
        if held and _said(pairs_of(held)) == _said(pairs):
            return False
        if draft:
            self._write(db, pairs, by, why)
        else:
            self._go_live(db, pairs, by, why, Move.IMPORT)
        return True

    def _pass(self, pairs: Sequence[Pair]) -> None:
        if errors := self.check(pairs):
            raise ContentErrors(errors)

    def _pairs(self, *states: State) -> list[Pair]:
        with self._database.begin() as db:
            held = versions.newest(db, self.subject, *states)
        return pairs_of(held) if held else []

    def _open(self, db: sa.Connection) -> Version:
        held = versions.newest(db, self.subject, *_OPEN)
        if held is None:
            raise KnowledgeError(f"{self.name}没有草稿，也没有待审核的版本；{self.how}")
        return held

    def _move(self, what: Move, by: str, why: str) -> Version:
        with changing(self._database, self._tell) as db:
            held = self._open(db)
            return replace(held, state=versions.move(db, held, what, by, why))

    def _write(self, db: sa.Connection, pairs: Sequence[Pair], by: str, why: str) -> Version:
        if held := versions.newest(db, self.subject, *_OPEN):
            versions.move(db, held, Move.REPLACE, by, why)
        new = _version(db, self.subject, pairs, by, why)
        versions.add(db, new, Move.WRITE)
        return new

    def _go_live(self, db: sa.Connection, pairs: Sequence[Pair], by: str, why: str, what: Move) -> Version:
        if held := versions.newest(db, self.subject, State.LIVE):
            versions.move(db, held, Move.REPLACE, by, why)
        new = replace(_version(db, self.subject, pairs, by, why), state=State.LIVE, reviewer=by)
        versions.add(db, new, what)
        return new


class SynonymDesk(WordList):
    """The office's own synonyms. lexicon: words of danger, which are never exchanged."""

    subject, file = SYNONYMS, "synonyms.toml"
    how = "先用 safetybot synonyms draft 文件"

    def __init__(
        self, database: Database, knowledge_dir: Path, lexicon: Path, tell: Callable[[], object] | None = None
    ) -> None:
        super().__init__(database, tell)
        self._folder, self._lexicon = knowledge_dir, lexicon

    def check(self, pairs: Sequence[Pair], path: Path | str | None = None) -> list[ContentError]:
        """Everything that is wrong with an own list, by itself and beside the shipped one."""
        ours = {p.word for p in pairs}
        beside = [p for p in synonyms.shipped() if p.word not in ours]
        return self._checked(pairs, path, beside)

    def check_file(self, pairs: Sequence[Pair], path: Path) -> list[ContentError]:
        """Everything that is wrong with a list as config/synonyms.toml."""
        return self._checked(pairs, path, ())

    def check_all(self) -> list[ContentError]:
        """Everything that is wrong with the shipped file and with the own list that is live."""
        try:
            shipped = self.check_file(synonyms.read(synonyms.PATH), synonyms.PATH)
        except ContentError as e:
            return [e]
        return [*shipped, *self.check(self.live(), "本单位的近义词")]

    @cached_property
    def _phrasings(self) -> list[str]:
        entries = live.read(self._database).entries_over(content.read(self._folder).entries)
        return [normalise(q) for e in entries for q in (e.title, *e.questions)]

    def _checked(self, pairs: Sequence[Pair], path: Path | str | None, beside: Sequence[Pair]) -> list[ContentError]:
        lexicon = with_words(load_lexicon(self._lexicon), live.dangers(self._database))
        found = faults(pairs, lexicon, self._phrasings, beside)
        return [ContentError(reason, path, pair.line or None) for pair, reason in found]


class DangerDesk(WordList):
    """The office's own words of danger. lexicon: those that came with the program; knowledge_dir: what people say."""

    subject, file = DANGERS, "danger_words.toml"

    def __init__(
        self, database: Database, knowledge_dir: Path, lexicon: Path, tell: Callable[[], object] | None = None
    ) -> None:
        super().__init__(database, tell)
        self._folder, self._path = knowledge_dir, lexicon

    def check(self, pairs: Sequence[Pair], path: Path | str | None = None) -> list[ContentError]:
        """Everything that is wrong with an own list, beside what came with the program."""
        found = wrong_words(pairs, self._shipped, self._emergencies)
        return [ContentError(reason, path, pair.line or None) for pair, reason in found]

    def lexicon(self, pairs: Sequence[Pair], path: Path | None = None) -> Lexicon:
        """The words as they would be read with these. path: of another file than came with the program."""
        return with_words(load_lexicon(path) if path else self._shipped, pairs)

    @cached_property
    def _emergencies(self) -> list[str]:
        """What people in danger say, as far as the content knows."""
        held = content.read(self._folder)
        said = [q for card in held.cards for q in card.questions]
        return [normalise(text) for text in (*said, *(e.text for e in held.examples if e.now))]

    @cached_property
    def _shipped(self) -> Lexicon:
        return load_lexicon(self._path)


def pairs_of(version: Version) -> list[Pair]:
    """What a version says."""
    return parse(str((version.fields or {}).get("pairs", "")))


def _said(pairs: Iterable[Pair]) -> list[tuple[str, str, str, bool]]:
    return [p.said for p in pairs]


def _version(db: sa.Connection, subject: str, pairs: Sequence[Pair], by: str, why: str) -> Version:
    last = versions.newest(db, subject)
    return Version(
        entry=subject, version=last.version + 1 if last else 1, state=State.DRAFT, kind=subject, topic="",
        fields={"pairs": written(pairs)}, shipped=None, author=by, reviewer="", why=why, at=datetime.now(UTC),
    )  # fmt: skip
