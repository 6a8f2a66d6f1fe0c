"""Danger and hazards told in words that no list holds: what was learned from examples, beside the rules.

The rules (emergency.py, hazards.py) know words; the model knows how people in danger write (no question, us and here,
things that move, stop, swell, do not wake) and what else is written in the same words. It decides, and what the rules
read moves its odds: on messages that neither had seen the model is right far more often than they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.answers.blobs import digest, mapped
from bot.answers.entries import Example
from bot.answers.kinds import WordKinds, shipped
from bot.answers.linear import LinearText, codes, said
from bot.answers.ngrams import Encoded, NgramIndex
from bot.answers.normalise import normalise
from bot.answers.postings import IndexWriter

HAZARD = "hazard_report"
#: Log odds from which a message is an emergency, and how much what the rules read moves them. Found on a third of the
#: situations of the examples, left out of learning, and on messages of people who saw neither examples nor words.
LINE, BY_RULES, BY_REPORT = -1.0, 1.7, -1.5
#: A card of the rules counts so many standard deviations of the likeness of all cards.
_RULES_CARD = 2.0
#: Log odds down to which the rules of hazards are believed, and from which a message is a report without them: to
#: name whom to call is no great harm. A question must be likelier to be a report by so much.
REPORT_WITH_RULES, REPORT_ALONE, BY_QUESTION = -3.0, -2.0, 2.5
#: Characters below which a message names no thing that could be reported (生锈了), unless the rules know it.
REPORT_LEAST = 4
#: Within so many log odds of the line the nearest examples are asked as well: how many of them, and what it moves when
#: all agree. Far from the line they change nothing, and asking costs five times as much as the model does.
_IN_DOUBT, _NEIGHBOURS, _BY_NEIGHBOURS = 4.0, 12, 4.0
#: Calm questions that the model is trained against: more make it slower to train, not better.
_CALM = 16000
#: Steps of the descent: after 200 one false alarm in five more than after 400; 800 change nothing.
_STEPS = 400


class DangerModel:
    """Learned from knowledge/danger_examples/; read-only, safe for many threads."""

    def __init__(
        self, odds: LinearText, cards: NgramIndex, near: NgramIndex, told: NDArray[np.bool_], kinds: WordKinds,
        names: Sequence[str],
    ) -> None:  # fmt: skip
        """near: every example by itself; told: whether each tells of danger now."""
        self._cards, self._near, self._told, self._names = cards, near, told, names
        # Asked for both, and by several steps of the way to one answer.
        self._odds = lru_cache(maxsize=256)(lambda text: self._weighed(text, odds.scores(text, kinds.terms(text))))
        self._kinds = kinds

    def _weighed(self, text: str, odds: Sequence[float]) -> tuple[float, float]:
        now, hazard = odds[0], odds[1]
        if abs(now - LINE) < _IN_DOUBT:
            now += _BY_NEIGHBOURS * self._vote(text)
        return now, hazard

    def _vote(self, text: str) -> float:
        """What the nearest examples say, the nearest most: 1 if all tell of danger now, -1 if none does."""
        examples, scores = self._near.best(said(text), _NEIGHBOURS)
        weight = scores**3
        return float(np.where(self._told[examples], weight, -weight).sum() / weight.sum()) if len(weight) else 0.0

    @classmethod
    def train(cls, examples: Sequence[Example], calm: Sequence[str], folder: Path) -> DangerModel:
        """Learn from the examples, against `calm`: normalised questions of all kinds, none of them an emergency.

        What is both counts as what the examples call it. Writes folder/danger_*.npy.
        """
        texts, kinds = [normalise(e.text) for e in examples], shipped()
        drawn = drawn_from(frozenset(calm) - frozenset(texts))
        labels = np.zeros((len(texts) + len(drawn), 2), np.bool_)
        labels[: len(texts), 0] = [e.now and e.card != HAZARD for e in examples]
        labels[: len(texts), 1] = [e.now and e.card == HAZARD for e in examples]
        learned = [*texts, *drawn]
        found = [kinds.codes(t) for t in learned]
        together = [kinds.terms(t, f) for t, f in zip(learned, found, strict=True)]
        LinearText.train(learned, together, labels, _STEPS).save(folder, "danger_odds")
        kinds.save(folder)
        names = sorted({e.card for e in examples if e.card != HAZARD})
        with IndexWriter(folder, "danger_cards", k1=30, b=0.75) as cards:
            cards.add(_told(texts, found, examples, names), len(names))
            cards.finish()
        with IndexWriter(folder, "danger_near", k1=0.6, b=0.5) as near:
            near.add(Encoded.of([codes(t) for t in learned]), len(learned))
            near.finish()
        np.save(folder / "danger_told.npy", labels[:, 0], allow_pickle=False)
        return cls.open(folder, names)

    @classmethod
    def open(cls, folder: Path, names: Sequence[str]) -> DangerModel:
        """Read what `train` wrote; `names` are the cards' ids in order."""
        cards = NgramIndex.open(folder, "danger_cards")
        near, told = NgramIndex.open(folder, "danger_near"), mapped(folder / "danger_told.npy")
        return cls(LinearText.open(folder, "danger_odds"), cards, near, told, WordKinds.open(folder), names)

    @property
    def names(self) -> Sequence[str]:
        """Ids of the cards, in the order of the index."""
        return self._names

    def now(self, text: str) -> float:
        """Log odds that normalised `text` tells of danger at this moment.

        Of the whole message: its clauses by themselves raised more false alarms than they found emergencies.
        """
        return self._odds(text)[0]

    def hazard(self, text: str) -> float:
        """Log odds that normalised `text` tells of a hazard, or wants to report one."""
        return self._odds(text)[1]

    def card(self, text: str, ruled: str = "") -> str:
        """The id of the card that a message is most like, "" where it is like none; `ruled`: what the rules say."""
        likeness = np.zeros(len(self._names), np.float32)
        cards, scores = self._cards.best(_looks(text, self._kinds.codes(text)), len(likeness))
        likeness[cards] = scores
        if ruled in self._names:
            likeness[self._names.index(ruled)] += _RULES_CARD * likeness.std()
        return self._names[int(likeness.argmax())] if likeness.any() else ruled


def drawn_from(calm: Iterable[str]) -> list[str]:
    """The calm questions to learn from, as if by lot; one more or less among all changes no more than one of them."""
    return sorted(calm, key=digest)[:_CALM]


def _told(
    texts: Sequence[str], found: Sequence[Sequence[int]], examples: Sequence[Example], names: Sequence[str]
) -> Encoded:
    """The examples of each card end to end, in the order of `names`."""
    of = [
        (_looks(t, f), names.index(e.card)) for t, f, e in zip(texts, found, examples, strict=False) if e.card != HAZARD
    ]
    held = Encoded.of([looks for looks, _ in of])
    return Encoded(held.codes, np.array([card for _, card in of], np.int64)[held.owner])


def _looks(text: str, kinds: Sequence[int]) -> list[int]:
    """What a card is known by: the kinds of words, letters, sounds."""
    return [*(c for kind in kinds for c in (kind, 0)), *codes(text)]
