"""Whom staff speak to, known in every process without asking the database for each message."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.conversations.tables import conversation
from bot.errors import StoreError
from bot.store.database import Database
from bot.store.lookout import Lookout

if TYPE_CHECKING:
    from bot.dialogue import Handler

Person = tuple[str, str]


@dataclass
class Taken:
    """The inbox's StaffTalks. spoken_to: the handlers of one whom staff speak to; asked for once, by the first."""

    database: Database
    spoken_to: Callable[[], Sequence[Handler]] = tuple
    _people: frozenset[Person] = frozenset()
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._lookout = Lookout("taken", self.look)

    @cached_property
    def handlers(self) -> Sequence[Handler]:
        """See inbox.StaffTalks."""
        return self.spoken_to()

    def may_hold(self, channel: str, address: str) -> bool:
        """See inbox.StaffTalks."""
        return bool(self._people) and (channel, address) in self._people

    def holds(self, channel: str, address: str) -> bool:
        """See inbox.StaffTalks. While the database is away what was known last is true."""
        c = conversation.c
        mine = sa.select(c.id).where(c.channel == channel, c.address == address, c.owner.is_not(None))
        try:
            with self.database.begin() as db:
                held = db.scalar(mine) is not None
        except StoreError:
            return True
        if not held:
            self.discard(channel, address)
        return held

    def add(self, channel: str, address: str) -> None:
        """From now on staff speak to a person."""
        with self._lock:
            self._people |= {(channel, address)}

    def discard(self, channel: str, address: str) -> None:
        """From now on the bot does."""
        with self._lock:
            self._people -= {(channel, address)}

    def look(self) -> None:
        """Read anew whom staff speak to. Raises StoreError."""
        c = conversation.c
        with self._lock, self.database.begin() as db:
            rows = db.execute(sa.select(c.channel, c.address).where(c.owner.is_not(None)))
            self._people = frozenset((row.channel, row.address) for row in rows)

    def start(self) -> None:
        """Look each second from now on, in a thread of its own."""
        self._lookout.start()

    def stop(self) -> None:
        """Look no more."""
        self._lookout.stop()
