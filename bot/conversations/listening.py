"""The room's side of the inbox: who asks for a person stands on the list of those who wait."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from bot.conversations.rows import WantedRow
from bot.dialogue import Deed, PersonWanted
from bot.messages import Inbound, Reply
from bot.store.records import Records


class Room(Protocol):
    """The inbox's side of another room; see inbox.Capability."""

    def carry_out(self, deed: Deed, inbound: Inbound, reply: Reply | None, now: datetime) -> Reply | None:
        """Do it, and return what the person reads."""


class WaitingDesk:
    """Writes down who asks for staff; leaves all other deeds to `others`."""

    def __init__(self, records: Records, others: Room) -> None:
        self._records, self._others = records, others

    def carry_out(self, deed: Deed, inbound: Inbound, reply: Reply | None, now: datetime) -> Reply | None:
        """See inbox.Capability. It is stored, or in the spool, when this returns."""
        if not isinstance(deed, PersonWanted):
            return self._others.carry_out(deed, inbound, reply, now)
        self._records.write(WantedRow(now, inbound.channel, inbound.address, deed.question))
        return reply
