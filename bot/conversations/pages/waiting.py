"""The lists of who waits, live on the pages of all who look: read once a second for a region, not for each of them."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.conversations import TalkDesk, lists
from bot.conversations.lists import Unanswered
from bot.conversations.talks import Talk
from bot.staff import Staff

#: Whoever looks comes again each second; what is no older is read for all of them at once.
_FRESH_S = 0.9
#: Regions are what administrators give to accounts; a bound all the same.
_MOST_REGIONS = 200


@dataclass(frozen=True, slots=True)
class Lists:
    """Who asked for a person, whom staff speak to, whom the bot could not answer."""

    waiting: Sequence[Talk]
    taken: Sequence[Talk]
    unanswered: Sequence[Unanswered]


@dataclass
class WaitingRoom:
    """Reads the lists."""

    talks: TalkDesk
    _held: dict[str, tuple[float, Lists]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def now(self, staff: Staff, at: datetime) -> Lists:
        """As they are at this moment."""
        with self.talks.database.read() as db:
            unanswered = lists.unanswered(db, staff, at.astimezone(UTC))
            return Lists(lists.waiting(db, staff), lists.taken(db, staff), unanswered)

    def lately(self, staff: Staff, at: datetime) -> Lists:
        """As they were within the last second, for whoever keeps looking."""
        with self._lock:
            read_at, held = self._held.get(staff.region, (0.0, None))
            if held is None or time.monotonic() - read_at > _FRESH_S:
                held = self.now(staff, at)
                if len(self._held) >= _MOST_REGIONS:
                    self._held.clear()
                self._held[staff.region] = time.monotonic(), held
        return held


def key_of(html: str) -> str:
    """Names what is shown, so that the same is not sent again."""
    return hashlib.sha256(html.encode()).hexdigest()[:16]
