"""build(settings) -> Services: the one place where the parts are joined; web, worker and commands use it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from bot.answers import Answerer, Base, limits, loanwords, make_answerer, synonyms
from bot.answers.lexicon import Lexicon, load_lexicon
from bot.answers.synonyms import Pair, Synonyms
from bot.conversations import WRITERS as TALK_WRITERS
from bot.conversations import Taken, TalkDesk, WaitingDesk
from bot.conversations import forget as forget_talks
from bot.dialogue import Dialogue
from bot.inbox import Inbox
from bot.ingest.archive import StatuteArchive
from bot.knowledge import Desk, Keeper, live, signal
from bot.knowledge.synonyms import SynonymDesk
from bot.messages import Reply
from bot.office import Office, OfficeDesk, OfficeKeeper
from bot.office import signal as signal_office
from bot.outreach import reports
from bot.outreach.consulting import Consulting, Day
from bot.outreach.meetings import MeetingDesk, MeetingFlow
from bot.people import Choices, PeopleDesk, PeopleFlow, followers, load_choices
from bot.settings import BEIJING, ROOT, OfficeSettings, Settings
from bot.staff import Accounts, Trail
from bot.staff.sessions import Sessions
from bot.store.database import Database
from bot.store.kv import KeyValue, open_store
from bot.store.records import Records, together
from bot.switches import Function

if TYPE_CHECKING:
    from bot.channels.official import OfficialClient
    from bot.channels.wecom import WeComClient
    from bot.jobs import Crew
    from bot.knowledge.plans import PlanDesk
    from bot.llm import Aide
    from bot.outreach.book import Book
    from bot.outreach.broadcasts import Broadcasts
    from bot.outreach.calendar import Calendar
    from bot.outreach.day_menu import DayMenu
    from bot.outreach.menus import MenuDesk
    from bot.outreach.programme import Programme
    from bot.outreach.tip_rounds import TipRounds
    from bot.outreach.tips import TipDesk
    from bot.people.sync import Run
    from bot.sending import Sender
    from bot.unanswered import Cluster, Teller, UnansweredDesk

PEOPLE = ROOT / "config" / "people.toml"
LEXICON = ROOT / "config" / "lexicon.toml"
#: Where the content has no words for a failure: nobody is left without an answer.
_NO_WORDS = "系统刚才出了点问题，没能回答您，请稍后再发一次。急事请拨12345，险情请拨119、120、110。"


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
        return OfficeDesk(self.database, self.office_keeper, self._tell_office)

    def _tell_office(self) -> None:
        signal_office(self.store)
        self.office_keeper.look()

    @cached_property
    def keeper(self) -> Keeper:
        """What is live, kept up to date once it is started."""
        lexicon = load_lexicon(LEXICON)
        limits.shipped()
        loanwords.shipped()  # a slip of the pen stops the start, not the first message
        shipped = synonyms.shipped()
        archive = StatuteArchive(self.database)

        def make(base: Base, like: Answerer | None, own: tuple[Pair, ...], office: Office) -> Answerer:
            said, here = Synonyms(shipped, own), office.settings
            spoken = base.spoken(office.words, office.places)
            return make_answerer(spoken, lexicon, here.answers, here.office, archive, like, said, office.off)

        return Keeper(self.settings, self.database, self.store, make, lambda: self.office)

    def trial(self, *, synonyms: Synonyms | None = None, lexicon: Lexicon | None = None) -> Answerer:
        """What would answer with another list of synonyms, or with other words of danger; nobody else sees it."""
        now, sure = self.answerer, self.office.settings.answers
        archive, said = StatuteArchive(self.database), synonyms or now.matcher.synonyms
        if lexicon is None:
            return make_answerer(now.base, {}, sure, now.office, archive, now, said)
        return make_answerer(now.base, lexicon, sure, now.office, archive, None, said)

    @cached_property
    def desk(self) -> Desk:
        """What staff do with entries."""
        return Desk(self.database, self.settings.knowledge_dir, self.tell)

    @cached_property
    def synonym_desk(self) -> SynonymDesk:
        """What staff do with the office's own synonyms."""
        return SynonymDesk(self.database, self.settings.knowledge_dir, LEXICON, self.tell)

    @cached_property
    def plan_desk(self) -> PlanDesk:
        """What staff do with campaign plans."""
        from bot.knowledge.plans import PlanDesk  # it brings all that reads plans: 0.3 s

        return PlanDesk(self.database, self.tell)

    @cached_property
    def unanswered(self) -> UnansweredDesk:
        """What staff do with questions that the bot could not answer."""
        from bot.unanswered import UnansweredDesk

        return UnansweredDesk(self.database, self.desk, lambda: self.answerer)

    @cached_property
    def broadcasts(self) -> Broadcasts:
        """What staff do with broadcasts."""
        from bot.outreach.broadcasts import Broadcasts
        from bot.outreach.tip_rounds import TipSegments
        from bot.people import segments

        rules = TipSegments(segments, lambda: self.tips)
        return Broadcasts(
            self.database, rules, self.senders, lambda: self.office.settings.outreach,
            self.settings.wechat.app_id, self._wake_workers, lambda: self.office.why_off(Function.BROADCASTS),
        )  # fmt: skip

    def _wake_workers(self) -> None:
        from bot.jobs import signal as wake

        wake(self.store)

    @cached_property
    def tips(self) -> TipDesk:
        """Who gets which tip on a day. Raises ContentErrors for faults in the tips."""
        from bot.ingest.tips import load
        from bot.outreach.tips import TipDesk

        return TipDesk(load(self.settings.knowledge_dir))

    @cached_property
    def tip_rounds(self) -> TipRounds:
        """Sends the tips of a day. Raises ContentErrors for faults in the tips."""
        from bot.outreach.tip_rounds import TipRounds

        desk = self.tips
        return TipRounds(
            self.database, desk, desk.tips, self.broadcasts, lambda: self.office.settings.outreach, self._wake_workers
        )

    @cached_property
    def official(self) -> OfficialClient:
        """Calls to WeChat's API."""
        from bot.channels.official import OfficialClient

        return OfficialClient(self.settings.wechat, self.store)

    @cached_property
    def senders(self) -> Mapping[str, Sender]:
        """The ways to reach people that the settings give, by name."""
        from bot.channels import official, sms, wecom

        settings, wechat = self.settings, self.settings.wechat
        ways: dict[str, Sender] = {**wecom.senders(settings.wecom, self.store, self.wecom)}
        if wechat.app_id and wechat.secret:
            account = self.official
            ways.update(official.senders(wechat.api_base, wechat.api_timeout_s, account.tokens, account.tags))
        if by_phone := sms.sender(settings.sms):
            ways[by_phone.name] = by_phone
        return ways

    @cached_property
    def wecom(self) -> WeComClient:
        """Calls to WeCom's API in the name of the app."""
        from bot.channels.wecom import WeComClient

        return WeComClient(self.settings.wecom, self.store)

    @cached_property
    def teller(self) -> Teller:
        """Tells askers of answers that came later."""
        from bot.channels.official import CustomerService
        from bot.unanswered import Teller

        is_set_up = self.settings.wechat.app_id and self.settings.wechat.secret
        return Teller(self.database, self._newest, CustomerService(self.official) if is_set_up else None)

    @cached_property
    def taken(self) -> Taken:
        """Whom staff speak to, kept up to date once it is started."""
        return Taken(self.database, self._dialogue.while_staff_speak())

    @cached_property
    def talks(self) -> TalkDesk:
        """What staff do with talks."""
        settings = self.settings
        return TalkDesk(
            self.database, self.taken, lambda: self.senders, lambda: self.base.words["conversations"],
            settings.conversations, self._who,
        )  # fmt: skip

    @cached_property
    def calendar(self) -> Calendar:
        """The reminders of the year. Raises ContentErrors where config/calendar.yaml is wrong."""
        from bot.outreach.book import CALENDAR
        from bot.outreach.book import load as load_book
        from bot.outreach.calendar import Calendar

        @lru_cache(maxsize=2)
        def of_region(region: str) -> Book:
            return load_book(CALENDAR, self.settings.knowledge_dir, region)

        of_region(self.office.settings.office.region)
        return Calendar(
            self.database,
            lambda: of_region(self.office.settings.office.region),
            lambda: self.office.settings.outreach,
        )

    @cached_property
    def menus(self) -> MenuDesk:
        """What staff do with the menu of the account."""
        from bot.channels.official import MenuCalls
        from bot.outreach.menus import MenuDesk

        is_set_up = self.settings.wechat.app_id and self.settings.wechat.secret
        return MenuDesk(self.database, MenuCalls(self.official) if is_set_up else None)

    @cached_property
    def programme(self) -> Programme:
        """The consultation day."""
        from bot.outreach.programme import Programme

        return Programme(self.database, self.calendar)

    @cached_property
    def day_menu(self) -> DayMenu:
        """The menu of the consultation day."""
        from bot.outreach.day_menu import DayMenu
        from bot.outreach.menu_file import MENU, read_menu

        return DayMenu(self.database, self.menus, lambda: read_menu(MENU, "consultation", self._quiz))

    @property
    def _quiz(self) -> str:
        return self.office.settings.outreach.quiz_url

    def _is_consultation_day(self, now: datetime) -> bool:
        return self.programme.is_on(now)

    def promised(self, day: date, now: datetime) -> list[Cluster]:
        """Questions of a day that nobody has answered yet, the most asked first."""
        from bot.unanswered import Span, Standing

        self.unanswered.cluster(Span.days(day, day), now)
        return self.unanswered.clusters(Span.days(day, day), now, Standing.OPEN, Standing.IN_REVIEW)

    def plan_reminders(self, plan: int, now: datetime) -> list[tuple[datetime, str, str]]:
        """What an accepted plan makes go out in the coming year: when, what about, what officers or the public read."""
        from bot.outreach import plan_firings
        from bot.outreach.content import Level

        first = now.astimezone(BEIJING).date()
        with self.database.begin() as db:
            facts = [f for f in plan_firings.read(db) if f.plan == plan]
        until = first + timedelta(days=366)
        found = plan_firings.firings(facts, first, until, self.calendar.book.facts, self.office.settings.outreach)
        return [(f.due_at, f.title, f.texts[Level.PUBLIC]) for f in found if f.due_at >= now]

    def _newest(self) -> Answerer:
        """An answerer with what was published a moment ago, before this process has noticed."""
        return self.keeper.trial(live.read(self.database))

    def tell(self) -> None:
        """Let all processes know that what is live has changed."""
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
    def aide(self) -> Aide | None:
        """The language model, None where it may do nothing."""
        settings = self.settings.llm
        if not settings.is_on:
            return None
        from bot.llm import Aide, ModelClient  # only for those who have one: http.client brings ssl

        # Half of the threads at most wait for it: the others answer everybody else meanwhile.
        client = ModelClient(settings, at_most=max(1, self.settings.server.threads // 2))
        return Aide(settings, client, lambda name: self.base.entry_by_id(name), self._chat_words)

    def _chat_words(self, name: str) -> str:
        return str(self.base.words["chat"][name])

    @cached_property
    def _choices(self) -> Choices:
        return load_choices(PEOPLE)

    @cached_property
    def _dialogue(self) -> Dialogue:
        choices = self._choices
        return Dialogue(
            lambda: self.answerer,
            [lambda speaker: reports.ReportFlow(PeopleFlow(speaker, choices)), lambda _: MeetingFlow()],
        )

    @cached_property
    def inbox(self) -> Inbox:
        """Messages to replies."""
        day = Consulting(Day(self._is_consultation_day), lambda: self.base.words["consultation"], self._quiz)
        people = PeopleDesk(self.database, self.records, self._choices, self._who, lambda: self.base.words["people"])
        meetings = MeetingDesk(self.database, people, lambda: self.base.words["tips"])
        room = WaitingDesk(self.records, reports.ReportDesk(self.database, self.records, meetings))
        return Inbox(
            self.store, self.records, day.handlers(self._dialogue.handlers()),
            deadline_s=self.settings.wechat.reply_deadline_s, failure=self._failure, improver=self.aide, room=room,
            staff=self.taken,
        )  # fmt: skip

    def _who(self) -> OfficeSettings:
        return self.office.settings.office

    def _failure(self) -> Reply:
        ours = self.office_keeper.shipped.get("chat", {}).get("failure", _NO_WORDS)
        return Reply(str(self.office.words.get("chat", {}).get("failure", ours)))

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

    @cached_property
    def accounts(self) -> Accounts:
        """Who may sign in to the staff site."""
        return Accounts(self.database)

    @cached_property
    def sessions(self) -> Sessions:
        """Who is signed in."""
        held = self.settings.console
        return Sessions(self.database, timedelta(minutes=held.idle_minutes), timedelta(hours=held.day_hours))

    @cached_property
    def trail(self) -> Trail:
        """What staff did."""
        return Trail(self.database)

    def sweep(self, now: datetime) -> None:
        """See to broadcasts that nobody works on; start those whose time has come."""
        from bot.outreach.sweeping import sweep

        if self._crew:
            sweep(self.database, self._crew.deliverer, now)
        self.broadcasts.start_due(now)

    def remind(self, now: datetime) -> None:
        """Make the broadcasts that the calendar and the consultation day ask for now."""
        from bot.outreach.announcing import announce

        if self.office.is_on(Function.REMINDERS):
            self.calendar.run(now, announce)
            self.programme.run(now, announce, self.day_menu if self.menus.is_set_up else None)

    def plan_tips(self, now: datetime) -> None:
        """Decide which tips go out today."""
        self.tip_rounds.plan(now)

    def send_tips(self, now: datetime) -> None:
        """Send the tips of the slot that is open now."""
        if self.office.is_on(Function.TIPS):
            self.tip_rounds.send(now)

    def sync_followers(self, tell: Callable[[str], None]) -> Run:
        """Bring the followers of the account into step with WeChat's list. Raises OutreachError."""
        from bot.people.sync import Sync

        return Sync(self.database, self.official, "official", tell).run(datetime.now(UTC))

    def tally(self, now: datetime) -> None:
        """Count who follows, for the figures of the staff site."""
        from bot.people.tally import tally

        tally(self.database, now)

    def cluster(self, now: datetime) -> None:
        """Put what could not be answered on the day before into clusters, for staff to find in the morning."""
        from bot.unanswered import Span

        day = now.astimezone(BEIJING).date() - timedelta(days=1)
        self.unanswered.cluster(Span.days(day, day), now)

    def consult(self, now: datetime) -> None:
        """On the consultation day, let staff see within minutes what could not be answered."""
        if self.programme.is_on(now):
            today = now.astimezone(BEIJING).date()
            self.promised(today, now)

    def tell_askers(self, now: datetime) -> None:
        """Tell those who asked of answers that staff gave since; nobody where no account is set up."""
        if "official.service" in self.senders:
            self.teller.tell(now)

    def poll_reports(self, now: datetime) -> None:
        """Ask WeChat for what came of mass messages whose report was lost."""
        from bot.outreach.reconciling import poll

        if self.senders:
            poll(self.database, self.official.mass_status, now)

    def forget(self, before: datetime) -> None:
        """Drop log rows from before then."""
        from bot.store.retention import forget

        forget(self.database, before)
        forget_talks(self.database, before)

    def return_talks(self, now: datetime) -> None:
        """Give talks back to the bot that staff have left."""
        self.talks.tick(now)

    def close(self) -> None:
        """Write what is waiting and give connections back."""
        if self._crew:
            self._crew.stop()
            self._crew = None
        if "keeper" in self.__dict__:
            self.keeper.stop()
        if "office_keeper" in self.__dict__:
            self.office_keeper.stop()
        if "taken" in self.__dict__:
            self.taken.stop()
        if "official" in self.__dict__:
            self.official.close()
        if "wecom" in self.__dict__:
            self.wecom.close()
        self.records.stop()
        self.database.close()
