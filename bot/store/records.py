"""What is written down of each message: log rows (they merely count, and wait), questions and ratings for staff (they
must last).

While the database is away both go to a spool file, line by line, and are written later.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.errors import StoreError
from bot.store.database import Database
from bot.store.tables import message_log, rating, unanswered

log = logging.getLogger(__name__)

_FLUSH_S = 0.05
_BATCH = 500
_QUEUE = 20_000  # rows; beyond that the log is dropped rather than the answer delayed
_RETRY_S = 5.0
_REMEMBERED = 10_000  # questions; a popular one is written at once only the first time


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A row of the message log. took_ms: our own time, milliseconds."""

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


@dataclass(frozen=True, slots=True)
class UnansweredRow:
    """A question for staff; candidates are the rejected ones with their scores."""

    at: datetime
    channel: str
    address: str
    question: str
    candidates: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class RatingRow:
    """What a person thinks of an answer. useful: 1 or 0; one with a reason replaces theirs without."""

    at: datetime
    channel: str
    address: str
    question: str
    entry: str
    confidence: float
    useful: int
    reason: str


@dataclass(frozen=True, slots=True)
class LeavingRow:
    """A person who left: what was written of them until then must go."""

    at: datetime
    channel: str
    address: str


Row = MessageRow | UnansweredRow | RatingRow | LeavingRow


class Records:
    """Writes rows; one writer thread per process, started by `start`."""

    def __init__(self, database: Database, spool: Path) -> None:
        self._database, self._spool = database, spool
        self._queue: queue.Queue[Row | None] = queue.Queue(_QUEUE)
        self._thread: threading.Thread | None = None
        self._spool_lock = threading.Lock()
        self._retry_at = 0.0
        self._kept: dict[str, None] = {}  # questions written before, oldest first

    def start(self) -> None:
        """Start the writer, which first writes what an earlier process left in the spool."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="records", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Write what is waiting and end the writer."""
        if self._thread:
            self._queue.put(None)
            self._thread.join(5)
            self._thread = None

    def note(self, row: MessageRow) -> None:
        """Add a log row soon. Never blocks and never raises."""
        with contextlib.suppress(queue.Full):
            self._queue.put_nowait(row)

    def keep(self, row: UnansweredRow) -> None:
        """Write a row now: when this returns its question is safe. Raises StoreError when even the disk refuses.

        A question that was kept already waits its turn with the log rows: only how often it was asked could be lost.
        """
        if row.question in self._kept and self._running():
            with contextlib.suppress(queue.Full):
                self._queue.put_nowait(row)
                return
        self._write_now(row)
        self._kept[row.question] = None
        if len(self._kept) > _REMEMBERED:
            self._kept.pop(next(iter(self._kept)), None)

    def rate(self, row: RatingRow) -> None:
        """Write a rating now. Raises StoreError when even the disk refuses."""
        self._write_now(row)

    def _running(self) -> bool:
        return self._thread is not None

    def erase(self, channel: str, address: str) -> None:
        """Forget a person: their messages go, their questions stay without them.

        While the database is away this is done later. Raises StoreError when even the disk refuses.
        """
        row = LeavingRow(datetime.now(UTC), channel, address)
        self._write_now(row)
        with contextlib.suppress(queue.Full):
            self._queue.put_nowait(row)  # rows of theirs that still wait are written first, and go then

    def _write_now(self, row: Row) -> None:
        if time.monotonic() >= self._retry_at:
            try:
                self._write([row])
                return
            except StoreError as e:
                self._failed(e)
        self._to_spool([row])

    def _run(self) -> None:
        done = False
        while not done:
            rows: list[Row] = []
            with contextlib.suppress(queue.Empty):
                done = self._take(rows)
            self._drain_spool()
            if rows:
                self._write_or_spool(rows)

    def _take(self, rows: list[Row]) -> bool:
        """Fill `rows` with a batch; True when it was the last one."""
        item = self._queue.get(timeout=1.0)
        if item is not None:
            # Asleep until a batch has come together: woken for each row, this thread would cut into every answer.
            time.sleep(_FLUSH_S)
        while item is not None:
            rows.append(item)
            if len(rows) >= _BATCH:
                return False
            item = self._queue.get_nowait()
        return True

    def _write_or_spool(self, rows: list[Row]) -> None:
        if time.monotonic() >= self._retry_at:
            try:
                self._write(rows)
                return
            except StoreError as e:
                self._failed(e)
        with contextlib.suppress(StoreError):  # log rows only count; the disk's own trouble is logged there
            self._to_spool(rows)

    def _write(self, rows: Iterable[Row]) -> None:
        with self._database.begin() as db:
            for kind, alike in groupby(rows, type):
                _WRITERS[kind](db, list(alike))

    def _failed(self, error: StoreError) -> None:
        self._retry_at = time.monotonic() + _RETRY_S
        log.warning("database is out of reach, rows go to the spool file", extra={"error": str(error)})

    def _to_spool(self, rows: Iterable[Row]) -> None:
        # ASCII, for a text may hold line ends and half characters of its own. A line end before as well as after:
        # a crash may have cut the last line short.
        lines = "\n" + "".join(json.dumps([type(r).__name__, asdict(r)], default=str) + "\n" for r in rows)
        try:
            with self._spool_lock:
                self._spool.parent.mkdir(parents=True, exist_ok=True)
                with self._spool.open("a", encoding="ascii") as f:
                    fcntl.flock(f, fcntl.LOCK_EX)
                    f.write(lines)
                    f.flush()
                    os.fsync(f.fileno())
        except OSError as e:
            log.error("spool file cannot be written", extra={"error": str(e)})
            raise StoreError(f"spool: {e.strerror}") from e

    def _drain_spool(self) -> None:
        if time.monotonic() < self._retry_at or not self._spool.exists() or not self._spool.stat().st_size:
            return
        # Emptied, not unlinked: another process may have it open and be waiting for the lock to add its row.
        with self._spool_lock, self._spool.open("r+", encoding="ascii", errors="replace") as f:
            fcntl.flock(f, fcntl.LOCK_EX)
            rows = [row for line in f.read().split("\n") if line and (row := _parse(line))]
            try:
                self._write(rows)
            except StoreError as e:
                self._failed(e)
                return
            f.truncate(0)
        log.info("spool written to the database", extra={"rows": len(rows)})


def _insert_messages(db: sa.Connection, rows: Sequence[MessageRow]) -> None:
    db.execute(sa.insert(message_log), [_storable(message_log, _fields(r)) for r in rows])


def _insert_questions(db: sa.Connection, rows: Sequence[UnansweredRow]) -> None:
    held = [{**_fields(r), "candidates": json.dumps(r.candidates, ensure_ascii=False)} for r in rows]
    db.execute(sa.insert(unanswered), [_storable(unanswered, row) for row in held])


def _insert_ratings(db: sa.Connection, rows: Sequence[RatingRow]) -> None:
    for row in rows:
        held = _storable(rating, _fields(row))
        if row.reason:
            same = [rating.c[name] == held[name] for name in ("channel", "address", "question", "useful")]
            db.execute(sa.delete(rating).where(rating.c.reason == "", *same))
        db.execute(sa.insert(rating), held)


def _erase(db: sa.Connection, rows: Sequence[LeavingRow]) -> None:
    for row in rows:
        mine = sa.and_(message_log.c.channel == row.channel, message_log.c.address == row.address)
        db.execute(sa.delete(message_log).where(mine))
        theirs = sa.and_(unanswered.c.channel == row.channel, unanswered.c.address == row.address)
        db.execute(sa.update(unanswered).where(theirs).values(address=""))
        rated = sa.and_(rating.c.channel == row.channel, rating.c.address == row.address)
        db.execute(sa.update(rating).where(rated).values(address=""))


_WRITERS: dict[type[Row], Callable[[sa.Connection, Any], None]] = {
    MessageRow: _insert_messages,
    UnansweredRow: _insert_questions,
    RatingRow: _insert_ratings,
    LeavingRow: _erase,
}
_ROWS: dict[str, type[Row]] = {kind.__name__: kind for kind in _WRITERS}


def _fields(row: Row) -> dict[str, Any]:
    """What dataclasses.asdict says of a row, without its deep copies."""
    return {name: getattr(row, name) for name in row.__dataclass_fields__}


def _storable(table: sa.Table, row: dict[str, Any]) -> dict[str, Any]:
    """The row as every engine takes it: one that is refused would come back from the spool for ever."""
    return {name: _text(v, table.c[name]) if isinstance(v, str) else v for name, v in row.items()}


def _text(value: str, column: sa.Column[Any]) -> str:
    # PostgreSQL holds no NUL, and no engine half a character (an unpaired surrogate).
    plain = value.encode("utf-8", "replace").decode().replace("\0", "")
    return plain[: getattr(column.type, "length", None)]


def _parse(line: str) -> Row | None:
    """One line of the spool; None for one that a crash cut short."""
    try:
        name, values = json.loads(line)
        return _ROWS[name](**{**values, "at": datetime.fromisoformat(values["at"])})
    except (ValueError, TypeError, KeyError):
        log.warning("a damaged line of the spool was passed over")
        return None
