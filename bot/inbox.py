"""One inbound message end to end: seen before? -> one turn -> what must last is kept -> the reply."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol

from bot.dialogue.session import Session
from bot.dialogue.turn import AnswerRated, Deed, Event, FollowerLeft, Handler, Heard, QuestionUnanswered, Turn, respond
from bot.errors import StoreError, WouldWait
from bot.messages import Choice, Inbound, Reply
from bot.store.kv import KeyValue, MemoryKeyValue
from bot.store.records import MessageRow, RatingRow, Records, UnansweredRow

log = logging.getLogger(__name__)

#: WeChat's retries end after about 15 s; ten minutes cost nothing.
REPLY_TTL_S = 600.0
#: A claim must outlive the work, and must not outlive a crash by much: the third attempt comes after 10 s.
CLAIM_TTL_S = 5.0
SESSION_TTL_S = 7 * 86400.0

Render = Callable[[Reply | None], bytes]


class Improver(Protocol):
    """Betters a turn before it is told, where it can and the time suffices; see bot.llm.Aide."""

    def improve(
        self, turn: Turn, inbound: Inbound, again: Callable[[Choice], Turn], left_s: Callable[[], float], at_once: bool
    ) -> Turn:
        """The turn, or a better one. Raises WouldWait where that takes time and at_once is set, and nothing else."""


class Capability(Protocol):
    """Another room, which carries out the deeds that its handlers return."""

    @property
    def takes(self) -> Sequence[type[Deed]]:
        """Which deeds; each is of one room."""

    def carry_out(self, deed: Deed, inbound: Inbound, reply: Reply | None, now: datetime) -> Reply | None:
        """Do it, and return what the person reads, `reply` where that needs no more words."""


class StaffTalks(Protocol):
    """Knows whom staff speak to themselves: there the bot is silent but for danger; see bot.conversations.Taken."""

    @property
    def handlers(self) -> Sequence[Handler]:
        """For one whom staff speak to."""

    def may_hold(self, channel: str, address: str) -> bool:
        """Whether staff may be speaking to a person. Waits for nothing: asked for every message."""

    def holds(self, channel: str, address: str) -> bool:
        """Whether they are. Asked only where they may be."""


class Inbox:
    """Gives each message one turn, once, in order per person. Never raises: there is always a reply to render.

    deadline_s  how long a caller may wait here, seconds
    failure     what is said when something of ours broke, asked each time; must not raise
    rooms       carry out the deeds that their handlers return
    staff       knows whom staff speak to
    """

    def __init__(
        self,
        store: KeyValue,
        records: Records,
        handlers: Sequence[Handler],
        *,
        deadline_s: float,
        failure: Callable[[], Reply],
        improver: Improver | None = None,
        rooms: Sequence[Capability] = (),
        staff: StaffTalks | None = None,
    ) -> None:
        self._store, self._records, self._handlers = store, records, handlers
        self._deadline_s, self._failure = deadline_s, failure
        self._improver, self._staff = improver, staff
        self._rooms = {deed: room for room in rooms for deed in room.takes}

    def receive(self, inbound: Inbound, render: Render, came_at: float | None = None) -> bytes:
        """The rendered reply to one message; for a message that was seen before, the very same bytes.

        A repeat that comes while the first is still being worked on waits for it. b"" after the deadline.

        came_at  when the message came, by time.monotonic(), where it was not just now
        """
        until = self._until(came_at)
        key = f"reply:{inbound.channel}:{inbound.key}"
        if not self._store.claim(f"claim:{key}", CLAIM_TTL_S) or (done := self._store.get(key)) is not None:
            done = self._store.wait(key, max(0.0, until - time.monotonic()))
            return done[1:] if done else b""
        person = f"{inbound.channel}:{inbound.account}:{inbound.address}"
        with self._store.in_turn(person, max(0.0, until - time.monotonic() - 0.5)) as first:
            if not first:
                log.warning("a person's turn did not come in time, answered out of order")
            body = render(self._work(inbound, person, until))
        # One byte before the body: an empty reply must be told from no reply yet.
        self._store.set(key, b"=" + body, REPLY_TTL_S)
        return body

    def receive_at_once(self, inbound: Inbound, render: Render, came_at: float | None = None) -> bytes:
        """As `receive`, for one who must not wait: raises WouldWait where it would, and then nothing has been done.

        Where what may be lost is kept in another process, everything would.
        """
        if not isinstance(self._store, MemoryKeyValue):
            raise WouldWait("the store is another process")
        key = f"reply:{inbound.channel}:{inbound.key}"
        claimed = self._store.claim(f"claim:{key}", CLAIM_TTL_S)
        if (done := self._store.get(key)) is not None:
            return done[1:]
        if not claimed:
            raise WouldWait("the first of a repeat is still being worked on")
        person = f"{inbound.channel}:{inbound.account}:{inbound.address}"
        try:
            with self._store.in_turn(person, 0) as first:
                if not first:
                    raise WouldWait("an earlier message of the person is being worked on")
                body = render(self._work(inbound, person, self._until(came_at), at_once=True))
        except WouldWait:
            self._store.release(f"claim:{key}")
            raise
        self._store.set(key, b"=" + body, REPLY_TTL_S)
        return body

    def _until(self, came_at: float | None) -> float:
        """When a message that came then must have its reply, by time.monotonic()."""
        return (time.monotonic() if came_at is None else came_at) + self._deadline_s

    def _work(self, inbound: Inbound, person: str, until: float, *, at_once: bool = False) -> Reply | None:
        started = time.perf_counter()
        try:
            session = Session.load(self._store.get(f"session:{person}"))
            turn = self._turn(inbound, session, until, at_once)
            if at_once and not all(self._is_light(event) for event in turn.events):
                raise WouldWait("the database must be written to")
            turn = self._carry_out(turn, inbound, person)
            self._log(inbound, turn, (time.perf_counter() - started) * 1000)
        except WouldWait:
            raise
        except Exception:  # the edge: whatever broke, the person gets a reply and we get the traceback
            log.exception("a message could not be answered", extra={"kind": inbound.kind})
            return self._failure() if inbound.kind != "event" else None
        return turn.reply

    def _turn(self, inbound: Inbound, session: Session, until: float, at_once: bool) -> Turn:
        now = datetime.now(UTC)
        if self._staff and self._staff.may_hold(inbound.channel, inbound.address):
            if at_once:
                raise WouldWait("the database must be asked who speaks to the person")
            if self._staff.holds(inbound.channel, inbound.address):
                return respond(inbound, session, self._staff.handlers, now)
        turn = respond(inbound, session, self._handlers, now)
        if self._improver is None:
            return turn

        def again(choice: Choice) -> Turn:
            return respond(replace(inbound, text=choice.text), turn.session, self._handlers, now)

        return self._improver.improve(turn, inbound, again, lambda: until - time.monotonic(), at_once)

    def _is_light(self, event: Event) -> bool:
        """Whether an event is carried out without waiting for the disk."""
        return isinstance(event, QuestionUnanswered) and self._records.is_kept(event.question)

    def _carry_out(self, turn: Turn, inbound: Inbound, person: str) -> Turn:
        """What the events of a turn ask for; returns the turn with what the person reads."""
        for event in turn.events:
            if isinstance(event, QuestionUnanswered):
                self._records.keep(
                    UnansweredRow(
                        datetime.now(UTC),
                        inbound.channel,
                        inbound.address,
                        event.question,
                        event.candidates,
                        event.status,
                        event.region,
                    )  # fmt: skip
                )
            elif isinstance(event, AnswerRated):
                self._records.rate(_rating(event, inbound))
            elif isinstance(event, Deed) and (room := self._rooms.get(type(event))):
                turn = _answered(turn, room.carry_out(event, inbound, turn.reply, datetime.now(UTC)))
        if _forgets(turn):
            self._store.release(f"session:{person}")
            self._records.erase(inbound.channel, inbound.address, stays=not _left(turn))
        else:
            self._store.set(f"session:{person}", turn.session.dump(), SESSION_TTL_S)
        return turn

    def _log(self, inbound: Inbound, turn: Turn, took_ms: float) -> None:
        if _forgets(turn):
            return
        row = MessageRow(
            datetime.now(UTC), inbound.channel, inbound.address, str(inbound.kind), _wrote(inbound)[:2000],
            turn.noted.status, turn.noted.intent, turn.noted.entry, turn.noted.confidence, took_ms, _said(turn),
            "option" if inbound.menu_id else inbound.event,
        )  # fmt: skip
        if not any(isinstance(event, Heard) for event in turn.events):
            self._records.note(row)
            return
        try:
            self._records.write(row)  # staff are to answer it: it must last
        except StoreError:
            if turn.reply is None:
                raise
            log.warning("what was said in danger could not be kept")  # the card must come all the same


def _wrote(inbound: Inbound) -> str:
    """What a person wrote, or the menu key that says it for them."""
    return inbound.text or (inbound.event_key if inbound.event == "click" else "")


def _rating(event: AnswerRated, inbound: Inbound) -> RatingRow:
    return RatingRow(
        datetime.now(UTC), inbound.channel, inbound.address, event.question, event.entry, event.confidence,
        int(event.useful), event.reason, event.words,
    )  # fmt: skip


def _answered(turn: Turn, reply: Reply | None) -> Turn:
    """The turn with another reply, whose choices the next message may pick from."""
    if reply is turn.reply or reply is None:
        return turn
    return replace(turn, reply=reply, session=replace(turn.session, choices=reply.choices))


def _said(turn: Turn) -> str:
    """What the log keeps of the reply. What a room answers may tell of the person, and goes with them alone."""
    if turn.reply is None or any(isinstance(event, Deed) for event in turn.events):
        return ""
    return turn.reply.text


def _forgets(turn: Turn) -> bool:
    return _left(turn) or any(isinstance(e, Deed) and e.forgets for e in turn.events)


def _left(turn: Turn) -> bool:
    return any(isinstance(e, FollowerLeft) for e in turn.events)


__all__ = ["Inbox", "Render", "StoreError"]
