"""Question -> the entries and articles that may answer it, with a calibrated confidence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bot.answers.base import Base, kind_number
from bot.answers.entries import EntryKind
from bot.answers.ngrams import Scores, letters, top
from bot.answers.normalise import core, normalise
from bot.answers.pinyin import sounds
from bot.answers.regions import NATIONWIDE, covers
from bot.answers.vectors import Query

#: The second channel compares how a question sounds; this is its share of the ranking.
SOUND_WEIGHT = 0.3
#: Articles that the question finds speak for the entries that rest on them.
PASSAGE_WEIGHT = 0.25
#: A phrasing met almost word for word outweighs everything else.
NEAR_EXACT = 0.72
_LONG = 36  # characters; a longer message is also looked at clause by clause
_MAX_CLAUSES = 12
_CLAUSE_MARGIN = 0.08  # the whole message wins unless a clause is clearly better
_CLAUSE = re.compile(r"[,。!?;:\n~…、]+|(?<=[一-鿿]) +")
FEATURES = ("cosine", "margin", "sound", "near", "said", "coverage", "passage", "length", "rank")


@dataclass(frozen=True, slots=True)
class Match:
    """An entry that may answer. features as named in FEATURES; confidence is the chance that it is the right one."""

    entry: int
    score: float
    features: tuple[float, ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class Found:
    """What one question found, entries best first, articles best first with their BM25 per idf asked."""

    matches: list[Match]
    articles: list[tuple[int, float]]

    @property
    def confidence(self) -> float:
        """That of the best entry, 0 where nothing was found."""
        return self.matches[0].confidence if self.matches else 0.0


class Matcher:
    """Ranks the entries of one base; safe for many threads."""

    def __init__(self, base: Base) -> None:
        self.base = base
        fit = base.fit.get("confidence")
        self._weights = np.array(fit["weights"]) if fit else None
        self._bias = float(fit["bias"]) if fit else 0.0
        self._allowed = lru_cache(maxsize=64)(self._allowed_entries)
        self._plan_entries = {
            p.id: np.array([n for n in np.flatnonzero(base.kind_of_entry == kind_number(EntryKind.PLAN)).tolist()
                            if base.entry(n).group == p.id], np.int64)
            for p in base.plans
        }  # fmt: skip
        self._article_support = base.support_article, base.support_entry

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
        """The best k articles for a normalised question: (number, BM25 per idf asked)."""
        return self._articles(self.base.passages.search(letters(text)), letters(text), region, k)

    def _find_once(self, text: str, allowed: NDArray[np.bool_], skip_alias: int) -> Found:
        base = self.base
        codes = letters(text)
        query, heard = base.faq.query(codes), base.faq_sound.query(sounds(text))
        cosine = base.faq.cosines(query)
        sound = base.faq_sound.cosines(heard)
        passages = base.passages.search(codes) / max(query.asked, 1.0)
        support = self._support(passages)
        score = cosine + SOUND_WEIGHT * sound + PASSAGE_WEIGHT * support
        score[~allowed] = 0
        matches = self._matches(top(score, 8), score, cosine, sound, support, query, skip_alias)
        return Found(matches, self._top_articles(passages))

    def _matches(
        self,
        best: NDArray[np.intp],
        score: Scores,
        cosine: Scores,
        sound: Scores,
        support: Scores,
        query: Query,
        skip: int,
    ) -> list[Match]:
        near = {int(n): self.base.faq.nearest_phrasing(query, int(n), skip) for n in best}
        ranked = sorted(near, key=lambda n: score[n] + max(0.0, near[n][0] - NEAR_EXACT), reverse=True)
        out: list[Match] = []
        for rank, n in enumerate(ranked):
            rival = score[ranked[1]] if rank == 0 and len(ranked) > 1 else score[ranked[0]]
            features = (
                float(cosine[n]), float((score[n] - rival) / max(score[n], 1e-6)), float(sound[n]), *near[n],
                self._coverage(query, n), float(support[n]), min(len(query.terms), 60) / 60, float(rank > 0),
            )  # fmt: skip
            out.append(Match(n, float(score[n]), features, self._confidence(features)))
        return out

    def _confidence(self, features: tuple[float, ...]) -> float:
        if self._weights is None:
            return min(1.0, features[0] + 0.3 * features[3])
        return float(1 / (1 + np.exp(-(np.dot(self._weights, features) + self._bias))))

    def _coverage(self, query: Query, entry: int) -> float:
        """Share of the question's idf that the entry knows anywhere in it."""
        held = 0.0
        faq = self.base.faq
        for term in query.terms.tolist():
            start, stop = int(faq.ptr[term]), int(faq.ptr[term + 1])
            at = start + int(np.searchsorted(faq.docs[start:stop], entry))
            if at < stop and faq.docs[at] == entry:
                held += float(faq.idf[term])
        return held / max(query.asked, 1e-6)

    def _support(self, passages: Scores) -> Scores:
        """Per entry: the best of its cited articles, and its own text as a passage."""
        base = self.base
        own = passages[base.article_count :].copy()
        np.maximum.at(own, base.support_entry, passages[base.support_article])
        return own

    def _top_articles(self, passages: Scores, k: int = 5) -> list[tuple[int, float]]:
        best = top(passages[: self.base.article_count], k * 3)
        return [(int(n), float(passages[n])) for n in best]

    def _articles(self, passages: Scores, codes: list[int], region: str, k: int) -> list[tuple[int, float]]:
        asked = max(self.base.faq.query(codes).asked, 1.0)
        best = top(passages[: self.base.article_count], k + 20)
        held = [n for n in best.tolist() if self.article_holds(n, region)][:k]
        return [(n, float(passages[n] / asked)) for n in held]

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


def _clauses(text: str) -> list[str]:
    """A rambling message cut into clauses and pairs of neighbours, the last first: people end with the point."""
    parts = [p for p in (core(c.strip()) for c in _CLAUSE.split(text)) if len(p) >= 4]
    pairs = [a + b for a, b in zip(parts, parts[1:], strict=False)]
    return [*reversed(parts), *reversed(pairs)][:_MAX_CLAUSES]


def level(text: str) -> str:
    """The form in which the matcher takes a question."""
    return normalise(text)[:1000]


def nationwide(region: str) -> bool:
    """Whether no place is known."""
    return region == NATIONWIDE
