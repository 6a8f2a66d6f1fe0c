"""Entries as vectors: all ways of asking, the answer and the cited article together, compared by cosine.

Why: people ask for one thing in words that share little with each other; the union of the phrasings and the answer
finds the entry where the nearest single phrasing does not. Held-out phrasings, 400 entries, right one first:
nearest phrasing .31, this .57 (benchmarks/phrasings.py). The classifier is Rocchio's, with idf weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.answers.blobs import mapped
from bot.answers.ngrams import DOC_MASK, Floats, Ints, Scores, by_term, distinct, find_terms, query_terms

#: Weights of the parts of an entry, the questions being 1; chosen on held-out phrasings, flat around these values.
ANSWER_WEIGHT = 0.8
ARTICLE_WEIGHT = 0.5
#: A single character counts a little more than a pair: typing errors break two pairs but one character.
UNIGRAM = 1.4
#: A term in more than this share of the entries is kept as a row of all entries: adding up rows is ten times faster
#: than adding up postings, and such terms hold nine tenths of the postings that a question touches.
_COMMON = 1 / 8
_SHIFT = 21  # as in ngrams: a term above, a document below
_TERM_BITS = 32


@dataclass(frozen=True, slots=True)
class Query:
    """A question as the index sees it.

    terms    numbers of its known terms
    weights  of those, the vector (with what is unknown) having length 1
    asked    sum of idf of all terms, known or not
    holds    bool[T], whether a term is one of them
    """

    terms: Ints
    weights: Floats
    asked: float
    holds: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Touched:
    """What a question touches of an index.

    row, rows       of its common terms
    common, rare    which of its terms are that, and which are not
    spans, lengths  the postings of the rare ones
    docs            the entries of those
    """

    row: NDArray[np.int32]
    rows: NDArray[np.uint8]
    common: NDArray[np.bool_]
    rare: NDArray[np.bool_]
    spans: list[tuple[int, int]]
    lengths: Ints
    docs: NDArray[Any]

    def summed(self, added: Floats, entries: int, scores: Floats) -> Scores:
        """The scores of all entries with what each posting adds to them."""
        found = np.bincount(self.docs, added, entries) + scores if self.spans else scores
        return found.astype(np.float64, copy=False)


class VectorIndex:
    """Entry vectors as postings, and the terms of each phrasing; read-only once built.

    keys        int64[T]      the terms, sorted
    idf         float32[T]
    ptr         int64[T+1]    where a term's postings start; none of a common term
    docs        uint[P]       entry numbers
    value       float16[P]    the entry's vector at that term; every vector has length 1
    row         int32[T]      the row of a common term, -1 of any other
    rows        uint8[C,E]    the vectors of all entries at each common term …
    scale       float32[C]    … in this unit; what is not 0 is at least 1
    alias_ptr   int64[A+1]    where a phrasing's terms start
    alias_term  uint[..]      numbers of its terms
    alias_idf   float32[A]    sum of their idf
    first       int64[E+1]    the first phrasing of each entry
    """

    ARRAYS = (
        "keys", "idf", "ptr", "docs", "value", "row", "rows", "scale", "alias_ptr", "alias_term", "alias_idf", "first"
    )  # fmt: skip

    def __init__(self, arrays: dict[str, NDArray[Any]]) -> None:
        self.arrays = arrays
        self.keys: Ints = arrays["keys"]
        self.idf: Floats = arrays["idf"]
        self.ptr: Ints = arrays["ptr"]
        self.docs: NDArray[Any] = arrays["docs"]
        self.value: NDArray[np.float16] = arrays["value"]
        self.row: NDArray[np.int32] = arrays["row"]
        self.rows: NDArray[np.uint8] = arrays["rows"]
        self.scale: Floats = arrays["scale"]
        self.alias_ptr: Ints = arrays["alias_ptr"]
        self.alias_term: NDArray[Any] = arrays["alias_term"]
        self.alias_idf: Floats = arrays["alias_idf"]
        self.first: Ints = arrays["first"]
        self.size = len(self.first) - 1
        self._unknown_idf = float(self.idf.max()) if len(self.idf) else 1.0

    @classmethod
    def build(cls, cells: Ints, owner: NDArray[np.int32], entries: int) -> VectorIndex:
        """Index entries.

        cells  what terms stand in what texts, as `distinct(occurrences(…))` gives it: first the phrasings, then the
               answer of each entry, then the text of the chief article of each, empty where it is not held
        owner  entry number of each phrasing, ascending
        """
        n = len(owner)
        total = n + 2 * entries
        keys, ptr, term = by_term(cells)
        doc = cells & DOC_MASK
        df = np.diff(ptr)
        idf = np.log(1 + (total - df + 0.5) / (df + 0.5)).astype(np.float32)
        weight = (idf * _factor(keys))[term]
        unit = weight / np.sqrt(np.bincount(doc, weight**2, total))[doc]
        at, value = _vectors(term, np.concatenate([owner, np.arange(entries, 3 * entries)])[doc], unit, entries)
        said = np.sort((doc[doc < n] << _TERM_BITS) | term[doc < n])
        alias, alias_term = said >> _TERM_BITS, said & ((1 << _TERM_BITS) - 1)
        return cls({
            "keys": keys, "idf": idf, **_postings(at, value.astype(np.float32), len(keys), entries),
            "alias_ptr": np.searchsorted(alias, np.arange(n + 1)).astype(np.int64),
            "alias_term": _narrow(alias_term, len(keys)),
            "alias_idf": np.bincount(alias, idf[alias_term], n).astype(np.float32),
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
            array: mapped(folder / f"{name}.{array}.npy")
            for array in cls.ARRAYS
        })  # fmt: skip

    def weights(self, terms: Ints) -> Floats:
        """What terms count in a vector: their idf, single characters a little more."""
        counted: Floats = self.idf[terms] * _factor(self.keys[terms])
        return counted

    def query(self, codes: Sequence[int]) -> Query:
        """Look up the terms of a question."""
        wanted = query_terms(codes)
        terms = find_terms(self.keys, wanted)
        weights = self.weights(terms)
        unknown = len(wanted) - len(terms)
        length = float(np.sqrt((weights**2).sum() + unknown * self._unknown_idf**2)) or 1.0
        holds = np.zeros(len(self.keys), np.bool_)
        holds[terms] = True
        asked = float(self.idf[terms].sum()) + unknown * self._unknown_idf
        return Query(terms, weights / np.float32(length), asked, holds)

    def cosines(self, query: Query) -> Scores:
        """Cosine of the question with every entry, 0 to 1."""
        return self._cosines(query, self._touched(query))

    def coverages(self, query: Query) -> Scores:
        """Share of the question's idf that each entry knows anywhere in it, 0 to 1."""
        return self._coverages(query, self._touched(query))

    def both(self, query: Query) -> tuple[Scores, Scores]:
        """Cosines and coverages; what the question touches is looked up once."""
        touched = self._touched(query)
        return self._cosines(query, touched), self._coverages(query, touched)

    def _cosines(self, query: Query, by: _Touched) -> Scores:
        scores = (query.weights[by.common] * self.scale[by.row]) @ by.rows.astype(np.float32)
        if not by.spans:
            return scores.astype(np.float64)
        added = np.repeat(query.weights[by.rare], by.lengths)
        added *= np.concatenate([self.value[i:j] for i, j in by.spans])
        return by.summed(added, self.size, scores)

    def _coverages(self, query: Query, by: _Touched) -> Scores:
        idf = self.idf[query.terms] / np.float32(max(query.asked, 1e-6))
        scores = idf[by.common] @ (by.rows != 0).astype(np.float32)
        return by.summed(np.repeat(idf[by.rare], by.lengths), self.size, scores)

    def _touched(self, query: Query) -> _Touched:
        row = self.row[query.terms]
        rare = row < 0
        common = ~rare
        row = row[common]
        terms = query.terms[rare]
        start, stop = self.ptr[terms], self.ptr[terms + 1]
        spans = list(zip(start.tolist(), stop.tolist(), strict=True))
        docs = np.concatenate([self.docs[i:j] for i, j in spans]) if spans else self.docs[:0]
        return _Touched(row, self.rows[row], common, rare, spans, stop - start, docs)

    def nearest_phrasing(self, query: Query, entry: int) -> tuple[float, float]:
        """How close the nearest phrasing of one entry comes: (similarity, share of the phrasing that was said).

        Both 0 to 1; similarity is the idf-weighted Ochiai coefficient.
        """
        first, last = int(self.first[entry]), int(self.first[entry + 1])
        ptr = self.alias_ptr[first : last + 1]
        terms = self.alias_term[ptr[0] : ptr[-1]]
        if not len(terms) or not len(query.terms):
            return 0.0, 0.0
        held = ptr[:-1] < ptr[1:]
        shared = np.add.reduceat(query.holds[terms] * self.idf[terms], (ptr[:-1] - ptr[0])[held])
        weight = self.alias_idf[first:last][held]
        similarity = shared / np.sqrt(weight * max(query.asked, 1e-6))
        best = int(similarity.argmax())
        return float(similarity[best]), float(shared[best] / weight[best])

    def nearest_phrasings(self, query: Query, entries: Sequence[int]) -> list[tuple[float, float]]:
        """What `nearest_phrasing` says of each of these entries, all looked up at once."""
        if not entries or not len(query.terms):
            return [(0.0, 0.0)] * len(entries)
        spans = [(int(self.first[n]), int(self.first[n + 1])) for n in entries]
        ptr = [self.alias_ptr[i : j + 1] for i, j in spans]
        lengths = np.concatenate([p[1:] - p[:-1] for p in ptr])
        held = lengths > 0
        starts = np.cumsum(lengths[held]) - lengths[held]
        if not len(starts):
            return [(0.0, 0.0)] * len(entries)
        terms = np.concatenate([self.alias_term[p[0] : p[-1]] for p in ptr])
        shared = np.add.reduceat(query.holds[terms] * self.idf[terms], starts)
        weight = np.concatenate([self.alias_idf[i:j] for i, j in spans])[held]
        similarity = shared / np.sqrt(weight * max(query.asked, 1e-6))
        ends = np.cumsum(held)[np.cumsum([j - i for i, j in spans]) - 1].tolist()
        out: list[tuple[float, float]] = []
        for start, end in zip([0, *ends], ends, strict=False):
            best = start + int(similarity[start:end].argmax()) if end > start else -1
            out.append((float(similarity[best]), float(shared[best] / weight[best])) if end > start else (0.0, 0.0))
        return out


def _factor(keys: Ints) -> Floats:
    return np.where(keys >> _SHIFT == 0, np.float32(UNIGRAM), np.float32(1))


def _postings(at: Ints, value: Floats, terms: int, entries: int) -> dict[str, NDArray[Any]]:
    """Part the cells of the vectors, sorted by term, into rows of the common terms and postings of all others."""
    term, entry = at >> _SHIFT, at & DOC_MASK
    df = np.bincount(term, minlength=terms)
    common = df > _COMMON * entries
    row = np.where(common, np.cumsum(common) - 1, -1).astype(np.int32)
    whole = np.zeros((int(common.sum()), entries), np.float32)
    dense = common[term]
    whole[row[term[dense]], entry[dense]] = value[dense]
    scale = whole.max(axis=1, initial=0) / 255
    return {
        "ptr": np.concatenate([[0], np.cumsum(np.where(common, 0, df))]).astype(np.int64),
        "docs": _narrow(entry[~dense], entries), "value": value[~dense].astype(np.float16), "row": row,
        "rows": np.where(whole > 0, np.rint(whole / scale[:, None]).clip(1), 0).astype(np.uint8), "scale": scale,
    }  # fmt: skip


def _narrow(numbers: Ints, end: int) -> NDArray[Any]:
    """Numbers below `end` in as few bytes as hold them."""
    return numbers.astype(np.uint16 if end <= 1 << 16 else np.int32)


def _vectors(term: Ints, part: Ints, unit: Floats, entries: int) -> tuple[Ints, Floats]:
    """Sum the parts of each entry, each part of length 1 times its weight, and level the sum to length 1.

    part  0 to 3 * entries: the questions of each entry, the answers, the articles; sorted within a term
    Returns term and entry, packed and sorted, and the entry's vector at that term.
    """
    cells, first = distinct(term << _SHIFT | part)
    part = cells & DOC_MASK
    factor = np.repeat(np.array([1.0, ANSWER_WEIGHT, ARTICLE_WEIGHT], np.float32), entries)
    value = _level(np.add.reduceat(unit, first), part, 3 * entries) * factor[part]
    cells += part % max(entries, 1) - part
    order = np.argsort(cells)
    cells, first = distinct(cells[order])
    return cells, _level(np.add.reduceat(value[order], first), cells & DOC_MASK, entries)


def _level(values: Floats, vector: Ints, count: int) -> Floats:
    """The values of `count` vectors, each brought to length 1."""
    length = np.sqrt(np.bincount(vector, values**2, count)).astype(np.float32)
    length[length == 0] = 1
    level: Floats = values / length[vector]
    return level
