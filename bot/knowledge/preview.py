"""Which answers another list of words would change: asked as things are and as they would be. Nothing is stored.

Only a message that holds a changed synonym can be answered otherwise, so only those are asked. Of other words of danger
the rules are read for every message, which is cheap, and only where they differ is the whole way gone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from bot.answers import Answerer, Asked, Outcome, Status
from bot.answers.entries import EntryKind, Example
from bot.answers.matching import level
from bot.knowledge.regression import QuestionSets
from bot.log import strike
from bot.messages import numbered
from bot.settings import BEIJING
from bot.store.database import Database
from bot.store.tables import message_log

#: So many messages are tried of each kind, the newest first; more take longer than staff wait.
_RECENT, _ASKED = 5000, 400
_ASIDE = (EntryKind.OUT_OF_SCOPE, EntryKind.SMALL_TALK)
_SHORT = 60  # characters of an answer that are shown


class Origin(StrEnum):
    """Where a message comes from, as staff read it."""

    SET = "问题集"
    RECENT = "近期提问"
    PHRASING = "条目的问法"
    SWAPPED = "换成口语的问法"
    EXAMPLE = "险情例句"


class Way(StrEnum):
    """What became of a message, as staff read it."""

    ANSWERED = "回答"
    OFFERED = "给出选项"
    REFUSED = "没答上"
    ASIDE = "寒暄或范围外"
    EMERGENCY = "险情"
    HAZARD = "隐患举报"


_WAYS = {
    Status.ANSWERED: Way.ANSWERED,
    Status.CHOICES: Way.OFFERED,
    Status.UNKNOWN: Way.REFUSED,
    Status.EMERGENCY: Way.EMERGENCY,
}


@dataclass(frozen=True, slots=True)
class Message:
    """Something to try. entry: of the entry that should answer, "" where that is not known."""

    text: str
    origin: Origin
    entry: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """An answer: what became of the message, the entry told, how sure, and the answer as a person reads it."""

    way: Way
    entry: str
    title: str
    confidence: float
    text: str

    def shown(self) -> str:
        """In one line."""
        told = " ".join(self.text.split())
        told = told if len(told) <= _SHORT else told[: _SHORT - 1] + "…"
        name = f"《{self.title}》" if self.title else f"“{told}”"
        return f"{self.way} {name} 把握 {self.confidence:.2f}"


@dataclass(frozen=True, slots=True)
class Tried:
    """One message, answered as things are and as they would be."""

    message: Message
    old: Seen
    new: Seen

    @property
    def changed(self) -> bool:
        """Whether a person would read anything else."""
        return self.old.text != self.new.text


@dataclass(frozen=True, slots=True)
class Preview:
    """All messages that were asked.

    looked_at  how many were looked through, by origin
    words      that are read otherwise
    unused     those of them that are never exchanged: so many entries hold them that they are known
    """

    tried: tuple[Tried, ...]
    looked_at: Mapping[Origin, int]
    words: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()

    @property
    def changes(self) -> list[Tried]:
        """Those that a person would see."""
        return [t for t in self.tried if t.changed]

    def ways(self) -> dict[Way, tuple[int, int]]:
        """How many came to each way, before and after."""
        before, after = Counter(t.old.way for t in self.tried), Counter(t.new.way for t in self.tried)
        return {way: (before[way], after[way]) for way in Way if before[way] or after[way]}

    def right(self) -> tuple[int, int, int]:
        """How many got the entry that should answer: before, after, of how many."""
        known = [t for t in self.tried if t.message.entry]
        old, new = (sum(s.entry == t.message.entry for t, s in seen) for seen in (
            [(t, t.old) for t in known], [(t, t.new) for t in known]
        ))  # fmt: skip
        return old, new, len(known)

    def as_row(self) -> dict[str, object]:
        """As JSON holds it."""
        return {
            "words": list(self.words),
            "unused": list(self.unused),
            "looked_at": {o.value: n for o, n in self.looked_at.items()},
            "asked": len(self.tried),
            "changed": len(self.changes),
            "ways": {w.value: list(n) for w, n in self.ways().items()},
            "right": list(self.right()),
            "changes": [
                {"question": t.message.text, "origin": t.message.origin.value, "old": _row(t.old), "new": _row(t.new)}
                for t in self.changes
            ],
        }


def preview_synonyms(database: Database, now: Answerer, then: Answerer, region: str) -> Preview:
    """What another list of synonyms changes. now, then: of the same base, with the lists of before and after."""
    old, new = now.matcher.synonyms.means(region), then.matcher.synonyms.means(region)
    words = sorted(w for w in {*old, *new} if old.get(w) != new.get(w))
    if not words:
        return Preview((), {})
    holds = re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))))
    messages = [*_kept(database), *recent(database), *_phrasings(now, region)]
    asked = [m for m in messages if holds.search(level(m.text))]
    swapped = list(_swapped(messages, {w: new[w] for w in words if new.get(w)}))
    looked_at = Counter(m.origin for m in (*messages, *swapped))
    tried = _tried([*_few(asked), *_few(swapped)], now, then, region)
    return Preview(tried, looked_at, tuple(words), tuple(w for w in words if new.get(w) and then.matcher.knows(w)))


def preview_lexicon(
    database: Database, now: Answerer, then: Answerer, region: str, examples: Iterable[Example] = ()
) -> Preview:
    """What other words of danger change: which messages are taken for an emergency, a hazard report, or neither."""
    messages = [*_kept(database), *recent(database), *_cards(now)]
    messages += [Message(e.text, Origin.EXAMPLE) for e in examples]
    asked = [m for m in messages if _rules(now, m.text) != _rules(then, m.text)]
    return Preview(_tried(asked, now, then, region), Counter(m.origin for m in messages))


def recent(database: Database) -> list[Message]:
    """What people asked lately: each text once, without who asked, telephone numbers struck out."""
    c = message_log.c
    lately = sa.select(c.text).where(c.kind == "text", c.text != "").order_by(c.id.desc()).limit(_RECENT)
    with database.begin() as db:
        texts = dict.fromkeys(strike(text) for text in db.scalars(lately))
    return [Message(text, Origin.RECENT) for text in texts]


def _kept(database: Database) -> list[Message]:
    return [Message(q.q, Origin.SET) for held in QuestionSets(database).all() for q in held.questions if q.q]


def _phrasings(answerer: Answerer, region: str) -> Iterator[Message]:
    base = answerer.base
    for n in range(base.entry_count):
        entry = base.entry(n)
        if entry.kind not in (*_ASIDE, EntryKind.PLAN) and answerer.matcher.allows(n, region):
            yield from (Message(q, Origin.PHRASING, entry.id) for q in (entry.title, *entry.questions))


def _cards(answerer: Answerer) -> Iterator[Message]:
    for card in answerer.base.cards:
        yield from (Message(q, Origin.PHRASING, card.id) for q in card.questions)


def _swapped(messages: Iterable[Message], means: Mapping[str, str]) -> Iterator[Message]:
    """Phrasings in which the formal word is said as people say it: what the new word is for."""
    spoken = {formal: word for word, formal in means.items()}
    for message in messages:
        if message.origin is Origin.PHRASING:
            text = level(message.text)
            for formal, word in spoken.items():
                if formal in text:
                    yield Message(text.replace(formal, word), Origin.SWAPPED, message.entry)


def _few(messages: Sequence[Message]) -> Sequence[Message]:
    """Evenly taken, where there are too many."""
    by_origin = [[m for m in messages if m.origin is origin] for origin in Origin]
    return [m for held in by_origin for m in held[:: 1 + len(held) // _ASKED]]


def _tried(messages: Iterable[Message], now: Answerer, then: Answerer, region: str) -> tuple[Tried, ...]:
    once = {m.text: m for m in messages}
    return tuple(Tried(m, _seen(now, m.text, region), _seen(then, m.text, region)) for m in once.values())


def _seen(answerer: Answerer, text: str, region: str) -> Seen:
    outcome = answerer.answer(Asked(text, datetime.now(BEIJING).date(), region))
    entry = answerer.base.entry_by_id(outcome.entry)
    title = entry.title if entry else next((c.title for c in answerer.base.cards if c.id == outcome.entry), "")
    shown = "\n".join(part for part in (outcome.text, numbered(outcome.choices)) if part)
    return Seen(_way(outcome), outcome.entry, title, round(outcome.confidence, 4), shown)


def _way(outcome: Outcome) -> Way:
    return Way.HAZARD if outcome.intent == "hazard_report" else _WAYS.get(outcome.status, Way.ASIDE)


def _rules(answerer: Answerer, text: str) -> tuple[object, ...]:
    """What the rules alone make of a message; the rest of the way depends on nothing else that may change."""
    said, parts = level(text), answerer.parts
    hazard = parts.hazards.find(said), parts.hazards.asks(said), parts.hazards.department(said)
    return parts.emergencies.find(said), *hazard, parts.insults.found(said)


def _row(seen: Seen) -> dict[str, object]:
    return {"way": seen.way.value, "entry": seen.entry, "title": seen.title, "confidence": seen.confidence}
