"""The calendar at work: each firing exactly once, whatever clocks, schedulers and crashes do.

A firing happens in one transaction: its row is written, its broadcast is made. Whoever writes the row has fired it; the
others find it written. After downtime it is caught up inside its window; a window that closed while nobody ran is
reported as missed, once. A clock that jumped ahead and came back finds what it took to be missed, and fires it then.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.errors import OutreachError, StoreError
from bot.outreach import announcing, firings, moving, plan_firings, standing
from bot.outreach.book import Book, Reminder
from bot.outreach.calendar_tables import calendar_run, firing
from bot.outreach.content import Level
from bot.outreach.drafts import CHANNELS
from bot.outreach.firings import Firing
from bot.outreach.quiet import is_quiet
from bot.outreach.standing import Standing
from bot.settings import BEIJING, OutreachSettings
from bot.store.database import Database, aware

log = logging.getLogger(__name__)

#: What was missed longer ago is of no use to anybody, and a clock that jumps by years should not fill the table.
LOOK_BACK = timedelta(days=92)
_WITHDRAWN = "活动方案已撤回，或者日期改了"


class Fate(StrEnum):
    """What became of a firing."""

    DUE = "due"  # it was tried, and something staff can mend was in the way
    FIRED = "fired"
    MISSED = "missed"
    SKIPPED = "skipped"  # by staff


@dataclass(frozen=True, slots=True)
class Fired:
    """A firing that happened. approver: who let it go out by itself, "" where it waits for review."""

    firing: Firing
    broadcast_id: int
    approver: str


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of one run. hindered: with what was in the way, for staff."""

    fired: tuple[Fired, ...] = ()
    missed: tuple[Firing, ...] = ()
    hindered: tuple[tuple[Firing, str], ...] = ()


#: Makes the broadcast of a firing in the transaction it is given, and returns its number; the name is of who approved
#: it for good, "" where it must be reviewed. Raises OutreachError.
MakeBroadcast = Callable[[sa.Connection, Firing, str, datetime], int]


@dataclass(frozen=True, slots=True)
class Calendar:
    """The firings of one office. get_book, get_settings: asked each time, staff may change both."""

    database: Database
    get_book: Callable[[], Book]
    get_settings: Callable[[], OutreachSettings]

    @property
    def book(self) -> Book:
        """The calendar as it is where the office is."""
        return self.get_book()

    @property
    def settings(self) -> OutreachSettings:
        """The quiet hours above all."""
        return self.get_settings()

    def firings(self, start: datetime, end: datetime) -> list[Firing]:
        """All that are due from `start` to `end`, of the calendar and of plans that are accepted now, in order."""
        with self.database.read() as db:
            plans, moves = plan_firings.read(db), moving.read(db, start, end)
        found = {f.id: f for f in self._found(plans, start, end)}
        for moved in moves:
            held = found.get(moved.id) or self._one(plans, moved.id, moved.was)
            if held:
                found[moved.id] = moving.apply(held, moved, self._retell(plans))
        return sorted((f for f in found.values() if start <= f.due_at <= end), key=lambda f: (f.due_at, f.id))

    def _found(self, plans: Sequence[plan_firings.PlanFact], start: datetime, end: datetime) -> list[Firing]:
        """As the calendar and the plans have them, on the days from `start` to `end`."""
        first, last = start.astimezone(BEIJING).date(), end.astimezone(BEIJING).date()
        local = plan_firings.consultation_days(plans)
        found = firings.of_book(self.book, first, last, self.settings, local)
        told = {(f.day, f.send_day, f.audience.who[0]) for f in found if self._is_consultation(f)}
        days = {p.reminder for p in plans if plan_firings.is_consultation(p)}
        # The plan's own day is told by the calendar, in its words: once is enough.
        found += [
            f for f in plan_firings.firings(plans, first, last, self.book.facts, self.settings)
            if not (f.reminder in days and (f.day, f.send_day, f.audience.who[0]) in told)
        ]  # fmt: skip
        return found

    def _one(self, plans: Sequence[plan_firings.PlanFact], name: str, due: datetime) -> Firing | None:
        return next((f for f in self._found(plans, due, due) if f.id == name), None)

    def _retell(self, plans: Sequence[plan_firings.PlanFact]) -> moving.Retell:
        def retell(held: Firing, at: datetime) -> Mapping[Level, str] | None:
            sent = at.astimezone(BEIJING).date()
            if held.reminder.startswith("plan-"):
                return plan_firings.retold(plans, held, sent)
            return firings.retold(self.book, held, sent)

        return retell

    def _is_consultation(self, f: Firing) -> bool:
        reminder = self.book.reminder(f.reminder)
        return reminder is not None and reminder.day == firings.CONSULTATION_DAY

    def due(self, now: datetime) -> list[Firing]:
        """Those that should go out now and have not."""
        if is_quiet(now, self.settings):
            return []
        open_now = [f for f in self.firings(now - LOOK_BACK, now) if f.until > now]
        with self.database.begin() as db:
            done = _fates(db, [f.id for f in open_now])
        return [f for f in open_now if done.get(f.id) not in (Fate.FIRED, Fate.SKIPPED)]

    def run(self, now: datetime, make: MakeBroadcast) -> Ran:
        """Fire all that is due and report what was missed. Safe to run twice, and by two at once."""
        now = now.astimezone(UTC)
        with self.database.begin() as db:
            seen = aware(db.scalar(sa.select(calendar_run.c.at)))
        try:
            self._withdraw(now)
        except OutreachError as e:  # somebody moved one of them meanwhile: the next run sees how it stands
            log.info("withdrawing comes again", extra={"why": str(e)})
        happened = [outcome for f in self.due(now) if (outcome := self.fire(f, make, now))]
        missed = self._missed(seen, now)
        ran = Ran(
            tuple(o for o in happened if isinstance(o, Fired)), missed,
            tuple(o for o in happened if isinstance(o, tuple)),
        )  # fmt: skip
        _log(ran)
        return ran

    def fire(self, due: Firing, make: MakeBroadcast, now: datetime) -> Fired | tuple[Firing, str] | None:
        """Make the broadcast of a firing; None where it was made before, what hindered it where something did."""
        try:
            with self.database.begin() as db:
                if not _claim(db, due, now):
                    return None
                approver = self._approver(db, due)
                number = make(db, due, approver, now)
                db.execute(sa.update(firing).where(firing.c.id == due.id).values(broadcast_id=number))
            return Fired(due, number, approver)
        except OutreachError as e:
            with self.database.begin() as db:
                _note(db, due, Fate.DUE, str(e))
            return due, str(e)
        except StoreError:
            log.warning("firing not stored, comes again", extra={"firing": due.id})
            return None

    def _approver(self, db: sa.Connection, due: Firing) -> str:
        """Who let this reminder go out by itself, as it reads now."""
        reminder = self.book.reminder(due.reminder)
        if reminder is None:
            return ""
        return standing.approver(db, standing.reminder(reminder.id), self._digest(reminder))

    def _missed(self, seen: datetime | None, now: datetime) -> tuple[Firing, ...]:
        """Write down what was missed since the calendar last ran, and that it ran now."""
        since = max(seen, now - LOOK_BACK) if seen else now
        # Quiet hours may put a firing off beyond its own window.
        closed = [f for f in self.firings(since - LOOK_BACK, now + timedelta(days=1)) if since < f.until <= now]
        with self.database.begin() as db:
            missed = tuple(f for f in closed if _note(db, f, Fate.MISSED, _why(f, self.settings), now))
            insert = _insert(db, calendar_run).values(id=1, at=now)
            db.execute(insert.on_conflict_do_update(index_elements=["id"], set_={"at": now}))
        return missed

    def _withdraw(self, now: datetime) -> None:
        """Take back what waits for review or its time, and is of no day any more: its plan is not accepted now.

        As if it had never fired: where the plan is accepted again, or the national day returns, it comes anew.
        """
        with self.database.begin() as db:
            plans = plan_firings.read(db)
            c = firing.c
            fired = (self.set_by_plans(), c.state == Fate.FIRED, c.broadcast_id.is_not(None))
            for name, number in db.execute(sa.select(c.id, c.broadcast_id).where(*fired)).all():
                if not self.stands(name, plans) and announcing.take_back(db, number, _WITHDRAWN, now):
                    db.execute(sa.delete(firing).where(c.id == name))

    def set_by_plans(self) -> sa.ColumnElement[bool]:
        """Firings whose day is one of a plan, or may be set by one."""
        own = {r.id for r in self.book.reminders if r.day == firings.CONSULTATION_DAY}
        c = firing.c
        return sa.or_(c.id.like("plan-%"), *(c.id.startswith(f"{name}:", autoescape=True) for name in own))

    def stands(self, firing_id: str, plans: Sequence[plan_firings.PlanFact]) -> bool:
        """Whether the day that a firing is about is still one, by the calendar and the plans that are accepted now."""
        about = firing_id.rsplit(":", 2)[0]
        name, _, day = about.rpartition(":")
        reminder = self.book.reminder(name)
        if reminder is None:
            return any(f"{fact.reminder}:{fact.day}" == about for fact in plans)
        return date.fromisoformat(day) in self.consultation_days(date.fromisoformat(day).year, plans)

    def consultation_days(self, year: int, plans: Sequence[plan_firings.PlanFact]) -> list[date]:
        """The local days that plans set in a year, else the national one."""
        if local := plan_firings.consultation_days(plans).get(year):
            return local
        own = [r.rule for r in self.book.reminders if r.day == firings.CONSULTATION_DAY]
        return sorted({span.first for rule in own for span in rule.spans(year, self.book.facts)})

    # What staff do

    def propose(self, name: str, by: str, now: datetime) -> None:
        """Put a reminder forward to go out by itself as it reads now; what was approved before ends."""
        standing.propose(self.database, standing.reminder(name), self._digest(self._known(name)), by, now)

    def approve(self, name: str, mark: str, by: str, now: datetime) -> None:
        """Let it go out by itself from now on, as another person put it forward. Raises OutreachError.

        mark  of what they read, see Standing
        """
        standing.approve(self.database, standing.reminder(name), self._digest(self._known(name)), by, now, mark)

    def revoke(self, name: str) -> bool:
        """From now on it is reviewed each time again; False where it was already."""
        return standing.withdraw(self.database, standing.reminder(name))

    def standing(self, name: str) -> Standing | None:
        """Whether a reminder goes out by itself, and who let it; None where the calendar has none of that id."""
        return self.standings().get(name)

    def standings(self) -> dict[str, Standing]:
        """Reminder -> whether it goes out by itself, and who let it, of all in the calendar."""
        digests = {standing.reminder(r.id): self._digest(r) for r in self.book.reminders}
        with self.database.read() as db:
            held = standing.read_all(db, digests)
        return {r.id: held[standing.reminder(r.id)] for r in self.book.reminders if standing.reminder(r.id) in held}

    def _known(self, name: str) -> Reminder:
        reminder = self.book.reminder(name)
        if reminder is None:
            raise OutreachError(f"日历里没有编号为 {name} 的提醒；用 safetybot calendar list 查看")
        return reminder

    def _digest(self, reminder: Reminder) -> str:
        return self.book.digest(reminder, CHANNELS)

    def skip(self, firing_id: str, who: str, why: str, now: datetime) -> None:
        """Leave one firing out. Raises OutreachError where there is none in the coming year, or it went out."""
        coming = {f.id: f for f in self.firings(now - LOOK_BACK, now + timedelta(days=366))}
        if firing_id not in coming:
            raise OutreachError(f"今后一年里没有编号为 {firing_id} 的提醒；用 safetybot calendar view 查看")
        with self.database.begin() as db:
            if not _note(db, coming[firing_id], Fate.SKIPPED, f"{who}：{why}"):
                raise OutreachError(f"{firing_id} 已经发出、已经错过或已经取消，不能再取消")

    def move(self, firing_id: str, at: datetime, who: str, why: str, now: datetime) -> None:
        """Put one firing to another time. Raises OutreachError where that cannot be, or it went out already."""
        now, at = now.astimezone(UTC), at.astimezone(UTC)
        found = self.coming(firing_id, now)
        with self.database.begin() as db:
            plans = plan_firings.read(db)
            moving.check(found, at, why, now, self.settings, self._retell(plans))
            if _fates(db, [firing_id]).get(firing_id, Fate.DUE) is not Fate.DUE:
                raise OutreachError(f"{firing_id} 已经发出、已经错过或已经取消，不能再改期")
            moving.write(db, moving.Moved(firing_id, found.due_at, at, who.strip(), why.strip()), now)

    def coming(self, firing_id: str, now: datetime) -> Firing:
        """One firing of the coming year, or of the time that is looked back on. Raises OutreachError for another."""
        for found in self.firings(now - LOOK_BACK, now + timedelta(days=366)):
            if found.id == firing_id:
                return found
        raise OutreachError(f"今后一年里没有编号为 {firing_id} 的提醒")


def _claim(db: sa.Connection, due: Firing, now: datetime) -> bool:
    """Take a firing for oneself. What was taken to be missed may still be fired while its window is open."""
    if _add(db, due, Fate.FIRED, "", now):
        return True
    retried = sa.update(firing).where(firing.c.id == due.id, firing.c.state.in_((Fate.DUE, Fate.MISSED)))
    return db.execute(retried.values(state=Fate.FIRED, fired_at=now, why="")).rowcount == 1


def _note(db: sa.Connection, due: Firing, fate: Fate, why: str, at: datetime | None = None) -> bool:
    """Write down what became of a firing that did not happen; False where that is known already.

    at  when it was found to be missed: staff are told of it from then on
    """
    if _add(db, due, fate, why, at):
        return True
    open_still = sa.update(firing).where(firing.c.id == due.id, firing.c.state == Fate.DUE)
    values: dict[str, object] = {"state": fate, "fired_at": at} | ({"why": why} if fate is not Fate.MISSED else {})
    return db.execute(open_still.values(**values)).rowcount == 1


def _add(db: sa.Connection, due: Firing, fate: Fate, why: str, fired_at: datetime | None) -> bool:
    row = {"id": due.id, "due_at": due.due_at, "window_until": due.until, "state": fate, "why": why,
           "fired_at": fired_at}  # fmt: skip
    # Not the row count: psycopg's is not told for an INSERT.
    new = _insert(db, firing).values(**row).on_conflict_do_nothing().returning(firing.c.id)
    return db.scalar(new) is not None


def _insert(db: sa.Connection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if db.dialect.name == "sqlite" else postgresql.insert(table)


def _fates(db: sa.Connection, ids: list[str]) -> dict[str, Fate]:
    rows = db.execute(sa.select(firing.c.id, firing.c.state).where(firing.c.id.in_(ids)))
    return {name: Fate(state) for name, state in rows}


def _why(missed: Firing, settings: OutreachSettings) -> str:
    if missed.due_at >= missed.until:
        return f"时间落在静默时段（{settings.quiet_from}到{settings.quiet_until}），而补发期限在此之前就过了"
    return "到时候程序没有运行，补发的期限也过了"


def _log(ran: Ran) -> None:
    for fired in ran.fired:
        log.info("calendar fired", extra={"firing": fired.firing.id, "broadcast_id": fired.broadcast_id})
    for late in ran.missed:
        log.warning("calendar firing missed", extra={"firing": late.id})
    for held, why in ran.hindered:
        log.warning("calendar firing hindered", extra={"firing": held.id, "why": why})
