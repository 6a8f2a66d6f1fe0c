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
from bot.answers.loanwords import shipped as loanwords
from bot.answers.ngrams import Scores, letters, top
from bot.answers.normalise import core, normalise
from bot.answers.pinyin import sounds, spelled_out
from bot.answers.regions import NATIONWIDE, covers
from bot.answers.vectors import Query, VectorIndex

#: The second channel compares how a question sounds; this is its share of the ranking.
SOUND_WEIGHT = 0.5
#: Share of the ranking for how much of the question an entry knows at all.
COVERAGE_WEIGHT = 0.6
#: What holds only where the person is comes before what holds everywhere.
LOCAL_BONUS = 0.12
#: A phrasing met almost word for word outweighs everything else.
NEAR_EXACT = 0.72
_RANKED = 8  # entries looked at closely
_LONG = 36  # characters; a longer message is also looked at clause by clause
_MAX_CLAUSES, _LOOKED_AT = 12, 3
_SURE = 0.75  # a message understood this well is not cut up
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

    @property
    def near(self) -> float:
        """How close the nearest phrasing of the entry comes, 0 to 1."""
        return self.features[3] if self.features else 1.0

    @property
    def likeness(self) -> float:
        """How much the question is like the entry in words and sound, whatever else it says."""
        return self.features[0] + SOUND_WEIGHT * self.features[2] if self.features else 1.0


@dataclass(frozen=True, slots=True)
class Found:
    """What one question found.

    matches  entries of our field, best first
    aside    the nearest of what is out of scope or small talk; None where nothing is near
    """

    matches: list[Match]
    aside: Match | None = None

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

    def __init__(self, base: Base, trial: tuple[VectorIndex, VectorIndex, NDArray[np.float32]] | None = None) -> None:
        """trial: other indexes (words, sounds) and domain weights than the base's own, for fitting."""
        self.base = base
        self._faq, self._faq_sound, self._domain = trial or (base.faq, base.faq_sound, base.domain)
        self._fit = [
            (np.array(base.fit[f]["weights"]), float(base.fit[f]["bias"])) for f in ("scope", "right") if base.fit
        ]
        aside = [kind_number(k) for k in (EntryKind.OUT_OF_SCOPE, EntryKind.SMALL_TALK)]
        self._aside: NDArray[np.bool_] = np.isin(base.kind_of_entry, aside)
        self._local: NDArray[np.bool_] = base.region_of_entry != base.regions.index(NATIONWIDE)
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
        skip_entry: int = -1,
    ) -> Found:
        """Rank entries for a normalised question.

        region  where the person is; entries of other places are left out
        plan    id of the plan the question names: then only its facts
        skip_entry  an entry to leave out, for fitting
        """
        allowed = self._mask(region, plan)
        if skip_entry >= 0:
            allowed = allowed.copy()
            allowed[skip_entry] = False
        best = self._find_once(core(text), allowed)
        if len(text) > _LONG and best.confidence < _SURE:
            for clause in self._promising(text, allowed):
                found = self._find_once(clause, allowed)
                if found.confidence > best.confidence + _CLAUSE_MARGIN:
                    best = found
        return best

    def _promising(self, text: str, allowed: NDArray[np.bool_]) -> list[str]:
        """The clauses of a rambling message that come nearest to any entry, by words alone: that is cheap."""
        scored = []
        for clause in _clauses(text):
            query = self._faq.query(letters(clause))
            near = self._faq.cosines(query) + COVERAGE_WEIGHT * self._faq.coverages(query)
            scored.append((float((near * allowed).max(initial=0.0)), clause))
        return [clause for _, clause in sorted(scored, reverse=True)[:_LOOKED_AT]]

    def articles(self, text: str, region: str, k: int) -> list[tuple[int, float]]:
        """The best k articles for a normalised question: (number, BM25 per idf asked), only law of the region."""
        codes = letters(text)
        asked = max(self._faq.query(codes).asked, 1.0)
        best, scores = self.base.passages.best(codes, k + 20)
        found = zip(best.tolist(), scores.tolist(), strict=True)
        return [(n, score / asked) for n, score in found if self.article_holds(n, region)][:k]

    def _find_once(self, text: str, allowed: NDArray[np.bool_]) -> Found:
        spelled = spelled_out(text)
        heard = self._faq_sound.query(sounds(text))
        sound = self._faq_sound.cosines(heard)
        query = self._faq.query(letters("" if spelled else text))
        cosine = sound if spelled else self._faq.cosines(query)
        index, asked = (self._faq_sound, heard) if spelled else (self._faq, query)
        coverage = index.coverages(asked)
        score = cosine + SOUND_WEIGHT * sound + COVERAGE_WEIGHT * coverage + LOCAL_BONUS * self._local
        channels = _Channels(score, cosine, sound, coverage, index, asked)
        ours = np.where(allowed, score, 0)
        aside = np.where(self._aside, cosine + SOUND_WEIGHT * sound, 0)
        return Found(
            self._matches(top(ours, _RANKED), channels),
            next(iter(self._matches(top(aside, 1), channels)), None),
        )

    def _matches(self, best: NDArray[np.intp], by: _Channels) -> list[Match]:
        near = {int(n): by.index.nearest_phrasing(by.query, int(n)) for n in best}
        ranked = sorted(near, key=lambda n: by.score[n] + max(0.0, near[n][0] - NEAR_EXACT), reverse=True)
        ours = self.domain(by.query, by.index)
        out: list[Match] = []
        for n in ranked:
            rival = max((by.score[other] for other in ranked if other != n), default=0.0)
            margin = float((by.score[n] - rival) / max(by.score[n], 1e-6))
            features = (
                float(by.cosine[n]), margin, float(by.sound[n]), *near[n],
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
        if index is not self._faq or len(self._domain) < 2 or not len(query.terms):
            return 0.0
        return float(query.weights @ self._domain[query.terms] + self._domain[-1])

    def allows(self, entry: int, region: str) -> bool:
        """Whether an entry may be told to somebody in `region`."""
        return bool(self._allowed(region)[entry] or self._aside[entry])

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
        mask: NDArray[np.bool_] = holds[base.region_of_entry] & not_plan & ~self._aside
        return mask


def _chance(weights: NDArray[np.float64], bias: float, features: tuple[float, ...]) -> float:
    return 1 / (1 + math.exp(-min(30.0, max(-30.0, float(weights @ features) + bias))))


def _clauses(text: str) -> list[str]:
    """A rambling message cut into clauses and pairs of neighbours, the last first: people end with the point."""
    parts = [p for p in (core(c.strip()) for c in _CLAUSE.split(text)) if len(p) >= 4]
    pairs = [a + b for a, b in zip(parts, parts[1:], strict=False)]
    return [*reversed(parts), *reversed(pairs)][:_MAX_CLAUSES]


@lru_cache(maxsize=2048)
def level(text: str) -> str:
    """The form in which the matcher takes a question."""
    return loanwords().translate(normalise(text))[:1000]
