"""What the pages of outreach work with, and whose broadcast is whose."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from werkzeug.exceptions import NotFound

from bot.console import console, current, record
from bot.errors import OutreachError
from bot.office import Office
from bot.outreach.broadcasts import Broadcasts
from bot.outreach.calendar import Calendar
from bot.outreach.day_menu import DayMenu
from bot.outreach.drafts import Broadcast
from bot.outreach.feeds import Feeds
from bot.outreach.media import Shelf
from bot.outreach.menus import MenuDesk
from bot.outreach.programme import Programme
from bot.outreach.scope import confined
from bot.outreach.states import WORDS
from bot.outreach.tip_rounds import TipRounds
from bot.outreach.tips import TipDesk
from bot.people.choices import Choices
from bot.sending import Sender
from bot.settings import Settings
from bot.staff.binding import Bindings
from bot.store.database import Database

if TYPE_CHECKING:
    from bot.knowledge.plans import PlanDesk  # it brings all that reads plans: 0.3 s


class House(Protocol):
    """What the pages need of the Services; each part is made when it is first asked for."""

    @property
    def settings(self) -> Settings:
        """See Services."""

    @property
    def office(self) -> Office:
        """See Services."""

    @property
    def database(self) -> Database:
        """See Services."""

    @property
    def broadcasts(self) -> Broadcasts:
        """See Services."""

    @property
    def calendar(self) -> Calendar:
        """See Services."""

    @property
    def media(self) -> Shelf:
        """See Services."""

    @property
    def feeds(self) -> Feeds:
        """See Services. Raises OutreachError where the settings name none rightly."""

    @property
    def bindings(self) -> Bindings:
        """See Services."""

    @property
    def programme(self) -> Programme:
        """See Services."""

    @property
    def day_menu(self) -> DayMenu:
        """See Services."""

    @property
    def menus(self) -> MenuDesk:
        """See Services."""

    @property
    def tips(self) -> TipDesk:
        """See Services."""

    @property
    def tip_rounds(self) -> TipRounds:
        """See Services."""

    @property
    def plan_desk(self) -> PlanDesk:
        """See Services."""

    @property
    def senders(self) -> Mapping[str, Sender]:
        """See Services."""


#: Numbers that no row has: databases refuse to look them up.
LAST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Desks:
    """choices: what followers may choose, for the audience builder. clock: aware UTC."""

    house: House
    choices: Choices
    clock: Callable[[], datetime] = lambda: console().clock()

    def mine(self, number: int) -> Broadcast:
        """A broadcast, as far as it belongs to whoever is signed in; else there is none of that number for them."""
        if number > LAST_ID:
            raise NotFound
        try:
            held = self.house.broadcasts.get(number)
        except OutreachError as e:
            raise NotFound(str(e)) from e
        if not is_mine(held):
            raise NotFound(f"没有编号为 {number} 的群发")
        return held

    def told(self, held: Broadcast) -> str:
        """The audience of a broadcast as staff read it, or why it is none."""
        try:
            return self.house.broadcasts.words(held)
        except OutreachError as e:
            return str(e)

    def note(self, action: str, before: Broadcast | None, after: Broadcast, reason: str = "") -> None:
        """Put what was done to a broadcast on record."""
        record(
            f"broadcast.{action}", "broadcast", after.id, before=facts(before) if before else None,
            after=facts(after), reason=reason,
        )  # fmt: skip


def is_mine(held: Broadcast) -> bool:
    """Whether whoever is signed in sees it: district staff those that cannot leave their region."""
    return current().sees(confined(held.draft.audience))


def whole(text: str) -> int:
    """A number of a form or an address, 0 where it is none that a row can have."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def facts(held: Broadcast) -> dict[str, object]:
    """What the audit trail keeps of a broadcast."""
    return {
        "title": held.draft.title, "state": WORDS[held.state], "version": held.version, "approver": held.approver,
        "channels": list(held.draft.channels), "audience": dict(held.draft.audience), "urgent": held.draft.urgent,
        **({"objected_by": held.objected_by, "settled_by": held.settled_by} if held.objected_by else {}),
        "digest": held.draft.approvable()[:16],
    }  # fmt: skip
