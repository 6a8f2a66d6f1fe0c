"""A batch, from being claimed to being put back: people called one after another, or all in one call.

A delivery is written down as being sent before its call and closed after it, many in one transaction, and no
transaction is open during a call. So after `kill -9` exactly the calls that were under way stand as "sending": they are
made again where the platform knows a repeat by its key, else they are known to be unknown.
"""

from __future__ import annotations

import logging
import queue
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import sqlalchemy as sa

from bot.errors import Refusal, SendError
from bot.messages import Delivery
from bot.outreach import ledger, rates
from bot.outreach.content import messages
from bot.outreach.ledger import Claimed, Outcome
from bot.outreach.tables import broadcast
from bot.outreach.troubles import Trouble, tell
from bot.sending import Message, Sender
from bot.store.database import Database, aware

log = logging.getLogger(__name__)

#: How often what came of calls is written down and the next are let go: so many calls may be repeated or unknown after
#: a crash as come to an end in this time, besides those under way.
_FLUSH_S = 0.02
_RENEW_S = 1.0  # the longest that a pause goes unnoticed by calls that are still to be made
#: Seconds to the next try, by what was tried before; a bit more at random, so that not all come at once.
_BACK_OFF_S = (1, 4, 15, 60, 300)
_THROTTLED_S = 60
#: So many people in a row whom the platform refuses for a reason of ours: a person must look before more are called.
_IN_A_ROW = 10


class Hooks(Protocol):
    """What the rest of the house must know of a delivery; called inside the transaction that closes it."""

    def taken(self, db: sa.Connection, sender: str, followers: list[int], message: Message) -> None:
        """The platform took a message to these: windows and consents are used up by one."""

    def refused(self, db: sa.Connection, sender: str, follower: int, refusal: Refusal, message: Message) -> None:
        """A person has left, or allows no more."""


@dataclass(frozen=True, slots=True)
class Broadcast:
    """What a batch must know of its broadcast. messages: by level."""

    id: int
    messages: Mapping[str, Message]
    twice_ok: bool
    until: datetime | None


class Callers:
    """Threads that make calls, shared by all batches of a process."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._threads = [threading.Thread(target=self._run, name=f"caller-{n}", daemon=True) for n in range(count)]
        for thread in self._threads:
            thread.start()

    def put(self, call: Callable[[], None]) -> None:
        """Let a call be made as soon as a thread is free."""
        self._calls.put(call)

    def close(self) -> None:
        """End the threads after what was put before."""
        for _ in self._threads:
            self._calls.put(None)
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while (call := self._calls.get()) is not None:
            call()


class Deliverer:
    """Works on batches. `run` may be called from several threads, for different batches.

    senders  by name
    account  whose rates and quotas count
    clock    aware UTC
    """

    def __init__(
        self,
        database: Database,
        senders: Mapping[str, Sender],
        hooks: Hooks,
        callers: Callers,
        *,
        account: str,
        worker: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._database, self._senders, self._hooks, self._callers = database, senders, hooks, callers
        self._account, self._worker, self._clock = account, worker, clock
        self._ending = threading.Event()

    def stop(self) -> None:
        """Let calls that are under way end and begin no more; batches that are not done wait for another worker."""
        self._ending.set()

    def run(self, batch_id: int) -> bool:
        """Work on a batch until it is done, must wait, or its broadcast pauses. False where it was not ours to take."""
        now = self._clock()
        with self._database.begin() as db:
            claimed = ledger.claim(db, batch_id, self._worker, now)
            if claimed is None:
                return False
            sender, told = self._senders[claimed.sender], _broadcast(db, claimed.broadcast_id)
            cut_off = ledger.settle_cut_off(db, claimed, sender.has_key or told.twice_ok, now)
        if cut_off:
            log.warning("deliveries were cut off", extra={"batch_id": batch_id, "count": cut_off})
        work = _OneByOne if sender.most == 1 else _AllAtOnce
        work(self, claimed, sender, told).run()
        return True


class _Work:
    """What both ways of working on a batch share."""

    def __init__(self, deliverer: Deliverer, claimed: Claimed, sender: Sender, told: Broadcast) -> None:
        self.d, self.claimed, self.sender, self.told = deliverer, claimed, sender, told
        self.message = told.messages[claimed.level]
        self.again = sender.has_key or told.twice_ok

    def judge(self, error: SendError, now: datetime) -> tuple[Delivery, Trouble | None]:
        """What a refusal means for the person, and for those who come after."""
        refusal = error.refusal
        if refusal is Refusal.DUPLICATE:
            return Delivery.SENT, None
        if refusal in (Refusal.WINDOW_CLOSED, Refusal.RECIPIENT_GONE, Refusal.RECIPIENT_DECLINED):
            return Delivery.PERMANENT_FAILURE, None
        if refusal is Refusal.UNREACHABLE and not self.again:
            return Delivery.UNKNOWN, None
        if refusal in (Refusal.NOT_SENT, Refusal.UNREACHABLE):
            return Delivery.TEMPORARY_FAILURE, None
        if refusal is Refusal.THROTTLED:
            return Delivery.TEMPORARY_FAILURE, Trouble(refusal, error.errcode, now + timedelta(seconds=_THROTTLED_S))
        if refusal is Refusal.QUOTA_USED_UP:
            return Delivery.TEMPORARY_FAILURE, Trouble(refusal, error.errcode, rates.next_day(now))
        if refusal in (Refusal.ACCOUNT_BLOCKED, Refusal.TOKEN_REJECTED):
            return Delivery.TEMPORARY_FAILURE, Trouble(refusal, error.errcode)
        if refusal is Refusal.BAD_CONTENT:
            return Delivery.TECHNICAL_FAILURE, Trouble(refusal, error.errcode)
        return Delivery.TECHNICAL_FAILURE, None

    def back_off(self, now: datetime) -> datetime:
        """When what failed is tried again."""
        step = _BACK_OFF_S[min(self.claimed.attempts, len(_BACK_OFF_S)) - 1]
        return now + timedelta(seconds=step * random.uniform(1, 1.5))

    def expired(self, now: datetime) -> bool:
        return self.told.until is not None and now >= self.told.until

    def end(self, db: sa.Connection, trouble: Trouble | None, now: datetime) -> None:
        """Put the batch back, and let staff know why where something stops."""
        ledger.put_back(
            db, self.claimed, self.d._worker, now, not_before=trouble.hold if trouble else self.back_off(now)
        )
        if trouble:
            tell(db, self.claimed.broadcast_id, trouble, now)
            if trouble.refusal is Refusal.THROTTLED and trouble.hold:
                rates.empty(db, self.d._account, self.sender.name, trouble.hold)


class _OneByOne(_Work):
    """Each person is a call; many are under way at once."""

    def __init__(self, deliverer: Deliverer, claimed: Claimed, sender: Sender, told: Broadcast) -> None:
        super().__init__(deliverer, claimed, sender, told)
        self.results: queue.SimpleQueue[tuple[int, str, SendError | None]] = queue.SimpleQueue()
        self.under_way, self.after, self.exhausted = 0, -1, False
        self.trouble: Trouble | None = None
        self.in_a_row = 0

    def run(self) -> None:
        renew_at = self.d._clock()
        kept = True
        while True:
            ended = self._ended()
            now = self.d._clock()
            with self.d._database.begin() as db:
                self._close(db, ended, now)
                if now >= renew_at:
                    kept = ledger.renew(db, self.claimed, self.d._worker, now)
                    renew_at = now + timedelta(seconds=_RENEW_S)
                people = self._next(db, now) if kept and not self._stops(now) else []
                if not people and not self.under_way:
                    if self.expired(now):
                        ledger.expire(db, self.claimed.broadcast_id, "expired", now)
                    self.end(db, self.trouble, now)
                    return
            for follower_id, address in people:
                self._call(follower_id, address)

    def _stops(self, now: datetime) -> bool:
        return self.trouble is not None or self.exhausted or self.d._ending.is_set() or self.expired(now)

    def _ended(self) -> list[tuple[int, str, SendError | None]]:
        """Calls that came to an end, after a moment in which more do."""
        if not self.under_way:
            return []
        ended = [self.results.get()]
        time.sleep(_FLUSH_S)
        while not self.results.empty():
            ended.append(self.results.get())
        self.under_way -= len(ended)
        return ended

    def _next(self, db: sa.Connection, now: datetime) -> list[tuple[int, str]]:
        room = self.d._callers.count * 5 // 4 - self.under_way
        if room <= 0:
            return []
        room = rates.take(db, self.d._account, self.sender.name, self.sender.per_minute, room, now)
        if not room:
            return []
        after, people = ledger.mark(db, self.claimed, self.after, room, now)
        if after is None:
            self.exhausted = True
        else:
            self.after = after
        return people

    def _call(self, follower_id: int, address: str) -> None:
        self.under_way += 1

        def call() -> None:
            try:
                receipt = self.sender.send([address], self.message, f"{self.claimed.broadcast_id}-{follower_id}")
                self.results.put((follower_id, receipt.platform_id, None))
            except SendError as e:
                self.results.put((follower_id, "", e))
            except Exception as e:  # a sender that breaks must not take the thread and the count with it
                log.exception("a sender broke", extra={"sender": self.sender.name})
                self.results.put((follower_id, "", SendError(type(e).__name__, None, Refusal.UNKNOWN)))

        self.d._callers.put(call)

    def _close(self, db: sa.Connection, ended: list[tuple[int, str, SendError | None]], now: datetime) -> None:
        outcomes, taken = [], []
        for follower_id, number, error in ended:
            if error is None:
                taken.append(follower_id)
                outcomes.append(Outcome(follower_id, Delivery.SENT, platform_id=number or None))
                self.in_a_row = 0
                continue
            state, trouble = self.judge(error, now)
            self.trouble = self.trouble or trouble or self._all_refused(state, error)
            outcomes.append(Outcome(follower_id, state, error.errcode, error.refusal))
            if error.refusal in (Refusal.RECIPIENT_GONE, Refusal.RECIPIENT_DECLINED, Refusal.WINDOW_CLOSED):
                self.d._hooks.refused(db, self.sender.name, follower_id, error.refusal, self.message)
        ledger.close(db, self.claimed.broadcast_id, outcomes, now)
        if ended:
            rates.use(db, self.d._account, self.sender.name, rates.day(now), len(ended))
        if taken:
            self.d._hooks.taken(db, self.sender.name, taken, self.message)

    def _all_refused(self, state: Delivery, error: SendError) -> Trouble | None:
        self.in_a_row = self.in_a_row + 1 if state is Delivery.TECHNICAL_FAILURE else 0
        return Trouble(error.refusal, error.errcode) if self.in_a_row >= _IN_A_ROW else None


class _AllAtOnce(_Work):
    """All people of the batch are one call."""

    def run(self) -> None:
        now = self.d._clock()
        with self.d._database.begin() as db:
            people = self._mark(db, now)
            if not people:
                return
        try:
            receipt = self.sender.send([address for _, address in people], self.message, f"b{self.claimed.id}")
        except SendError as e:
            self._failed(e)
            return
        now = self.d._clock()
        refused = receipt.refused
        outcomes = [
            Outcome(i, Delivery.PERMANENT_FAILURE, refused[address], Refusal.RECIPIENT_GONE)
            for i, address in people
            if address in refused
        ]
        with self.d._database.begin() as db:
            ledger.close(db, self.claimed.broadcast_id, outcomes, now)
            ledger.close_all(db, self.claimed, Delivery.SENT, now)
            ledger.set_platform_id(db, self.claimed.id, receipt.platform_id)
            rates.use(db, self.d._account, self.sender.name, rates.day(now), 1)
            self.d._hooks.taken(db, self.sender.name, [i for i, a in people if a not in refused], self.message)
            self.end(db, None, now)

    def _mark(self, db: sa.Connection, now: datetime) -> list[tuple[int, str]]:
        """The people of the batch, marked; empty where it must wait or there is nobody left."""
        if self.d._ending.is_set() or self.expired(now):
            if self.expired(now):
                ledger.expire(db, self.claimed.broadcast_id, "expired", now)
            self.end(db, None, now)
            return []
        if not rates.take(db, self.d._account, self.sender.name, self.sender.per_minute, 1, now):
            ledger.put_back(db, self.claimed, self.d._worker, now, not_before=now + timedelta(seconds=1))
            return []
        if not self.sender.most:
            return self._everybody(db, now)
        _after, people = ledger.mark(db, self.claimed, -1, self.sender.most, now)
        if len(people) < self.sender.least:
            lone = [Outcome(i, Delivery.SKIPPED, why="too_few") for i, _ in people]
            ledger.close(db, self.claimed.broadcast_id, lone, now)
            self.end(db, None, now)
            return []
        return people

    def _everybody(self, db: sa.Connection, now: datetime) -> list[tuple[int, str]]:
        """The tag in place of people who are not listed."""
        tag = ledger.mark_all(db, self.claimed, now)
        if tag is None:
            self.end(db, None, now)
        return [] if tag is None else [(0, tag)]

    def _failed(self, error: SendError) -> None:
        now = self.d._clock()
        state, trouble = self.judge(error, now)
        with self.d._database.begin() as db:
            ledger.close_all(db, self.claimed, state, now, why=error.refusal)
            self.end(db, trouble, now)


def _broadcast(db: sa.Connection, broadcast_id: int) -> Broadcast:
    c = broadcast.c
    row = db.execute(sa.select(c.content, c.twice_ok, c.until).where(c.id == broadcast_id)).one()
    return Broadcast(broadcast_id, messages(row.content), bool(row.twice_ok), aware(row.until))
