"""The handlers in order of authority: danger, what was offered, what goes on from the last answer, then questions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from bot.answers import Answerer, Status
from bot.answers.matching import level
from bot.dialogue.after_answer import AfterAnswer, is_human
from bot.dialogue.correction import Correction
from bot.dialogue.follow_up import FollowUp, Form, is_kind, read
from bot.dialogue.home import Home, is_here
from bot.dialogue.picking import Picking
from bot.dialogue.plain import Plain
from bot.dialogue.pointing import Pointing
from bot.dialogue.ratings import Ratings
from bot.dialogue.session import Session
from bot.dialogue.several import Several
from bot.dialogue.speaker import MAX_ASKED, Speaker
from bot.dialogue.turn import Handler, Heard, Noted, Turn, respond
from bot.dialogue.wordless import Wordless
from bot.messages import Inbound, MessageKind
from bot.switches import Function

_FEW = 20  # characters
_WORDS = re.compile("[\u4e00-\u9fff]")
#: Asked by themselves these are questions of ours.
_A_MATTER = re.compile("举报|投诉|反映|上报|报告|电话|热线|报警")
#: Told whatever is switched off: nobody who thinks of harming themselves is sent away.
_ALWAYS = ("emergency", "self_harm")
_OWN_WORDS = (
    "more_words",
    "simpler_words",
    "original_words",
    "human_words",
    "useful_words",
    "useless_words",
    "help_words",
)

Sure = Callable[[str, Session], bool]


class Dialogue:
    """Builds the handlers around one answerer.

    get_answerer  is asked each time: the base may be exchanged
    rooms         handlers of other rooms, each made with our speaker; they come after danger. What they take must
                  hang on the message alone, and leave the topic as it is
    sure          made with our speaker too: of each room that can tell, whether it understands a whole message beyond
                  doubt, so that no danger is looked for in it
    """

    def __init__(
        self,
        get_answerer: Callable[[], Answerer],
        rooms: Sequence[Callable[[Speaker], Handler]] = (),
        sure: Sequence[Callable[[Speaker], Sure]] = (),
    ) -> None:
        self._speaker = Speaker(get_answerer)
        self._rooms = tuple(room(self._speaker) for room in rooms)
        self._understood = tuple(understands(self._speaker) for understands in sure)

    def handlers(self) -> Sequence[Handler]:
        """In order of authority; the last one takes everything."""
        speaker = self._speaker
        wordless, after, home = Wordless(speaker), AfterAnswer(speaker), Home(speaker)
        ratings, follow_up, several = Ratings(speaker, after), FollowUp(speaker), Several(speaker)
        correction = Correction(speaker)
        commands = (ratings.rating, after.more, after.simpler, after.original, after.human, wordless.help)
        picking = Picking(speaker, (*self._rooms, *commands, self.closed, self.question))
        pointing = Pointing(speaker, picking)
        plain = Plain(
            speaker, (self.danger, *self._rooms, self.closed, several.questions, self.question), answers=self._sure
        )
        handlers: tuple[Handler, ...] = (
            plain.talk,
            self.danger,
            *self._rooms,
            wordless.event,
            wordless.acknowledgement,
            ratings.reason,
            *commands,
            picking.choice,
            self.closed,
            home.answered,
            home.here,
            pointing.part,
            pointing.neighbour,
            pointing.begins,
            correction.mend,
            home.elsewhere,
            several.questions,
            follow_up.question,
            self.question,
        )
        return (_keys(handlers), *handlers)

    def while_staff_speak(self) -> Sequence[Handler]:
        """For one whom staff speak to: danger as ever, events of the platform; all else is only heard."""
        wordless = Wordless(self._speaker)

        def danger(inbound: Inbound, session: Session, now: datetime) -> Turn | None:
            turn = self.danger(inbound, session, now)
            return replace(turn, events=(*turn.events, Heard())) if turn else None

        def event(inbound: Inbound, session: Session, now: datetime) -> Turn | None:
            if inbound.kind is not MessageKind.EVENT or inbound.event == "click":
                return None  # a tap on the menu asks the bot, who is silent now
            handlers = (*self._rooms, wordless.event)
            return next((turn for handler in handlers if (turn := handler(inbound, session, now))), None)

        def listen(_inbound: Inbound, session: Session, _now: datetime) -> Turn:
            return Turn(None, session, (Heard(),), Noted("staff", "staff"))

        return (danger, event, listen)

    def danger(self, inbound: Inbound, session: Session, _now: datetime) -> Turn | None:
        """A present-tense emergency comes before everything else."""
        text = inbound.text
        if not text or self._is_harmless(text, session):
            return None
        outcome = self._speaker.answerer.emergency(_both_ends(text))
        return self._speaker.tell(outcome, inbound, session) if outcome else None

    def _is_harmless(self, text: str, session: Session) -> bool:
        """Whether a message is one of our own words, or leans on an answer with words that we all know.

        The screen learns from whole messages; on two or three characters it is no judge.
        """
        if len(text) > _FEW:
            return False
        if self._sure(text, session):
            return True
        own = any(self._speaker.means(text, name) for name in _OWN_WORDS)
        leans = session.topic is not None and _only_leans(level(text))
        return own or leans or bool(session.topic and self._speaker.places.told(level(text), alone=True))

    def _sure(self, text: str, session: Session) -> bool:
        return any(understands(text, session) for understands in self._understood)

    def closed(self, inbound: Inbound, session: Session, now: datetime) -> Turn | None:
        """Where questions are not answered for now: why. What may save a life is told all the same."""
        function = next((f for f in _answering(inbound) if f in self._speaker.answerer.off), None)
        if function is None or not inbound.text:
            return None
        outcome = self._speaker.understand(inbound.text, session, now)
        if outcome.status is Status.EMERGENCY or outcome.intent in _ALWAYS:
            return self._speaker.tell(outcome, inbound, session)
        return self._speaker.closed(function, inbound, session)

    def question(self, inbound: Inbound, session: Session, now: datetime) -> Turn:
        """Everything else is a question."""
        outcome = self._speaker.understand(inbound.text, session, now)
        if is_human(outcome):
            return AfterAnswer(self._speaker).to_human(inbound, session)
        if session.topic is None and not outcome.intent and outcome.confidence < 1 and _says_nothing(inbound.text):
            return self._speaker.say("which_matter", inbound, session, session.choices)
        return self._speaker.tell(outcome, inbound, session)


def _keys(handlers: Sequence[Handler]) -> Handler:
    """A menu key that is words says them in the person's name; keys of other make are left to the others."""

    def key(inbound: Inbound, session: Session, now: datetime, /) -> Turn | None:
        if inbound.event != "click" or not _WORDS.search(inbound.event_key):
            return None
        said = replace(inbound, kind=MessageKind.TEXT, text=inbound.event_key, event="", event_key="")
        return respond(said, session, handlers, now)

    return key


def _answering(inbound: Inbound) -> Iterator[Function]:
    """What must be on for a question to be answered."""
    if inbound.channel == "web":
        yield Function.WEB
    yield Function.ANSWERS


def _only_leans(text: str) -> bool:
    """个人呢, 我们这里呢."""
    leaning = read(text)
    return is_here(text) or (leaning.form is Form.WHAT_ABOUT and is_kind(leaning.rest)) or is_kind(text)


def _says_nothing(text: str) -> bool:
    """罚多少, 个人呢: asks, and names no matter. 怎么举报 names one."""
    said = level(text)
    leaning = read(said)
    about_a_kind = leaning.form is Form.WHAT_ABOUT and is_kind(leaning.rest)
    return about_a_kind or (leaning.form is Form.BARE and not _A_MATTER.search(said))


def _both_ends(text: str) -> str:
    """As much of a long message as is looked at, its end too: people come to the point last."""
    half = MAX_ASKED // 2
    return text if len(text) <= MAX_ASKED else f"{text[: half - 1]}\n{text[-half:]}"
