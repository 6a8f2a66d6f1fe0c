"""Learns the adapter of the dense option: a matrix that moves a question's vector towards articles that answer it.

A question q becomes q + qW, brought to length 1; the articles stay as they are. W starts at 0 and is led by AdamW
(Loshchilov & Hutter, 2019) to tell each right article from hard wrong ones, the best by words and by meaning, and from
those of the other questions of the batch (InfoNCE; van den Oord and others, 2018).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.answers.dense.vectors import Vectors
from bot.answers.ngrams import Floats, Ints

_EPOCHS, _BATCH, _HARD = 30, 32, 15
_RATE, _DECAY, _TEMPERATURE = 5e-4, 0.1, 0.02
_BY_WORDS, _BY_MEANING = 40, 60
_BETAS = (0.9, 0.999)


@dataclass(frozen=True, slots=True)
class Lesson:
    """A question's vector, the right articles, and wrong ones that come near it."""

    question: Floats
    right: Sequence[int]
    wrong: Sequence[int]


def lesson(question: Floats, right: Sequence[int], by_words: Ints, vectors: Vectors) -> Lesson:
    """The lesson of one question; by_words: the articles that are best by words, best first."""
    by_meaning = np.argpartition(-vectors.cosines(question, slice(None)), _BY_MEANING)[:_BY_MEANING]
    near = dict.fromkeys([*by_words[:_BY_WORDS].tolist(), *by_meaning.tolist()])
    return Lesson(question, right, [n for n in near if n not in right])


def learn(lessons: Sequence[Lesson], articles: Floats, seed: int = 1) -> Floats:
    """The adapter, float32[L,L]. articles: their vectors, a row each."""
    rng = np.random.default_rng(seed)
    pairs = [(lesson, right) for lesson in lessons for right in lesson.right]
    size = articles.shape[1]
    adapter, mean, square = (np.zeros((size, size), np.float32) for _ in range(3))
    steps = _EPOCHS * -(-len(pairs) // _BATCH)
    step = 0
    for _ in range(_EPOCHS):
        order = rng.permutation(len(pairs))
        for at in range(0, len(pairs), _BATCH):
            batch = [pairs[n] for n in order[at : at + _BATCH]]
            gradient = _gradient(batch, adapter, articles, rng)
            step += 1
            mean += (1 - _BETAS[0]) * (gradient - mean)
            square += (1 - _BETAS[1]) * (gradient**2 - square)
            rate = _RATE * (1 - step / steps)
            move = (mean / (1 - _BETAS[0] ** step)) / (np.sqrt(square / (1 - _BETAS[1] ** step)) + 1e-8)
            adapter -= np.float32(rate) * (move + np.float32(_DECAY) * adapter)
    return adapter


def _gradient(
    batch: Sequence[tuple[Lesson, int]], adapter: Floats, articles: Floats, rng: np.random.Generator
) -> Floats:
    """Of the mean loss over a batch of (question, right article)."""
    asked = np.array([lesson.question for lesson, _ in batch])
    shown = [[right, *rng.permutation(lesson.wrong)[:_HARD]] for lesson, right in batch]
    flat = np.array([n for row in shown for n in row])
    first = np.cumsum([0, *map(len, shown)])[:-1]
    against = articles[flat]
    moved = asked + asked @ adapter
    length = np.linalg.norm(moved, axis=1, keepdims=True)
    unit = moved / length
    odds = unit @ against.T / np.float32(_TEMPERATURE)
    for row, (lesson, _) in enumerate(batch):
        also_right = np.isin(flat, lesson.right)
        also_right[first[row]] = False
        odds[row, also_right] = -np.inf
    odds -= odds.max(axis=1, keepdims=True)
    chance = np.exp(odds)
    chance /= chance.sum(axis=1, keepdims=True)
    chance[np.arange(len(batch)), first] -= 1
    pull = chance @ against / np.float32(_TEMPERATURE)
    pull = (pull - (pull * unit).sum(axis=1, keepdims=True) * unit) / length
    gradient: Floats = asked.T @ pull / np.float32(len(batch))
    return gradient
