"""The consultation day as a programme: the account dressed for the day and back, thanks with figures on the next.

What is sent a week before, a day before and in the morning are reminders of config/calendar.yaml like others, and of
the plan that sets a local date. Questions are answered as always; those without an answer are clustered and told of
later by bot/unanswered.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.errors import BotError
from bot.outreach import plan_firings
from bot.outreach.audiences import PUBLIC, Audience
from bot.outreach.calendar import Calendar, Fired, MakeBroadcast
from bot.outreach.calendar_tables import programme_state
from bot.outreach.content import Level
from bot.outreach.firings import Firing, told_day
from bot.outreach.quiet import is_quiet
from bot.settings import BEIJING
from bot.store.database import Database
from bot.store.tables import message_log

log = logging.getLogger(__name__)

#: Fixed since 2014, never moved because of a weekend. Source: the yearly notices, see cal-consult-day.
NATIONAL = (6, 16)
NAME = "咨询日"
REMINDER = "consult-thanks"
GREETING = (
    "今天是安全宣传咨询日，欢迎来问：用火用电用气、工伤、举报隐患、应急避险都可以。"
    "直接打字提问就行；一时答不上的会记下来，工作人员答复后告诉您。"
)
_THANKS_AT, _THANKS_WINDOW = time(9, 0), timedelta(hours=10)
_QUESTIONS = ("answered", "choices", "emergency", "unknown")


class Stage(Protocol):
    """Menu and greeting of the account. Both deeds may be repeated; they raise BotError."""

    def dress(self, day: date) -> None:
        """Show what belongs to the day."""

    def undress(self) -> None:
        """Show what is shown on other days."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What was asked on a day. people: of whom it is still known who they are."""

    questions: int
    people: int
    unanswered: int


@dataclass(frozen=True, slots=True)
class Programme:
    """The consultation days of one office."""

    database: Database
    calendar: Calendar

    def days(self, year: int) -> list[date]:
        """The local days that accepted plans set in a year, else the national one."""
        with self.database.begin() as db:
            events = [fact for fact in plan_firings.read(db) if fact.kind == plan_firings.EVENT and NAME in fact.what]
        local = sorted({fact.day for fact in events if fact.day and fact.day.year == year})
        return local or [date(year, *NATIONAL)]

    def is_on(self, now: datetime) -> bool:
        """Whether it is a consultation day here."""
        today = now.astimezone(BEIJING).date()
        return today in self.days(today.year)

    def greeting(self, now: datetime) -> str:
        """What greets those who come, "" on other days."""
        return GREETING if self.is_on(now) else ""

    def run(self, now: datetime, make: MakeBroadcast, stage: Stage | None = None) -> Fired | None:
        """Dress the account for the day or back, and thank on the next day. Safe to run twice, and by two at once."""
        if stage:
            self._dress(stage, now)
        return self._thank(now, make)

    def figures(self, day: date) -> Figures:
        """What was asked on a day of Beijing's."""
        begin = datetime.combine(day, time(), BEIJING).astimezone(UTC)
        c = message_log.c
        asked = (c.at >= begin, c.at < begin + timedelta(days=1), c.status.in_(_QUESTIONS))
        with self.database.begin() as db:
            rows = db.execute(sa.select(c.status, sa.func.count()).where(*asked).group_by(c.status)).all()
            who = sa.select(c.channel, c.address).where(*asked, c.address != "").distinct().subquery()
            people = db.scalar(sa.select(sa.func.count()).select_from(who)) or 0
        counts = {str(row[0]): int(row[1]) for row in rows}
        return Figures(sum(counts.values()), people, counts.get("unknown", 0))

    def _dress(self, stage: Stage, now: datetime) -> None:
        """Only what was done is written down: a crash in between does it again, which does no harm."""
        today = now.astimezone(BEIJING).date()
        with self.database.begin() as db:
            held = {r.day: json.loads(r.state) for r in db.execute(sa.select(programme_state))}
        try:
            for day, state in held.items():
                if state.get("dressed") and day != today.isoformat():
                    stage.undress()
                    self._write(day, dressed=False)
            if self.is_on(now) and not held.get(today.isoformat(), {}).get("dressed"):
                stage.dress(today)
                self._write(today.isoformat(), dressed=True)
        except BotError as e:
            log.warning("programme: the account could not be dressed, comes again", extra={"error": str(e)})

    def _write(self, day: str, *, dressed: bool) -> None:
        state = json.dumps({"dressed": dressed})
        with self.database.begin() as db:
            insert = (sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert)(programme_state)
            row = insert.values(day=day, state=state)
            db.execute(row.on_conflict_do_update(index_elements=["day"], set_={"state": state}))

    def _thank(self, now: datetime, make: MakeBroadcast) -> Fired | None:
        """The day after: thanks with the figures, to be reviewed. Nothing where nobody asked."""
        yesterday = now.astimezone(BEIJING).date() - timedelta(days=1)
        due = datetime.combine(yesterday + timedelta(days=1), _THANKS_AT, BEIJING).astimezone(UTC)
        is_time = due <= now < due + _THANKS_WINDOW and not is_quiet(now, self.calendar.settings)
        if not is_time or yesterday not in self.days(yesterday.year):
            return None
        figures = self.figures(yesterday)
        if not figures.questions:
            return None
        fired = self.calendar.fire(_thanks(yesterday, figures, due), make, now.astimezone(UTC))
        return fired if isinstance(fired, Fired) else None


def _thanks(day: date, figures: Figures, due: datetime) -> Firing:
    waiting = f"有{figures.unanswered}个问题没能当场答上，工作人员正在办，答复后会告诉提问的人。"
    text = (
        f"谢谢大家！{told_day(day)}咨询日，共有{figures.people}人问了{figures.questions}个问题。"
        f"{waiting if figures.unanswered else '每个问题都有了答复。'}平时有疑问，也可以随时在这里问。"
    )
    return Firing(
        id=f"{REMINDER}:{day}:0:{PUBLIC}", reminder=REMINDER, title="咨询日致谢", day=day, due_at=due,
        until=due + _THANKS_WINDOW, audience=Audience((PUBLIC,)), texts={Level.PUBLIC: text},
        source="本账号当天的提问记录",
    )  # fmt: skip
