"""Danger told in words that no list holds: what was learned from examples, beside the rules of emergency.py.

The rules know words; the model knows how people in danger write (no question, us and here, things that move, stop,
swell, do not wake). Either may be wrong alone: a message is an emergency when the rules say so and the model does not
contradict, or when the model is sure by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from bot.answers.entries import Example
from bot.answers.linear import LinearText, codes
from bot.answers.ngrams import Encoded, NgramIndex, top
from bot.answers.normalise import normalise

HAZARD = "hazard_report"
#: Log odds from which the model is believed without the rules, and down to which the rules are without the model.
ALONE, WITH_RULES = 0.0, -3.0
#: Log odds from which the model is believed though the rules read a report of a hazard.
SURE = 5.0
#: So much likelier must a message be the report of a hazard to outweigh the rules of an emergency.
REPORT_MARGIN = 3.0
#: Log odds from which a message is a report without the rules: to name whom to call is no great harm.
REPORT_ALONE = -1.0


#: Calm questions that the model is trained against, drawn by lot: more make it slower to train, not better.
_CALM = 8000


class DangerModel:
    """Learned from knowledge/danger_examples/; read-only, safe for many threads."""

    def __init__(self, odds: LinearText, cards: NgramIndex, names: Sequence[str]) -> None:
        self._cards, self._names = cards, names
        # Asked for both, and by several steps of the way to one answer.
        self._odds = lru_cache(maxsize=256)(odds.scores)
        self._parts = odds, cards

    @classmethod
    def train(cls, examples: Sequence[Example], calm: Sequence[str]) -> DangerModel:
        """Learn from the examples, against `calm`: normalised questions of all kinds, none of them an emergency."""
        texts = [normalise(e.text) for e in examples]
        drawn = np.random.default_rng(1).permutation(len(calm))[:_CALM].tolist()
        labels = np.zeros((len(texts) + len(drawn), 2), np.bool_)
        labels[: len(texts), 0] = [e.now and e.card != HAZARD for e in examples]
        labels[: len(texts), 1] = [e.now and e.card == HAZARD for e in examples]
        odds = LinearText.train([*texts, *(calm[n] for n in drawn)], labels)
        names = sorted({e.card for e in examples if e.card != HAZARD})
        told = ["\n".join(t for t, e in zip(texts, examples, strict=True) if e.card == name) for name in names]
        docs = [np.array([*codes(t), 0], np.int32) for t in told]
        owner = np.repeat(np.arange(len(docs)), [len(d) for d in docs])
        cards = NgramIndex.build(Encoded(np.concatenate(docs), owner), len(docs), k1=1.6, b=0.75, max_df=1.0)
        return cls(odds, cards, names)

    def save(self, folder: Path) -> None:
        """Write folder/danger_*.npy."""
        odds, cards = self._parts
        odds.save(folder, "danger_odds")
        cards.save(folder, "danger_cards")

    @classmethod
    def open(cls, folder: Path, names: Sequence[str]) -> DangerModel:
        """Read what `save` wrote; `names` are the cards' ids in order."""
        return cls(LinearText.open(folder, "danger_odds"), NgramIndex.open(folder, "danger_cards", max_df=1.0), names)

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

    def card(self, text: str) -> str:
        """The id of the card that a message is most like; "" where it is like none."""
        best = top(self._cards.search(codes(text)), 1)
        return self._names[int(best[0])] if len(best) else ""
