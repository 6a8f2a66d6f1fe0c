"""A file of rows that wait while the database is away, a line each; several processes may use the same one."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.errors import StoreError

log = logging.getLogger(__name__)

_AT_ONCE = 2000  # rows in one transaction


class Spool:
    """Rows are dataclasses with a time `at`. kinds: by name."""

    def __init__(self, path: Path, kinds: Mapping[str, type[Any]]) -> None:
        self._path, self._kinds, self._lock = path, kinds, threading.Lock()

    def add(self, rows: Iterable[Any]) -> None:
        """Put rows behind those that wait; they are on the disk when this returns. Raises StoreError."""
        # ASCII, for a text may hold line ends and half characters of its own. A line end before as well as after:
        # a crash may have cut the last line short.
        lines = "\n" + "".join(json.dumps([type(r).__name__, asdict(r)], default=str) + "\n" for r in rows)
        try:
            with self._lock:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                with self._path.open("a", encoding="ascii") as f:
                    fcntl.flock(f, fcntl.LOCK_EX)
                    f.write(lines)
                    f.flush()
                    os.fsync(f.fileno())
        except OSError as e:
            log.error("spool file cannot be written", extra={"error": str(e)})
            raise StoreError(f"spool: {e.strerror}") from e

    def drain(self, unwritten: Callable[[Sequence[Any]], Sequence[Any]]) -> None:
        """Let all that wait be written, in their order, some at a time.

        unwritten  writes rows; returns the last of them, those that could not be
        """
        if not self._path.exists() or not self._path.stat().st_size:
            return
        # Emptied, not unlinked: another process may have it open and be waiting for the lock to add its row.
        with self._lock, self._path.open("r+b", buffering=0) as f:
            fcntl.flock(f, fcntl.LOCK_EX)
            held = [(row, end) for line, end in _lines(f.read()) if (row := _parse(line, self._kinds))]
            begin = 0
            for n in range(0, len(held), _AT_ONCE):
                part = held[n : n + _AT_ONCE]
                done = n + len(part) - len(unwritten([row for row, _end in part]))
                # What is written must not be written again, whoever dies meanwhile: empty lines are passed over.
                end = held[done - 1][1] if done else 0
                f.seek(begin)
                f.write(b"\n" * (end - begin))
                begin = end
                if done < n + len(part):
                    return
            f.truncate(0)
        log.info("spool written to the database", extra={"rows": len(held)})


def _lines(data: bytes) -> Iterator[tuple[str, int]]:
    """Lines with something in them, and where each ends."""
    end = 0
    for line in data.split(b"\n"):
        end += len(line)
        if line:
            yield line.decode("ascii", "replace"), end
        end += 1


def _parse(line: str, kinds: Mapping[str, type[Any]]) -> Any:
    """One line; None for one that a crash cut short."""
    try:
        name, values = json.loads(line)
        return kinds[name](**{**values, "at": datetime.fromisoformat(values["at"])})
    except (ValueError, TypeError, KeyError):
        log.warning("a damaged line of the spool was passed over")
        return None
