"""Question -> the entries and articles that may answer it, with a calibrated confidence."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bot.answers.base import Base, kind_number
from bot.answers.entries import EntryKind
from bot.answers.ngrams import Scores, letters, top
from bot.answers.normalise import core, normalise
from bot.answers.pinyin import sounds, spelled_out
from bot.answers.regions import covers
from bot.answers.vectors import Query, VectorIndex

#: The second channel compares how a question sounds; this is its share of the ranking.
SOUND_WEIGHT = 0.5
#: Share of the ranking for how much of the question an entry knows at all.
COVERAGE_WEIGHT = 0.6
#: A phrasing met almost word for word outweighs everything else.
NEAR_EXACT = 0.72
_RANKED = 8  # entries looked at closely
_LONG = 36  # characters; a longer message is also looked at clause by clause
_MAX_CLAUSES = 12
_CLAUSE_MARGIN = 0.08  # the whole message wins unless a clause is clearly better
_CLAUSE = re.compile(r"[,。!?;:\n~…、]+|(?<=[一-鿿]) +")
FEATURES = ("cosine", "margin", "sound", "near", "said", "coverage", "length", "domain")


@dataclass(frozen=True, slots=True)
class Match:
    """An entry that may answer.

    features    as named in FEATURES
    scope       the chance that the question is ours at all
    confidence  the chance that it is and that this entry is the right one
    """

    entry: int
    score: float
    features: tuple[float, ...]
    scope: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Found:
    """What one question found, entries best first."""

    matches: list[Match]

    @property
    def confidence(self) -> float:
        """That of the best entry, 0 where nothing was found."""
        return self.matches[0].confidence if self.matches else 0.0

    @property
    def scope(self) -> float:
        """The chance that the question is ours at all."""
        return self.matches[0].scope if self.matches else 0.0


@dataclass(frozen=True, slots=True)
class _Channels:
    """What each way of comparing says of every entry, and the question in the index that is compared by words."""

    score: Scores
    cosine: Scores
    sound: Scores
    coverage: Scores
    index: VectorIndex
    query: Query


class Matcher:
    """Ranks the entries of one base; safe for many threads."""

    def __init__(self, base: Base, domain: NDArray[np.float32] | None = None) -> None:
        self.base = base
        self._domain = base.domain if domain is None else domain
        self._fit = [
            (np.array(base.fit[f]["weights"]), float(base.fit[f]["bias"])) for f in ("scope", "right") if base.fit
        ]
        self._allowed = lru_cache(maxsize=64)(self._allowed_entries)
        self._plan_entries = {
            p.id: np.array([n for n in np.flatnonzero(base.kind_of_entry == kind_number(EntryKind.PLAN)).tolist()
                            if base.entry(n).group == p.id], np.int64)
            for p in base.plans
        }  # fmt: skip

    def find(
        self,
        text: str,
        region: str,
        plan: str = "",
        *,
        skip_alias: int = -1,
        skip_entry: int = -1,
        skip_kind: EntryKind | None = None,
    ) -> Found:
        """Rank entries for a normalised question.

        region  where the person is; entries of other places are left out
        plan    id of the plan the question names: then only its facts
        skip_…  a phrasing or entry to leave out, for fitting
        """
        allowed = self._mask(region, plan)
        if skip_entry >= 0 or skip_kind:
            allowed = allowed.copy()
            if skip_entry >= 0:
                allowed[skip_entry] = False
            if skip_kind:
                allowed[self.base.kind_of_entry == kind_number(skip_kind)] = False
        best = self._find_once(core(text), allowed, skip_alias)
        if len(text) > _LONG:
            for clause in _clauses(text):
                found = self._find_once(clause, allowed, skip_alias)
                if found.confidence > best.confidence + _CLAUSE_MARGIN:
                    best = found
        return best

    def articles(self, text: str, region: str, k: int) -> list[tuple[int, float]]:
        """The best k articles for a normalised question: (number, BM25 per idf asked), only law of the region."""
        codes = letters(text)
        scores = self.base.passages.search(codes)
        asked = max(self.base.faq.query(codes).asked, 1.0)
        best = top(scores[: self.base.article_count], k + 20)
        held = [n for n in best.tolist() if self.article_holds(n, region)][:k]
        return [(n, float(scores[n] / asked)) for n in held]

    def _find_once(self, text: str, allowed: NDArray[np.bool_], skip_alias: int) -> Found:
        base = self.base
        spelled = spelled_out(text)
        heard = base.faq_sound.query(sounds(text))
        sound = base.faq_sound.cosines(heard)
        query = base.faq.query(letters("" if spelled else text))
        cosine = sound if spelled else base.faq.cosines(query)
        index, asked = (base.faq_sound, heard) if spelled else (base.faq, query)
        coverage = index.coverages(asked)
        score = cosine + SOUND_WEIGHT * sound + COVERAGE_WEIGHT * coverage
        score[~allowed] = 0
        channels = _Channels(score, cosine, sound, coverage, index, asked)
        return Found(self._matches(top(score, _RANKED), channels, skip_alias))

    def _matches(self, best: NDArray[np.intp], by: _Channels, skip: int) -> list[Match]:
        near = {int(n): by.index.nearest_phrasing(by.query, int(n), skip) for n in best}
        ranked = sorted(near, key=lambda n: by.score[n] + max(0.0, near[n][0] - NEAR_EXACT), reverse=True)
        ours = self.domain(by.query, by.index)
        out: list[Match] = []
        for n in ranked:
            rival = max((by.score[other] for other in ranked if other != n), default=0.0)
            features = (
                float(by.cosine[n]), float((by.score[n] - rival) / max(by.score[n], 1e-6)), float(by.sound[n]), *near[n],
                float(by.coverage[n]), min(len(by.query.terms), 60) / 60, ours,
            )  # fmt: skip
            out.append(Match(n, float(by.score[n]), features, *self._chances(features)))
        return out

    def _chances(self, features: tuple[float, ...]) -> tuple[float, float]:
        """(scope, confidence) as fitted to this base; a rough guess for a base too small to be fitted."""
        if not self._fit:
            guess = min(1.0, features[0] + 0.3 * features[3])
            return guess, guess
        scope, right = (_chance(weights, bias, features) for weights, bias in self._fit)
        return scope, scope * right

    def domain(self, query: Query, index: VectorIndex) -> float:
        """How much a question speaks of our field: above 0 rather yes; about -10 to 10, 0 where it cannot be told."""
        if index is not self.base.faq or len(self._domain) < 2 or not len(query.terms):
            return 0.0
        return float(query.weights @ self._domain[query.terms] + self._domain[-1])

    def allows(self, entry: int, region: str) -> bool:
        """Whether an entry may be told to somebody in `region`."""
        return bool(self._allowed(region)[entry])

    def article_holds(self, number: int, region: str) -> bool:
        """Whether an article is law where the person is."""
        return covers(self.base.regions[self.base.region_of_article[number]], region)

    def _mask(self, region: str, plan: str) -> NDArray[np.bool_]:
        if not plan:
            return self._allowed(region)
        mask = np.zeros(self.base.entry_count, bool)
        mask[self._plan_entries[plan]] = True
        return mask

    def _allowed_entries(self, region: str) -> NDArray[np.bool_]:
        base = self.base
        holds = np.array([covers(r, region) for r in base.regions], bool)
        not_plan = base.kind_of_entry != kind_number(EntryKind.PLAN)
        mask: NDArray[np.bool_] = holds[base.region_of_entry] & not_plan
        return mask


def _chance(weights: NDArray[np.float64], bias: float, features: tuple[float, ...]) -> float:
    return 1 / (1 + math.exp(-min(30.0, max(-30.0, float(weights @ features) + bias))))


def _clauses(text: str) -> list[str]:
    """A rambling message cut into clauses and pairs of neighbours, the last first: people end with the point."""
    parts = [p for p in (core(c.strip()) for c in _CLAUSE.split(text)) if len(p) >= 4]
    pairs = [a + b for a, b in zip(parts, parts[1:], strict=False)]
    return [*reversed(parts), *reversed(pairs)][:_MAX_CLAUSES]


def level(text: str) -> str:
    """The form in which the matcher takes a question."""
    return normalise(text)[:1000]
