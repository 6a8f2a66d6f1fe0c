"""What is written down of each message: log rows (they merely count, and wait), questions for staff (they must last).

While the database is away both go to a spool file, line by line, and are written later.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import queue
import threading
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.errors import StoreError
from bot.store.database import Database
from bot.store.tables import message_log, unanswered

log = logging.getLogger(__name__)

_FLUSH_S = 0.05
_BATCH = 500
_QUEUE = 20_000  # rows; beyond that the log is dropped rather than the answer delayed
_RETRY_S = 5.0


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


Row = MessageRow | UnansweredRow


class Records:
    """Writes rows; one writer thread per process, started by `start`."""

    def __init__(self, database: Database, spool: Path) -> None:
        self._database, self._spool = database, spool
        self._queue: queue.Queue[MessageRow | None] = queue.Queue(_QUEUE)
        self._thread: threading.Thread | None = None
        self._spool_lock = threading.Lock()
        self._retry_at = 0.0

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
        """Write a row now: when this returns it will not be lost. Raises StoreError when even the disk refuses."""
        if time.monotonic() >= self._retry_at:
            try:
                self._write([row])
                return
            except StoreError as e:
                self._failed(e)
        self._to_spool([row])

    def erase(self, channel: str, address: str) -> None:
        """Forget a person: their messages go, their questions stay without them. Raises StoreError."""
        with self._database.begin() as db:
            mine = sa.and_(message_log.c.channel == channel, message_log.c.address == address)
            db.execute(sa.delete(message_log).where(mine))
            theirs = sa.and_(unanswered.c.channel == channel, unanswered.c.address == address)
            db.execute(sa.update(unanswered).where(theirs).values(address=""))

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
        until = time.monotonic() + _FLUSH_S
        while item is not None:
            rows.append(item)
            if len(rows) >= _BATCH:
                return False
            item = self._queue.get(timeout=max(0.001, until - time.monotonic()))
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
        messages = [asdict(r) for r in rows if isinstance(r, MessageRow)]
        questions = [_question(r) for r in rows if isinstance(r, UnansweredRow)]
        with self._database.begin() as db:
            if messages:
                db.execute(sa.insert(message_log), messages)
            if questions:
                db.execute(sa.insert(unanswered), questions)

    def _failed(self, error: StoreError) -> None:
        self._retry_at = time.monotonic() + _RETRY_S
        log.warning("database is out of reach, rows go to the spool file", extra={"error": str(error)})

    def _to_spool(self, rows: Iterable[Row]) -> None:
        lines = "".join(json.dumps([type(r).__name__, asdict(r)], ensure_ascii=False, default=str) + "\n" for r in rows)
        try:
            with self._spool_lock:
                self._spool.parent.mkdir(parents=True, exist_ok=True)
                with self._spool.open("a", encoding="utf-8") as f:
                    f.write(lines)
                    f.flush()
                    os.fsync(f.fileno())
        except OSError as e:
            log.error("spool file cannot be written", extra={"error": str(e)})
            raise StoreError(f"spool: {e.strerror}") from e

    def _drain_spool(self) -> None:
        if time.monotonic() < self._retry_at or not self._spool.exists():
            return
        with self._spool_lock:
            rows = [row for line in self._spool.read_text(encoding="utf-8").splitlines() if (row := _parse(line))]
            try:
                self._write(rows)
            except StoreError as e:
                self._failed(e)
                return
            self._spool.unlink()
        log.info("spool written to the database", extra={"rows": len(rows)})


def _question(row: UnansweredRow) -> dict[str, Any]:
    return {**asdict(row), "candidates": json.dumps(row.candidates, ensure_ascii=False)}


def _parse(line: str) -> Row | None:
    """One line of the spool; None for one that a crash cut short."""
    try:
        name, values = json.loads(line)
        values["at"] = datetime.fromisoformat(values["at"])
        return MessageRow(**values) if name == "MessageRow" else UnansweredRow(**values)
    except (ValueError, TypeError, KeyError):
        log.warning("a damaged line of the spool was passed over")
        return None
