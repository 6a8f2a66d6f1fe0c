"""Danger and hazards told in words that no list holds: what was learned from examples, beside the rules.

The rules (emergency.py, hazards.py) know words; the model knows how people in danger write (no question, us and here,
things that move, stop, swell, do not wake) and what else is written in the same words. It decides, and what the rules
read moves its odds: on messages that neither had seen the model is right far more often than they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.answers.entries import Example
from bot.answers.kinds import WordKinds, shipped
from bot.answers.linear import LinearText, codes
from bot.answers.ngrams import Encoded, NgramIndex, top
from bot.answers.normalise import normalise

HAZARD = "hazard_report"
#: Log odds from which a message is an emergency, and how much what the rules read moves them. Found on the examples,
#: each tried by a model that had seen neither it nor any like it. The line is low: one emergency too few weighs more
#: than some cards too many.
LINE, BY_RULES, BY_REPORT = -0.8, 1.0, -1.5
#: A card of the rules counts so many standard deviations of the likeness of all cards.
_RULES_CARD = 1.2
#: Log odds down to which the rules of hazards are believed, and from which a message is a report without them: to
#: name whom to call is no great harm. A question must be likelier to be a report by so much.
REPORT_WITH_RULES, REPORT_ALONE, BY_QUESTION = -2.0, -0.5, 1.0
#: Calm questions that the model is trained against, drawn by lot: more make it slower to train, not better.
_CALM = 4000


class DangerModel:
    """Learned from knowledge/danger_examples/; read-only, safe for many threads."""

    def __init__(self, odds: LinearText, cards: NgramIndex, kinds: WordKinds, names: Sequence[str]) -> None:
        self._cards, self._names = cards, names
        # Asked for both, and by several steps of the way to one answer.
        self._odds = lru_cache(maxsize=256)(lambda text: odds.scores(text, kinds.terms(text)))
        self._parts = odds, cards, kinds

    @classmethod
    def train(cls, examples: Sequence[Example], calm: Sequence[str]) -> DangerModel:
        """Learn from the examples, against `calm`: normalised questions of all kinds, none of them an emergency.

        What is both counts as what the examples call it.
        """
        texts, kinds = [normalise(e.text) for e in examples], shipped()
        known = frozenset(texts)
        drawn = [calm[n] for n in np.random.default_rng(1).permutation(len(calm))[:_CALM] if calm[n] not in known]
        labels = np.zeros((len(texts) + len(drawn), 2), np.bool_)
        labels[: len(texts), 0] = [e.now and e.card != HAZARD for e in examples]
        labels[: len(texts), 1] = [e.now and e.card == HAZARD for e in examples]
        learned = [*texts, *drawn]
        odds = LinearText.train(learned, [kinds.terms(t) for t in learned], labels)
        names = sorted({e.card for e in examples if e.card != HAZARD})
        owner = [names.index(e.card) for e in examples if e.card != HAZARD]
        docs = [_looks(t, kinds) for t, e in zip(texts, examples, strict=True) if e.card != HAZARD]
        held = Encoded(np.concatenate(docs), np.repeat(np.array(owner), [len(d) for d in docs]))
        cards = NgramIndex.build(held, len(names), k1=30, b=0.75, max_df=1.0)
        return cls(odds, cards, kinds, names)

    def save(self, folder: Path) -> None:
        """Write folder/danger_*.npy."""
        odds, cards, kinds = self._parts
        odds.save(folder, "danger_odds")
        cards.save(folder, "danger_cards")
        kinds.save(folder)

    @classmethod
    def open(cls, folder: Path, names: Sequence[str]) -> DangerModel:
        """Read what `save` wrote; `names` are the cards' ids in order."""
        cards = NgramIndex.open(folder, "danger_cards", max_df=1.0)
        return cls(LinearText.open(folder, "danger_odds"), cards, WordKinds.open(folder), names)

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
        likeness = self._cards.search(_looks(text, self._parts[2]).tolist())
        if ruled in self._names:
            likeness[self._names.index(ruled)] += _RULES_CARD * likeness.std()
        best = top(likeness, 1)
        return self._names[int(best[0])] if len(best) else ruled


def _looks(text: str, kinds: WordKinds) -> NDArray[np.int32]:
    """What a card is known by: the kinds of words, letters, sounds; a gap at the end."""
    return np.array([*(c for kind in kinds.codes(text) for c in (kind, 0)), *codes(text), 0], np.int32)
