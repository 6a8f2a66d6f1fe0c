"""Danger told in words that no list holds: what was learned from examples, beside the rules of emergency.py.

The rules know words; the model knows how people in danger write (no question, us and here, things that move, stop,
swell, do not wake). Either may be wrong alone: a message is an emergency when the rules say so and the model does not
contradict, or when the model is sure by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bot.answers.entries import Example
from bot.answers.linear import LinearText, codes
from bot.answers.ngrams import NgramIndex, top
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


class DangerModel:
    """Learned from knowledge/danger_examples/; read-only, safe for many threads."""

    def __init__(self, now: LinearText, hazard: LinearText, cards: NgramIndex, names: Sequence[str]) -> None:
        self._now, self._hazard, self._cards, self._names = now, hazard, cards, names

    @classmethod
    def train(cls, examples: Sequence[Example], calm: Sequence[str]) -> DangerModel:
        """Learn from the examples, against `calm`: normalised questions of all kinds, none of them an emergency."""
        texts = [normalise(e.text) for e in examples]
        danger = [e.now and e.card != HAZARD for e in examples]
        report = [e.now and e.card == HAZARD for e in examples]
        now = LinearText.train([*texts, *calm], [*danger, *([False] * len(calm))])
        hazard = LinearText.train([*texts, *calm], [*report, *([False] * len(calm))])
        names = sorted({e.card for e in examples if e.card != HAZARD})
        told = ["\n".join(t for t, e in zip(texts, examples, strict=True) if e.card == name) for name in names]
        docs = [np.array(codes(t), np.int32) for t in told]
        return cls(now, hazard, NgramIndex.build(docs, k1=1.6, b=0.75, max_df=1.0), names)

    def save(self, folder: Path) -> None:
        """Write folder/danger_*.npy."""
        self._now.save(folder, "danger_now")
        self._hazard.save(folder, "danger_hazard")
        self._cards.save(folder, "danger_cards")

    @classmethod
    def open(cls, folder: Path, names: Sequence[str]) -> DangerModel:
        """Read what `save` wrote; `names` are the cards' ids in order."""
        now, hazard = (LinearText.open(folder, f"danger_{n}") for n in ("now", "hazard"))
        return cls(now, hazard, NgramIndex.open(folder, "danger_cards", max_df=1.0), names)

    @property
    def names(self) -> Sequence[str]:
        """Ids of the cards, in the order of the index."""
        return self._names

    def now(self, text: str) -> float:
        """Log odds that normalised `text` tells of danger at this moment.

        Of the whole message: its clauses by themselves raised more false alarms than they found emergencies.
        """
        return self._now.score(text)

    def hazard(self, text: str) -> float:
        """Log odds that normalised `text` tells of a hazard, or wants to report one."""
        return self._hazard.score(text)

    def card(self, text: str) -> str:
        """The id of the card that a message is most like; "" where it is like none."""
        best = top(self._cards.search(codes(text)), 1)
        return self._names[int(best[0])] if len(best) else ""
