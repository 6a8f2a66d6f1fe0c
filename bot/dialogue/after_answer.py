"""What may be said after any answer: plainer, the letter of the law, what else, and a person please."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from bot.answers import Outcome, Status
from bot.answers.compose import choice, in_short, shorter
from bot.answers.entries import Entry
from bot.dialogue.session import Session, Topic
from bot.dialogue.speaker import Speaker, today
from bot.dialogue.turn import Noted, PersonWanted, Turn
from bot.messages import Choice, Inbound, Reply
from bot.switches import Function

#: The small talk in replies.toml that asks for a person, whatever the words.
HUMAN_ENTRY = "st-human"
_SENTENCE = re.compile(r"[^。！？\n]+[。！？]?")


class AfterAnswer:
    """Goes on from the last answer; passes on where there is none."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker

    def more(self, inbound: Inbound, session: Session, now: datetime) -> Turn | None:
        """The rest of a long answer; else what stands next to it."""
        speaker = self._speaker
        if not speaker.means(inbound.text, "more_words"):
            return None
        if session.unread:
            return speaker.send(Reply(session.unread), inbound, session, (), Noted("more"))
        related = self._related(session.topic, inbound, session, now) if session.topic else None
        return related or speaker.say("nothing_more", inbound, session, session.choices)

    def _related(self, topic: Topic, inbound: Inbound, session: Session, now: datetime) -> Turn | None:
        speaker = self._speaker
        entry = speaker.answerer.base.entry_by_id(topic.related[0]) if topic.related else None
        if entry is None:
            return None
        question = speaker.full(choice(entry))
        outcome = speaker.ask(question, session, now)
        turn = speaker.tell(
            outcome, inbound, session, question=question, before=speaker.word("next_to", topic=entry.title)
        )
        after = turn.session.topic
        if after is None:
            return None
        new = tuple(name for name in after.related if name not in (topic.entry, entry.id, *topic.related))
        return replace(turn, session=replace(turn.session, topic=replace(after, related=(*topic.related[1:], *new))))

    def simpler(self, inbound: Inbound, session: Session, now: datetime) -> Turn | None:
        """The answer in a sentence or two, with its source."""
        speaker, topic = self._speaker, session.topic
        if not speaker.means(inbound.text, "simpler_words"):
            return None
        entry = speaker.entry(session)
        if topic is None:
            return self._first_line(inbound, session)
        if entry:
            outcome = speaker.answerer.brief(entry, in_short(entry), today(now))
        elif topic.law:
            outcome = _shortened(speaker.ask(topic.law + topic.article, session, now))
        else:
            return speaker.say("no_simpler", inbound, session, session.choices)
        reply = Reply(speaker.word("simply", answer=outcome.text), session.choices, outcome.citations)
        return speaker.send(reply, inbound, session, (), Noted("simpler", "", topic.entry))

    def _first_line(self, inbound: Inbound, session: Session) -> Turn:
        """Of an emergency card the line that says whom to call; other answers without a topic are short as they are."""
        told = session.aside.entry if session.aside else ""
        card = next((c for c in self._speaker.answerer.base.cards if c.id == told), None)
        if card is None:
            return self._speaker.say("no_simpler", inbound, session, session.choices)
        return self._speaker.say("simply", inbound, session, session.choices, answer=card.first)

    def original(self, inbound: Inbound, session: Session, now: datetime) -> Turn | None:
        """The chief article in full, and the next one when asked again."""
        speaker, topic = self._speaker, session.topic
        if not speaker.means(inbound.text, "original_words"):
            return None
        if topic is None or not topic.cited:
            return self._no_text(inbound, session)
        if topic.read >= len(topic.cited):
            return speaker.say("all_read", inbound, session, session.choices)
        law, article = topic.cited[topic.read]
        outcome = speaker.ask(law + article, session, now)
        read = replace(session, topic=replace(topic, read=topic.read + 1))
        left = len(topic.cited) - topic.read - 1
        others = tuple(c for c in session.choices if c.id != "original")
        taps = (Choice("original", speaker.word("original_label"), speaker.word("original_text")),) if left else ()
        reply = Reply(outcome.text, taps + others[: 3 - len(taps)], outcome.citations)
        return speaker.send(reply, inbound, read, (), Noted("original", "", topic.entry))

    def _no_text(self, inbound: Inbound, session: Session) -> Turn:
        entry = self._speaker.entry(session)
        source = entry.sources[0].name if entry and entry.sources else ""
        if not source:
            return self._speaker.say("no_source", inbound, session, session.choices)
        return self._speaker.say("no_original", inbound, session, session.choices, source=source.strip("《》"))

    def human(self, inbound: Inbound, session: Session, _now: datetime) -> Turn | None:
        """The office's telephone and hours; noted so that staff see who asked."""
        return self.to_human(inbound, session) if self._speaker.means(inbound.text, "human_words") else None

    def to_human(self, inbound: Inbound, session: Session) -> Turn:
        """The same, however it was asked for."""
        speaker, office = self._speaker, self._speaker.office
        if closed := speaker.closed(Function.HANDOVER, inbound, session):
            return closed
        turn = speaker.say(
            "human", inbound, session, session.choices, office=office.name, phone=office.phone, hours=office.hours
        )
        topic = session.topic
        noted = Noted("human", "human", topic.entry if topic else "")
        return replace(turn, events=(PersonWanted(topic.question if topic else ""),), noted=noted)


def _shortened(outcome: Outcome) -> Outcome:
    """An article told in its first words; its name stays in the first line."""
    head, _, words = outcome.text.partition("\n")
    return replace(outcome, text=f"{head}\n{shorter(words)}")


def is_human(outcome: Outcome) -> bool:
    """Whether what was asked for is a person."""
    return outcome.status is Status.SMALL_TALK and outcome.entry == HUMAN_ENTRY


def points(entry: Entry) -> list[str]:
    """The points that an answer makes: those it numbers, else its sentences."""
    for mark in (
        r"[①-⑨]",
        r"(?:^|(?<=[\n。；：]))\s*[1-9][.、．]",
        r"（[一二三四五六七八九]）",
        r"[一二三四五六七八九]是",
    ):
        parts = re.split(mark, entry.answer)
        if len(parts) > 2:
            return [p.strip(" ；;，,\n") for p in parts[1:]]
    return [s.strip() for s in _SENTENCE.findall(entry.answer) if s.strip()]
