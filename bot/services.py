"""build(settings) -> Services: the one place where the parts are joined; web, worker and commands use it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from bot.messages import Reply
from bot.settings import ROOT, Settings
from bot.store.database import Database
from bot.store.kv import KeyValue, open_store
from bot.store.records import Records

if TYPE_CHECKING:
    from bot.answers import Answerer, Base
    from bot.channels.official import OfficialClient
    from bot.inbox import Inbox
    from bot.jobs import Crew
    from bot.knowledge import Desk, Keeper
    from bot.knowledge.plans import PlanDesk
    from bot.sending import Sender

LEXICON = ROOT / "config" / "lexicon.toml"


@dataclass
class Services:
    """The parts of one process, each made when first asked for."""

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
        return Records(self.database, self.settings.var_dir / "spool.jsonl")

    @cached_property
    def keeper(self) -> Keeper:
        """What is live, kept up to date once it is started."""
        # What answers takes 20 MB, which a process that only delivers need not have.
        from bot.answers import loanwords, make_answerer
        from bot.answers.lexicon import load_lexicon
        from bot.ingest.archive import StatuteArchive
        from bot.knowledge import Keeper

        settings, lexicon = self.settings, load_lexicon(LEXICON)
        loanwords.shipped()  # a slip of the pen stops the start, not the first message
        archive = StatuteArchive(self.database)

        def make(base: Base, like: Answerer | None) -> Answerer:
            return make_answerer(base, lexicon, settings.answers, settings.office, archive, like)

        return Keeper(settings, self.database, self.store, make)

    @cached_property
    def desk(self) -> Desk:
        """What staff do with entries."""
        from bot.knowledge import Desk

        return Desk(self.database, self.settings.knowledge_dir, self.tell)

    @cached_property
    def plan_desk(self) -> PlanDesk:
        """What staff do with campaign plans."""
        from bot.knowledge.plans import PlanDesk  # it brings all that reads plans: 0.3 s

        return PlanDesk(self.database, self.tell)

    def tell(self) -> None:
        """Let all processes know that what is live has changed."""
        from bot.knowledge import signal

        signal(self.store)

    @property
    def answerer(self) -> Answerer:
        """Questions to outcomes, as of now: it may be another one at the next question."""
        return self.keeper.answerer

    @property
    def base(self) -> Base:
        """The knowledge base that answers now."""
        return self.keeper.base

    @cached_property
    def inbox(self) -> Inbox:
        """Messages to replies."""
        from bot.dialogue import Dialogue
        from bot.inbox import Inbox

        office = self.settings.office
        dialogue = Dialogue(lambda: self.answerer, office)
        failure = Reply(str(self.base.words["chat"]["failure"]))
        deadline_s = self.settings.wechat.reply_deadline_s
        return Inbox(self.store, self.records, dialogue.handlers(), deadline_s=deadline_s, failure=failure)

    @cached_property
    def official(self) -> OfficialClient:
        """Calls to WeChat that are made now and then."""
        from bot.channels.official import OfficialClient  # it brings wechatpy: 0.4 s

        return OfficialClient(self.settings.wechat, self.store)

    @cached_property
    def senders(self) -> Mapping[str, Sender]:
        """The ways to reach people that the settings give, by name."""
        from bot.channels.official.senders import senders

        wechat = self.settings.wechat
        if not (wechat.app_id and wechat.secret):
            return {}
        return {**senders(wechat.api_base, wechat.api_timeout_s, self.official.tokens)}

    def crew(self, threads: int) -> Crew:
        """What delivers broadcasts and runs the schedule in this process; made once. threads: that call platforms."""
        from bot.jobs import Crew, Terms

        settings = self.settings
        firings = settings.database_url
        if self.database.is_sqlite:
            firings = f"sqlite:///{settings.var_dir / 'jobs.db'}"
        account = settings.wechat.app_id
        self._crew = Crew(self, Terms(threads, account, settings.var_dir, firings))
        return self._crew

    _crew: Crew | None = None

    def sweep(self, now: datetime) -> None:
        """See to broadcasts that nobody works on; start those whose time has come."""
        from bot.outreach.sweeping import sweep

        if self._crew:
            sweep(self.database, self._crew.deliverer, None, now)

    def poll_reports(self, now: datetime) -> None:
        """Ask WeChat for what came of mass messages whose report was lost."""
        from bot.outreach.reconciling import poll

        if self.senders:
            poll(self.database, self.official.mass_status, now)

    def forget(self, before: datetime) -> None:
        """Drop log rows from before then."""
        from bot.store.retention import forget

        forget(self.database, before)

    def close(self) -> None:
        """Write what is waiting and give connections back."""
        if self._crew:
            self._crew.stop()
            self._crew = None
        if "keeper" in self.__dict__:
            self.keeper.stop()
        self.records.stop()
        self.database.close()
