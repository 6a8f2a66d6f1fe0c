"""What each base learns from its own phrasings when it is built: thresholds of one base do not hold for another.

Two things. The domain: which characters and pairs speak for our field and which for the rest of the world, from
the entries against what is out of scope. The confidence: phrasings left out one at a time are questions whose
answer is known; with their whole entry left out, questions that the base does not hold; and what is out of scope,
with that content left out, stands for everything else.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.answers.base import Base, kind_number
from bot.answers.entries import EntryKind
from bot.answers.linear import Rows, descend
from bot.answers.matching import FEATURES, Matcher
from bot.answers.normalise import core
from bot.answers.regions import NATIONWIDE
from bot.answers.vectors import VectorIndex

_KNOWN, _MISSING, _FOREIGN = 1000, 200, 800
_RIDGE = 0.5
#: Phrasings of ours that the domain is learned from: more make it slower to build, not better.
_DOMAIN_SAMPLE = 12000
#: A right entry among the first three counts: that is what a person is shown.
_SHOWN = 3

Floats = NDArray[np.float64]
#: Which features say that question and entry are alike.
_LIKENESS = np.isin(FEATURES, ("cosine", "margin", "sound", "near", "said", "coverage"))


@dataclass(frozen=True, slots=True)
class _Sample:
    """A question tried. ours: of our field; right: its entry was among the first shown."""

    features: tuple[float, ...]
    ours: bool
    right: bool


def held_out(owner: NDArray[np.int32], kinds: NDArray[np.int8], seed: int = 1) -> list[int]:
    """Phrasings to leave out of a trial index: one of each of some entries of our field, some of what is out of it."""
    aside = [kind_number(k) for k in (EntryKind.OUT_OF_SCOPE, EntryKind.SMALL_TALK, EntryKind.PLAN)]
    first = np.searchsorted(owner, np.arange(len(kinds) + 1))
    rng = random.Random(seed)
    several = [e for e in range(len(kinds)) if first[e + 1] - first[e] > 3]
    entries = [e for e in several if kinds[e] not in aside]
    # The first phrasing is the title, which people are offered to tap: it stays.
    ours = [rng.randrange(int(first[e]) + 1, int(first[e + 1])) for e in rng.sample(entries, min(_KNOWN, len(entries)))]
    foreign = [a for e in several if kinds[e] == aside[0] for a in range(int(first[e]) + 1, int(first[e + 1]))]
    return sorted([*ours, *rng.sample(foreign, min(_FOREIGN, len(foreign) // 2))])


def fit(
    base: Base, trial: tuple[VectorIndex, VectorIndex], held: list[int]
) -> tuple[dict[str, Any], NDArray[np.float32]]:
    """What was learned: ({"scope": …, "right": …}, domain weights per term of the index and the bias last).

    trial  the two indexes (words, sounds) without the phrasings `held`: so what is tried was never seen
    """
    owner = base.alias_entry
    is_foreign = base.kind_of_entry[owner[held]] == kind_number(EntryKind.OUT_OF_SCOPE)
    ours, foreign = ([a for a, f in zip(held, is_foreign.tolist(), strict=True) if f is side] for side in (False, True))
    matcher = Matcher(base, (*trial, _fit_domain(trial[0], *_aliases(base, np.delete(owner, held)))))
    rows = [*_tried_foreign(base, matcher, foreign), *_tried_ours(base, matcher, ours)]
    fitted = {"scope": _fitted(rows, "ours"), "right": _fitted([r for r in rows if r.ours], "right")}
    return ({} if None in fitted.values() else fitted), _fit_domain(base.faq, *_aliases(base, owner))


def _aliases(base: Base, owner: NDArray[np.int32]) -> tuple[list[int], list[int]]:
    """Numbers of the phrasings of our field and of those out of scope, in a fixed random order.

    Those of plans say nothing of the field: each plan that is accepted brings 放不放假 and 经费多少 along.
    """
    kinds = base.kind_of_entry[owner]
    foreign = kinds == kind_number(EntryKind.OUT_OF_SCOPE)
    aside = foreign | np.isin(kinds, [kind_number(k) for k in (EntryKind.SMALL_TALK, EntryKind.PLAN)])
    order = np.random.default_rng(1).permutation(len(owner))
    return order[~aside[order]][:_DOMAIN_SAMPLE].tolist(), order[foreign[order]].tolist()


def _tried_ours(base: Base, matcher: Matcher, held: list[int]) -> Iterator[_Sample]:
    for n, alias in enumerate(held):
        entry = int(base.alias_entry[alias])
        text = core(base.alias(alias))
        found = matcher.find(text, base.regions[base.region_of_entry[entry]])
        if found.matches:
            yield _Sample(found.matches[0].features, True, entry in [m.entry for m in found.matches[:_SHOWN]])
        if n < _MISSING:
            found = matcher.find(text, NATIONWIDE, skip_entry=entry)
            if found.matches:
                yield _Sample(found.matches[0].features, True, False)


def _tried_foreign(base: Base, matcher: Matcher, foreign: list[int]) -> Iterator[_Sample]:
    for alias in foreign:
        found = matcher.find(core(base.alias(alias)), NATIONWIDE)
        if found.matches:
            yield _Sample(found.matches[0].features, False, False)


def _fitted(rows: list[_Sample], label: str) -> dict[str, Any] | None:
    """Weights for one label; None where the base is too small to show both sides."""
    y = np.array([getattr(r, label) for r in rows], float)
    if len(set(y.tolist())) < 2:
        return None
    weights, bias = _logistic(np.array([r.features for r in rows]), y)
    return {"weights": weights.round(4).tolist(), "bias": round(bias, 4), "samples": len(rows)}


def _fit_domain(faq: VectorIndex, ours: list[int], foreign: list[int]) -> NDArray[np.float32]:
    """Weights per term of the index, and the bias last: phrasings of our field against the rest of the world."""
    if not ours or not foreign:
        return np.zeros(len(faq.keys) + 1, np.float32)
    aliases = np.array([*ours, *foreign], np.int64)
    start, stop = faq.alias_ptr[aliases], faq.alias_ptr[aliases + 1]
    terms = np.concatenate([faq.alias_term[i:j] for i, j in zip(start.tolist(), stop.tolist(), strict=True)])
    cells = np.sort(terms.astype(np.int64) << 32 | np.repeat(np.arange(len(aliases)), stop - start))
    rows = Rows.of(cells >> 32, cells & 0xFFFFFFFF, faq.weights(np.arange(len(faq.keys))))
    weights, bias = descend(rows, (np.arange(len(aliases)) < len(ours))[:, None])
    return np.append(weights[:, 0], bias[0])


def _logistic(x: Floats, y: Floats) -> tuple[Floats, float]:
    """Ridge logistic regression in which no likeness speaks against an entry.

    Among what was left out a near phrasing is rare and a rival's as often as not; among what people send it is not.
    A weight of that kind that comes out below 0 is fixed at 0, and the others are found anew.
    """
    free = np.ones(x.shape[1], bool)
    while True:
        weights, bias = _newton(x[:, free], y)
        against = np.flatnonzero(free)[(weights < 0) & _LIKENESS[free]]
        if not len(against):
            out = np.zeros(x.shape[1])
            out[free] = weights
            return out, bias
        free[against] = False


def _newton(x: Floats, y: Floats) -> tuple[Floats, float]:
    """Ridge logistic regression by Newton's method (Hastie, Tibshirani, Friedman, ESL 4.4.1)."""
    x = np.hstack([x, np.ones((len(x), 1))])
    w = np.zeros(x.shape[1])
    penalty = np.full(len(w), _RIDGE)
    penalty[-1] = 0
    for _ in range(30):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -30, 30)))
        gradient = x.T @ (p - y) + penalty * w
        hessian = (x * (p * (1 - p))[:, None]).T @ x + np.diag(penalty + 1e-6)
        step = np.linalg.solve(hessian, gradient)
        w -= step
        if np.abs(step).max() < 1e-6:
            break
    return w[:-1], float(w[-1])


__all__ = ["FEATURES", "fit"]
