"""What staff do with broadcasts, one verb a function: write, edit, submit, approve, schedule, start, pause, cancel …

Each verb is one UPDATE of the row as it was read, which must change one row: of two people at once one wins and the
other is told. Each leaves a row of broadcast_event.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.errors import OutreachError
from bot.outreach import alerts, approval, drafts, ledger, media, outcome, pictures, planner, sweeping, trial
from bot.outreach import reach as reaching
from bot.outreach.content import Level
from bot.outreach.drafts import Broadcast, By, Draft, Event
from bot.outreach.outcome import Progress
from bot.outreach.planner import Plan, Segments
from bot.outreach.quiet import is_quiet, opens
from bot.outreach.reach import Reach
from bot.outreach.states import Batch, Move, State, after
from bot.outreach.tables import batch
from bot.outreach.ways import TAG
from bot.sending import Sender
from bot.settings import BEIJING, OutreachSettings
from bot.store.database import Database, unhurried

log = logging.getLogger(__name__)

SYSTEM = "system"
#: Its number among the locks of a PostgreSQL server; see bot/store/database.py for another.
_LAYING_LOCK = 20_061_102


class Broadcasts:
    """The broadcasts of one office. May be used from many threads and processes.

    senders  those that are set up, by name
    account  whose quotas count
    settings asked each time, staff may change them
    closed   why staff switched broadcasts off, "" while they are on
    look     at a picture that a draft names by its address
    wake     lets idle workers look at once, after there is something to send
    """

    def __init__(
        self,
        database: Database,
        segments: Segments,
        senders: Mapping[str, Sender],
        settings: Callable[[], OutreachSettings],
        account: str,
        wake: Callable[[], None] = lambda: None,
        closed: Callable[[], str] = lambda: "",
        look: pictures.Look = lambda _address: "",
    ) -> None:
        self._wake, self._closed, self._look = wake, closed, look
        self._database, self._segments, self._senders = database, segments, senders
        self._get_settings, self._account = settings, account

    @property
    def _settings(self) -> OutreachSettings:
        return self._get_settings()

    def write(self, draft: Draft, who: str, now: datetime) -> Broadcast:
        """Write a new draft, right or not: it is checked before review."""
        who = approval.named(who)
        approval.check_size(draft)
        with self._database.begin() as db:
            return drafts.read(db, drafts.add(db, draft, who, now))

    def edit(self, number: int, draft: Draft, version: int, who: str, why: str, now: datetime) -> Broadcast:
        """Write a draft anew; whatever was approved is void. version: the one that was edited."""
        with self._changing(number) as (db, held):
            if version != held.version:
                raise OutreachError(
                    f"{held.name}：你改的是第 {version} 版，现在是第 {held.version} 版，请在最新一版上修改"
                )
            approval.check_size(draft)
            void: dict[str, Any] = {"version": held.version + 1, "approver": "", "approved_digest": "", "trouble": ""}
            drafts.move(db, held, Move.EDIT, _by(who, why, now), **drafts.columns(draft), **void)
            return drafts.read(db, number)

    def submit(self, number: int, who: str, why: str, now: datetime) -> Broadcast:
        """Put a draft to review. Raises OutreachError with all that is wrong with it."""
        looked_at = self.get(number)
        faults = pictures.wrong(looked_at.draft, self._look)  # before the transaction: it may take seconds
        with self._changing(number) as (db, held):
            if faults and held.version == looked_at.version:
                raise OutreachError("\n".join(faults))
            self._segments.where(held.draft.audience, now)  # a rule that cannot be is known now
            approval.check_again(db, held, self._segments, now)
            approval.submit(db, held, self._settings, _by(who, why, now))
            return drafts.read(db, number)

    def give_back(self, number: int, who: str, why: str, now: datetime) -> Broadcast:
        """Return what is in review to its author."""
        return self._move(number, Move.RETURN, who, why, now)

    def approve(self, number: int, version: int, who: str, why: str, now: datetime) -> Broadcast:
        """Approve exactly what was read. version: the one that was read."""
        with self._changing(number) as (db, held):
            approval.approve(db, held, version, _by(who, why, now))
            return drafts.read(db, number)

    def schedule(self, number: int, at: datetime, who: str, why: str, now: datetime) -> Broadcast:
        """Let an approved broadcast begin by itself at a time."""
        with self._changing(number) as (db, held):
            if at <= now:
                raise OutreachError(f"{held.name}：{_clock(at)} 已经过了，请改用一个将来的时间，或直接开始发送")
            if held.draft.until and held.draft.until <= at:
                raise OutreachError(f"{held.name}：截止时间 {_clock(held.draft.until)} 早于发送时间")
            why = self._loud(held, at, why)
            drafts.move(db, held, Move.SCHEDULE, _by(who, why, now), send_at=drafts.utc(at))
            return drafts.read(db, number)

    def start(self, number: int, who: str, now: datetime, why: str = "") -> Broadcast:
        """Begin to send what was approved: the ledger is laid out, and batches wait for workers."""
        with self._database.begin() as db:
            self.begin(db, number, who, now, why)
            begun = drafts.read(db, number)
        self._wake()
        return begun

    def begin(self, db: sa.Connection, number: int, who: str, now: datetime, why: str = "") -> None:
        """As `start`, inside a transaction of the caller's."""
        held = drafts.read(db, number)
        if held.state in (State.APPROVED, State.SCHEDULED) and not approval.is_approved(held):
            raise OutreachError(f"{held.name}：审核之后有改动，须重新审核")
        loud = self._loud(held, now, why)
        drafts.move(db, held, Move.START, _by(who, loud, now), started_at=now, trouble="")
        self._lay_out(db, held, now)

    def start_due(self, now: datetime) -> list[int]:
        """Begin what was scheduled for now or earlier; returns what began. To be called every few seconds.

        What cannot begin goes back to its author with the reason; what is too late has failed.
        """
        if self._closed():
            return []  # they begin when the switch is on again, or are too late by then
        with self._database.begin() as db:
            scheduled = drafts.listed(db, State.SCHEDULED)
        due = [held for held in reversed(scheduled) if held.draft.send_at and held.draft.send_at <= now]
        return [held.id for held in due if self._start_due(held, now)]

    def alert(self, number: int, who: str, why: str, now: datetime) -> Broadcast:
        """Let an urgent broadcast go at once by one person; a second one must confirm it afterwards."""
        with self._changing(number) as (db, held):
            if not held.draft.urgent:
                raise OutreachError(f"{held.name}：没有标为紧急，须经另一人审核")
            if not why.strip():
                raise OutreachError(f"{held.name}：一个人紧急发出，请写明理由，会留在记录里")
            approval.check(held.draft, self._settings)
            drafts.move(db, held, Move.ALERT, _by(who, self._loud(held, now, why), now), started_at=now)
            self._lay_out(db, held, now)
            begun = drafts.read(db, number)
        self._wake()
        return begun

    def confirm(self, number: int, who: str, why: str, now: datetime) -> Broadcast:
        """Stand by an alert as the second person."""
        with self._changing(number) as (db, held):
            alerts.confirm(db, held, _by(who, why, now))
            return drafts.read(db, number)

    def object_to(self, number: int, who: str, why: str, now: datetime) -> Broadcast:
        """Object to an alert as the second person: what has not gone out is stopped."""
        with self._changing(number) as (db, held):
            alerts.object_to(db, held, _by(who, why, now))
            stopped = drafts.read(db, number)
        sweeping.skip_cancelled(self._database, number, now)
        return stopped

    def settle(self, number: int, who: str, why: str, now: datetime) -> Broadcast:
        """Say what was done about an objection, and close it."""
        with self._changing(number) as (db, held):
            alerts.settle(db, held, _by(who, why, now))
            return drafts.read(db, number)

    def pause(self, number: int, who: str, why: str, now: datetime) -> Broadcast:
        """Let no more calls begin; those under way end by themselves."""
        return self._move(number, Move.PAUSE, who, why, now)

    def resume(self, number: int, who: str, why: str, now: datetime) -> Broadcast:
        """Go on with what was paused: nobody is sent to twice."""
        with self._changing(number) as (db, held):
            drafts.move(db, held, Move.RESUME, _by(who, self._loud(held, now, why), now), trouble="")
            waiting = (batch.c.broadcast_id == number, batch.c.state == Batch.CREATED)
            db.execute(sa.update(batch).where(*waiting).values(not_before=None, attempts=0))
            resumed = drafts.read(db, number)
        self._wake()
        return resumed

    def cancel(self, number: int, who: str, why: str, now: datetime) -> Broadcast:
        """Send no more. What has been sent stays sent; whoever still waits is not sent to."""
        held = self._move(number, Move.CANCEL, who, why, now, ended_at=now)
        if held.started_at:
            # Apart from the move: workers see at once that it is over, while a million rows take a moment.
            sweeping.skip_cancelled(self._database, number, now)
        return held

    def reach(self, number: int, now: datetime) -> Reach:
        """What would happen if it began now."""
        with self._database.read() as db:
            unhurried(db)
            held = drafts.read(db, number)
            return self._reach(db, held, self._plan(db, held, now), now)

    def sample(self, number: int, count: int, now: datetime) -> list[Mapping[str, Any]]:
        """Some of its people, and how each would be reached."""
        with self._database.read() as db:
            return reaching.sample(db, drafts.read(db, number).draft, self._terms(now), count)

    def test(self, number: int, address: str, level: Level, who: str, now: datetime, within: str = "") -> str:
        """Send one message, marked as a test, to one of staff who follows the account; returns by which way.

        within  the region of the one who asks: no test reaches anybody outside it
        """
        who = approval.named(who)
        with self._database.begin() as db:
            held = drafts.read(db, number)
            after(held.state, Move.TEST, held.name)
            way, message = trial.prepare(db, held, address, level, self._senders, now, within)
        trial.send(self._senders[way], address, message, f"t{number}-{int(now.timestamp())}")
        with self._database.begin() as db:
            trial.sent(db, way, address, now)
            drafts.note(db, number, Move.TEST, _by(who, f"{level}，{way}", now), (held.state, held.state))
        return way

    def progress(self, number: int) -> Progress:
        """How far it is, and why some do not get it."""
        with self._database.read() as db:
            unhurried(db)
            return outcome.progress(db, number)

    def export(self, number: int, path: Path, who: str, now: datetime) -> int:
        """Write a workbook with a row for every person; returns how many. Who took it along is on record."""
        who = approval.named(who)
        count = outcome.export(self._database, self.get(number).id, path)
        self.taken_along(number, count, who, now)
        return count

    def taken_along(self, number: int, count: int, who: str, now: datetime) -> None:
        """Note who took the rows along."""
        with self._database.begin() as db:
            state = drafts.read(db, number).state
            drafts.note(db, number, Move.EXPORT, _by(who, f"{count} 行", now), (state, state))

    def words(self, held: Broadcast) -> str:
        """Its audience as staff read it."""
        return self._segments.words(held.draft.audience)

    def get(self, number: int) -> Broadcast:
        """One broadcast. Raises OutreachError where there is none."""
        with self._database.read() as db:
            return drafts.read(db, number)

    def listed(self, *states: State) -> list[Broadcast]:
        """All in one of `states`, or all, newest first."""
        with self._database.begin() as db:
            return drafts.listed(db, *states)

    def history(self, number: int) -> list[Event]:
        """All that was done to it, oldest first."""
        with self._database.begin() as db:
            return drafts.history(db, drafts.read(db, number).id)

    def unconfirmed(self) -> list[alerts.Waiting]:
        """Alerts that wait for a second person."""
        with self._database.read() as db:
            return alerts.unconfirmed(db)

    def objected(self) -> list[alerts.Waiting]:
        """Alerts with an objection that nobody has settled."""
        with self._database.read() as db:
            return alerts.objected(db)

    def _start_due(self, held: Broadcast, now: datetime) -> bool:
        try:
            if held.draft.until and held.draft.until <= now:
                why = f"截止时间 {_clock(held.draft.until)} 已过，没有发出"
                self._move(held.id, Move.FAIL, SYSTEM, why, now, ended_at=now, trouble=why)
                return False
            if not held.draft.urgent and is_quiet(now, self._settings):
                return False  # after a night of downtime it begins in the morning
            self.start(held.id, SYSTEM, now)
            return True
        except OutreachError as e:
            log.warning("a scheduled broadcast cannot begin", extra={"broadcast_id": held.id})
            return self._send_home(held, str(e), now)

    def _send_home(self, held: Broadcast, why: str, now: datetime) -> bool:
        with self._database.begin() as db:
            if drafts.read(db, held.id).state is State.SCHEDULED:
                void: dict[str, Any] = {
                    "version": held.version + 1,
                    "approver": "",
                    "approved_digest": "",
                    "trouble": why,
                }
                drafts.move(db, held, Move.RETURN, _by(SYSTEM, why, now), **void)
        return False

    def _lay_out(self, db: sa.Connection, held: Broadcast, now: datetime) -> None:
        """Write the ledger, and part it into batches; nothing of it where something forbids to begin."""
        unhurried(db)
        _one_at_a_time(db)
        plan = self._plan(db, held, now)
        found = self._reach(db, held, plan, now)
        if found.blockers:
            raise OutreachError(f"{held.name} 不能开始：\n" + "\n".join(f"- {b}" for b in found.blockers))
        approval.check_again(db, held, self._segments, now)
        ledger.fan_out(db, held.id, plan.people, now)
        sizes = {name: (self._senders[name].least, self._senders[name].most) for name in plan.ways if name != TAG}
        ledger.lay_batches(db, held.id, {(name, level): size for name, size in sizes.items() for level in Level})
        if plan.target is not None:
            ledger.lay_whole(db, held.id, TAG, Level.PUBLIC, plan.target)
        ledger.tallies.note_unreached(db, held.id)
        log.info("a broadcast begins", extra={"broadcast_id": held.id, "people": found.people})

    def _plan(self, db: sa.Connection, held: Broadcast, now: datetime) -> Plan:
        return planner.plan(db, held.draft, self._terms(now))

    def _reach(self, db: sa.Connection, held: Broadcast, plan: Plan, now: datetime) -> Reach:
        found = reaching.reach(db, held, plan, self._terms(now))
        wrong = media.wrong(db, held.draft.content, max(now, held.draft.send_at or now))
        stops = (*filter(None, [self._closed()]), *wrong)
        return replace(found, blockers=(*stops, *found.blockers)) if stops else found

    def _terms(self, now: datetime) -> planner.Terms:
        return planner.Terms(self._segments, self._senders, self._settings, self._account, now)

    def _loud(self, held: Broadcast, at: datetime, why: str) -> str:
        """The reason as it is kept: to break the quiet hours is on record. Raises OutreachError where it may not."""
        if not is_quiet(at, self._settings):
            return why
        hours = f"{self._settings.quiet_from}–{self._settings.quiet_until}"
        if not held.draft.urgent:
            open_at = _clock(opens(at, self._settings))
            words = f"{_clock(at)} 在静默时段（{hours}）内，请改到 {open_at} 以后；紧急通知除外"
            raise OutreachError(f"{held.name}：{words}")
        return "；".join(part for part in (why, f"紧急，在静默时段（{hours}）内发送") if part)

    def _move(self, number: int, step: Move, who: str, why: str, now: datetime, **values: Any) -> Broadcast:
        with self._changing(number) as (db, held):
            drafts.move(db, held, step, _by(who, why, now), **values)
            return drafts.read(db, number)

    @contextmanager
    def _changing(self, number: int) -> Iterator[tuple[sa.Connection, Broadcast]]:
        with self._database.begin() as db:
            yield db, drafts.read(db, number)


def _by(who: str, why: str, now: datetime) -> By:
    """Raises OutreachError where nobody is named."""
    return By(approval.named(who), why, now)


def _one_at_a_time(db: sa.Connection) -> None:
    """Of two broadcasts that begin together the second sees what the first uses up; SQLite lets only one write."""
    if db.dialect.name == "postgresql":
        db.execute(sa.text("SET LOCAL lock_timeout = '60s'"))
        db.execute(sa.select(sa.func.pg_advisory_xact_lock(_LAYING_LOCK)))


def _clock(at: datetime) -> str:
    return at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")
