"""One move in a talk: what the person gets, where they stand afterwards, and what the caller must carry out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol

from bot.dialogue.session import Session
from bot.messages import Inbound, Reply


@dataclass(frozen=True, slots=True)
class QuestionUnanswered:
    """Staff should see this question: it must be kept before the reply says so.

    status  of the outcome: unknown, or choices where something was offered
    region  where the person is as far as they told, "" for not at all
    """

    question: str
    candidates: tuple[tuple[str, float], ...]
    status: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True)
class AnswerRated:
    """What a person thinks of an answer.

    question  as it was understood
    entry     id of the entry told, else law and article, "" for neither
    reason    in the words offered, "" while none is given; one with a reason replaces the one without
    words     why, in the person's own words, which are never shown to anybody but staff
    """

    question: str
    entry: str
    confidence: float
    useful: bool
    reason: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class FollowerLeft:
    """The person unfollowed: what we hold of them must go (WeChat's rules for developers)."""


class Deed:
    """What another room carries out, and may answer: base of the events of a capability.

    forgets  what was said and kept of the person goes with it, though they stay
    """

    forgets: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class PersonWanted(Deed):
    """The person asks for staff. question: what they had asked about, in their words; "" for nothing."""

    question: str = ""


@dataclass(frozen=True, slots=True)
class PlaceTold(Deed):
    """The person says where they are: 我在江海区. place: as 广东省江门市江海区."""

    place: str


@dataclass(frozen=True, slots=True)
class Heard:
    """Staff speak to the person now: the message is for them, and must be kept."""


Event = QuestionUnanswered | AnswerRated | FollowerLeft | Heard | Deed


@dataclass(frozen=True, slots=True)
class Noted:
    """What the message log says of a turn. intent "human": somebody wants to speak to staff, "staff": staff listen."""

    status: str = ""
    intent: str = ""
    entry: str = ""
    confidence: float = 0.0


@dataclass(frozen=True, slots=True)
class Turn:
    """The outcome of one message. reply None: the platform gets an empty answer."""

    reply: Reply | None
    session: Session
    events: tuple[Event, ...] = ()
    noted: Noted = Noted()


class Handler(Protocol):
    """Takes a message or passes it on by returning None. Pure: no clock, network, store or Flask inside."""

    def __call__(self, inbound: Inbound, session: Session, now: datetime, /) -> Turn | None: ...


def respond(inbound: Inbound, session: Session, handlers: Sequence[Handler], now: datetime) -> Turn:
    """Give one message to the first handler that takes it.

    handlers  in order of authority; the last one takes everything
    now       aware
    """
    if session.is_stale(now):
        session = session.forgotten()
    turn = next(turn for handler in handlers if (turn := handler(inbound, session, now)))
    return Turn(turn.reply, turn.session.touched(now), turn.events, turn.noted)
