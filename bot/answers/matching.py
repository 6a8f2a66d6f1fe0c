"""Question -> the entries and articles that may answer it, with a calibrated confidence."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import mul

import numpy as np
from numpy.typing import NDArray

from bot.answers.base import Base, kind_number
from bot.answers.dense import Dense
from bot.answers.entries import EntryKind
from bot.answers.loanwords import shipped as loanwords
from bot.answers.ngrams import Scores, letters, top
from bot.answers.normalise import core, normalise
from bot.answers.pinyin import sounds, spelled_out
from bot.answers.regions import NATIONWIDE, covers
from bot.answers.synonyms import NONE, Synonyms
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
#: Below this a question is looked for in formal words too, which must be clearly better.
_UNSURE, _FORMAL_MARGIN = 0.5, 0.08
#: A word that more entries hold than this is known as it is. Chosen among 0 to all; flat from 3 to 20.
_KNOWN_FROM = 10
_ALL = 0.999  # a share that is everything, but for rounding
_CLAUSE = re.compile(r"[,。!?;:\n~…、]+|(?<=[一-鿿]) +")
FEATURES = ("cosine", "margin", "sound", "near", "said", "coverage", "length", "domain", "foreign", "foreign_near")


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
    """What each way of comparing says of every entry, and how much the question speaks of our field."""

    score: Scores
    cosine: Scores
    sound: Scores
    coverage: Scores
    domain: float
    foreign: float
    foreign_near: float


class Matcher:
    """Ranks the entries of one base; safe for many threads."""

    def __init__(
        self,
        base: Base,
        trial: tuple[VectorIndex, VectorIndex, NDArray[np.float32]] | None = None,
        synonyms: Synonyms = NONE,
        dense: Dense | None = None,
    ) -> None:
        """trial: other indexes (words, sounds) and domain weights than the base's own, for fitting.

        dense  what ranks articles by meaning too; None: by words alone
        """
        self.base, self.synonyms, self._dense = base, synonyms, dense
        self._faq, self._faq_sound, self._domain = trial or (base.faq, base.faq_sound, base.domain)
        self._fit = [
            ([float(w) for w in base.fit[f]["weights"]], float(base.fit[f]["bias"]))
            for f in ("scope", "right")
            if base.fit
        ]
        aside = [kind_number(k) for k in (EntryKind.OUT_OF_SCOPE, EntryKind.SMALL_TALK)]
        self._aside: NDArray[np.bool_] = np.isin(base.kind_of_entry, aside)
        self._aside_at = np.flatnonzero(self._aside)
        self._foreign_at = np.flatnonzero(base.kind_of_entry == kind_number(EntryKind.OUT_OF_SCOPE))
        self._bonus: Scores = np.where(base.region_of_entry != base.regions.index(NATIONWIDE), LOCAL_BONUS, 0.0)
        self._allowed = lru_cache(maxsize=64)(self._allowed_entries)
        self.holders = lru_cache(maxsize=4096)(self._count_holders)
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
        best = self._find_said(text, allowed)
        if best.confidence < _UNSURE and (formal := self.formal(text, region)) != text:
            again = self._find_said(formal, allowed)
            if again.confidence > best.confidence + _FORMAL_MARGIN:
                return again
        return best

    def formal(self, text: str, region: str) -> str:
        """A normalised question in formal words, as far as the entries do not know what people say."""
        return self.synonyms.formal(text, region, self.knows)

    def knows(self, word: str) -> bool:
        """Whether so many entries hold a word that it is never exchanged."""
        return self.holders(word) > _KNOWN_FROM

    def _count_holders(self, word: str) -> int:
        """How many entries of our field hold a word."""
        shares = self._faq.coverages(self._faq.query(letters(word)))
        return int(((shares > _ALL) & ~self._aside).sum())

    def _find_said(self, text: str, allowed: NDArray[np.bool_]) -> Found:
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
            cosine, coverage = self._faq.both(query)
            near = cosine + COVERAGE_WEIGHT * coverage
            scored.append((float((near * allowed).max(initial=0.0)), clause))
        return [clause for _, clause in sorted(scored, reverse=True)[:_LOOKED_AT]]

    def articles(self, text: str, region: str, k: int) -> list[tuple[int, float]]:
        """The best k articles for a normalised question: (number, score per idf asked), only law of the region."""
        codes = letters(text)
        asked = max(self._faq.query(codes).asked, 1.0)
        ranked = self._dense.best(text, codes, k + 20) if self._dense else self.base.passages.best(codes, k + 20)
        best, scores = ranked
        found = zip(best.tolist(), scores.tolist(), strict=True)
        return [(n, score / asked) for n, score in found if self.article_holds(n, region)][:k]

    def _find_once(self, text: str, allowed: NDArray[np.bool_]) -> Found:
        spelled = spelled_out(text)
        heard = self._faq_sound.query(sounds(text))
        sound = self._faq_sound.cosines(heard)
        index, asked = (self._faq_sound, heard) if spelled else (self._faq, self._faq.query(letters(text)))
        cosine, coverage = index.both(asked)
        likeness = cosine + SOUND_WEIGHT * sound
        score = likeness + COVERAGE_WEIGHT * coverage + self._bonus
        best = top(score * allowed, _RANKED)
        aside = self._aside_at[top(likeness[self._aside_at], 1)]
        foreign = self._foreign_at[top(likeness[self._foreign_at], 1)]
        near = index.nearest_phrasings(asked, [*best.tolist(), *aside.tolist(), *foreign.tolist()])
        away = (float(likeness[foreign[0]]), near[-1][0]) if len(foreign) else (0.0, 0.0)
        channels = _Channels(score, cosine, sound, coverage, self.domain(asked, index), *away)
        length = min(len(asked.terms), 60) / 60
        return Found(
            self._matches(best, near, length, channels),
            next(iter(self._matches(aside, near[len(best) :], length, channels)), None),
        )

    def _matches(
        self, best: NDArray[np.intp], near: Sequence[tuple[float, float]], length: float, by: _Channels
    ) -> list[Match]:
        """The entries `best`, in the order that their nearest phrasings make of it."""
        numbers, scores = best.tolist(), by.score[best].tolist()
        rows = list(zip(by.cosine[best].tolist(), by.sound[best].tolist(), by.coverage[best].tolist(), strict=True))
        rivals = sorted(scores, reverse=True)[:2]
        first = [score + max(0.0, likest - NEAR_EXACT) for score, (likest, _) in zip(scores, near, strict=False)]
        out: list[Match] = []
        for at in sorted(range(len(numbers)), key=first.__getitem__, reverse=True):
            score, (cosine, sound, coverage) = scores[at], rows[at]
            rival = rivals[score == rivals[0]] if len(rivals) > 1 else 0.0
            margin = (score - rival) / max(score, 1e-6)
            features = (cosine, margin, sound, *near[at], coverage, length, by.domain, by.foreign, by.foreign_near)
            out.append(Match(numbers[at], score, features, *self._chances(features)))
        return out

    def _chances(self, features: tuple[float, ...]) -> tuple[float, float]:
        """(scope, confidence) as fitted to this base; a rough guess for a base too small to be fitted."""
        if not self._fit:
            guess = min(1.0, features[0] + 0.3 * features[3])
            return guess, guess
        (of_scope, scope_bias), (of_right, right_bias) = self._fit
        scope = _chance(of_scope, scope_bias, features)
        return scope, scope * _chance(of_right, right_bias, features)

    def domain(self, query: Query, index: VectorIndex) -> float:
        """How much a question speaks of our field: above 0 rather yes; about -10 to 10, 0 where it cannot be told."""
        if index is not self._faq or len(self._domain) < 2 or not len(query.terms):
            return 0.0
        return float(query.weights @ self._domain[query.terms] + self._domain[-1])

    def facts_of(self, plan: str) -> Sequence[int]:
        """The entries of a plan, by their numbers."""
        held: list[int] = self._plan_entries[plan].tolist()
        return held

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


def _chance(weights: Sequence[float], bias: float, features: tuple[float, ...]) -> float:
    # Not with NumPy: for eight numbers the call alone takes longer.
    odds = sum(map(mul, weights, features), bias)
    return 1 / (1 + math.exp(-min(30.0, max(-30.0, odds))))


def _clauses(text: str) -> list[str]:
    """A rambling message cut into clauses and pairs of neighbours, the last first: people end with the point."""
    parts = [p for p in (core(c.strip()) for c in _CLAUSE.split(text)) if len(p) >= 4]
    pairs = [a + b for a, b in zip(parts, parts[1:], strict=False)]
    return [*reversed(parts), *reversed(pairs)][:_MAX_CLAUSES]


@lru_cache(maxsize=4096)  # as many as the answerer remembers: a campaign's questions repeat
def level(text: str) -> str:
    """The form in which the matcher takes a question."""
    return loanwords().translate(normalise(text))[:1000]
