"""Entries laid over an opened base in memory: a change is told at once, while a new base is built beside.

The base stays as it is, mapped and shared between processes; the few entries that are new are searched beside it.
Words count what they count in the base, and what the base learned of itself (`fit.py`) holds on. With some hundred
entries laid over it is time for a base of their own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.answers.base import Base, kind_number
from bot.answers.entries import Entry, Plan
from bot.answers.ngrams import Floats, Ints, Scores, letters, query_terms
from bot.answers.normalise import core, normalise, printed
from bot.answers.pinyin import sounds
from bot.answers.regions import Gazetteer
from bot.answers.vectors import ANSWER_WEIGHT, ARTICLE_WEIGHT, UNIGRAM, Query, VectorIndex

#: The region of entries that are not told any more: it covers no place. Nor are they of any kind.
_NOWHERE, _NO_KIND = "-", -1
_SHIFT = 21  # as in ngrams: a term above, a document below
_MASK = (1 << _SHIFT) - 1


class LaidOver(Base):
    """A base with some entries exchanged; reads everything else from the base below."""

    def __init__(self, below: Base, gone: Collection[str], entries: Sequence[Entry], plans: Sequence[Plan]) -> None:
        """gone: ids of entries that are not told any more; `entries` stand in place of those with their ids.

        plans  all plans that may be named from now on
        """
        self.__dict__.update(below.__dict__)
        self.below, self.plans = below, list(plans)
        self._gone, self._added, self._start = tuple(gone), list(entries), below.entry_count
        self._number = {e.id: self._start + n for n, e in enumerate(entries)}
        self._dead = {n for name in {*gone, *self._number} if (n := below.number_of(name)) is not None}
        self.entry_count = self._start + len(entries)
        self.entry = lru_cache(maxsize=2048)(self._entry)
        self._place()
        self._index()

    def _entry(self, number: int) -> Entry:
        return self.below.entry(number) if number < self._start else self._added[number - self._start]

    def number_of(self, name: str) -> int | None:
        """See Base."""
        if name in self._number:
            return self._number[name]
        number = self.below.number_of(name)
        return None if number in self._dead else number

    def entry_by_id(self, name: str) -> Entry | None:
        """See Base."""
        number = self.number_of(name)
        return None if number is None else self.entry(number)

    def exact(self, text: str) -> list[int]:
        """See Base."""
        held = [n for n in self.below.exact(text) if n not in self._dead]
        return [*held, *self._phrasings.get(core(text), [])]

    @classmethod
    def one_more(cls, base: Base, entry: Entry) -> LaidOver:
        """A base with one more entry, in place of the one of its id: one layer over the lowest, never two."""
        if not isinstance(base, LaidOver):
            return cls(base, (), [entry], base.plans)
        others = [e for e in base._added if e.id != entry.id]
        return cls(base.below, base._gone, [*others, entry], base.plans)

    def _place(self) -> None:
        """The columns: place, year and kind of every entry."""
        below, added = self.below, self._added
        self.regions = list(dict.fromkeys([*below.regions, *(e.region for e in added), _NOWHERE]))
        self.gazetteer = Gazetteer(r for r in self.regions if r != _NOWHERE)
        number = {r: n for n, r in enumerate(self.regions)}
        self.region_of_entry = _longer(below.region_of_entry, [number[e.region] for e in added])
        self.year_of_entry = _longer(below.year_of_entry, [e.year for e in added])
        self.kind_of_entry = _longer(below.kind_of_entry, [kind_number(e.kind) for e in added])
        dead = sorted(self._dead)
        self.region_of_entry[dead] = number[_NOWHERE]
        self.kind_of_entry[dead] = _NO_KIND

    def _index(self) -> None:
        asked = [[normalise(q) for q in (e.title, *e.questions)] for e in self._added]
        self._phrasings: dict[str, list[int]] = {}
        for n, texts in enumerate(asked, self._start):
            for text in dict.fromkeys(core(t) for t in texts):
                self._phrasings.setdefault(text, []).append(n)
        told = [normalise.__wrapped__(f"{e.title} {e.answer}") for e in self._added]
        chief = [self._chief_article(e) for e in self._added]
        aliases, owner = [t for texts in asked for t in texts], [n for n, texts in enumerate(asked) for _ in texts]
        for name, codes in (("faq", letters), ("faq_sound", sounds)):
            asked_codes, told_codes, chief_codes = ([codes(t) for t in texts] for texts in (aliases, told, chief))
            parts = _Parts(asked_codes, told_codes, chief_codes, owner)
            setattr(self, name, Beside(getattr(self.below, name), parts))

    def _chief_article(self, e: Entry) -> str:
        where = self.find_article(e.sources[0].law, e.sources[0].article) if e.sources else None
        return "" if where is None else printed(self.article(where).text)


def _longer(column: NDArray[Any], more: list[int]) -> NDArray[Any]:
    return np.concatenate([column, np.array(more, column.dtype)])


@dataclass(frozen=True, slots=True)
class _Parts:
    """Texts of entries as codes. owner: the entry each phrasing belongs to, ascending."""

    aliases: list[list[int]]
    answers: list[list[int]]
    articles: list[list[int]]
    owner: list[int]


@dataclass(frozen=True, slots=True)
class _Both(Query):
    """A question as the base sees it, and as the entries beside it do: numbers of its terms there, their weights."""

    beside: Ints
    beside_weights: Floats


class Beside(VectorIndex):
    """An index and, after its last, the entries of a few more that count their words as it does."""

    def __init__(self, below: VectorIndex, parts: _Parts) -> None:
        super().__init__(below.arrays)
        self._below, self._count = below, len(parts.answers)
        self.size = below.size + self._count
        self._rarest = float(below.idf.max()) if len(below.idf) else 1.0
        docs = [*parts.aliases, *parts.answers, *parts.articles]
        term, doc = _distinct_terms(docs)
        self._terms, term = np.unique(term, return_inverse=True)
        self._idf = self._idf_of(self._terms)
        self._vectors(term, doc, parts)
        phrasing = doc < len(parts.aliases)
        order = np.lexsort((term[phrasing], doc[phrasing]))
        self._alias_term = term[phrasing][order]
        self._alias_ptr = np.searchsorted(doc[phrasing][order], np.arange(len(parts.aliases) + 1))
        self._first = np.searchsorted(parts.owner, np.arange(self._count + 1))

    def _idf_of(self, terms: Ints) -> Floats:
        """What terms count in the index below; one that it does not have, as its rarest."""
        at, known = _where(self._below.keys, terms)
        idf = np.full(len(terms), self._rarest, np.float32)
        idf[known] = self._below.idf[at[known]]
        return idf

    def _vectors(self, term: Ints, doc: Ints, parts: _Parts) -> None:
        """One vector of length 1 for each entry, as postings by term."""
        n, k = len(parts.aliases), self._count
        weight = (self._idf * _factor(self._terms))[term]
        unit = weight / _lengths(doc, weight, n + 2 * k)
        # One vector a part: the phrasings of each entry together, the answers, the articles.
        part = np.array([*parts.owner, *range(k, 3 * k)], np.int64)[doc]
        cell, at = np.unique(term << _SHIFT | part, return_inverse=True)
        value: Scores = np.bincount(at, unit, len(cell)).astype(np.float64)
        value = value / _lengths(cell & _MASK, value, 3 * k)
        value *= np.repeat([1.0, ANSWER_WEIGHT, ARTICLE_WEIGHT], k)[cell & _MASK]
        whole, at = np.unique((cell >> _SHIFT) << _SHIFT | (cell & _MASK) % max(k, 1), return_inverse=True)
        value = np.bincount(at, value, len(whole)).astype(np.float64)
        self._entry_at, self._value = whole & _MASK, value / _lengths(whole & _MASK, value, k)
        self._ptr = np.searchsorted(whole >> _SHIFT, np.arange(len(self._terms) + 1))

    def query(self, codes: Sequence[int]) -> Query:
        """See VectorIndex."""
        seen = self._below.query(codes)
        wanted = query_terms(codes)
        weights = self._idf_of(wanted) * _factor(wanted)
        length = np.float32(np.sqrt((weights**2).sum()) or 1.0)
        at, held = _where(self._terms, wanted)
        given = {f.name: getattr(seen, f.name) for f in fields(Query)}
        return _Both(**given, beside=at[held], beside_weights=weights[held] / length)

    def cosines(self, query: Query) -> Scores:
        """See VectorIndex."""
        return self._cosines_after(self._below.cosines(query), query)

    def coverages(self, query: Query) -> Scores:
        """See VectorIndex."""
        return self._coverages_after(self._below.coverages(query), query)

    def both(self, query: Query) -> tuple[Scores, Scores]:
        """See VectorIndex."""
        cosines, coverages = self._below.both(query)
        return self._cosines_after(cosines, query), self._coverages_after(coverages, query)

    def _cosines_after(self, below: Scores, query: Query) -> Scores:
        assert isinstance(query, _Both)
        return self._after(below, query, query.beside_weights, self._value)

    def _coverages_after(self, below: Scores, query: Query) -> Scores:
        assert isinstance(query, _Both)
        return self._after(below, query, self._idf[query.beside] / max(query.asked, 1e-6))

    def _after(self, scores: Scores, query: _Both, factors: Floats, values: Scores | None = None) -> Scores:
        """The scores below, then those of the entries beside: of each term its factor, times its value if given."""
        start, stop = self._ptr[query.beside], self._ptr[query.beside + 1]
        at = np.concatenate([np.arange(i, j) for i, j in zip(start, stop, strict=True)] or [np.zeros(0, np.int64)])
        added = np.repeat(factors, stop - start)
        if values is not None:
            added = added * values[at]
        return np.concatenate([scores, np.bincount(self._entry_at[at], added, self._count)])

    def nearest_phrasing(self, query: Query, entry: int) -> tuple[float, float]:
        """See VectorIndex."""
        if entry < self._below.size:
            return self._below.nearest_phrasing(query, entry)
        assert isinstance(query, _Both)
        first, last = self._first[entry - self._below.size : entry - self._below.size + 2]
        best = (0.0, 0.0)
        for i, j in zip(self._alias_ptr[first:last], self._alias_ptr[first + 1 : last + 1], strict=True):
            terms = self._alias_term[i:j]
            shared = float(self._idf[terms[_where(query.beside, terms)[1]]].sum())
            weight = max(float(self._idf[terms].sum()), 1e-6)
            best = max(best, (shared / float(np.sqrt(weight * max(query.asked, 1e-6))), shared / weight))
        return best

    def nearest_phrasings(self, query: Query, entries: Sequence[int]) -> list[tuple[float, float]]:
        """As VectorIndex.nearest_phrasings says it."""
        return [self.nearest_phrasing(query, n) for n in entries]


def _distinct_terms(docs: Iterable[Sequence[int]]) -> tuple[Ints, Ints]:
    """The terms of each document, each once: (term, document), sorted."""
    arrays = [np.array(d, np.int64) for d in docs]
    codes = np.concatenate([*arrays, np.zeros(1, np.int64)])
    owner = np.repeat(np.arange(len(arrays) + 1), [*(len(a) for a in arrays), 1])
    single = codes > 0
    pair = single[:-1] & single[1:] & (owner[:-1] == owner[1:])
    pairs = (codes[:-1][pair] << _SHIFT) | codes[1:][pair]
    packed = np.concatenate([codes[single], pairs]) << _SHIFT | np.concatenate([owner[single], owner[:-1][pair]])
    cells = np.unique(packed)
    return cells >> _SHIFT, cells & _MASK


def _where(ordered: Ints, wanted: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """Where the wanted values stand among ordered ones, and whether they are there at all."""
    if not len(ordered):
        return np.zeros(len(wanted), np.int64), np.zeros(len(wanted), np.bool_)
    at = np.searchsorted(ordered, wanted).clip(max=len(ordered) - 1)
    return at, ordered[at] == wanted


def _factor(terms: Ints) -> Floats:
    return np.where(terms >> _SHIFT == 0, UNIGRAM, 1.0).astype(np.float32)


def _lengths(vector: Ints, values: NDArray[Any], count: int) -> Scores:
    """The length of the vector that each value belongs to."""
    length = np.sqrt(np.bincount(vector, values**2, count))
    length[length == 0] = 1
    out: Scores = length[vector]
    return out
