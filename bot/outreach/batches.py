"""The two ways of working on a batch that is ours: each person is a call, or all of them are one."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import random
import time
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.errors import Refusal, SendError, StoreError
from bot.messages import Delivery
from bot.outreach import ledger, rates
from bot.outreach.callers import called
from bot.outreach.ledger import Claimed, Outcome
from bot.outreach.means import Broadcast, Means
from bot.outreach.states import State
from bot.outreach.tables import batch
from bot.outreach.troubles import Trouble, rest, settled, tell
from bot.sending import Receipt, Remembering, Sender

log = logging.getLogger(__name__)

#: How often what came of calls is written down and the next are let go: the ledger is left to others in between.
_LEAST_S, _MOST_S = 0.02, 0.04
#: … the former as soon as this part of them has ended: the last are waited for with most of the connections idle.
_ENOUGH = 0.75
_RENEW_S = 1.0
#: Seconds to the next try, by what was tried before; a bit more at random, so that not all come at once.
_BACK_OFF_S = (1, 4, 15, 60, 300)
_THROTTLED_S = 60
#: So many people in a row whom the platform refuses for a reason of ours: a person must look before more are called.
#: So many of whom nobody knows whether they were told: it is away, and who is not called yet is better called later.
_IN_A_ROW = 10
#: Whoever may call again so soon waits with the batch in hand; for longer it is put back.
_WAIT_S = 5.0
_NAP_S = 0.2
#: The database is waited for so long, with what came of calls in hand: a PostgreSQL that is restarted is back by then.
_PATIENCE_S = 45.0

_OF_THE_PERSON = (
    Refusal.WINDOW_CLOSED, Refusal.RECIPIENT_GONE, Refusal.RECIPIENT_FOREIGN, Refusal.RECIPIENT_DECLINED
)  # fmt: skip
#: So often a call is repeated that waits for the administrator: the repeat says whether it was confirmed.
_CONFIRMED_S = 300
#: Tried again, and no reason to stop calling others.
_PASSING = (Refusal.NOT_SENT, Refusal.UNREACHABLE, Refusal.RECIPIENT_BUSY)


class _Work:
    """What both ways share."""

    def __init__(self, means: Means, claimed: Claimed, sender: Sender, told: Broadcast) -> None:
        self.means, self.claimed, self.sender, self.told = means, claimed, sender, told
        self.message = told.messages[claimed.level]
        self.again = sender.has_key or told.twice_ok
        self.trouble: Trouble | None = None
        self.tried, self.wait_s = False, 0.0

    def judge(self, error: SendError, now: datetime) -> tuple[Delivery, Trouble | None]:
        """What a refusal means for the person, and for those who come after."""
        refusal, code = error.refusal, error.errcode
        if refusal is Refusal.DUPLICATE:
            return Delivery.SENT, None
        if refusal in _OF_THE_PERSON:
            return Delivery.PERMANENT_FAILURE, None
        if refusal is Refusal.UNREACHABLE and not self.again:
            return Delivery.UNKNOWN, None
        if refusal in _PASSING:
            return Delivery.TEMPORARY_FAILURE, None
        if refusal is Refusal.THROTTLED:
            return Delivery.TEMPORARY_FAILURE, Trouble(refusal, code, now + timedelta(seconds=_THROTTLED_S))
        if refusal is Refusal.AWAITS_ADMIN:
            return Delivery.TEMPORARY_FAILURE, Trouble(refusal, code, now + timedelta(seconds=_CONFIRMED_S))
        if refusal is Refusal.QUOTA_USED_UP:
            return Delivery.TEMPORARY_FAILURE, Trouble(refusal, code, rates.next_day(now))
        if refusal in (Refusal.ACCOUNT_BLOCKED, Refusal.TOKEN_REJECTED):
            return Delivery.TEMPORARY_FAILURE, Trouble(refusal, code)
        return Delivery.TECHNICAL_FAILURE, Trouble(refusal, code) if refusal is Refusal.BAD_CONTENT else None

    def may_go_on(self, now: datetime) -> bool:
        """Whether calls may be made as far as we know without asking the database."""
        means = self.means
        stopped = means.ending.is_set() or means.held.is_set() or self.rests_until(now)
        return self.trouble is None and not stopped and now < self.told.until

    def rests_until(self, now: datetime) -> datetime | None:
        """When the quiet hours end that keep the broadcast back; None where none do."""
        opens = now if self.told.urgent else self.means.opens(now)
        return opens if opens > now else None

    def held(self, db: sa.Connection) -> State | None:
        """See ledger.hold. Whoever else has the batch may have counted it before we close what came of our calls."""
        state = ledger.hold(db, self.claimed)
        if state is None:
            ledger.tallies.touch(db, batch.c.id == self.claimed.id)
        return state

    def allowed(self, db: sa.Connection, wanted: int, now: datetime) -> int:
        """How many calls may be made at once; else `wait_s` says when the next one may."""
        allowed = rates.take(db, self.means.account, self.sender.name, self.sender.per_minute, wanted, now)
        self.wait_s = 0.0 if allowed.count else allowed.wait_s
        return allowed.count

    def end(self, db: sa.Connection, now: datetime) -> None:
        """Put the batch back, and let staff know why where something stops."""
        trouble = self.trouble
        if now >= self.told.until:
            ledger.put_back(db, self.claimed, now, tried=False)
            ledger.skip(db, self.claimed.id, "expired", now)
            ledger.finish(db, self.claimed.broadcast_id, now)
            return
        ledger.put_back(db, self.claimed, now, not_before=self._not_before(now), tried=self.tried)
        if trouble:
            tell(db, self.claimed.broadcast_id, trouble, now)
            if trouble.hold:
                ledger.hold_back(db, self.sender.name, trouble.hold)
                if trouble.refusal is Refusal.THROTTLED:
                    rates.empty(db, self.means.account, self.sender.name, trouble.hold)
        elif rests := self.rests_until(now):
            rest(db, self.claimed.broadcast_id, rests)
        elif self.tried and self.claimed.attempts >= len(_BACK_OFF_S):
            # What the platform does not answer for minutes is not given up: it is tried until the broadcast ends.
            tell(db, self.claimed.broadcast_id, Trouble(Refusal.UNREACHABLE, None, now), now)

    def _not_before(self, now: datetime) -> datetime | None:
        if self.trouble:
            return self.trouble.hold
        if rests := self.rests_until(now):
            return rests
        if self.tried:
            step = _BACK_OFF_S[min(self.claimed.attempts, len(_BACK_OFF_S)) - 1]
            return now + timedelta(seconds=step * random.uniform(1, 1.5))
        return now + timedelta(seconds=self.wait_s) if self.wait_s else None


class OneByOne(_Work):
    """Each person is a call; many are under way at once."""

    def __init__(self, means: Means, claimed: Claimed, sender: Sender, told: Broadcast) -> None:
        super().__init__(means, claimed, sender, told)
        self._calls = means.callers.calls(sender)
        self._ended: list[tuple[int, Receipt | SendError]] = []  # and not written down yet
        self._under_way, self._in_a_row = 0, 0
        self._after: int | None = -1  # whom we looked at last; None: there is nobody behind
        self._renew_at: datetime | None = None
        self._away_since: float | None = None
        self._line = means.database.line()

    def run(self) -> None:
        """Call everybody who waits, as often as the platform allows; see Deliverer.run."""
        over = False
        with contextlib.closing(self._line):
            while not over:
                self._await()
                try:
                    over = self._turn(self.means.clock())
                    self._away_since = None
                except StoreError as e:
                    self._wait_for_database(e)
        self.means.callers.give_back(self._calls)

    def _await(self) -> None:
        """Wait for calls that come to an end, or until the next may be made."""
        if not self._under_way:
            time.sleep(min(self.wait_s, _NAP_S))
            return
        for who, result in self._calls.wait(_LEAST_S, _MOST_S, int(_ENOUGH * self.means.callers.count)):
            self._look_at(who, result)

    def _look_at(self, who: int, result: Receipt | SendError) -> None:
        """Let what came of a call decide about the next ones."""
        self._ended.append((who, result))
        if not isinstance(result, SendError):
            self._in_a_row = 0
            return
        state, trouble = self.judge(result, self.means.clock())
        self.tried = self.tried or state is Delivery.TEMPORARY_FAILURE
        lost = state in (Delivery.TECHNICAL_FAILURE, Delivery.UNKNOWN) or result.refusal is Refusal.RECIPIENT_FOREIGN
        self._in_a_row = self._in_a_row + 1 if lost else 0
        if self._in_a_row >= _IN_A_ROW:
            trouble = trouble or Trouble(result.refusal, result.errcode, self._until_back(state))
        self.trouble = self.trouble or trouble

    def _until_back(self, state: Delivery) -> datetime | None:
        """When to go on by itself where the platform is away; few are called till then: nobody knows who was told."""
        if state is not Delivery.UNKNOWN:
            return None
        self.tried = True
        step = _BACK_OFF_S[min(self.claimed.attempts, len(_BACK_OFF_S)) - 1]
        return self.means.clock() + timedelta(seconds=max(_THROTTLED_S, step))

    def _wait_for_database(self, error: StoreError) -> None:
        log.warning("the ledger is out of reach", extra={"batch_id": self.claimed.id, "error": str(error)})
        self._away_since = self._away_since or time.monotonic()
        if time.monotonic() - self._away_since > _PATIENCE_S:
            raise error
        time.sleep(_NAP_S)

    def _turn(self, now: datetime) -> bool:
        """Write down what came of calls and let the next go. True at the end."""
        under_way = self._under_way - len(self._ended)
        people: list[tuple[int, str]] = []
        after = self._after
        with self._line.begin() as db:
            state = self.held(db)
            self._close(db, now)
            on = state is State.SENDING and self.may_go_on(now)
            if state is not None:
                self._renew(db, now)
            if on and after is not None and (room := self._room(db, under_way, now)):
                after, people = ledger.mark(db, self.claimed, after, room, now)
            over = not people and not under_way and (not on or after is None or self.wait_s > _WAIT_S)
            if over and state is not None:
                self.end(db, now)
        self._under_way, self._ended, self._after = under_way, [], after
        for follower_id, address in people:
            self._call(follower_id, address)
        return over

    def _renew(self, db: sa.Connection, now: datetime) -> None:
        if self._renew_at is None or not self._renew_at - timedelta(seconds=2 * _RENEW_S) < now < self._renew_at:
            ledger.renew(db, self.claimed, now)
            self._renew_at = now + timedelta(seconds=_RENEW_S)

    def _room(self, db: sa.Connection, under_way: int, now: datetime) -> int:
        free = self.means.callers.count - under_way
        return self.allowed(db, free, now) if free > 0 else 0

    def _call(self, follower_id: int, address: str) -> None:
        self._under_way += 1
        key = f"{self.told.stamp}-{self.claimed.broadcast_id}-{follower_id}"
        self._calls.begin(follower_id, address, self.message, key)

    def _close(self, db: sa.Connection, now: datetime) -> None:
        if not self._ended:
            return
        hooks, name, outcomes, taken = self.means.hooks, self.sender.name, list[Outcome](), list[int]()
        for who, result in self._ended:
            if not isinstance(result, SendError):
                taken.append(who)
                outcomes.append(Outcome(who, Delivery.SENT, platform_id=result.platform_id or None))
                continue
            outcomes.append(Outcome(who, self.judge(result, now)[0], result.errcode, result.refusal))
            if result.refusal in _OF_THE_PERSON:
                hooks.refused(db, name, who, result.refusal, self.message, now)
        ledger.close(db, self.claimed.broadcast_id, outcomes, now)
        rates.use(db, self.means.account, name, rates.day(now), len(self._ended))
        if taken:
            hooks.taken(db, name, taken, self.message, now)
            settled(db, self.claimed.broadcast_id)


class AllAtOnce(_Work):
    """All people of the batch are one call."""

    def __init__(self, means: Means, claimed: Claimed, sender: Sender, told: Broadcast) -> None:
        super().__init__(means, claimed, sender, told)
        self._before: ledger.Asked | None = None  # an earlier call that nobody answered

    def run(self) -> None:
        """Make the call when the platform allows it; see Deliverer.run."""
        people = self._marked()
        if not people:
            return
        key = f"{self.told.stamp}-b{self.claimed.id}"
        result = called(self.sender, [address for _, address in people], self.message, key)
        until = time.monotonic() + _PATIENCE_S
        while True:
            try:
                self._close(people, result, self.means.clock())
                return
            except StoreError:
                if time.monotonic() > until:
                    raise
                time.sleep(_NAP_S)

    def _marked(self) -> list[tuple[int, str]]:
        """The people of the batch, marked, once the call may be made; none where the batch was put back."""
        while True:
            now = self.means.clock()
            with self.means.database.begin() as db:
                state = ledger.hold(db, self.claimed)
                if state is None:
                    return []
                ready = state is State.SENDING and self.may_go_on(now)
                if ready and self.allowed(db, 1, now):
                    if (people := self._company(db, now)) and self._may_call(db, people, now):
                        return people
                    ready = False
                if not ready or self.wait_s > _WAIT_S:
                    self.end(db, now)
                    return []
                ledger.extend(db, self.claimed, now)  # it may be a million people: not to be counted while we wait
            time.sleep(min(self.wait_s, _NAP_S))

    def _company(self, db: sa.Connection, now: datetime) -> list[tuple[int, str]]:
        """The people, marked; none where they are fewer than the platform sends to."""
        if not self.sender.most:
            tag = ledger.mark_all(db, self.claimed, now)  # in place of people who are not listed
            return [] if tag is None else [(0, tag)]
        _after, people = ledger.mark(db, self.claimed, -1, self.sender.most, now)
        if len(people) >= self.sender.least:
            return people
        lone = [Outcome(who, Delivery.SKIPPED, why="too_few") for who, _ in people]
        ledger.close(db, self.claimed.broadcast_id, lone, now)
        return []

    def _may_call(self, db: sa.Connection, people: list[tuple[int, str]], now: datetime) -> bool:
        """Whether a call does no harm: else nobody knows whether an earlier one was carried out, and it stays so."""
        whom = hashlib.sha256("\0".join(address for _, address in people).encode(errors="replace")).hexdigest()
        before = self._before = ledger.ask(db, self.claimed, whom, now)
        sender = self.sender
        if before is None or self.told.twice_ok or not isinstance(sender, Remembering):
            return True
        if now - before.at < timedelta(seconds=sender.known_s) and (not sender.by_body or whom == before.whom):
            return True
        ledger.close_all(db, self.claimed, Delivery.UNKNOWN, now, Refusal.UNREACHABLE)
        return False

    def _close(self, people: list[tuple[int, str]], result: Receipt | SendError, now: datetime) -> None:
        with self.means.database.begin() as db:
            if self.held(db) is None:  # whoever has it may be done with it, and it counts for the month
                ledger.uncount(db, self.claimed.id)
            if isinstance(result, SendError):
                self._close_failed(db, result, now)
            else:
                self._close_taken(db, people, result, now)
            rates.use(db, self.means.account, self.sender.name, rates.day(now), 1)
            self.end(db, now)

    def _close_taken(self, db: sa.Connection, people: list[tuple[int, str]], receipt: Receipt, now: datetime) -> None:
        hooks, name = self.means.hooks, self.sender.name
        gone = {who: receipt.refused[address] for who, address in people if address in receipt.refused}
        why = Refusal.RECIPIENT_GONE
        lost = [Outcome(who, Delivery.PERMANENT_FAILURE, code, why) for who, code in gone.items()]
        ledger.close(db, self.claimed.broadcast_id, lost, now)
        ledger.close_all(db, self.claimed, Delivery.SENT, now)
        ledger.set_platform_id(db, self.claimed.id, receipt.platform_id)
        hooks.taken(db, name, [who for who, _ in people if who not in gone], self.message, now)
        for who in gone:
            hooks.refused(db, name, who, why, self.message, now)
        settled(db, self.claimed.broadcast_id)

    def _close_failed(self, db: sa.Connection, error: SendError, now: datetime) -> None:
        state, trouble = self.judge(error, now)
        if self._before is None and error.refusal not in (Refusal.UNREACHABLE, Refusal.AWAITS_ADMIN):
            ledger.forget_asked(db, self.claimed)
        if error.refusal is Refusal.BAD_CONTENT and self._before is not None:
            # The same was good enough to be called with before. WeChat knows no draft any more that was sent (40007).
            state, trouble = Delivery.UNKNOWN, None
        elif state in (Delivery.TECHNICAL_FAILURE, Delivery.PERMANENT_FAILURE):
            # What is of no single person stops the broadcast, and nobody is given up.
            state, trouble = Delivery.TEMPORARY_FAILURE, Trouble(error.refusal, error.errcode)
        self.trouble, self.tried = trouble, state is Delivery.TEMPORARY_FAILURE
        ledger.close_all(db, self.claimed, state, now, error.refusal, error.errcode)
