"""Okapi BM25 over character uni- and bigrams, in arrays that are built once and memory-mapped afterwards.

Why characters and not words, and what it was measured against: docs/architecture.md.
Formula: Robertson & Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), with the idf
ln(1 + (N - df + .5) / (df + .5)) that never turns negative.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.answers.blobs import mapped
from bot.answers.normalise import printed
from bot.answers.pinyin import LETTERS_END

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
Scores = NDArray[np.float64]

_SHIFT = 21  # code points and sound codes are below 2**21: a pair fits one 64-bit key
_MAX_QUERY = 400  # characters of a query that are looked at; a question longer than that is cut before


class NgramIndex:
    """Documents as postings of their 1- and 2-grams; read-only once built.

    keys    int64[T]    the terms, sorted: one code, or two codes packed
    ptr     int64[T+1]  where a term's postings start
    idf     float32[T]
    docs    int32[P]    postings: document numbers
    impact  float16[P]  BM25 contribution of the term to that document, idf included
    """

    ARRAYS = ("keys", "ptr", "idf", "docs", "impact", "size")

    def __init__(self, arrays: dict[str, NDArray[np.generic]], max_df: float) -> None:
        self.keys: Ints = arrays["keys"]  # type: ignore[assignment]
        self.ptr: Ints = arrays["ptr"]  # type: ignore[assignment]
        self.idf: Floats = arrays["idf"]  # type: ignore[assignment]
        self.docs: NDArray[np.int32] = arrays["docs"]  # type: ignore[assignment]
        self.impact: NDArray[np.float16] = arrays["impact"]  # type: ignore[assignment]
        self.size = int(arrays["size"][0])
        self.max_df = max_df

    @classmethod
    def build(cls, texts: Encoded, size: int, *, k1: float, b: float, max_df: float = 0.1) -> NgramIndex:
        """Index `size` encoded documents.

        max_df   a query term in more than this share of the documents is passed over while scoring: it costs
                 most of the time and moves NDCG by about .005
        """
        n = size
        every = occurrences(texts)
        cells, first = distinct(every)
        tf = np.diff(first, append=len(every))
        keys, ptr, term_of = by_term(cells)
        doc_of = cells & DOC_MASK
        df = np.diff(ptr)
        idf = np.log(1 + (n - df + 0.5) / (df + 0.5)).astype(np.float32)
        length = np.bincount(doc_of, tf, minlength=n)
        norm = k1 * (1 - b + b * length / max(length.mean() if n else 1, 1e-9))
        impact = idf[term_of] * tf * (k1 + 1) / (tf + norm[doc_of])
        arrays: dict[str, NDArray[np.generic]] = {
            "keys": keys, "ptr": ptr, "idf": idf, "docs": doc_of.astype(np.int32),
            "impact": impact.astype(np.float16),
            "size": np.array([n], np.int64),
        }  # fmt: skip
        return cls(arrays, max_df)

    def save(self, folder: Path, name: str) -> None:
        """Write the arrays as folder/name.<array>.npy."""
        for array in self.ARRAYS:
            np.save(folder / f"{name}.{array}.npy", np.atleast_1d(getattr(self, array)), allow_pickle=False)

    @classmethod
    def open(cls, folder: Path, name: str, max_df: float = 0.1) -> NgramIndex:
        """Map a saved index into memory; pages are read when first touched and shared between processes."""
        arrays = {array: mapped(folder / f"{name}.{array}.npy") for array in cls.ARRAYS}
        return cls(arrays, max_df)

    def search(self, codes: Sequence[int]) -> Scores:
        """BM25 of every document for a query given as codes; 0 where no term is shared."""
        at = find_terms(self.keys, query_terms(codes))
        start, stop = self.ptr[at], self.ptr[at + 1]
        keep = stop - start <= max(self.max_df * self.size, 50)
        if not keep.any() and len(keep):
            keep[np.argmin(stop - start)] = True
        return add_postings(self.docs, self.impact, start[keep], stop[keep], self.size)


#: A term is below 2**42 and a document below 2**21: the two fit one number, which sorts faster than pairs do.
DOC_MASK = (1 << _SHIFT) - 1


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
    packed[: len(one)] = codes[one] << _SHIFT | owner[one]
    packed[len(one) :] = (codes[two] << _SHIFT | codes[two + 1]) << _SHIFT | owner[two]
    packed.sort()
    return packed


def held_in(terms: Ints, docs: Ints) -> Ints:
    """Terms and the documents they stand in, packed as `occurrences` does, in no order."""
    return terms << _SHIFT | docs


def distinct(ordered: Ints) -> tuple[Ints, Ints]:
    """The distinct values of a sorted array, and where each first stands. (np.unique hashes: ten times slower.)"""
    first = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])) if len(ordered) else np.zeros(0, int)
    return ordered[first], first.astype(np.int64)


def by_term(cells: Ints) -> tuple[Ints, Ints, Ints]:
    """Of sorted packed cells: the distinct terms, where each starts (with the end), the term number of every cell."""
    keys, first = distinct(cells >> _SHIFT)
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


def add_postings(
    docs: NDArray[np.int32],
    values: NDArray[np.float16],
    start: Ints,
    stop: Ints,
    size: int,
    factors: Floats | None = None,
) -> Scores:
    """Sum the postings start:stop of each term per document, times the term's factor if one is given."""
    spans = list(zip(start.tolist(), stop.tolist(), strict=True))
    if not spans:
        return np.zeros(size)
    value = np.concatenate([values[i:j] for i, j in spans])
    if factors is not None:
        value = value * np.repeat(factors, stop - start)
    found = np.bincount(np.concatenate([docs[i:j] for i, j in spans]), value, size)
    return found.astype(np.float64, copy=False)


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


def paired(first: Ints, second: Ints) -> Ints:
    """The terms of two codes each."""
    return first << _SHIFT | second


def query_terms(codes: Sequence[int]) -> Ints:
    """The distinct terms of a query, sorted."""
    c = np.array(codes[:_MAX_QUERY], np.int64)
    single = c > 0
    pair = single[:-1] & single[1:]
    terms, _ = distinct(np.sort(np.concatenate([c[single], (c[:-1][pair] << _SHIFT) | c[1:][pair]])))
    return terms
