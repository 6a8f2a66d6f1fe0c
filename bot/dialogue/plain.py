"""Plain talk: a message that leans on nothing said before gets the same turn whoever sends it. It is worked out once.

Most messages are that, and in a campaign most of them are the same few. What is remembered hangs on the answerer: with
another base there is another one.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from threading import Lock

from bot.answers import Answerer
from bot.answers.matching import level
from bot.answers.normalise import normalise
from bot.dialogue.correction import denies, mended
from bot.dialogue.follow_up import is_kind, may_follow
from bot.dialogue.home import is_about_here
from bot.dialogue.picking import goes_back, pick
from bot.dialogue.pointing import points_back
from bot.dialogue.session import Session, Topic
from bot.dialogue.speaker import COMMANDS, Speaker, today
from bot.dialogue.turn import Handler, Turn
from bot.messages import Inbound, MessageKind

_WORDS = (MessageKind.TEXT, MessageKind.VOICE)
_LONGEST = 300  # characters; longer messages are hardly ever sent twice
_MAX_BYTES = 32 << 20
#: What a remembered turn takes beside its words: the session above all, as objects and as it is kept. Measured.
_TURN_BYTES = 3500
#: Stands for whatever the talk may be about: a turn that still has it leaves the topic as it was.
_ANY = Topic("")

_Key = tuple[str, str, str, int, date]


@dataclass(slots=True)
class _Known:
    """The turns that one answerer led to, None for messages that lean; the longest unused first."""

    answerer: Answerer
    turns: OrderedDict[_Key, Turn | None] = field(default_factory=OrderedDict)
    size: int = 0


class Plain:
    """Takes plain talk, and gives it the turn that the handlers `then` give it; passes on all else.

    then     of the handlers those that take messages which lean on nothing, in order of authority
    answers  whether a message is the answer to what a room has asked in this talk
    """

    def __init__(
        self,
        speaker: Speaker,
        then: Sequence[Handler],
        max_bytes: int = _MAX_BYTES,
        answers: Callable[[str, Session], bool] = lambda _text, _session: False,
    ) -> None:
        self._speaker, self._then, self._max_bytes, self._answers = speaker, then, max_bytes, answers
        self._known: _Known | None = None
        self._lock = Lock()

    def talk(self, inbound: Inbound, session: Session, now: datetime) -> Turn | None:
        """A message whose turn hangs on its words, the day, the person's region and the channel alone."""
        if inbound.kind not in _WORDS or len(inbound.text) > _LONGEST or _waits(session):
            return None
        known = self._of(self._speaker.answerer)
        key = (inbound.text, session.region, inbound.channel, inbound.max_text_bytes, today(now))
        turn = known.turns.get(key)
        if turn is None and key not in known.turns:
            turn = self._afresh(inbound, session.region, now)
            self._keep(known, key, turn)
        if turn is None or _picks(inbound.text, session) or (session.choices and self._answers(inbound.text, session)):
            return None
        with self._lock:
            if key in known.turns:
                known.turns.move_to_end(key)
        if session.earlier or session.asked_place:
            after = replace(turn.session, earlier=session.earlier, asked_place=session.asked_place)
            return replace(turn, session=after)
        return turn

    def _of(self, answerer: Answerer) -> _Known:
        known = self._known
        if known is None or known.answerer is not answerer:
            known = self._known = _Known(answerer)
        return known

    def _afresh(self, inbound: Inbound, region: str, now: datetime) -> Turn | None:
        """The turn in any talk, None if it depends on the talk."""
        if not inbound.text.strip() or self._leans(inbound.text):
            return None
        session = Session(region=region, topic=_ANY)
        turn = next((t for handler in self._then if (t := handler(inbound, session, now))), None)
        if turn is None or turn.session.topic is _ANY or may_follow(inbound.text, turn.noted.status):
            return None
        return turn

    def _leans(self, text: str) -> bool:
        """Whether a message may go on from what was said before."""
        said = level(text)
        return (
            self._speaker.means(text, *COMMANDS)
            or is_kind(said)
            or is_about_here(said)
            or points_back(said)
            or denies(said)
            or mended(said) is not None
            or goes_back(normalise(text))
            or bool(self._speaker.places.told(said, alone=True))
        )

    def _keep(self, known: _Known, key: _Key, turn: Turn | None) -> None:
        with self._lock:
            if key in known.turns:
                return
            known.turns[key] = turn
            known.size += _size(key, turn)
            while known.size > self._max_bytes:
                known.size -= _size(*known.turns.popitem(last=False))


def _waits(session: Session) -> bool:
    """Whether whatever comes next may be meant for what was said: the bot asked, or a campaign plan is talked of."""
    return bool(session.asking or (session.topic and session.topic.plan))


def _picks(text: str, session: Session) -> bool:
    """Whether a message takes up what was offered."""
    said = normalise(text)
    return any(pick(said, offer) for offer in (session.choices, session.earlier))


def _size(key: _Key, turn: Turn | None) -> int:
    """Roughly what a turn takes in memory, bytes: Chinese text takes two a character, and is kept in three forms."""
    reply = turn.reply if turn else None
    return _TURN_BYTES + 2 * len(key[0]) + (6 * len(reply.text) if reply else 0)
