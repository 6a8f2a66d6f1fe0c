"""Articles by words and by meaning together.

Measured on lay questions over 61,000 articles (benchmarks/retrieval.py): words alone find other articles than meaning
alone does, and the sum is better than both. The adapter moves a question's vector towards the articles that answer
such questions; it was learned from pairs of the two (tools/learn_adapter.py).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from bot.answers.base import Base
from bot.answers.blobs import mapped
from bot.answers.dense import encoder
from bot.answers.dense.vectors import FOLDER, Vectors
from bot.answers.ngrams import Floats, Ints, best_of
from bot.answers.passages import Passages
from bot.errors import ContentError

log = logging.getLogger(__name__)

#: What a cosine counts beside the score by words, whose best is 1: cosines lie close together.
WEIGHT = 12.0
_BY_WORDS, _BY_MEANING = 1024, 1024  # articles that are looked at closely
ADAPTER = Path(__file__).with_name("adapter.npy")


class Dense:
    """Ranks the articles of a base; where meaning cannot be had, by words alone."""

    def __init__(self, base: Base) -> None:
        self._base = base
        self._lock = threading.Lock()
        self._vectors: Vectors | None = None
        self._given_up = False

    @classmethod
    def of(cls, base: Base) -> Dense | None:
        """What ranks the articles of a base; None where something that it needs is not installed."""
        if lacking := encoder.missing():
            log.error("articles are found by words alone", extra={"error": f"{lacking} is not installed"})
            return None
        return cls(base)

    def best(self, text: str, codes: Sequence[int], k: int) -> tuple[Ints, Floats]:
        """As Passages.best, for a normalised question."""
        vectors = self._vectors or self._open()
        if vectors is None:
            return self._base.passages.best(codes, k)
        return fused(self._base.passages, vectors, codes, question(text), k)

    def _open(self) -> Vectors | None:
        """The vectors as soon as they are made; None until then, and where they are damaged, which is logged once."""
        if self._given_up or not (self._base.folder / FOLDER).exists():
            return None
        with self._lock:
            try:
                vectors = self._vectors or Vectors(self._base.folder, self._base.article_count)
                encoder.shared()
                self._vectors = vectors
            except ContentError as e:
                self._given_up = True
                log.error("articles are found by words alone", extra={"error": str(e)})
        return self._vectors


def question(text: str) -> Floats:
    """The vector of a question, moved by the adapter."""
    return adapted(encoder.shared().question(text), _adapter())


def adapted(vector: Floats, adapter: Floats) -> Floats:
    """A vector moved by an adapter, of length 1 again."""
    moved: Floats = vector + vector @ adapter
    return moved / np.linalg.norm(moved)


@cache
def _adapter() -> Floats:
    return mapped(ADAPTER).astype(np.float32)


def fused(
    passages: Passages, vectors: Vectors, codes: Sequence[int], asked: Floats, k: int, weight: float = WEIGHT
) -> tuple[Ints, Floats]:
    """The k articles that are best by words and meaning together, and their scores; best first."""
    found, scores = passages.best(codes, _BY_WORDS)
    articles = np.union1d(found, vectors.nearest(asked, _BY_MEANING))
    # What is not among the best by words is taken to score as their last.
    by_words = np.full(len(articles), scores[-1] if len(scores) == _BY_WORDS else 0, np.float32)
    by_words[np.searchsorted(articles, found)] = scores
    top = scores[0] if len(scores) else np.float32(1)
    return best_of(articles, by_words / top + np.float32(weight) * vectors.cosines(asked, articles), k)
