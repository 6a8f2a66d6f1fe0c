"""Several transactions of a thread as one: a deed and what is written down of it are both held, or neither."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import sqlalchemy as sa

_WRITES = frozenset({"INSERT", "UPDATE", "DELETE", "REPLACE"})


class One:
    """From the first transaction on that writes, all that follow are parts of it; those that only read end at once.

    So nobody else who writes waits for a check that goes before.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._held: sa.Connection | None = None
        self._waiting: list[Callable[[], object]] = []

    @property
    def has_written(self) -> bool:
        """Whether there is something to be committed."""
        return self._held is not None

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """A part: what it wrote is undone on any error, and what was written before it stays."""
        if self._held is not None:
            with self._held.begin_nested():
                yield self._held
            return
        connection = self._engine.connect()
        writes = _watched(connection)
        try:
            transaction = connection.begin()
            yield connection
            if writes and self._held is None:
                self._held = connection
                return
            transaction.commit()
        except BaseException:
            connection.close()
            raise
        connection.close()

    def afterwards(self, do: Callable[[], object]) -> None:
        """Do this once all is committed; not at all where nothing comes of it."""
        self._waiting.append(do)

    def commit(self) -> None:
        """Let it hold, and do what waited for that."""
        held, self._held = self._held, None
        if held is not None:
            with held:
                held.commit()
        waiting, self._waiting = self._waiting, []
        for do in waiting:
            do()

    def undo(self) -> None:
        """Leave nothing of it."""
        held, self._held = self._held, None
        self._waiting.clear()
        if held is not None:
            with suppress(sa.exc.DBAPIError):  # it may be gone, and all of it with it
                held.close()


class OfThread(threading.local):
    """What the present thread writes as one; None while each of its transactions stands by itself."""

    one: One | None = None


def _watched(connection: sa.Connection) -> list[bool]:
    """Holds something as soon as the connection has written."""
    found: list[bool] = []

    @sa.event.listens_for(connection, "after_cursor_execute")
    def look(*event: Any) -> None:
        statement, context = event[2], event[4]
        by_us = context.isinsert or context.isupdate or context.isdelete
        if by_us or statement.split(None, 1)[0].upper() in _WRITES:
            found.append(True)

    return found
