"""What a platform does a little later of its own accord: ends of jobs, receipts, the events that tell of them."""

import heapq
import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable

Deed = Callable[[], object]
#: Threads that push; a bot that is slow to answer events holds no more than these.
WORKERS = 4
#: More than these waiting are lost, as WeChat too loses events. Memory stays bounded.
MAX_WAITING = 100_000


class Outbox:
    """Deeds in the order in which they fall due on the simulated clock, done by a few threads.

    now           the simulated time; `wake` tells that it has jumped
    max_waiting   what comes beyond is lost
    """

    def __init__(self, now: Callable[[], float], max_waiting: int = MAX_WAITING) -> None:
        self._now = now
        self._max_waiting = max_waiting
        self._changed = threading.Condition()
        self._waiting: list[tuple[float, int, Deed]] = []
        self._order = itertools.count()
        self._workers = 0
        self._busy = 0
        self._to_lose: Counter[str] = Counter()
        self.lost = 0

    def put(self, due_at: float, deed: Deed) -> None:
        """Do `deed` at `due_at`, epoch seconds of the simulated clock."""
        with self._changed:
            if len(self._waiting) >= self._max_waiting:
                self.lost += 1
                return
            heapq.heappush(self._waiting, (due_at, next(self._order), deed))
            if self._workers < WORKERS:
                self._workers += 1
                threading.Thread(target=self._work, daemon=True).start()
            self._changed.notify()

    def lose(self, event: str, times: int) -> None:
        """A switch: the next `times` events of this name never arrive."""
        with self._changed:
            self._to_lose[event] = times

    def loses(self, event: str) -> bool:
        """Whether this event is one to be lost; counted down."""
        with self._changed:
            if not self._to_lose[event]:
                return False
            self._to_lose[event] -= 1
            self.lost += 1
            return True

    def wake(self) -> None:
        """The clock has jumped: look again at what is due."""
        with self._changed:
            self._changed.notify_all()

    def wait_idle(self, timeout_s: float) -> bool:
        """Wait until nothing is due and nothing under way; False when that lasts too long."""
        deadline = time.monotonic() + timeout_s
        with self._changed:
            while self._busy or self._due():
                if not self._changed.wait(deadline - time.monotonic()) and time.monotonic() >= deadline:
                    return False
        return True

    def _due(self) -> bool:
        return bool(self._waiting) and self._waiting[0][0] <= self._now()

    def _work(self) -> None:
        """Do what falls due; a thread that finds nothing waiting ends."""
        while deed := self._next():
            try:
                deed()
            finally:
                with self._changed:
                    self._busy -= 1
                    self._changed.notify_all()

    def _next(self) -> Deed | None:
        with self._changed:
            while self._waiting:
                if self._due():
                    self._busy += 1
                    return heapq.heappop(self._waiting)[2]
                self._changed.wait(max(self._waiting[0][0] - self._now(), 0.001))
            self._workers -= 1
            return None
