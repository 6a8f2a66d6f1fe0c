"""Threads that make calls."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable


class Callers:
    """Threads that make calls, shared by all batches of a process."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._threads = [threading.Thread(target=self._run, name=f"caller-{n}", daemon=True) for n in range(count)]
        for thread in self._threads:
            thread.start()

    def put(self, call: Callable[[], None]) -> None:
        """Let a call be made as soon as a thread is free."""
        self._calls.put(call)

    def close(self) -> None:
        """End the threads after what was put before."""
        for _ in self._threads:
            self._calls.put(None)
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while (call := self._calls.get()) is not None:
            call()
