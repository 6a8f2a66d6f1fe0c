"""Confidence, fitted to each base when it is built: thresholds of one base do not hold for another.

The base's own phrasings are the data. Left out one at a time they are questions whose answer is known; with their
whole entry left out, questions of our field that the base does not hold; and what is out of scope, with that content
left out, stands for the rest of the world.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from bot.answers.base import Base, kind_number
from bot.answers.entries import EntryKind
from bot.answers.matching import FEATURES, Matcher
from bot.answers.normalise import core
from bot.answers.regions import NATIONWIDE

_KNOWN, _MISSING, _FOREIGN = 700, 300, 300
_RIDGE = 0.5


def fit_confidence(base: Base, seed: int = 1) -> dict[str, object]:
    """Logistic regression on FEATURES; returns {"weights": […], "bias": …, "samples": n}."""
    rows = list(_samples(base, random.Random(seed)))
    if len({right for _, right in rows}) < 2:
        return {}
    x = np.array([features for features, _ in rows])
    y = np.array([right for _, right in rows], float)
    weights, bias = _logistic(x, y)
    return {"weights": weights.round(4).tolist(), "bias": round(bias, 4), "samples": len(rows)}


def _samples(base: Base, rng: random.Random) -> Iterator[tuple[tuple[float, ...], bool]]:
    matcher = Matcher(base)
    kinds = base.kind_of_entry[base.alias_entry]
    ours = np.flatnonzero(~np.isin(kinds, [kind_number(EntryKind.PLAN), kind_number(EntryKind.OUT_OF_SCOPE)])).tolist()
    foreign = np.flatnonzero(kinds == kind_number(EntryKind.OUT_OF_SCOPE)).tolist()
    for alias in rng.sample(ours, min(_KNOWN, len(ours))):
        entry = int(base.alias_entry[alias])
        region = base.regions[base.region_of_entry[entry]]
        found = matcher.find(core(base.alias(alias)), region, skip_alias=alias)
        if found.matches:
            yield found.matches[0].features, found.matches[0].entry == entry
    for alias in rng.sample(ours, min(_MISSING, len(ours))):
        found = matcher.find(core(base.alias(alias)), NATIONWIDE, skip_entry=int(base.alias_entry[alias]))
        if found.matches:
            yield found.matches[0].features, False
    for alias in rng.sample(foreign, min(_FOREIGN, len(foreign))):
        found = matcher.find(core(base.alias(alias)), NATIONWIDE, skip_kind=EntryKind.OUT_OF_SCOPE)
        if found.matches:
            yield found.matches[0].features, False


def _logistic(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
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


__all__ = ["FEATURES", "fit_confidence"]
