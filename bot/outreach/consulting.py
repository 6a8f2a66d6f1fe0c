"""Consultation mode: on the day the greeting is another, and who asks in vain is promised an answer.

Wraps the handlers of the dialogue; on other days they are as they were. What was promised is in the ledger of
unanswered questions already: staff see it, and whoever asked is told once there is an answer (bot/unanswered).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.dialogue import Handler, QuestionUnanswered, Session, Turn, spare_bytes
from bot.errors import ContentErrors, StoreError
from bot.messages import Inbound, Reply
from bot.settings import BEIJING

log = logging.getLogger(__name__)

#: Questions that come later are answered on the next day: nobody is written to at night.
_LAST_HOUR = 18
#: Channels where a follower can be told later.
_TOLD_ON = frozenset({"official"})
_LOOK_EVERY = timedelta(minutes=5)
_PROMISED = frozenset({"unknown"})


@dataclass(slots=True)
class Day:
    """Whether a moment is on a consultation day, looked up every few minutes. ask: of the database."""

    ask: Callable[[datetime], bool]
    _known: dict[str, tuple[datetime, bool]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, now: datetime) -> bool:
        """Never raises: what was known last holds while the database is out of reach."""
        day = now.astimezone(BEIJING).date().isoformat()
        with self._lock:
            seen = self._known.get(day)
            if seen and abs(now - seen[0]) < _LOOK_EVERY:
                return seen[1]
            # The others go on with what is known while one looks.
            self._known = {day: (now, seen[1] if seen else False)}
        try:
            found = self.ask(now)
        except (StoreError, ContentErrors) as e:
            log.warning("whether it is the consultation day is not known: %s", e)
            return self._known[day][1]
        with self._lock:
            self._known[day] = (now, found)
        return found


@dataclass(frozen=True, slots=True)
class Consulting:
    """Handlers as they are on the day. words: [consultation] of replies.toml; quiz: address of the quiz, or ""."""

    is_day: Callable[[datetime], bool]
    words: Callable[[], Mapping[str, str]]
    quiz: str = ""

    def handlers(self, handlers: Sequence[Handler]) -> list[Handler]:
        """The same in the same order."""
        return [self._wrapped(handler) for handler in handlers]

    def _wrapped(self, handler: Handler) -> Handler:
        def wrapped(inbound: Inbound, session: Session, now: datetime, /) -> Turn | None:
            turn = handler(inbound, session, now)
            if turn is None or turn.reply is None or not self.is_day(now):
                return turn
            return self._dressed(turn, turn.reply, inbound, now)

        return wrapped

    def _dressed(self, turn: Turn, reply: Reply, inbound: Inbound, now: datetime) -> Turn:
        if inbound.event == "subscribe":
            return _with(turn, replace(reply, text=f"{reply.text}\n{self._greeting()}"), inbound)
        if any(isinstance(e, QuestionUnanswered) and e.status in _PROMISED for e in turn.events):
            return _with(turn, replace(reply, text=f"{self._promise(inbound, now)}\n{reply.text}"), inbound)
        return turn

    def _greeting(self) -> str:
        words = self.words()
        quiz = "\n" + words["quiz"].format(url=self.quiz) if self.quiz else ""
        return words["greeting"].format(quiz=quiz)

    def _promise(self, inbound: Inbound, now: datetime) -> str:
        if inbound.channel not in _TOLD_ON:
            return self.words()["promised_apart"]
        late = now.astimezone(BEIJING).hour >= _LAST_HOUR
        return self.words()["promised_later" if late else "promised"]


def _with(turn: Turn, reply: Reply, inbound: Inbound) -> Turn:
    """The turn with a longer reply, the old one where it would not fit into a message."""
    return replace(turn, reply=reply) if spare_bytes(reply, inbound) >= 0 else turn
