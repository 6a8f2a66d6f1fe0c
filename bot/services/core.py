"""The parts that all others stand on: database, records, settings as of now, what answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from bot.office import Office, OfficeKeeper
from bot.settings import ROOT, OfficeSettings, Settings
from bot.store.database import Database
from bot.store.kv import KeyValue, open_store

# What answers and what staff work with is imported where it is made: a worker has neither.
if TYPE_CHECKING:
    from bot.answers import Answerer, Base
    from bot.answers.lexicon import Lexicon
    from bot.answers.synonyms import Synonyms
    from bot.knowledge import Desk, Keeper
    from bot.knowledge.live import Overlay
    from bot.knowledge.plans import PlanDesk
    from bot.knowledge.word_lists import DangerDesk, SynonymDesk, WordList
    from bot.office import OfficeDesk
    from bot.people import Choices
    from bot.staff import Accounts, Trail
    from bot.staff.binding import Bindings
    from bot.staff.sessions import Sessions
    from bot.store.records import Records
    from bot.unanswered import UnansweredDesk

PEOPLE = ROOT / "config" / "people.toml"
LEXICON = ROOT / "config" / "lexicon.toml"


@dataclass
class Core:
    """The parts that all others stand on: database, records, settings as of now, what answers."""

    settings: Settings

    @cached_property
    def database(self) -> Database:
        """The database, with its schema up to date."""
        database = Database(self.settings.database)
        database.migrate()
        return database

    @cached_property
    def store(self) -> KeyValue:
        """Redis, or its stand-in in this process."""
        return open_store(self.settings.redis_url)

    @cached_property
    def records(self) -> Records:
        """The message log and the unanswered questions."""
        from bot.conversations import WRITERS as TALK_WRITERS
        from bot.outreach import reports
        from bot.people import followers
        from bot.store.records import Records, together

        rooms = (followers.WRITERS, reports.WRITERS, TALK_WRITERS)
        return Records(self.database, self.settings.var_dir / "spool.jsonl", together(*rooms))

    @cached_property
    def office_keeper(self) -> OfficeKeeper:
        """What staff changed of the settings, kept up to date once it is started."""
        return OfficeKeeper(self.settings, self.database, self.store)

    @property
    def office(self) -> Office:
        """What holds for this office now: asked each time, for staff may change it at any moment."""
        return self.office_keeper.now

    @cached_property
    def office_desk(self) -> OfficeDesk:
        """What staff do with settings."""
        from bot.office import OfficeDesk

        return OfficeDesk(self.database, self.office_keeper, self._tell_office)

    def _tell_office(self) -> None:
        from bot.office import CHANGED

        def tell() -> None:
            CHANGED.give(self.store)
            self.office_keeper.look()

        self.database.afterwards(tell)

    def _who(self) -> OfficeSettings:
        return self.office.settings.office

    @cached_property
    def keeper(self) -> Keeper:
        """What is live, kept up to date once it is started."""
        from bot.answers import limits, loanwords, make_answerer, synonyms
        from bot.answers.synonyms import Synonyms
        from bot.ingest.archive import StatuteArchive
        from bot.knowledge import Keeper

        words = self.danger_desk
        words.lexicon(())
        limits.shipped()
        loanwords.shipped()  # a slip of the pen stops the start, not the first message
        shipped = synonyms.shipped()
        archive = StatuteArchive(self.database)

        def make(base: Base, like: Answerer | None, over: Overlay, office: Office) -> Answerer:
            said, here, lexicon = Synonyms(shipped, over.synonyms), office.settings, words.lexicon(over.dangers)
            spoken = base.spoken(office.words, office.places)
            return make_answerer(spoken, lexicon, here.answers, here.office, archive, like, said, office.off)

        return Keeper(self.settings, self.database, self.store, make, lambda: self.office)

    def trial(self, *, synonyms: Synonyms | None = None, lexicon: Lexicon | None = None) -> Answerer:
        """What would answer with another list of synonyms, or with other words of danger; nobody else sees it."""
        from bot.answers import make_answerer
        from bot.ingest.archive import StatuteArchive

        now, sure = self.answerer, self.office.settings.answers
        archive, said = StatuteArchive(self.database), synonyms or now.matcher.synonyms
        if lexicon is None:
            return make_answerer(now.base, {}, sure, now.office, archive, now, said)
        return make_answerer(now.base, lexicon, sure, now.office, archive, None, said)

    def tell(self) -> None:
        """Let all processes know that what is live has changed."""
        from bot.knowledge import CHANGED

        self.database.afterwards(lambda: CHANGED.give(self.store))

    @property
    def answerer(self) -> Answerer:
        """Questions to outcomes, as of now: it may be another one at the next question."""
        return self.keeper.answerer

    @property
    def base(self) -> Base:
        """The knowledge base that answers now."""
        return self.keeper.base

    def _newest(self) -> Answerer:
        """An answerer with what was published a moment ago, before this process has noticed."""
        from bot.knowledge import live

        return self.keeper.trial(live.read(self.database))

    @cached_property
    def desk(self) -> Desk:
        """What staff do with entries."""
        from bot.knowledge import Desk

        return Desk(self.database, self.settings.knowledge_dir, self.tell)

    @cached_property
    def synonym_desk(self) -> SynonymDesk:
        """What staff do with the office's own synonyms."""
        from bot.knowledge.word_lists import SynonymDesk

        return SynonymDesk(self.database, self.settings.knowledge_dir, LEXICON, self.tell)

    @cached_property
    def danger_desk(self) -> DangerDesk:
        """What staff do with the office's own words of danger."""
        from bot.knowledge.word_lists import DangerDesk

        return DangerDesk(self.database, self.settings.knowledge_dir, LEXICON, self.tell)

    def danger_lexicon(self) -> Lexicon:
        """The words of danger that hold now, without what answers; those of the program where the database is away."""
        from bot.errors import StoreError
        from bot.knowledge import live

        try:
            return self.danger_desk.lexicon(live.dangers(self.database))
        except StoreError:
            return self.danger_desk.lexicon(())

    @property
    def word_lists(self) -> list[WordList]:
        """All lists of words that are the office's own."""
        return [self.synonym_desk, self.danger_desk]

    @cached_property
    def plan_desk(self) -> PlanDesk:
        """What staff do with campaign plans."""
        from bot.knowledge.plans import PlanDesk  # it brings all that reads plans: 0.3 s

        return PlanDesk(self.database, self.tell, lambda: self.office.known_places)

    @cached_property
    def unanswered(self) -> UnansweredDesk:
        """What staff do with questions that the bot could not answer."""
        from bot.unanswered import UnansweredDesk

        return UnansweredDesk(self.database, self.desk, lambda: self.answerer)

    @cached_property
    def accounts(self) -> Accounts:
        """Who may sign in to the staff site."""
        from bot.staff import Accounts

        return Accounts(self.database)

    @cached_property
    def bindings(self) -> Bindings:
        """Which accounts of WeChat and WeCom belong to staff."""
        from bot.staff.binding import Bindings

        return Bindings(self.database, self.trail)

    @cached_property
    def sessions(self) -> Sessions:
        """Who is signed in."""
        from bot.staff.sessions import Sessions

        held = self.settings.console
        return Sessions(self.database, timedelta(minutes=held.idle_minutes), timedelta(hours=held.day_hours))

    @cached_property
    def trail(self) -> Trail:
        """What staff did."""
        from bot.staff import Trail

        return Trail(self.database)

    @cached_property
    def _choices(self) -> Choices:
        from bot.people import load_choices

        return load_choices(PEOPLE)
