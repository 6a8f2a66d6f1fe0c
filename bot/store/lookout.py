"""A thread that looks for what other processes have changed: each second, and at once where one of them says so."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from bot.errors import StoreError
from bot.store.kv import KeyValue

log = logging.getLogger(__name__)

#: So much later, at most, a process learns of what was changed in another; so often it listens for a signal.
_LOOK_S, _LISTEN_S = 1.0, 0.2
_SIGNAL_TTL_S = 60.0


@dataclass(frozen=True, slots=True)
class Signal:
    """Has all processes that share a store look at once; without it they look within a second all the same."""

    name: str

    def give(self, store: KeyValue) -> None:
        """Say that something has changed. Never raises."""
        with contextlib.suppress(StoreError):
            store.set(self.name, uuid.uuid4().bytes, _SIGNAL_TTL_S)

    def heard(self, store: KeyValue) -> bytes:
        """What was given last; another each time."""
        return store.get(self.name) or b""


class Lookout:
    """Looks until it is stopped, whatever goes wrong.

    name   of the thread, and of what is looked for in the log
    look   notices what has changed. Raises StoreError while that is out of reach
    heard  the last signal to look at once
    """

    def __init__(self, name: str, look: Callable[[], None], heard: Callable[[], bytes] = bytes) -> None:
        self._name, self._look, self._heard = name, look, heard
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Look from now on, in a thread of its own."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._ending.set()
        if self._thread:
            self._thread.join(5)
            self._thread = None

    def _run(self) -> None:
        known, due = b"", 0.0
        while True:
            try:
                heard = self._heard()
                if heard != known or time.monotonic() >= due:
                    known, due = heard, time.monotonic() + _LOOK_S
                    self._look()
            except StoreError as e:
                log.warning("changes cannot be seen", extra={"of": self._name, "error": str(e)})
            except Exception:  # the edge: what holds now goes on holding
                log.exception("changes could not be taken over", extra={"of": self._name})
            if self._ending.wait(_LISTEN_S):
                return
