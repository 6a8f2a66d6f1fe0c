"""What the pages of the knowledge are handed, and what several of them do alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from flask import abort

from bot.answers import Answerer
from bot.answers.lexicon import Lexicon
from bot.answers.regions import NATIONWIDE, covers
from bot.answers.synonyms import Synonyms
from bot.console import current
from bot.ingest.items import Item
from bot.knowledge import Desk, Keeper
from bot.knowledge.catalogue import Catalogue
from bot.knowledge.parcels import Parcels
from bot.knowledge.plans import PlanDesk
from bot.knowledge.typed import Scratch
from bot.knowledge.word_lists import DangerDesk, SynonymDesk, WordList
from bot.knowledge.work import Works
from bot.office import Office
from bot.settings import BEIJING
from bot.staff import Staff
from bot.store.database import Database

if TYPE_CHECKING:
    from bot.ingest.content import Reading

#: A reminder that a plan brings about: when it goes out, what it is called, what it says.
Reminder = tuple[datetime, str, str]


@dataclass
class Room:
    """The parts of one office that its pages need.

    get_plan_desk  made when first asked for: what reads plans takes long to import
    trial          what would answer with other lists of words
    reminders      of a plan, by its number: what goes out from now on, in order
    """

    get_office: Callable[[], Office]
    database: Database
    desk: Desk
    keeper: Keeper
    synonym_desk: SynonymDesk
    danger_desk: DangerDesk
    get_plan_desk: Callable[[], PlanDesk]
    trial: Callable[[Synonyms | None, Lexicon | None], Answerer]
    reminders: Callable[[int, datetime], Sequence[Reminder]]
    tell: Callable[[], object]
    works: Works = field(init=False)
    parcels: Parcels = field(init=False)
    scratch: Scratch = field(init=False)
    catalogue: Catalogue = field(init=False)

    def __post_init__(self) -> None:
        self.works, self.scratch = Works(self.database), Scratch(self.database)
        self.parcels = Parcels(self.database, self.desk, self.word_lists, self.tell)
        self.catalogue = Catalogue(self.database, self.desk)

    @property
    def word_lists(self) -> list[WordList]:
        """The lists of words that are the office's own."""
        return [self.synonym_desk, self.danger_desk]

    @property
    def office(self) -> Office:
        """What holds now: staff may change it at any moment."""
        return self.get_office()

    @property
    def region(self) -> str:
        """Where the office is."""
        return self.office.settings.office.region

    @cached_property
    def plan_desk(self) -> PlanDesk:
        """What staff do with campaign plans."""
        return self.get_plan_desk()

    @property
    def shipped(self) -> Reading:
        """The content that came with this version of the program."""
        return self.desk.shipped


def now() -> datetime:
    """This moment."""
    return datetime.now(UTC)


def today() -> date:
    """The day in China."""
    return datetime.now(BEIJING).date()


def may_read(staff: Staff, region: str) -> bool:
    """Whether what is told in a place concerns somebody: it is theirs, or holds for them too."""
    return staff.sees(region) or covers(region or NATIONWIDE, staff.region)


def read_item(room: Room, entry: str) -> Item | None:
    """An entry as it stands, None where it is hidden; 404 where there is none, or it is of a place not theirs."""
    found = next((e for e in room.catalogue.entries() if e.id == entry), None)
    if found is None or not may_read(current(), found.region):
        abort(404)
    if found.origin in ("hidden", "withdrawn") and not found.opened:
        return None
    return room.desk.item(entry)[0]


def written_item(room: Room, entry: str) -> Item | None:
    """The same for somebody who means to change it: 404 for what holds beyond their own place."""
    item = read_item(room, entry)
    check_region(str((item.fields if item else {}).get("region") or NATIONWIDE))
    return item


def check_region(region: str) -> None:
    """404 unless the one who is signed in works for this place; what holds beyond it is the whole office's."""
    staff = current()
    if staff.region and not staff.sees(region):
        abort(404)


def check_whole_office() -> None:
    """404 for somebody of one district: what this page changes holds everywhere."""
    if current().region:
        abort(404)
