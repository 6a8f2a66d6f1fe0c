"""What work on batches is done with, and what it must know: see batches.py."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import sqlalchemy as sa

from bot.errors import Refusal
from bot.outreach.callers import Callers
from bot.sending import Message
from bot.store.database import Database


class Hooks(Protocol):
    """What the rest of the house must know of a delivery; called inside the transaction that closes it."""

    def taken(self, db: sa.Connection, sender: str, followers: list[int], message: Message, now: datetime) -> None:
        """The platform took a message to these: windows and consents are used up by one."""

    def refused(
        self, db: sa.Connection, sender: str, follower: int, refusal: Refusal, message: Message, now: datetime
    ) -> None:
        """A person has left, or allows no more."""


@dataclass(frozen=True, slots=True)
class Broadcast:
    """What a batch must know of its broadcast.

    messages  by level
    stamp     begins the keys of its calls: numbers alone come again in another database of the same account
    urgent    goes out in quiet hours too
    """

    id: int
    messages: Mapping[str, Message]
    twice_ok: bool
    until: datetime
    stamp: str
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Means:
    """What work on batches is done with. ending: set when no more calls are to be made; held: while none are.

    opens  when messages may go out that are not urgent: at once, or when the quiet hours end
    """

    database: Database
    hooks: Hooks
    callers: Callers
    account: str
    clock: Callable[[], datetime]
    ending: threading.Event
    held: threading.Event
    opens: Callable[[datetime], datetime] = lambda at: at
