"""Several questions in one message: cut apart at question ends and enumerations, each answered, at most three.

One question told in several sentences stays whole: a part that asks nothing or says nothing by itself belongs to its
neighbour, parts that lead to the same answer are one, and what is no question of ours falls out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from bot.answers import Outcome, Status
from bot.answers.compose import choice
from bot.answers.entries import Entry
from bot.answers.matching import level
from bot.answers.normalise import core
from bot.dialogue.follow_up import Form, read, stem
from bot.dialogue.reading import QUESTION, content
from bot.dialogue.session import MAX_QUESTION, Session
from bot.dialogue.speaker import MAX_ASKED, Speaker, today
from bot.dialogue.turn import Event, Noted, QuestionUnanswered, Turn
from bot.messages import Choice, Inbound, Reply

MAX_ANSWERED = 3
_MAX_PARTS = 6  # questions of a message that are tried
_SURE = 0.4  # a part of a message must be understood this well
_SHORTEST = 6  # characters of a message that may hold two questions
#: Where one question ends and another may begin: a mark, an item's number, a word that adds.
_ENDS = re.compile(
    r"(?<=[?!。;\n])|(?:^|(?<=[\s,。;:?]))(?=(?:[1-9一二三四五][.、)]|[(][1-9一二三四五][)]|第[一二三四五](?:个问题|个|点)?[,:、是]))"
    r"|(?=(?:另外|还有(?:就是|一个|个)?|其次|再(?:问|请教|咨询)|顺便(?:再)?问|最后(?:再)?问|还想(?:再)?问|还要问)[^?。]{2})"
)
#: Numbers in circles would lose them when levelled.
_CIRCLED = {ord(c): f" {n}." for n, c in enumerate("①②③④⑤⑥⑦⑧⑨", 1)}
_CLAUSE_ENDS = re.compile(r"(?<=[,、 ])")
_ITEM = re.compile(
    r"^[\s,。;]*(?:[(]?[1-9一二三四五][.、)]|第[一二三四五](?:个问题|个|点)?[,:、是]*)?[\s,]*"
    r"(?:另外|还有(?:就是|一个|个)?|其次|再(?:问|请教|咨询)一?下?|顺便(?:再)?问一?下?|最后(?:再)?问一?下?|还想(?:再)?问一?下?|还要问|我?想问一?下?|请问|和|以及|[,:\s])*"
)


@dataclass(frozen=True, slots=True)
class _Part:
    """One question of a message and what came of it. question: made full by the part before it, where it leans."""

    question: str
    outcome: Outcome


def parts(text: str) -> list[str]:
    """The questions that a message holds, in order; fewer than two if it holds one."""
    return list(_cut(text))


@lru_cache(maxsize=4096)  # as many as the answerer remembers: a campaign's questions repeat
def _cut(text: str) -> tuple[str, ...]:
    marks = [piece for line in text.translate(_CIRCLED).splitlines() for piece in _ENDS.split(level(line))]
    return tuple(_grouped(clause for piece in marks for clause in _clauses(piece)))


def _clauses(piece: str) -> list[str]:
    """A sentence cut at commas where each side asks something of its own."""
    out: list[str] = []
    for clause in _CLAUSE_ENDS.split(piece):
        if out and not (QUESTION.search(out[-1]) and QUESTION.search(clause)):
            out[-1] += clause
        else:
            out.append(clause)
    return out


def _grouped(pieces: Iterator[str]) -> list[str]:
    """Pieces joined into questions: what tells goes with the question after it, if that needs it."""
    out: list[str] = []
    story = ""
    for piece in pieces:
        bare = core(_ITEM.sub("", piece))
        if not any(c.isalnum() for c in bare):
            continue
        if not QUESTION.search(piece):
            story = bare
        else:
            needs_story = story and not content(bare) and not out
            out.append(f"{story},{bare}" if needs_story else bare)
            story = ""
    return out


class Several:
    """Takes messages with two questions and more; passes on all others."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker

    def questions(self, inbound: Inbound, session: Session, now: datetime) -> Turn | None:
        """Each answered in short, numbered, with its source."""
        text = inbound.text[:MAX_ASKED]
        asked = parts(text) if len(text) >= _SHORTEST else []
        if len(asked) < 2 or self._speaker.answerer.base.exact(level(text)):
            return None
        tried = self._tried(asked[:_MAX_PARTS], inbound, session, now)
        danger = next((p for p in tried if p.outcome.status is Status.EMERGENCY), None)
        if danger and any(_stands(p.outcome) and p.question in asked for p in tried):
            return self._speaker.tell(danger.outcome, inbound, session)
        told = _distinct([p for p in tried if _stands(p.outcome)])
        if len(told) < 2:
            return None
        return self._told(told, [p for p in tried if p.outcome.unanswered], inbound, session, now)

    def _tried(self, asked: list[str], inbound: Inbound, session: Session, now: datetime) -> list[_Part]:
        here = self._speaker.at_home(inbound.text, session)
        out: list[_Part] = []
        for question in asked:
            full = self._full(question, out)
            outcomes = [_Part(q, self._speaker.ask(q, here, now)) for q in full]
            if self._speaker.answerer.emergency(question):
                outcomes = [_Part(question, self._speaker.ask(question, here, now))]
            out.append(max(outcomes, key=lambda p: (_stands(p.outcome), p.outcome.confidence)))
        return out

    def _full(self, question: str, before: list[_Part]) -> list[str]:
        """A part that leans, joined with what the part before it was about; one that does not as it is."""
        leaning = read(question)
        if not before or leaning.form in (Form.NOT, Form.SHORT):
            return [question]
        last = before[-1]
        entry = self._entry(last)
        topics = [last.question, *([entry.title] if entry else [])]
        return [
            *(stem(t)[-MAX_QUESTION:] + leaning.rest for t in topics),
            *([leaning.rest] if content(leaning.rest) else []),
        ]

    def _told(self, told: list[_Part], open_: list[_Part], inbound: Inbound, session: Session, now: datetime) -> Turn:
        speaker = self._speaker
        shown = told[:MAX_ANSWERED]
        many = len(told) > MAX_ANSWERED
        lines = [speaker.word("several_more") if many else speaker.word("several", count=_counted(len(shown)))]
        briefs = [self._brief(part, now) for part in shown]
        lines += [f"{n}. {brief.text}" for n, brief in enumerate(briefs, 1)]
        if open_:
            lines.append(speaker.word("several_open"))
        events: tuple[Event, ...] = tuple(
            QuestionUnanswered(
                p.question, tuple((c.id, c.score) for c in p.outcome.candidates), p.outcome.status.value,
                speaker.places.told(level(p.question)) or session.region,
            )
            for p in open_
        )  # fmt: skip
        citations = tuple(dict.fromkeys(c for brief in briefs for c in brief.citations))
        last = shown[-1]
        session = speaker.about(last.outcome, last.question, speaker.at_home(inbound.text, session))
        if session.topic:
            session = replace(session, topic=replace(session.topic, parts=len(shown)))
        noted = Noted("several", "", shown[0].outcome.entry, round(shown[0].outcome.confidence, 4))
        reply = Reply("\n\n".join(lines), self._choices(shown), citations)
        return speaker.send(reply, inbound, session, events, noted)

    def _brief(self, part: _Part, now: datetime) -> Outcome:
        """A part's answer with its title and source, and nothing beside."""
        entry = self._entry(part)
        if entry is None:
            return part.outcome
        told = self._speaker.answerer.brief(entry, entry.answer, today(now))
        return replace(told, text=f"{entry.title}\n{told.text}")

    def _entry(self, part: _Part) -> Entry | None:
        return self._speaker.answerer.base.entry_by_id(part.outcome.entry)

    def _choices(self, shown: list[_Part]) -> tuple[Choice, ...]:
        """Each of the answers in full, under the number it was given."""
        return tuple(self._choice(part, n) for n, part in enumerate(shown, 1))

    def _choice(self, part: _Part, n: int) -> Choice:
        if entry := self._entry(part):
            return choice(entry)
        chief = part.outcome.citations[0]
        return Choice(f"part-{n}", chief.title, chief.law + chief.article)


def _counted(n: int) -> str:
    """两 or 三."""
    return "零一两三"[n]


def _stands(outcome: Outcome) -> bool:
    """Whether a part is answered; what has neither entry nor article (a theme, how to report) is told alone."""
    told = outcome.status is Status.ANSWERED and outcome.confidence >= _SURE
    return told and bool(outcome.entry or outcome.citations)


def _distinct(told: list[_Part]) -> list[_Part]:
    """One part for each answer."""
    return list({p.outcome.entry or p.outcome.text: p for p in reversed(told)}.values())[::-1]
