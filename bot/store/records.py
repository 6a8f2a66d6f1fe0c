"""What is written down of each message: log rows (they merely count, and wait), questions and ratings for staff (they
must last).

While the database is away both go to a spool file, line by line, and are written later. A row that the database
refuses is put aside, see refused.py, and the others are written.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.errors import RowRefusedError, StoreError
from bot.store import refused
from bot.store.database import Database
from bot.store.sayings import Sayings
from bot.store.spool import Spool
from bot.store.tables import answer_notice, message_log, rating, unanswered

log = logging.getLogger(__name__)

_FLUSH_S = 0.05
_IDLE_S = 1.0  # how often an idle writer looks whether the database is back
_BATCH = 500
_QUEUE = 20_000  # rows; beyond that the log is dropped rather than the answer delayed
_RETRY_S = 5.0
_REMEMBERED = 10_000  # questions; a popular one is written at once only the first time


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A row of the message log.

    took_ms  our own time, milliseconds
    said     the bot's reply, "" where it is private
    event    which one it was, in lower case, "option" for a tapped one; told to other rooms, and not kept
    """

    at: datetime
    channel: str
    address: str
    kind: str
    text: str
    status: str
    intent: str
    entry: str
    confidence: float
    took_ms: float
    said: str = ""
    event: str = ""


@dataclass(frozen=True, slots=True)
class UnansweredRow:
    """A question for staff; candidates are the rejected ones with their scores, region that of the person if told."""

    at: datetime
    channel: str
    address: str
    question: str
    candidates: tuple[tuple[str, float], ...]
    status: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True)
class RatingRow:
    """What a person thinks of an answer. useful: 1 or 0; one that says why replaces theirs that does not."""

    at: datetime
    channel: str
    address: str
    question: str
    entry: str
    confidence: float
    useful: int
    reason: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class LeavingRow:
    """A person who left, or wants to be forgotten: what was written of them until then must go.

    stays  they go on following
    """

    at: datetime
    channel: str
    address: str
    stays: bool = False


#: One of those above, or a dataclass of another room with a time `at`: see `Records`.
Row = Any
Writer = Callable[[sa.Connection, Any], None]


def together(*rooms: Mapping[type[Any], Writer]) -> dict[type[Any], Writer]:
    """The writers of several rooms as one: a type of row is given to each room that has a writer for it, in order."""
    kinds = {kind: [room[kind] for room in rooms if kind in room] for room in rooms for kind in room}
    return {kind: writers[0] if len(writers) == 1 else _each(writers) for kind, writers in kinds.items()}


def _each(writers: Sequence[Writer]) -> Writer:
    def write(db: sa.Connection, rows: Any) -> None:
        for writer in writers:
            writer(db, rows)

    return write


class Records:
    """Writes rows; one writer thread per process, started by `start`.

    writers  of other rooms, by type of row: each is given the rows of its type, one of ours or its own, in the same
             transaction. Rows of its own must come back from JSON as they were
    """

    def __init__(self, database: Database, spool: Path, writers: Mapping[type[Any], Writer] | None = None) -> None:
        self._database = database
        theirs, self._sayings = dict(writers or {}), Sayings()
        ours: dict[type[Any], Writer] = {**_WRITERS, MessageRow: self._insert_messages}
        self._writers = {kind: [w[kind] for w in (ours, theirs) if kind in w] for kind in {**ours, **theirs}}
        self._spool = Spool(spool, {kind.__name__: kind for kind in self._writers})
        self._waiting: deque[Row] = deque()
        self._awake, self._ending = threading.Event(), False
        self._thread: threading.Thread | None = None
        # One of our threads writes at a time: a lock hands over at once, SQLite lets those who wait sleep for longer.
        self._writing = threading.Lock()
        self._retry_at = 0.0
        self._kept: dict[str, None] = {}  # questions written before, oldest first

    def start(self) -> None:
        """Start the writer, which first writes what an earlier process left in the spool."""
        if self._thread is None:
            self._ending = False
            self._thread = threading.Thread(target=self._run, name="records", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Write what is waiting and end the writer."""
        if self._thread:
            self._ending = True
            self._awake.set()
            self._thread.join(5)
            self._thread = None

    def note(self, row: MessageRow) -> None:
        """Add a log row soon. Never blocks and never raises."""
        self._add(row)

    def _add(self, row: Row) -> bool:
        """Let a row wait for the writer; False when too many wait already."""
        if len(self._waiting) >= _QUEUE:
            return False
        self._waiting.append(row)
        if not self._awake.is_set():
            self._awake.set()
        return True

    def keep(self, row: UnansweredRow) -> None:
        """Write a row now: when this returns its question is safe. Raises StoreError as `rate` does.

        A question that was kept already waits its turn with the log rows: only how often it was asked could be lost.
        """
        if self.is_kept(row.question) and self._add(row):
            return
        self._write_now(row)
        self._kept[row.question] = None
        if len(self._kept) > _REMEMBERED:
            self._kept.pop(next(iter(self._kept)), None)

    def rate(self, row: RatingRow) -> None:
        """Write a rating now. Raises StoreError when even the disk refuses, or the database refuses this rating."""
        self._write_now(row)

    def write(self, row: Row) -> bool:
        """Write a row of another room now; False where it went to the spool. Raises StoreError as `rate` does."""
        return self._write_now(row)

    def is_kept(self, question: str) -> bool:
        """Whether a question is safe already, so that keeping it again waits for nothing."""
        return question in self._kept and self._thread is not None and len(self._waiting) < _QUEUE

    def erase(self, channel: str, address: str, *, stays: bool = False) -> None:
        """Forget a person: their messages go, their questions stay without them.

        While the database is away this is done later. Raises StoreError as `rate` does.
        """
        row = LeavingRow(datetime.now(UTC), channel, address, stays)
        self._write_now(row)
        self._add(row)  # rows of theirs that still wait are written first, and go then

    def _write_now(self, row: Row) -> bool:
        left, aside = self._unwritten([row])
        if left:
            self._spool.add(left)
        elif aside:  # whoever waits for it must not be told that it was done
            raise RowRefusedError(f"database: a row was refused and put aside: {type(row).__name__}")
        return not left

    def _run(self) -> None:
        done = False
        while not done:
            if self._awake.wait(_IDLE_S) and not self._ending:
                # Asleep until a batch has come together: woken for each row, this thread would cut into every answer.
                time.sleep(_FLUSH_S)
            done = self._ending
            rows = self._taken(everything=done)
            if time.monotonic() >= self._retry_at:
                self._spool.drain(lambda found: self._unwritten(found, many=True)[0])
            if rows and (left := self._unwritten(rows)[0]):
                with contextlib.suppress(StoreError):  # log rows only count; the disk's trouble is logged there
                    self._spool.add(left)

    def _taken(self, *, everything: bool) -> list[Row]:
        """The rows that wait, as many as one transaction takes."""
        self._awake.clear()  # before the rows: one that comes from here on wakes the writer again
        size = len(self._waiting)
        rows = [self._waiting.popleft() for _ in range(size if everything else min(size, _BATCH))]
        if self._waiting:
            self._awake.set()
        return rows

    def _unwritten(self, rows: Sequence[Row], *, many: bool = False) -> tuple[list[Row], int]:
        """Write rows to the database, in their order: those left because it is away, and how many it refused.

        For some seconds after it was away nobody tries. A refused row is found by halves, and put aside.
        many  others may write in between
        """
        parts, aside = deque([list(rows)]), 0
        with self._writing:
            while parts and time.monotonic() >= self._retry_at:
                part = parts.popleft()
                try:
                    self._write(part, many)
                except Exception as e:  # of the database, or of a writer that cannot take such a row
                    self._sayings.forget()
                    half = len(part) // 2
                    if isinstance(e, StoreError) and not isinstance(e, RowRefusedError):
                        self._failed(e)
                    elif half:
                        parts.extendleft([part[half:], part[:half]])
                        continue
                    elif self._put_aside(part[0], e):
                        aside += 1
                        continue
                    parts.appendleft(part)
        return [row for part in parts for row in part], aside

    def _put_aside(self, row: Row, error: Exception) -> bool:
        """Keep what cannot be written where it belongs; False where the database is away."""
        told = {"row": type(row).__name__, "error": f"{type(error).__name__}: {error}"}
        try:
            with self._database.begin() as db:
                refused.put_aside(db, told["row"], asdict(row), told["error"], datetime.now(UTC))
        except StoreError as e:
            self._failed(e)
            return False
        log.error(
            "a row that the database refuses was put aside", extra=told, exc_info=not isinstance(error, StoreError)
        )
        return True

    def _insert_messages(self, db: sa.Connection, rows: Sequence[MessageRow]) -> None:
        names = self._sayings.names(db, [row.said for row in rows], rows[-1].at)
        held = [_storable(_fields(row), _MESSAGE_LENGTHS) for row in rows]
        for values, name in zip(held, names, strict=True):
            del values["said"], values["event"]
            values["saying"] = name
        _insert(db, message_log, held)

    def _write(self, rows: Iterable[Row], many: bool) -> None:
        with self._database.portion() if many else self._database.begin() as db:
            for kind, alike in groupby(rows, type):
                held = list(alike)
                for write in self._writers[kind]:
                    write(db, held)

    def _failed(self, error: StoreError) -> None:
        self._retry_at = time.monotonic() + _RETRY_S
        log.warning("database is out of reach, rows go to the spool file", extra={"error": str(error)})


def _insert_questions(db: sa.Connection, rows: Sequence[UnansweredRow]) -> None:
    held = [{**_fields(r), "candidates": json.dumps(r.candidates, ensure_ascii=False)} for r in rows]
    _insert(db, unanswered, [_storable(row, _QUESTION_LENGTHS) for row in held])


def _insert(db: sa.Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    """Add rows that name every column but the id and have a time `at`."""
    sql, order, time_of = _insertion(table, tuple(rows[0]), db.dialect)
    if time_of is not None:
        for row in rows:
            row["at"] = time_of(row["at"])
    # Past SQLAlchemy's own handling of parameters, which takes longer for a row than half of answering a message.
    db.exec_driver_sql(sql, [tuple(map(row.__getitem__, order)) for row in rows] if order else list(rows))


@lru_cache(maxsize=8)
def _insertion(
    table: sa.Table, names: tuple[str, ...], dialect: sa.Dialect
) -> tuple[str, tuple[str, ...], Callable[[datetime], Any] | None]:
    """The statement, the order of its parameters (() where they go by name), and how a time is written."""
    compiled = sa.insert(table).inline().compile(dialect=dialect, column_keys=list(names))
    order = tuple(compiled.positiontup or ()) if compiled.positional else ()
    return str(compiled), order, table.c.at.type.dialect_impl(dialect).bind_processor(dialect)


def _insert_ratings(db: sa.Connection, rows: Sequence[RatingRow]) -> None:
    for row in rows:
        held = _storable(_fields(row), _RATING_LENGTHS)
        if row.reason or row.words:
            same = [rating.c[name] == held[name] for name in ("channel", "address", "question", "useful")]
            db.execute(sa.delete(rating).where(rating.c.reason == "", rating.c.words == "", *same))
        db.execute(sa.insert(rating), held)


def forget(db: sa.Connection, rows: Sequence[LeavingRow]) -> None:
    """Take out of the records what was written of people: their messages go, their questions stay without them."""
    for row in rows:
        address = _storable({"address": row.address}, _ADDRESS_LENGTH)["address"]  # as it was written
        mine = sa.and_(message_log.c.channel == row.channel, message_log.c.address == address)
        db.execute(sa.delete(message_log).where(mine))
        theirs = sa.and_(unanswered.c.channel == row.channel, unanswered.c.address == address)
        db.execute(sa.update(unanswered).where(theirs).values(address=""))
        rated = sa.and_(rating.c.channel == row.channel, rating.c.address == address)
        db.execute(sa.update(rating).where(rated).values(address=""))
        told = sa.and_(answer_notice.c.channel == row.channel, answer_notice.c.address == address)
        nameless = sa.literal("#") + sa.cast(answer_notice.c.id, sa.String)  # one of each cluster: they must differ
        waiting = sa.and_(told, answer_notice.c.state == "created")
        db.execute(sa.update(answer_notice).where(waiting).values(state="skipped", why="left"))
        db.execute(sa.update(answer_notice).where(told).values(address=nameless))
        refused.forget(db, row.channel, row.address)


_WRITERS: dict[type[Any], Writer] = {
    UnansweredRow: _insert_questions,
    RatingRow: _insert_ratings,
    LeavingRow: forget,
}


def _fields(row: Row) -> dict[str, Any]:
    """What dataclasses.asdict says of a row, without its deep copies."""
    return {name: getattr(row, name) for name in row.__dataclass_fields__}


def _lengths(table: sa.Table) -> dict[str, int | None]:
    """How many characters each column of text holds, None where as many as there are."""
    return {c.name: getattr(c.type, "length", None) for c in table.c if isinstance(c.type, sa.String)}


_MESSAGE_LENGTHS, _QUESTION_LENGTHS, _RATING_LENGTHS = map(_lengths, (message_log, unanswered, rating))
del _MESSAGE_LENGTHS["saying"]  # no field of a row
_ADDRESS_LENGTH = {"address": _MESSAGE_LENGTHS["address"]}
#: PostgreSQL holds no NUL, and no engine half a character (an unpaired surrogate).
_REFUSED = re.compile("[\0\ud800-\udfff]")


def _storable(row: dict[str, Any], lengths: Mapping[str, int | None]) -> dict[str, Any]:
    """The row as every engine takes it: one that is refused would come back from the spool for ever."""
    for name, length in lengths.items():
        text = row[name]
        if not text.isascii() or "\0" in text:
            text = _REFUSED.sub(lambda found: "" if found[0] == "\0" else "?", text)
        row[name] = text[:length]
    return row
