"""Entries as vectors: all ways of asking, the answer and the cited article together, compared by cosine.

Why: people ask for one thing in words that share little with each other; the union of the phrasings and the answer
finds the entry where the nearest single phrasing does not. Held-out phrasings, 400 entries, right one first:
nearest phrasing .31, this .57 (benchmarks/phrasings.py). The classifier is Rocchio's, with idf weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.answers.ngrams import (
    DOC_MASK,
    Floats,
    Ints,
    Scores,
    add_postings,
    all_terms,
    by_term,
    distinct,
    find_terms,
    flatten,
    grouped,
    query_terms,
)

#: Weights of the parts of an entry, the questions being 1; chosen on held-out phrasings, flat around these values.
ANSWER_WEIGHT = 0.8
ARTICLE_WEIGHT = 0.5
#: A single character counts a little more than a pair: typing errors break two pairs but one character.
UNIGRAM = 1.4
_SHIFT = 21  # as in ngrams: a term above, a document below
_TERM_BITS = 32


@dataclass(frozen=True, slots=True)
class Query:
    """A question as the index sees it.

    terms    numbers of its known terms
    weights  of those, the vector (with what is unknown) having length 1
    asked    sum of idf of all terms, known or not
    """

    terms: Ints
    weights: Floats
    asked: float


class VectorIndex:
    """Entry vectors as postings, and the terms of each phrasing; read-only once built.

    keys        int64[T]    the terms, sorted
    idf         float32[T]
    ptr         int64[T+1]  where a term's postings start
    docs        int32[P]    entry numbers
    value       float16[P]  the entry's vector at that term; every vector has length 1
    alias_ptr   int64[A+1]  where a phrasing's terms start
    alias_term  int32[..]   numbers of its terms
    first       int64[E+1]  the first phrasing of each entry
    """

    ARRAYS = ("keys", "idf", "ptr", "docs", "value", "alias_ptr", "alias_term", "first")

    def __init__(self, arrays: dict[str, NDArray[np.generic]]) -> None:
        self.arrays = arrays
        self.keys: Ints = arrays["keys"]  # type: ignore[assignment]
        self.idf: Floats = arrays["idf"]  # type: ignore[assignment]
        self.ptr: Ints = arrays["ptr"]  # type: ignore[assignment]
        self.docs: NDArray[np.int32] = arrays["docs"]  # type: ignore[assignment]
        self.value: NDArray[np.float16] = arrays["value"]  # type: ignore[assignment]
        self.alias_ptr: Ints = arrays["alias_ptr"]  # type: ignore[assignment]
        self.alias_term: NDArray[np.int32] = arrays["alias_term"]  # type: ignore[assignment]
        self.first: Ints = arrays["first"]  # type: ignore[assignment]
        self.size = len(self.first) - 1
        #: What a term counts in a vector: its idf, single characters a little more.
        self.weights: Floats = (self.idf * np.where(self.keys >> _SHIFT == 0, UNIGRAM, 1.0)).astype(np.float32)
        self._unknown_idf = float(self.idf.max()) if len(self.idf) else 1.0

    @classmethod
    def build(
        cls,
        aliases: Sequence[NDArray[np.int32]],
        owner: NDArray[np.int32],
        answers: Sequence[NDArray[np.int32]],
        articles: Sequence[NDArray[np.int32]],
    ) -> VectorIndex:
        """Index entries given as arrays of codes.

        owner     entry number of each phrasing, ascending
        answers   one per entry
        articles  the text of the chief article of each entry, empty where it is not held
        """
        entries, n = len(answers), len(aliases)
        total = n + 2 * entries
        cells, _ = distinct(grouped(*all_terms(*flatten([*aliases, *answers, *articles]))))
        keys, ptr, term = by_term(cells)
        doc = cells & DOC_MASK
        df = np.diff(ptr)
        idf = np.log(1 + (total - df + 0.5) / (df + 0.5)).astype(np.float32)
        weight = (idf * np.where(keys >> _SHIFT == 0, UNIGRAM, 1.0))[term]
        unit = weight / np.sqrt(np.bincount(doc, weight**2, total))[doc]
        entry_of = np.concatenate([owner.astype(np.int64), np.arange(entries), np.arange(entries)])
        at, value = _add_parts((term << _SHIFT) | entry_of[doc], unit, np.digitize(doc, [n, n + entries]), entries)
        said = np.sort((doc[doc < n] << _TERM_BITS) | term[doc < n])
        return cls({
            "keys": keys, "idf": idf,
            "ptr": np.searchsorted(at >> _SHIFT, np.arange(len(keys) + 1)).astype(np.int64),
            "docs": (at & DOC_MASK).astype(np.int32), "value": value.astype(np.float16),
            "alias_ptr": np.searchsorted(said >> _TERM_BITS, np.arange(n + 1)).astype(np.int64),
            "alias_term": (said & ((1 << _TERM_BITS) - 1)).astype(np.int32),
            "first": np.searchsorted(owner, np.arange(entries + 1)).astype(np.int64),
        })  # fmt: skip

    def save(self, folder: Path, name: str) -> None:
        """Write the arrays as folder/name.<array>.npy."""
        for array, value in self.arrays.items():
            np.save(folder / f"{name}.{array}.npy", value, allow_pickle=False)

    @classmethod
    def open(cls, folder: Path, name: str) -> VectorIndex:
        """Map a saved index into memory."""
        return cls({
            array: np.load(folder / f"{name}.{array}.npy", mmap_mode="r", allow_pickle=False).view(np.ndarray)
            for array in cls.ARRAYS
        })  # fmt: skip

    def query(self, codes: Sequence[int]) -> Query:
        """Look up the terms of a question."""
        wanted = query_terms(codes)
        terms = find_terms(self.keys, wanted)
        idf = self.idf[terms]
        weights = self.weights[terms]
        unknown = len(wanted) - len(terms)
        length = float(np.sqrt((weights**2).sum() + unknown * self._unknown_idf**2)) or 1.0
        return Query(terms, weights / np.float32(length), float(idf.sum()) + unknown * self._unknown_idf)

    def cosines(self, query: Query) -> Scores:
        """Cosine of the question with every entry, 0 to 1."""
        start, stop = self.ptr[query.terms], self.ptr[query.terms + 1]
        return add_postings(self.docs, self.value, start, stop, self.size, query.weights)

    def coverages(self, query: Query) -> Scores:
        """Share of the question's idf that each entry knows anywhere in it, 0 to 1."""
        spans = list(zip(self.ptr[query.terms].tolist(), self.ptr[query.terms + 1].tolist(), strict=True))
        if not spans:
            return np.zeros(self.size)
        docs = np.concatenate([self.docs[i:j] for i, j in spans])
        known = np.repeat(self.idf[query.terms], [j - i for i, j in spans])
        shares: Scores = np.bincount(docs, known, self.size) / max(query.asked, 1e-6)
        return shares

    def nearest_phrasing(self, query: Query, entry: int) -> tuple[float, float]:
        """How close the nearest phrasing of one entry comes: (similarity, share of the phrasing that was said).

        Both 0 to 1; similarity is the idf-weighted Ochiai coefficient.
        """
        first, last = int(self.first[entry]), int(self.first[entry + 1])
        ptr = self.alias_ptr[first : last + 1]
        terms = self.alias_term[int(ptr[0]) : int(ptr[-1])]
        if not len(terms) or not len(query.terms):
            return 0.0, 0.0
        at = np.searchsorted(query.terms, terms)
        at[at == len(query.terms)] = 0
        idf = self.idf[terms]
        starts = (ptr[:-1] - ptr[0]).astype(np.intp)
        starts = np.minimum(starts, len(terms) - 1)
        shared = np.add.reduceat(np.where(query.terms[at] == terms, idf, 0), starts)
        weight = np.maximum(np.add.reduceat(idf, starts), 1e-6)
        similarity = shared / np.sqrt(weight * max(query.asked, 1e-6))
        best = int(np.argmax(similarity))
        return float(similarity[best]), float(shared[best] / weight[best])


def _add_parts(cell: Ints, unit: Scores, part: Ints, entries: int) -> tuple[Ints, Scores]:
    """Sum the parts of each entry, each part of length 1 times its weight, and level the sum to length 1.

    cell  term and entry of each value packed into one number; within a part they come sorted, so that a stable
          sort of all has three runs to merge
    """
    cells: list[Ints] = []
    values: list[Scores] = []
    for number, factor in enumerate((1.0, ANSWER_WEIGHT, ARTICLE_WEIGHT)):
        mine, first = distinct(cell[part == number])
        summed = np.add.reduceat(unit[part == number], first) if len(first) else np.zeros(0)
        cells.append(mine)
        values.append(summed * factor / _lengths(mine & DOC_MASK, summed, entries))
    every, value = np.concatenate(cells), np.concatenate(values)
    order = np.argsort(every, kind="stable")
    merged, first = distinct(every[order])
    summed = np.add.reduceat(value[order], first) if len(first) else np.zeros(0)
    return merged, summed / _lengths(merged & DOC_MASK, summed, entries)


def _lengths(entry: Ints, values: Scores, entries: int) -> Scores:
    length: Scores = np.sqrt(np.bincount(entry, values**2, entries)).astype(np.float64)
    length[length == 0] = 1
    out: Scores = length[entry]
    return out
