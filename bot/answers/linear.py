"""A linear model over character and sound grams: trained in a second when a base is built, 10 microseconds to ask.

Ridge logistic regression on unit vectors of idf-weighted 1- and 2-grams, by Nesterov's accelerated gradient
(Nesterov 1983; Hastie, Tibshirani, Friedman, ESL 4.4). Deterministic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.answers.ngrams import DOC_MASK, Ints, all_terms, by_term, distinct, find_terms, flatten, grouped, query_terms
from bot.answers.ngrams import letters as letter_codes
from bot.answers.pinyin import sounds

_STEPS, _RIDGE, _PACE = 200, 1e-6, 30.0


@dataclass(frozen=True, slots=True)
class LinearText:
    """weights per term, idf included; a score above 0 speaks for the trained class.

    keys     int64[T]    the terms, sorted
    idf      float32[T]
    weights  float32[T]
    bias     float
    """

    keys: Ints
    idf: NDArray[np.float32]
    weights: NDArray[np.float32]
    bias: float

    @classmethod
    def train(cls, texts: Sequence[str], labels: Sequence[bool]) -> LinearText:
        """Learn from normalised texts; both classes weigh the same."""
        docs = [np.array(codes(t), np.int32) for t in texts]
        cells, _ = distinct(grouped(*all_terms(*flatten(docs))))
        keys, ptr, term = by_term(cells)
        doc = cells & DOC_MASK
        idf = np.log(1 + len(docs) / np.diff(ptr)).astype(np.float32)
        order = np.argsort(doc, kind="stable")
        counts = np.bincount(doc, minlength=len(docs))
        kept = counts > 0
        starts = np.concatenate([[0], np.cumsum(counts[kept])[:-1]]).astype(np.intp)
        y = np.array(labels, float)[kept]
        weights, bias = descend(term[order], idf[term[order]].astype(np.float64), starts, y, len(keys))
        return cls(keys, idf, weights, bias)

    def score(self, text: str) -> float:
        """Log odds that normalised `text` is of the trained class, both being equally common."""
        terms = find_terms(self.keys, query_terms(codes(text)))
        if not len(terms):
            return self.bias
        idf = self.idf[terms]
        return float(idf @ self.weights[terms] / np.sqrt(float(idf @ idf))) + self.bias

    def save(self, folder: Path, name: str) -> None:
        """Write folder/name.*.npy."""
        for part in ("keys", "idf", "weights"):
            np.save(folder / f"{name}.{part}.npy", getattr(self, part), allow_pickle=False)
        np.save(folder / f"{name}.bias.npy", np.array([self.bias]), allow_pickle=False)

    @classmethod
    def open(cls, folder: Path, name: str) -> LinearText:
        """Read what `save` wrote; small enough to be held in memory."""
        keys, idf, weights, bias = (
            np.load(folder / f"{name}.{part}.npy", allow_pickle=False) for part in ("keys", "idf", "weights", "bias")
        )
        return cls(keys, idf, weights, float(bias[0]))


def codes(text: str) -> list[int]:
    """Letters, a gap, sounds: what is misheard in one way is right in the other."""
    return [*letter_codes(text), 0, *(c for c in sounds(text))]


def descend(
    terms: Ints, values: NDArray[np.float64], starts: NDArray[np.intp], y: NDArray[np.float64], size: int
) -> tuple[NDArray[np.float32], float]:
    """Weights and bias of the ridge logistic regression of y on rows given end to end.

    terms, values  the entries of the rows; rows are brought to length 1 here
    starts         where each row starts; no row is empty
    size           number of terms
    """
    lengths = np.diff(np.append(starts, len(terms)))
    values = values / np.repeat(np.sqrt(np.add.reduceat(values**2, starts)), lengths)
    positive = max(y.sum(), 1.0)
    importance = np.where(y > 0, 0.5 / positive, 0.5 / max(len(y) - positive, 1.0))
    w, bias = np.zeros(size), 0.0
    ahead, ahead_bias = w, bias
    for step in range(1, _STEPS + 1):
        z = np.add.reduceat(ahead[terms] * values, starts) + ahead_bias
        error = importance * (1 / (1 + np.exp(-np.clip(z, -30, 30))) - y)
        gradient = np.bincount(terms, np.repeat(error, lengths) * values, size) + _RIDGE * ahead
        momentum = (step - 1) / (step + 2)
        new, new_bias = ahead - _PACE * gradient, ahead_bias - _PACE * float(error.sum())
        ahead, ahead_bias = new + momentum * (new - w), new_bias + momentum * (new_bias - bias)
        w, bias = new, new_bias
    return w.astype(np.float32), bias
