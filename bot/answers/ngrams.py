"""Okapi BM25 over character uni- and bigrams, in arrays that are built once and memory-mapped afterwards.

Why characters and not words, and what it was measured against: docs/architecture.md.
Formula: Robertson & Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), with the idf
ln(1 + (N - df + .5) / (df + .5)) that never turns negative.
"""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.answers.blobs import mapped
from bot.answers.normalise import printed
from bot.answers.pinyin import LETTERS_END

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
Scores = NDArray[np.float64]

SHIFT = 21  # code points and sound codes are below 2**21: a pair fits one 64-bit key
_MAX_QUERY = 400  # characters of a query that are looked at; a question longer than that is cut before


class NgramIndex:
    """Documents as postings of their 1- and 2-grams; read-only, safe for many threads. `postings` builds it.

    keys    int64[T]    the terms, sorted: one code, or two codes packed
    idf     float32[T]
    scale   float32[T]  the unit in which a term's impacts are kept, so that the greatest is 255
    ptr     int64[T+1]  where a term's postings start; none of a common term
    docs    int32[P]    postings: document numbers
    impact  uint8[P]    BM25 contribution of the term to that document, idf included; at least 1
    row     int32[T]    the row of a common term, -1 of any other
    rows    uint8[C,N]  impacts of each common term on every document, 0 where it does not stand
    size    int64[1]    N
    """

    ARRAYS = ("keys", "idf", "scale", "ptr", "docs", "impact", "row", "rows", "size")

    def __init__(self, arrays: dict[str, NDArray[Any]]) -> None:
        self.keys: Ints = arrays["keys"]
        self.idf: Floats = arrays["idf"]
        self.scale: Floats = arrays["scale"]
        self.ptr: Ints = arrays["ptr"]
        self.docs: NDArray[np.int32] = arrays["docs"]
        self.impact: NDArray[np.uint8] = arrays["impact"]
        self.row: NDArray[np.int32] = arrays["row"]
        self.rows: NDArray[np.uint8] = arrays["rows"]
        self.size = int(arrays["size"][0])
        self._room = threading.local()

    @classmethod
    def open(cls, folder: Path, name: str) -> NgramIndex:
        """Map a saved index into memory; pages are read when first touched and shared between processes."""
        return cls({array: mapped(folder / f"{name}.{array}.npy") for array in cls.ARRAYS})

    def best(self, codes: Sequence[int], k: int) -> tuple[Ints, Floats]:
        """The k documents that score best for a query given as codes, and their scores; best first.

        Equal ones come in document order; a document that shares no term is left out. The rarer terms choose some
        thousand documents, the common ones are added up for those alone: `_CHOSEN` says what that costs.
        """
        terms = find_terms(self.keys, query_terms(codes))
        terms = terms[np.argsort(-self.idf[terms], kind="stable")]
        rare = self.row[terms] < 0
        scores = self._added(terms[rare])
        common = terms[~rare].tolist()
        wanted, sample = max(_CHOSEN, 2 * k), scores[:: max(1, self.size // _SAMPLE)]
        share = wanted / max(1, self.size)
        while common and np.count_nonzero(sample) < share * len(sample):
            scores += self._impacts(common.pop(0))
        chosen = np.flatnonzero(scores >= max(_reached(sample, share), _LEAST))
        found = scores[chosen]
        for term in common:
            found += self._impacts(term, chosen)
        return best_of(chosen, found, k)

    def _added(self, terms: Ints) -> Floats:
        """The score of every document for terms that are not common, in room that this thread uses again."""
        if not hasattr(self._room, "scores"):
            self._room.scores = np.empty(self.size, np.float32)
        scores: Floats = self._room.scores
        scores.fill(0)
        for term, start, stop in zip(terms, self.ptr[terms].tolist(), self.ptr[terms + 1].tolist(), strict=True):
            np.add.at(scores, self.docs[start:stop], self.impact[start:stop] * self.scale[term])
        return scores

    def _impacts(self, term: int, docs: Ints | slice = slice(None)) -> Floats:
        """What a common term adds to the score of each document."""
        impacts: Floats = self.rows[self.row[term]][docs] * self.scale[term]
        return impacts


#: Documents for which common terms are added up: fewer lose some of the best hundred, more take longer.
_CHOSEN = 4096
_SAMPLE = 16384  # so many are looked at to see what scores there are
_LEAST = 1e-9


def _reached(sample: Floats, share: float) -> float:
    """A score that about this share of the sample reaches."""
    below = len(sample) - 1 - int(share * len(sample))
    return 0.0 if below < 0 else float(np.partition(sample, below)[below])


def best_of(docs: Ints, scores: Floats, k: int) -> tuple[Ints, Floats]:
    """The best k of some documents and their scores, best first; equal ones in document order, none of no score."""
    if len(scores) > k:
        least = np.partition(scores, len(scores) - k)[len(scores) - k] if k else np.inf
        docs, scores = docs[scores >= least], scores[scores >= least]
    held = scores > 0
    docs, scores = docs[held], scores[held]
    order = np.lexsort((docs, -scores))[:k]
    return docs[order], scores[order]


#: A term is below 2**42 and a document below 2**21: the two fit one number, which sorts faster than pairs do.
DOC_MASK = (1 << SHIFT) - 1


def occurrences(texts: Encoded) -> Ints:
    """Every occurrence of every term, sorted by term, then document, each packed into one number.

    Raises ValueError for 2**21 documents or more.
    """
    codes, owner = texts.codes.astype(np.int64), texts.owner
    if len(owner) and int(owner.max()) > DOC_MASK:
        raise ValueError(f"at most {DOC_MASK} documents fit one index")
    single = codes > 0
    one, two = np.flatnonzero(single), np.flatnonzero(single[:-1] & single[1:])
    packed: Ints = np.empty(len(one) + len(two), np.int64)
    packed[: len(one)] = codes[one] << SHIFT | owner[one]
    packed[len(one) :] = (codes[two] << SHIFT | codes[two + 1]) << SHIFT | owner[two]
    packed.sort()
    return packed


def held_in(terms: Ints, docs: Ints) -> Ints:
    """Terms and the documents they stand in, packed as `occurrences` does, in no order."""
    return terms << SHIFT | docs


def distinct(ordered: Ints) -> tuple[Ints, Ints]:
    """The distinct values of a sorted array, and where each first stands. (np.unique hashes: ten times slower.)"""
    first = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])) if len(ordered) else np.zeros(0, int)
    return ordered[first], first.astype(np.int64)


def by_term(cells: Ints) -> tuple[Ints, Ints, Ints]:
    """Of sorted packed cells: the distinct terms, where each starts (with the end), the term number of every cell."""
    keys, first = distinct(cells >> SHIFT)
    ptr = np.append(first, len(cells)).astype(np.int64)
    return keys, ptr, np.repeat(np.arange(len(keys), dtype=np.int64), np.diff(ptr))


def find_terms(keys: Ints, terms: Ints) -> Ints:
    """Where the terms stand in the sorted `keys`; unknown ones are left out."""
    if not len(keys):
        return np.zeros(0, np.int64)
    at = np.searchsorted(keys, terms)
    at[at == len(keys)] = 0
    found: Ints = at[keys[at] == terms].astype(np.int64)
    return found


def top(scores: Scores, k: int) -> NDArray[np.intp]:
    """The numbers of the best k documents, best first; equal ones in document order. Zero scores are left out.

    k is small: k passes of argmax cost less than one partition of an array that is mostly zero.
    """
    left = scores.copy()
    best: list[int] = []
    for _ in range(min(k, len(left))):
        n = int(left.argmax())
        if left[n] <= 0:
            break
        best.append(n)
        left[n] = 0
    return np.array(best, np.intp)


def letters(text: str) -> list[int]:
    """Normalised text -> code points; everything but letters and digits is 0."""
    return [ord(c) if c.isalnum() else 0 for c in text]


@dataclass(frozen=True, slots=True)
class Encoded:
    """Texts end to end as codes, each followed by a gap, and for every code the number of its text."""

    codes: NDArray[np.int32]
    owner: Ints

    @classmethod
    def of(cls, texts: Sequence[Sequence[int]]) -> Encoded:
        """Texts that are codes already."""
        codes = [np.array([*text, 0], np.int32) for text in texts]
        owner = np.repeat(np.arange(len(codes), dtype=np.int64), [len(c) for c in codes])
        return cls(np.concatenate([np.zeros(0, np.int32), *codes]), owner)

    def through(self, table: NDArray[np.int32]) -> Encoded:
        """The same with each code looked up in `table`."""
        return Encoded(table[self.codes], self.owner)


def encode(texts: Sequence[str]) -> Encoded:
    """Normalised texts as `letters` has them."""
    raw = np.frombuffer("\0".join([*texts, ""]).encode("utf-32-le", "replace"), np.uint32)
    lengths = np.fromiter(map(len, texts), np.int64, len(texts)) + 1
    codes = _letter_table()[np.where(raw < LETTERS_END, raw, 0)]
    return Encoded(codes, np.repeat(np.arange(len(texts), dtype=np.int64), lengths))


def encode_printed(texts: Sequence[str]) -> Encoded:
    """What `encode` makes of printed statutes, each through `printed` first; character by character in an array."""
    raw = np.frombuffer("\0".join([*texts, ""]).encode("utf-32-le", "replace"), np.uint32)
    raw = np.where(raw < LETTERS_END, raw, 0)
    lengths = np.fromiter(map(len, texts), np.int64, len(texts)) + 1
    owner = np.repeat(np.arange(len(texts), dtype=np.int64), lengths)
    seen = np.flatnonzero(np.bincount(raw, minlength=LETTERS_END))
    table = np.zeros(LETTERS_END, np.int32)
    table[seen] = [_in_print(chr(c)) for c in seen.tolist()]
    codes = table[raw]
    # Where one character becomes several or joins with the one before it, its text is taken by itself.
    apart, _ = distinct(owner[codes < 0])
    by_hand = encode([printed(texts[n]) for n in apart.tolist()])
    codes[np.isin(owner, apart)] = 0
    return Encoded(np.concatenate([codes, by_hand.codes]), np.concatenate([owner, apart[by_hand.owner]]))


@cache
def _in_print(char: str) -> int:
    """The letter that a character is in print, 0 for a gap, -1 where that cannot be told of it alone."""
    level = printed(char)
    if char == "Σ" or any(unicodedata.category(c)[0] == "M" or "\u1100" <= c <= "\u11ff" for c in level):
        return -1  # the small letter depends on its neighbours; marks and parts of syllables join with theirs
    if not any(c.isalnum() for c in level):
        return 0
    return letters(level)[0] if len(level) == 1 else -1


@cache
def _letter_table() -> NDArray[np.int32]:
    return np.array([c if chr(c).isalnum() else 0 for c in range(LETTERS_END)], np.int32)


def paired(first: int, second: int) -> int:
    """The term of two codes."""
    return first << SHIFT | second


def query_terms(codes: Sequence[int]) -> Ints:
    """The distinct terms of a query, sorted."""
    # A set, not an array: for a message that is faster.
    codes = codes[:_MAX_QUERY]
    held = {code for code in codes if code}
    held.update([a << SHIFT | b for a, b in zip(codes, codes[1:], strict=False) if a and b])
    terms = np.fromiter(held, np.int64, len(held))
    terms.sort()
    return terms
