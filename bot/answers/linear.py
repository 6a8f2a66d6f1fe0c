"""Linear models over character and sound grams: trained in a second when a base is built, 10 microseconds to ask.

Ridge logistic regression on unit vectors of weighted 1- and 2-grams, by Nesterov's accelerated gradient
(Nesterov 1983; Hastie, Tibshirani, Friedman, ESL 4.4). A term weighs its idf times how far its naive Bayes log ratio is
from even (Wang & Manning, "Baselines and Bigrams", ACL 2012): what tells nothing apart hardly counts. Deterministic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.answers.blobs import mapped
from bot.answers.ngrams import (
    DOC_MASK,
    Encoded,
    Floats,
    Ints,
    Scores,
    by_term,
    distinct,
    encode,
    find_terms,
    held_in,
    occurrences,
    query_terms,
)
from bot.answers.ngrams import letters as letter_codes
from bot.answers.pinyin import sound_table, sounds, spelled_out, spells

_STEPS, _RIDGE, _PACE = 200, 1e-6, 30.0
#: The ridge of LinearText, whose weighted terms need less of it.
_TEXT_RIDGE = 1e-7
Labels = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class LinearText:
    """Two questions about a text over the same terms: a score above 0 speaks for yes.

    keys     int64[T]      the terms, sorted
    idf      float32[T]    what each term weighs: idf times its log ratio
    weights  float32[T,2]  idf not included
    bias     float32[2]
    """

    keys: Ints
    idf: Floats
    weights: Floats
    bias: Floats

    @classmethod
    def train(cls, texts: Sequence[str], more: Sequence[Ints], labels: Labels, steps: int = _STEPS) -> LinearText:
        """Learn from normalised texts and labels[n, 2]; in each column both classes weigh the same.

        more   for each text what else is a term of it
        steps  of the descent
        """
        letters, heard = _encoded(texts)
        others = held_in(np.concatenate(more), np.repeat(np.arange(len(more)), [len(m) for m in more]))
        cells, _ = distinct(np.sort(np.concatenate([occurrences(letters), occurrences(heard), others])))
        keys, ptr, term = by_term(cells)
        idf = (np.log(1 + len(texts) / np.diff(ptr)) * _log_ratio(term, labels[cells & DOC_MASK])).astype(np.float32)
        weights, bias = descend(Rows.of(term, cells & DOC_MASK, idf), labels, steps=steps, ridge=_TEXT_RIDGE)
        return cls(keys, idf, weights, bias)

    def scores(self, text: str, more: Ints) -> tuple[float, float]:
        """Log odds of yes to either question about normalised `text`, yes and no being equally common."""
        terms = find_terms(self.keys, np.concatenate([query_terms(said(text)), more]))
        if not len(terms):
            return float(self.bias[0]), float(self.bias[1])
        idf = self.idf[terms]
        first, second = (idf @ self.weights[terms] / np.sqrt(idf @ idf) + self.bias).tolist()
        return first, second

    def save(self, folder: Path, name: str) -> None:
        """Write folder/name.*.npy."""
        for part in self.__slots__:
            np.save(folder / f"{name}.{part}.npy", getattr(self, part), allow_pickle=False)

    @classmethod
    def open(cls, folder: Path, name: str) -> LinearText:
        """Map what `save` wrote into memory."""
        return cls(*(
            mapped(folder / f"{name}.{part}.npy")
            for part in cls.__slots__
        ))  # fmt: skip


def _log_ratio(term: Ints, labels: Labels) -> Scores:
    """How far from even each term is shared out between yes and no, by the column where it is farthest.

    term, labels  of every cell; each count starts at one
    """
    told = [np.stack([np.bincount(term, weights=side) + 1 for side in (yes, ~yes)]) for yes in labels.T]
    ratios = [np.abs(np.log(yes / yes.sum()) - np.log(no / no.sum())) for yes, no in told]
    farthest: Scores = np.maximum.reduce(ratios)
    return farthest


def codes(text: str) -> list[int]:
    """Letters, a gap, sounds: what is misheard in one way is right in the other."""
    return [*letter_codes(text), 0, *sounds(text)]


def said(text: str) -> list[int]:
    """What is asked by: `codes`, but of what is written in pinyin the sounds alone: its letters are like English."""
    return sounds(text) if spelled_out(text) else codes(text)


def _encoded(texts: Sequence[str]) -> tuple[Encoded, Encoded]:
    """Letters and sounds of many texts, as `codes` has them."""
    letters = encode(texts)
    heard = letters.through(sound_table())
    # Where something is written in Latin, sounds cannot be read off the letters.
    spelled = [n for n, text in enumerate(texts) if spells(text)]
    heard.codes[np.isin(heard.owner, spelled)] = 0
    by_hand = Encoded.of([sounds(texts[n]) for n in spelled])
    owner = np.array(spelled, np.int64)[by_hand.owner]
    return letters, Encoded(np.concatenate([heard.codes, by_hand.codes]), np.concatenate([heard.owner, owner]))


@dataclass(frozen=True, slots=True)
class Rows:
    """A sparse matrix that holds weight[term] / length in every cell, each row of length 1; both ways round.

    rows    int64[R]    numbers of the rows that are not empty
    terms   intp[P]     row after row, the columns of its cells; starts[R] where each row starts
    places  intp[P]     column after column, the places in `rows` of its cells; tops[C] where each column starts
    terms_of int64[C]   the term of each column; the first `many` columns have more than one cell
    weight  float32[C]
    shrink  float32[R]  one through the length of the row
    width   the number of all terms
    """

    rows: Ints
    terms: NDArray[np.intp]
    starts: NDArray[np.intp]
    places: NDArray[np.intp]
    tops: NDArray[np.intp]
    terms_of: Ints
    weight: Floats
    shrink: Floats
    width: int
    many: int

    @classmethod
    def of(cls, term: Ints, row: Ints, weight: Floats) -> Rows:
        """From the cells, sorted by term and then row, and what each term weighs."""
        held, first = distinct(term)
        df = np.diff(first, append=len(term))
        order = np.argsort(df == 1, kind="stable")
        column = np.repeat(np.argsort(order), df)
        rows, starts, terms = _packed(row, column)
        _, tops, places = _packed(column, np.searchsorted(rows, row))
        counted = weight[held[order]]
        length = np.sqrt(np.add.reduceat(counted[terms] ** 2, starts)) if len(rows) else np.zeros(0, np.float32)
        return cls(
            rows, terms, starts, places, tops, held[order], counted, (1 / length).astype(np.float32), len(weight),
            int((df > 1).sum()),
        )  # fmt: skip


def _packed(major: Ints, minor: Ints) -> tuple[Ints, NDArray[np.intp], NDArray[np.intp]]:
    """Pairs in order: the distinct majors, where each starts, all minors."""
    pairs = np.sort((major << 32) | minor)
    held, first = distinct(pairs >> 32)
    return held, first.astype(np.intp), (pairs & 0xFFFFFFFF).astype(np.intp)


def descend(
    rows: Rows, labels: Labels, counted: Labels | None = None, steps: int = _STEPS, ridge: float = _RIDGE
) -> tuple[Floats, Floats]:
    """Weights [width, k] and biases [k] of the ridge logistic regressions of labels[n, k], k being 1 or 2.

    counted[n, k]  whether a row is learned from; None: all are
    Two are carried as one complex number: each cell is looked up once for both, and looking up is what takes time.
    """
    k = labels.shape[1]
    y = labels[rows.rows].astype(np.float32)
    importance = _importance(labels, np.ones_like(labels) if counted is None else counted)[rows.rows]
    w, bias = np.zeros((len(rows.terms_of), k), np.float32), np.zeros(k, np.float32)
    ahead, ahead_bias = w, bias
    weight, shrink = rows.weight[:, None], rows.shrink[:, None]
    room = np.empty(len(rows.terms), np.complex64 if k == 2 else np.float32)
    for step in range(1, steps + 1):
        z = _summed(ahead * weight, rows.terms, rows.starts, room, len(rows.rows)) * shrink + ahead_bias
        error = importance * (1 / (1 + np.exp(-np.clip(z, -30, 30))) - y)
        gradient = _summed(error * shrink, rows.places, rows.tops, room, rows.many) * weight
        gradient += np.float32(ridge) * ahead
        momentum = np.float32((step - 1) / (step + 2))
        new, new_bias = ahead - np.float32(_PACE) * gradient, ahead_bias - np.float32(_PACE) * error.sum(axis=0)
        ahead, ahead_bias = new + momentum * (new - w), new_bias + momentum * (new_bias - bias)
        w, bias = new, new_bias
    out = np.zeros((rows.width, k), np.float32)
    out[rows.terms_of] = w
    return out, bias


def _importance(labels: Labels, counted: Labels) -> Floats:
    """Both classes weigh one half in each column."""
    yes, no = labels & counted, ~labels & counted
    share: Floats = (0.5 * yes / np.maximum(yes.sum(0), 1) + 0.5 * no / np.maximum(no.sum(0), 1)).astype(np.float32)
    return share


def _summed(values: Floats, at: NDArray[np.intp], starts: NDArray[np.intp], room: NDArray[Any], many: int) -> Floats:
    """Sum of values[at], one sum from each start to the next, per column of `values`.

    many  so many sums are of more than one; the rest are there when they are looked up
    """
    np.take(np.ascontiguousarray(values).view(room.dtype).ravel(), at, out=room, mode="clip")
    end = int(starts[many]) if many < len(starts) else len(room)
    sums = np.concatenate([np.add.reduceat(room[:end], starts[:many]) if many else room[:0], room[end:]])
    summed: Floats = sums.view(np.float32).reshape(-1, values.shape[1])
    return summed
