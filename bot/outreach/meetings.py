"""The meeting before work, from the talk: a team leader answers with one line how many came."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.dialogue import Deed, Noted, Session, Turn
from bot.errors import StoreError
from bot.messages import Inbound, MessageKind, Reply
from bot.outreach.choosing import LEADER
from bot.outreach.head_counts import MOST_PEOPLE, is_without_number, keep_head_count, read_head_count
from bot.people import followers
from bot.store.database import Database


@dataclass(frozen=True, slots=True)
class HeadsCounted(Deed):
    """So many came to work. None: all, and the person did not say how many that are."""

    people: int | None


class MeetingFlow:
    """Takes a head count; passes on all else."""

    def __call__(self, inbound: Inbound, session: Session, _now: datetime) -> Turn | None:
        """到岗12人."""
        if inbound.kind is MessageKind.EVENT:
            return None
        people = read_head_count(inbound.text)
        if people is None and not is_without_number(inbound.text):
            return None
        return Turn(None, session.offering(()), (HeadsCounted(people),), Noted("tips", "head_count"))


class MeetingDesk:
    """Keeps head counts of team leaders. words: [tips] of replies.toml."""

    takes = (HeadsCounted,)

    def __init__(self, database: Database, words: Callable[[], Mapping[str, str]]) -> None:
        self._database, self._words = database, words

    def carry_out(self, deed: Deed, inbound: Inbound, reply: Reply | None, now: datetime) -> Reply | None:
        """See inbox.Capability."""
        assert isinstance(deed, HeadsCounted)
        if deed.people is None:
            return Reply(self._words()["count_how"])
        try:
            name = self._keep(deed.people, inbound, now)
        except StoreError:
            name = "count_busy"
        return Reply(self._words()[name].format(people=deed.people))

    def _keep(self, people: int, inbound: Inbound, now: datetime) -> str:
        """What is to be said."""
        if people > MOST_PEOPLE:
            return "count_wrong"
        with self._database.begin() as db:
            person = followers.find(db, inbound.channel, inbound.address)
            if person is None or person.post != LEADER:
                return "count_not_leader"
            keep_head_count(db, person.id, people, now)
        return "counted"
