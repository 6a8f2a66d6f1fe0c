"""Leaves the model alone for a while after calls that failed, so that people do not wait for it again and again."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from threading import Lock

log = logging.getLogger(__name__)

#: Two failures in a row, or every other call for a while.
_OPENS_AT = 2.0
_GOOD_CALL = 0.5


class Breaker:
    """Closed: calls are made. Open for rest_s: none. Then one is tried, and decides.

    clock  seconds, of any origin
    """

    def __init__(self, rest_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rest_s, self._clock, self._lock = rest_s, clock, Lock()
        self._score, self._until, self._trying = 0.0, 0.0, False

    @property
    def is_open(self) -> bool:
        """Whether the model is to be left alone now."""
        return self._score >= _OPENS_AT and (self._trying or self._clock() < self._until)

    def admit(self) -> bool:
        """Whether a call may be made; whoever gets True must tell how it went."""
        with self._lock:
            if self.is_open:
                return False
            self._trying = self._score >= _OPENS_AT
            return True

    def went_well(self) -> None:
        """The call gave a text, good or not."""
        with self._lock:
            self._score = 0.0 if self._trying else max(0.0, self._score - _GOOD_CALL)
            self._trying = False

    def failed(self) -> None:
        """The call failed, or was too slow."""
        with self._lock:
            self._score += 1
            self._trying = False
            if self._score >= _OPENS_AT:
                self._until = self._clock() + self._rest_s
                log.warning("the language model is left alone for a while", extra={"rest_s": self._rest_s})

    def was_not_asked(self) -> None:
        """No call was made after all: all lines were taken."""
        with self._lock:
            self._trying = False
