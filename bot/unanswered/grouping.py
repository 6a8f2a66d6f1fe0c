"""Questions of one meaning, put together: by words, by sound, and by the entries that came near them.

A question is one vector of three parts, each of length 1 before it is weighed: its characters and pairs of them, the
same as they sound, and the entries that the answerer considered for it. Two that share few words but lie near the same
entries come together so. Groups are formed around leaders, the most asked first; then groups whose middles lie close
are joined. The same questions in the same order always give the same groups.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.answers import Base
from bot.answers.ngrams import DOC_MASK, Encoded, Floats, Ints, by_term, distinct, encode, occurrences
from bot.answers.pinyin import sounds
from bot.answers.vectors import VectorIndex

#: Shares of a vector's square; chosen with `python -m benchmarks.clusters` on entries that the base does not hold.
WORDS, SOUND, NEAR = 0.48, 0.22, 0.30
#: From here on two questions are one, and two groups.
ALIKE, JOINED = 0.38, 0.36
#: Terms of a vector that are kept, the heaviest: what is left out of a long story says little.
_TERMS, _MIDDLE_TERMS = 32, 64


@dataclass(frozen=True, slots=True)
class Said:
    """A question as it is compared: normalised, and what was considered for it, ids with confidence."""

    text: str
    near: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Vectors:
    """Rows of length 1, as postings by row.

    row, term, value  one cell each, ordered by row
    """

    row: Ints
    term: Ints
    value: Floats
    rows: int

    @property
    def starts(self) -> Ints:
        """Where each row begins, and the end."""
        return np.searchsorted(self.row, np.arange(self.rows + 1)).astype(np.int64)


def vectors(said: Sequence[Said], base: Base) -> Vectors:
    """The vectors of questions; words count what they count in the base."""
    texts = [s.text for s in said]
    blocks = [
        _weighed(encode(texts), base.faq, len(said), WORDS),
        _weighed(Encoded.of([sounds(t) for t in texts]), base.faq_sound, len(said), SOUND),
        _near(said),
    ]
    offset, parts = 0, []
    for block in blocks:
        parts.append((block.row, block.term + offset, block.value))
        offset += int(block.term.max(initial=-1)) + 1
    row, term, value = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((term, row))
    return _level(Vectors(row[order], term[order], value[order], len(said)))


def _weighed(encoded: Encoded, index: VectorIndex, rows: int, share: float) -> Vectors:
    cells, _ = distinct(occurrences(encoded))
    keys, _, term = by_term(cells)
    at = np.searchsorted(index.keys, keys)
    at[at == len(index.keys)] = 0
    known = index.keys[at] == keys if len(index.keys) else np.zeros(len(keys), bool)
    idf = np.full(len(keys), float(index.idf.max()) if len(index.idf) else 1.0, np.float32)
    idf[known] = index.idf[at[known]]
    row = cells & DOC_MASK
    order = np.lexsort((term, row))
    found = _heaviest(Vectors(row[order], term[order], idf[term[order]], rows), _TERMS)
    return _scaled(_level(found), share)


def _near(said: Sequence[Said]) -> Vectors:
    numbers: dict[str, int] = {}
    cells = [(n, numbers.setdefault(name, len(numbers)), score) for n, s in enumerate(said) for name, score in s.near]
    row = np.array([c[0] for c in cells], np.int64)
    term = np.array([c[1] for c in cells], np.int64)
    value = np.sqrt(np.maximum(np.array([c[2] for c in cells], np.float32), 1e-4))
    return _scaled(_level(Vectors(row, term, value, len(said))), NEAR)


def _scaled(found: Vectors, share: float) -> Vectors:
    return Vectors(found.row, found.term, found.value * np.float32(np.sqrt(share)), found.rows)


def _level(found: Vectors) -> Vectors:
    length = np.sqrt(np.bincount(found.row, found.value**2, found.rows)).astype(np.float32)
    length[length == 0] = 1
    return Vectors(found.row, found.term, found.value / length[found.row], found.rows)


def _heaviest(found: Vectors, most: int) -> Vectors:
    """The `most` heaviest cells of each row."""
    order = np.lexsort((found.term, -found.value, found.row))
    rank = np.arange(len(order)) - found.starts[found.row[order]]
    kept = np.sort(order[rank < most])
    return Vectors(found.row[kept], found.term[kept], found.value[kept], found.rows)


class _Postings:
    """Some rows of vectors, found by what they share with another row."""

    def __init__(self, found: Vectors, among: NDArray[np.bool_]) -> None:
        self._all, self._starts, self._rows = found, found.starts, found.rows
        held = np.flatnonzero(among[found.row])
        held = held[np.argsort(found.term[held], kind="stable")]
        self._docs, self._value = found.row[held], found.value[held]
        self._ptr = np.searchsorted(found.term[held], np.arange(int(found.term.max(initial=0)) + 2))

    def like(self, row: int, least: float) -> tuple[Ints, Floats]:
        """The rows whose cosine with `row` is at least `least`, and that."""
        span = slice(self._starts[row], self._starts[row + 1])
        terms, weights = self._all.term[span], self._all.value[span]
        bounds = list(zip(self._ptr[terms].tolist(), self._ptr[terms + 1].tolist(), strict=True))
        if not any(b > a for a, b in bounds):
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        docs = np.concatenate([self._docs[a:b] for a, b in bounds])
        added = np.concatenate([self._value[a:b] * w for (a, b), w in zip(bounds, weights, strict=True)])
        scores = np.bincount(docs, added, self._rows)
        found = np.flatnonzero(scores >= least)
        return found.astype(np.int64), scores[found].astype(np.float32)


def lead(found: Vectors, seeds: Sequence[int], order: Sequence[int], least: float) -> Ints:
    """The leader of every row, a seed or another row; a seed leads itself.

    seeds   rows that lead whatever comes
    order   all other rows: the first that nobody leads becomes a leader
    """
    others = np.zeros(found.rows, np.bool_)
    others[list(order)] = True
    postings = _Postings(found, others)
    leader = np.full(found.rows, -1, np.int64)
    best = np.zeros(found.rows, np.float32)
    for row in (*seeds, *order):
        if others[row] and leader[row] >= 0:
            continue
        leader[row], best[row] = row, 2.0
        rows, scores = postings.like(row, least)
        nearer = scores > best[rows]
        leader[rows[nearer]], best[rows[nearer]] = row, scores[nearer]
    return leader


def middles(found: Vectors, group: Ints, groups: int) -> Vectors:
    """The middle of each group: the sum of its vectors, at length 1."""
    width = int(found.term.max(initial=0)) + 1
    cell = group[found.row] * width + found.term
    order = np.argsort(cell, kind="stable")
    cells, first = distinct(cell[order])
    value = np.add.reduceat(found.value[order], first) if len(first) else found.value
    return _level(_heaviest(Vectors(cells // width, cells % width, value.astype(np.float32), groups), _MIDDLE_TERMS))


def group(said: Sequence[Said], known: Sequence[int], base: Base) -> list[int]:
    """The group of every question, a number.

    known  groups that there are already: of the first questions, in any numbers; they are never joined. New groups
           get the numbers that follow the greatest of these, the most asked first: the rest must come in that order.
    """
    found = vectors(said, base)
    given = len(known)
    leader = lead(found, range(given), range(given, len(said)), ALIKE)
    name = {row: known[row] for row in range(given)}
    next_name = max(known, default=-1) + 1
    for row in range(given, len(said)):
        if leader[row] == row:
            name[row], next_name = next_name, next_name + 1
    names = [name[int(row)] for row in leader]
    return _joined(found, names, frozenset(known))


def _joined(found: Vectors, names: Sequence[int], known: frozenset[int]) -> list[int]:
    """The names of groups after those whose middles lie close have become one."""
    numbers = {name: n for n, name in enumerate(dict.fromkeys(names))}
    of = np.array([numbers[name] for name in names], np.int64)
    seeds = [n for name, n in numbers.items() if name in known]
    new = [n for name, n in numbers.items() if name not in known]
    size = np.bincount(of, minlength=len(numbers))
    new.sort(key=lambda n: (-int(size[n]), n))
    leader = lead(middles(found, of, len(numbers)), seeds, new, JOINED)
    called = list(numbers)
    return [called[int(leader[n])] for n in of.tolist()]
