"""The consultation day as a programme: the account dressed for the day and back, thanks with figures on the next.

What is sent a week before, a day before and in the morning are reminders of config/calendar.yaml like others, moved to
the local date where an accepted plan sets one. On the day itself questions that cannot be answered are promised an
answer (consulting.py); they are clustered and told of by bot/unanswered.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.errors import BotError
from bot.messages import Delivery
from bot.outreach import plan_firings
from bot.outreach.audiences import PUBLIC, Audience
from bot.outreach.calendar import Calendar, Fired, MakeBroadcast
from bot.outreach.calendar_tables import programme_state
from bot.outreach.content import Level
from bot.outreach.firings import Firing, told_day
from bot.outreach.quiet import is_quiet
from bot.settings import BEIJING
from bot.store.database import Database
from bot.store.tables import answer_notice, message_log, unanswered

log = logging.getLogger(__name__)

#: Fixed since 2014, never moved because of a weekend. Source: the yearly notices, see cal-consult-day.
NATIONAL = (6, 16)
REMINDER = "consult-thanks"
#: Where a promise is kept: by a message there.
_TOLD = (Delivery.SENT, Delivery.DELIVERED)
_THANKS_AT, _THANKS_WINDOW = time(9, 0), timedelta(hours=10)
_QUESTIONS = ("answered", "choices", "emergency", "unknown")


class Stage(Protocol):
    """The menu of the account. Both deeds may be repeated; they raise BotError."""

    def dress(self, day: date, now: datetime) -> None:
        """Show what belongs to the day."""

    def undress(self, day: date, now: datetime) -> str:
        """Show what was shown before; in words what was done."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What was asked on a day. people: of whom it is still known who they are.

    told     of them, who asked in vain and were told later
    waiting  whether somebody is not told yet, as far as can be known: one person may have asked several things
    """

    questions: int
    people: int
    unanswered: int
    told: int = 0
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class Programme:
    """The consultation days of one office."""

    database: Database
    calendar: Calendar

    def days(self, year: int) -> list[date]:
        """The local days that accepted plans set in a year, else the national one."""
        with self.database.begin() as db:
            local = plan_firings.consultation_days(plan_firings.read(db)).get(year)
        return local or [date(year, *NATIONAL)]

    def is_on(self, now: datetime) -> bool:
        """Whether it is a consultation day here."""
        today = now.astimezone(BEIJING).date()
        return today in self.days(today.year)

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
            told, notices, vain = _told(db, begin, begin + timedelta(days=1))
        counts = {str(row[0]): int(row[1]) for row in rows}
        missed = counts.get("unknown", 0)
        return Figures(sum(counts.values()), people, missed, told, told < vain or notices < missed)

    def states(self) -> Mapping[str, Mapping[str, object]]:
        """Day, ISO -> dressed: the account shows, or is to show, what belongs to it; done; trouble, for staff."""
        with self.database.begin() as db:
            return {r.day: json.loads(r.state) for r in db.execute(sa.select(programme_state))}

    def _dress(self, stage: Stage, now: datetime) -> None:
        """That it is dressed is written before, and that it is done after: whatever crashes, it is put back."""
        today, held, on = now.astimezone(BEIJING).date(), self.states(), self.is_on(now)
        for day, state in held.items():
            if state.get("dressed") and not (on and day == today.isoformat()):
                self._try(day, lambda day=day: stage.undress(date.fromisoformat(day), now), dressed=False)  # type: ignore[misc]
        if on and not held.get(today.isoformat(), {}).get("done"):
            self._write(today.isoformat(), dressed=True, done=False, trouble="")
            self._try(today.isoformat(), lambda: stage.dress(today, now), dressed=True)

    def _try(self, day: str, deed: Callable[[], object], *, dressed: bool) -> None:
        """Do it, and write down what came of it; what failed comes again in a minute."""
        try:
            deed()
        except BotError as e:
            log.warning("programme: the account could not be changed, comes again", extra={"error": str(e)[:200]})
            self._write(day, dressed=True, done=False, trouble=str(e))
            return
        self._write(day, dressed=dressed, done=dressed, trouble="")

    def _write(self, day: str, **held: object) -> None:
        state = json.dumps(held, ensure_ascii=False)
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


def _told(db: sa.Connection, begin: datetime, end: datetime) -> tuple[int, int, int]:
    """Of those who asked in vain in that time: how many were told since, how often, and how many they are."""
    u, n = unanswered.c, answer_notice.c
    asked = sa.select(u.channel, u.address).where(u.at >= begin, u.at < end, u.address != "").distinct().subquery()
    same = sa.and_(n.channel == asked.c.channel, n.address == asked.c.address)
    told = sa.select(n.channel, n.address, sa.func.count().label("often")).join(asked, same)
    people = told.where(n.state.in_(_TOLD), n.at >= begin).group_by(n.channel, n.address).subquery()
    count, often = db.execute(
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(people.c.often), 0)).select_from(people)
    ).one()
    return int(count), int(often), db.scalar(sa.select(sa.func.count()).select_from(asked)) or 0


def _thanks(day: date, figures: Figures, due: datetime) -> Firing:
    rest = "工作人员正在办，答复后会告诉提问的人。"
    if figures.told:
        rest = f"其中{figures.told}人已收到答复，其余的{rest}" if figures.waiting else "提问的人后来都已收到答复。"
    waiting = f"有{figures.unanswered}个问题没能当场答上，{rest}"
    text = (
        f"谢谢大家！{told_day(day)}咨询日，共有{figures.people}人问了{figures.questions}个问题。"
        f"{waiting if figures.unanswered else '每个问题都有了答复。'}平时有疑问，也可以随时在这里问。"
    )
    return Firing(
        id=f"{REMINDER}:{day}:0:{PUBLIC}", reminder=REMINDER, title="咨询日致谢", day=day, due_at=due,
        until=due + _THANKS_WINDOW, audience=Audience((PUBLIC,)), texts={Level.PUBLIC: text},
        source="本账号当天的提问记录",
    )  # fmt: skip
