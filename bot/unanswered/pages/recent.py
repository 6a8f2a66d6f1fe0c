"""What could not be answered lately, grouped: worked out beside, since a busy week takes seconds, and shown at once."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.errors import BotError
from bot.settings import BEIJING
from bot.unanswered.asks import Span
from bot.unanswered.clusters import Cluster
from bot.unanswered.desk import UnansweredDesk

log = logging.getLogger(__name__)

#: Of the day and those before it.
DAYS = 7
#: What is known stays good for so long, and for so many times as long as it took to work out.
_FRESH, _SHARE = timedelta(seconds=30), 20


def span(now: datetime) -> Span:
    """The days that are looked at."""
    day = now.astimezone(BEIJING).date()
    return Span.days(day - timedelta(days=DAYS - 1), day)


@dataclass
class Recent:
    """The groups of one office, as they were a moment ago."""

    desk: UnansweredDesk
    _held: tuple[datetime, Sequence[Cluster]] | None = None
    _fresh: timedelta = _FRESH
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _thread: threading.Thread | None = None

    def clusters(self, now: datetime) -> Sequence[Cluster] | None:
        """What is known, None where nothing is yet; looked at anew beside where that is some time ago."""
        held = self._held
        if held is None or not timedelta(0) <= now - held[0] < self._fresh:
            self._look(now)
        return held[1] if held else None

    def wait(self) -> None:
        """Until what is being looked at is known."""
        if thread := self._thread:
            thread.join(60)

    def _look(self, now: datetime) -> None:
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, args=(now,), name="unanswered", daemon=True)
                self._thread.start()

    def _run(self, now: datetime) -> None:
        began = time.perf_counter()
        try:
            self._held = now, self.desk.clusters(span(now), now)
            self._fresh = max(_FRESH, _SHARE * timedelta(seconds=time.perf_counter() - began))
        except BotError as e:
            log.warning("what could not be answered cannot be looked at", extra={"error": str(e)})
