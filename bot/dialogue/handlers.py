"""The handlers in order of authority: danger, what was offered before, commands, platform events, then answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from rapidfuzz import fuzz, process

from bot.answers import Answerer, Asked, Outcome
from bot.answers.normalise import normalise
from bot.dialogue.session import Session
from bot.dialogue.turn import Event, FollowerLeft, Handler, Noted, QuestionUnanswered, Turn
from bot.messages import Choice, Inbound, MessageKind, Reply, cut_text
from bot.settings import BEIJING

#: Menu keys and words that ask for the same thing.
_HELP_KEYS = frozenset({"help", "menu_help"})
_MAX_ASKED = 1000  # characters of a message that are looked at
#: What a choice costs in a message besides its label and text, in bytes: the link around it.
_CHOICE_OVERHEAD = 90
_SAME_WORDS = 88  # rapidfuzz ratio from which typed words count as one of the choices


class Words(Protocol):
    """Looks up a sentence of replies.toml [chat]."""

    def __call__(self, name: str, **facts: Any) -> str: ...


class Dialogue:
    """Builds the handlers around one answerer. `get_answerer` is asked each time: the base may be exchanged."""

    def __init__(self, get_answerer: Callable[[], Answerer], office: str, region: str) -> None:
        self._answerer, self._office, self._region = get_answerer, office, region

    def handlers(self) -> Sequence[Handler]:
        """In order of authority; the last one takes everything."""
        return (self.danger, self.event, self.acknowledgement, self.choice_taken, self.more, self.help, self.question)

    def _word(self, name: str, **facts: Any) -> str:
        return str(self._answerer().base.words["chat"][name]).format(**facts)

    def _words(self, name: str) -> list[str]:
        return [str(w) for w in self._answerer().base.words["chat"][name]]

    def danger(self, inbound: Inbound, session: Session, _now: datetime) -> Turn | None:
        """A present-tense emergency comes before everything else."""
        outcome = self._answerer().emergency(_both_ends(inbound.text)) if inbound.text else None
        return self._told(outcome, inbound, session) if outcome else None

    def event(self, inbound: Inbound, session: Session, _now: datetime) -> Turn | None:
        """Follow, unfollow, menu keys; all other events get an empty answer."""
        if inbound.kind is not MessageKind.EVENT:
            return None
        if inbound.event == "unsubscribe":
            return Turn(None, Session(), (FollowerLeft(),), Noted("event"))
        if inbound.event in ("subscribe", "scan"):
            return self._say("welcome", session, office=self._office, taps=True)
        if inbound.event == "click":
            return self._say("help", session, taps=True)
        return Turn(None, session, (), Noted("event"))

    def acknowledgement(self, inbound: Inbound, session: Session, _now: datetime) -> Turn | None:
        """Pictures, places, links and the like: say what can be done with them."""
        if inbound.text.strip() and inbound.kind in (MessageKind.TEXT, MessageKind.VOICE):
            return None
        if inbound.kind is MessageKind.LOCATION:
            return self._say("location", session, label=(inbound.place.label if inbound.place else "") or "已记下")
        if inbound.kind is MessageKind.TEXT:
            return self._say("help", session, taps=True)
        name = inbound.kind.value if inbound.kind is not MessageKind.UNKNOWN else "unknown_kind"
        return self._say(name, session)

    def choice_taken(self, inbound: Inbound, session: Session, now: datetime) -> Turn | None:
        """A number, the words, or something close to the words of what was offered."""
        picked = _pick(normalise(inbound.text), session.choices)
        if picked is None or picked.text == inbound.text:
            return None
        return self.more(replace(inbound, text=picked.text), session, now) or self.question(
            replace(inbound, text=picked.text), session, now
        )

    def more(self, inbound: Inbound, session: Session, _now: datetime) -> Turn | None:
        """The rest of an answer that was too long for one message."""
        if normalise(inbound.text) not in map(normalise, self._words("more_words")) or not session.unread:
            return None
        return self._send(Reply(session.unread), inbound, session, (), Noted("more"))

    def help(self, inbound: Inbound, session: Session, _now: datetime) -> Turn | None:
        """What the bot can do."""
        if normalise(inbound.text) not in map(normalise, self._words("help_words")):
            return None
        return self._say("help", session, taps=True)

    def question(self, inbound: Inbound, session: Session, now: datetime) -> Turn:
        """Everything else is a question."""
        asked = Asked(inbound.text[:_MAX_ASKED], now.astimezone(BEIJING).date(), session.region or self._region)
        return self._told(self._answerer().answer(asked), inbound, session)

    def _told(self, outcome: Outcome, inbound: Inbound, session: Session) -> Turn:
        events: tuple[Event, ...] = ()
        if outcome.unanswered:
            rejected = tuple((c.id, c.score) for c in outcome.candidates)
            events = (QuestionUnanswered(inbound.text[:_MAX_ASKED], rejected),)
        noted = Noted(outcome.status.value, outcome.intent, outcome.entry, round(outcome.confidence, 4))
        return self._send(Reply(outcome.text, outcome.choices, outcome.citations), inbound, session, events, noted)

    def _say(self, name: str, session: Session, *, taps: bool = False, **facts: str) -> Turn:
        choices = tuple(Choice(f"s{n}", w, w) for n, w in enumerate(self._words("suggestions"))) if taps else ()
        return Turn(Reply(self._word(name, **facts), choices), session.offering(choices), (), Noted(name))

    def _send(self, reply: Reply, inbound: Inbound, session: Session, events: tuple[Event, ...], noted: Noted) -> Turn:
        """Cut a reply to what the channel takes; the rest waits behind a tap."""
        choices = reply.choices
        unread = ""
        if len(reply.text.encode()) + _bytes(choices) > inbound.max_text_bytes:
            more = Choice("more", self._word("more_label"), self._word("more_text"))
            choices = (more, *choices)
            head, unread = cut_text(reply.text, max(64, inbound.max_text_bytes - _bytes(choices)))
            reply = replace(reply, text=head, choices=choices)
        return Turn(reply, session.offering(choices, unread), events, noted)


def _both_ends(text: str) -> str:
    """As much of a long message as is looked at, its end too: people come to the point last."""
    half = _MAX_ASKED // 2
    return text if len(text) <= _MAX_ASKED else f"{text[: half - 1]}\n{text[-half:]}"


def _bytes(choices: Sequence[Choice]) -> int:
    return sum(len(c.label.encode()) + 3 * len(c.text.encode()) + len(c.id) + _CHOICE_OVERHEAD for c in choices)


def _pick(text: str, choices: Sequence[Choice]) -> Choice | None:
    """The choice that normalised text means, None if it means none of them."""
    if not choices or not text:
        return None
    number = re.fullmatch(r"[(]?(?:第|选|选第)?([1-9一二三四五六七八九])(?:个|条|项)?[.、。)]?", text)
    if number:
        at = "一二三四五六七八九".find(number[1]) + 1 or int(number[1])
        return choices[at - 1] if at <= len(choices) else None
    labels = [normalise(c.text) for c in choices]
    best = process.extractOne(text, labels, scorer=fuzz.ratio, score_cutoff=_SAME_WORDS)
    return choices[best[2]] if best else None
