"""How the bot speaks: its sentences, an outcome put into a reply that fits, and what the talk is about afterwards."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from bot.answers import Answerer, Asked, Outcome, Status
from bot.answers.entries import Entry, EntryKind
from bot.answers.matching import level
from bot.answers.normalise import core, normalise
from bot.answers.pinyin import sounds
from bot.dialogue.places import Places
from bot.dialogue.reading import understand
from bot.dialogue.session import MAX_QUESTION, Session, Topic
from bot.dialogue.turn import Event, Noted, QuestionUnanswered, Turn
from bot.messages import Choice, Citation, Inbound, Reply, cut_text
from bot.settings import BEIJING, OfficeSettings
from bot.switches import NAMES, Function

MAX_ASKED = 1000  # characters of a message that are looked at
#: Lists of replies.toml [chat] whose words go on from the last answer, or ask for something other than an answer.
COMMANDS = (
    "useful_words", "useless_words", "more_words", "simpler_words", "original_words", "human_words", "help_words",
)  # fmt: skip
#: What a choice costs in a message besides its label and text, in bytes: the link around it.
_CHOICE_OVERHEAD = 90
_LONGEST_WORDS = 30  # characters of a message that may be one of our words
_LEAST_TEXT = 64  # bytes
_PICTURES = re.compile(r"^[^\w?\[]+|[^\w?\]]+$")
#: Shorter words are too often another word's homophone: 有用 sounds like 游泳.
_SOUNDS_FROM = 3


class Speaker:
    """Asks the answerer and writes replies. `get_answerer` is asked each time: the base may be exchanged."""

    def __init__(self, get_answerer: Callable[[], Answerer]) -> None:
        self._get_answerer = get_answerer
        self._places = lru_cache(maxsize=4)(Places)

    @property
    def answerer(self) -> Answerer:
        """Questions to outcomes."""
        return self._get_answerer()

    @property
    def office(self) -> OfficeSettings:
        """Whom the bot speaks for."""
        return self.answerer.office

    @property
    def places(self) -> Places:
        """Finds places in what is said."""
        return self._places(self.answerer.base.gazetteer)

    def word(self, name: str, **facts: Any) -> str:
        """A sentence of replies.toml [chat], with its {facts} filled in."""
        return str(self.answerer.base.words["chat"][name]).format(**facts)

    def words(self, name: str) -> tuple[str, ...]:
        """A list of replies.toml [chat]."""
        return tuple(self.answerer.base.words["chat"][name])

    def means(self, text: str, *names: str) -> bool:
        """Whether a message is one of the words of these lists, politeness aside; also as it sounds, and in pinyin."""
        if len(text) > _LONGEST_WORDS:
            return False
        letters, heard = _forms(sum(map(self.words, names), ()))
        said, bare, sound = _said(text)
        return said in letters or bare in letters or sound in heard

    def region(self, text: str, session: Session) -> str:
        """Where the person is: as they just said, said before, else where the office is."""
        return self.places.told(level(text)) or session.region or self.office.region

    def ask(self, text: str, session: Session, now: datetime, region: str = "") -> Outcome:
        """Answer a question as it stands."""
        return self.answerer.answer(Asked(text, today(now), region or self.region(text, session)))

    def understand(self, text: str, session: Session, now: datetime) -> Outcome:
        """Answer the question that a message holds."""
        asked = Asked(text[:MAX_ASKED], today(now), self.region(text, session))
        return understand(self.answerer, asked)

    def tell(
        self,
        outcome: Outcome,
        inbound: Inbound,
        session: Session,
        *,
        question: str = "",
        subject: str = "",
        before: str = "",
    ) -> Turn:
        """An outcome as a reply.

        question  as it was understood, where that is more than was said
        subject   the question that it goes on from, where it does
        before    a line of ours to open with
        """
        question = question or inbound.text
        events: tuple[Event, ...] = ()
        if outcome.unanswered:
            rejected = tuple((c.id, c.score) for c in outcome.candidates)
            region = self.places.told(level(inbound.text)) or session.region
            events = (QuestionUnanswered(question[:MAX_ASKED], rejected, outcome.status.value, region),)
        noted = Noted(outcome.status.value, outcome.intent, outcome.entry, round(outcome.confidence, 4))
        session = self.about(outcome, question, self.at_home(inbound.text, session), subject)
        text = f"{before}\n{outcome.text}" if before else outcome.text
        return self.send(Reply(text, outcome.choices, outcome.citations), inbound, session, events, noted)

    def at_home(self, text: str, session: Session) -> Session:
        """The session with the place that a message tells of the person, if it does."""
        told = self.places.told(level(text))
        return replace(session, region=told) if told else session

    def about(self, outcome: Outcome, question: str, session: Session, subject: str = "") -> Session:
        """The session after an outcome: small talk leaves the topic as it is, what is not ours ends it."""
        if outcome.status in (Status.SMALL_TALK, Status.EMERGENCY, Status.OUT_OF_SCOPE):
            if outcome.status is Status.SMALL_TALK and session.topic:
                return session
            said = level(question)[-MAX_QUESTION:]
            return replace(session, topic=None, aside=Topic(said, entry=outcome.entry, confidence=outcome.confidence))
        return replace(session, topic=self.topic(outcome, question, subject or question), aside=None)

    def topic(self, outcome: Outcome, question: str, subject: str) -> Topic:
        """What an outcome is about."""
        entry = self.answerer.base.entry_by_id(outcome.entry)
        told = outcome.status is Status.ANSWERED or entry is not None  # else they are only what comes near
        cited = tuple((c.law, c.article) for c in outcome.citations if told and c.law and c.article)
        return Topic(
            question=level(question)[-MAX_QUESTION:],
            subject=level(subject)[-MAX_QUESTION:],
            title=entry.title if entry else _named(outcome.citations) if told else "",
            entry=outcome.entry,
            plan=entry.group if entry and entry.kind is EntryKind.PLAN else "",
            cited=cited[:3],
            related=tuple(c.id for c in outcome.choices if self.answerer.base.entry_by_id(c.id)),
            confidence=round(outcome.confidence, 4),
        )

    def full(self, choice: Choice) -> str:
        """What a choice asks, with the plan it asks of: facts of all plans have the same titles."""
        entry = self.answerer.base.entry_by_id(choice.id)
        plan = next((p for p in self.answerer.base.plans if entry and p.id == entry.group), None)
        bare = choice.text == choice.label  # else it names its plan already
        return f"{plan.aliases[0]}{plan.year}年{choice.text}" if plan and bare else choice.text

    def entry(self, session: Session) -> Entry | None:
        """The entry that was told last."""
        return self.answerer.base.entry_by_id(session.topic.entry) if session.topic else None

    def say(self, name: str, inbound: Inbound, session: Session, choices: Sequence[Choice] = (), **facts: Any) -> Turn:
        """One of our sentences."""
        return self.send(Reply(self.word(name, **facts), tuple(choices)), inbound, session, (), Noted(name))

    def closed(self, function: Function, inbound: Inbound, session: Session) -> Turn | None:
        """What is said where staff switched a function off; None where it is on."""
        reason = self.answerer.off.get(function)
        if reason is None:
            return None
        facts = {"what": NAMES[function], "reason": reason.rstrip("。.!！"), "phone": self.office.phone}
        return self.say("switched_off", inbound, session, session.choices, **facts)

    def welcome(self, inbound: Inbound, session: Session) -> Turn:
        """To one who follows the account."""
        return self.say("welcome", inbound, session, self.taps("suggestions", "s"), office=self.office.name)

    def taps(self, name: str, prefix: str) -> tuple[Choice, ...]:
        """A list of replies.toml [chat] as things to tap."""
        return tuple(Choice(f"{prefix}{n}", w, w) for n, w in enumerate(self.words(name)))

    def send(self, reply: Reply, inbound: Inbound, session: Session, events: tuple[Event, ...], noted: Noted) -> Turn:
        """Cut a reply to what the channel takes; the rest waits behind a tap."""
        choices = reply.choices
        unread = ""
        if spare_bytes(reply, inbound) < 0:
            more = Choice("more", self.word("more_label"), self.word("more_text"))
            choices = (more, *choices)
            head, unread = cut_text(reply.text, max(_LEAST_TEXT, inbound.max_text_bytes - _bytes(choices)))
            reply = replace(reply, text=head, choices=choices)
        return Turn(reply, session.offering(choices, unread), events, noted)


def today(now: datetime) -> date:
    """The day in China."""
    return now.astimezone(BEIJING).date()


def _named(citations: Sequence[Citation]) -> str:
    return citations[0].title if citations else ""


def spare_bytes(reply: Reply, inbound: Inbound) -> int:
    """How much longer a reply might be in one message of the channel; below 0 where it is too long."""
    return inbound.max_text_bytes - len(reply.text.encode()) - _bytes(reply.choices)


def _bytes(choices: Sequence[Choice]) -> int:
    return sum(len(c.label.encode()) + 3 * len(c.text.encode()) + len(c.id) + _CHOICE_OVERHEAD for c in choices)


@lru_cache(maxsize=64)
def _forms(words: tuple[str, ...]) -> tuple[frozenset[str], frozenset[tuple[int, ...]]]:
    """A list of words as they are written and as they sound."""
    letters = frozenset(normalise(w) for w in words)
    return letters, frozenset(_heard(w) for w in letters if len(w) >= _SOUNDS_FROM and w.isalpha())


@lru_cache(maxsize=4096)  # as many as the answerer remembers: a campaign's questions repeat
def _said(text: str) -> tuple[str, str, tuple[int, ...]]:
    """A short message normalised, bare of politeness and pictures, and as that sounds."""
    said = normalise(text)
    bare = _PICTURES.sub("", core(said))
    return said, bare, _heard(bare)


def _heard(text: str) -> tuple[int, ...]:
    return tuple(sounds(text)) or (0,)
