"""The room's side of the inbox: who asks for a person stands on the list of those who wait."""

from __future__ import annotations

from datetime import datetime

from bot.conversations.rows import WantedRow
from bot.dialogue import Deed, PersonWanted
from bot.messages import Inbound, Reply
from bot.store.records import Records


class WaitingDesk:
    """Writes down who asks for staff."""

    takes = (PersonWanted,)

    def __init__(self, records: Records) -> None:
        self._records = records

    def carry_out(self, deed: Deed, inbound: Inbound, reply: Reply | None, now: datetime) -> Reply | None:
        """See inbox.Capability. It is stored, or in the spool, when this returns."""
        assert isinstance(deed, PersonWanted)
        self._records.write(WantedRow(now, inbound.channel, inbound.address, deed.question))
        return reply
