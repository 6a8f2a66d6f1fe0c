"""How many messages one visitor, or one address on the net, may send: kept in this process, lost with it."""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Callable

from flask import Request

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


def client_ip(request: Request) -> str:
    """Who is connected, as an IP address; behind a proxy of ours, the one for whom the proxy calls.

    Without this all visitors behind a proxy would share one limit. The last entry of X-Forwarded-For is the proxy's
    own; the header counts only from a private peer, so that nobody on the net can write it.
    """
    peer = request.remote_addr or ""
    forwarded = request.headers.get("X-Forwarded-For", "").rsplit(",", 1)[-1].strip()
    return forwarded if forwarded and _is_private(peer) and _is_ip(forwarded) else peer


def _is_private(text: str) -> bool:
    return _is_ip(text) and ipaddress.ip_address(text).is_private


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
