"""What goes out: broadcasts, tips, the calendar, the consultation day, feeds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from bot.services.ways import Ways
from bot.settings import BEIJING
from bot.switches import Function

if TYPE_CHECKING:
    from bot.outreach.book import Book
    from bot.outreach.broadcasts import Broadcasts
    from bot.outreach.calendar import Calendar
    from bot.outreach.day_menu import DayMenu
    from bot.outreach.feeds import Feeds
    from bot.outreach.media import Shelf
    from bot.outreach.menus import MenuDesk
    from bot.outreach.programme import Programme
    from bot.outreach.tip_rounds import TipRounds
    from bot.outreach.tips import TipDesk
    from bot.unanswered import Cluster


@dataclass
class Sending(Ways):
    """What goes out: broadcasts, tips, the calendar, the consultation day, feeds."""

    @cached_property
    def broadcasts(self) -> Broadcasts:
        """What staff do with broadcasts."""
        from bot.outreach.broadcasts import Broadcasts
        from bot.outreach.pictures import look_at
        from bot.outreach.tip_rounds import TipSegments
        from bot.people import segments

        rules = TipSegments(segments, lambda: self.tips)
        return Broadcasts(
            self.database, rules, {**self.senders, **self._previewer}, lambda: self.office.settings.outreach,
            self.settings.wechat.app_id, self._wake_workers, lambda: self.office.why_off(Function.BROADCASTS), look_at,
        )  # fmt: skip

    @cached_property
    def media(self) -> Shelf:
        """Pictures, videos and drafts that messages show."""
        from bot.outreach.media import Shelf

        return Shelf(self.database, self.material, self.store)

    def _wake_workers(self) -> None:
        from bot.jobs import CHANGED

        self.database.afterwards(lambda: CHANGED.give(self.store))

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

    @cached_property
    def feeds(self) -> Feeds:
        """The feeds of warnings that the settings name."""
        from bot.outreach.feeds import Feeds, feeds_of, fetch
        from bot.outreach.warnings import Warnings

        settings = self.office.settings.outreach
        alert = self.broadcasts.alert if settings.feed_direct else None
        desk = Warnings(self.database, alert, home=lambda: self.office.settings.office.region)
        return Feeds(self.database, desk, feeds_of(settings.feeds), fetch)

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

    def read_feeds(self, now: datetime) -> None:
        """Take over what the feeds of official warnings tell."""
        self.feeds.run(now)

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
