"""How many messages one visitor, or one address on the net, may send: kept in this process, lost with it."""

from __future__ import annotations

import threading
from collections.abc import Callable

_MAX_KEYS = 20_000


class RateLimit:
    """Token buckets by key: `per_minute` at once, refilled evenly over a minute.

    clock  seconds, any origin; only differences count
    """

    def __init__(self, per_minute: int, clock: Callable[[], float]) -> None:
        self._size, self._clock = float(per_minute), clock
        self._buckets: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, key: str) -> bool:
        """Take one; False where none is left."""
        with self._lock:
            now = self._clock()
            left, at = self._buckets.pop(key, (self._size, now))
            left = min(self._size, left + max(0.0, now - at) * self._size / 60)
            allowed = left >= 1
            # Put back at the end: the dict stays in order of last use, so the front is what may be forgotten.
            self._buckets[key] = (left - 1 if allowed else left, now)
            if len(self._buckets) > _MAX_KEYS:
                del self._buckets[next(iter(self._buckets))]
            return allowed
