"""What a first version usually finds texts with, for our own ways to be measured beside.

rank_bm25   BM25Okapi with its own k1 and b over jieba's words, a Python loop over the words of a question
bm25s       the same formula worked out beforehand into sparse arrays (Lù, 2024), over the same words
rapidfuzz   every text compared with the question, by edit distance

What is not installed is left out and named: pip install '.[bench]'.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
from rapidfuzz import fuzz, process

from bot.answers.words import cut

#: A question -> the score of each text.
Scores = Callable[[str], Any]


def rivals(texts: Sequence[str], *, within: bool = False) -> Iterator[tuple[str, Scores]]:
    """(name, scores) of each that is installed, built when it is reached.

    within  the question is compared with the best part of each text, not the whole: for texts far longer than questions
    """
    for name, made in (("rank_bm25", _rank_bm25), ("bm25s", _bm25s)):
        if find_spec(name):
            yield f"{name} + jieba", made([cut(text) for text in texts])
        else:
            print(f"{name} is not installed: left out")
    scorer = fuzz.partial_ratio if within else fuzz.ratio
    yield "rapidfuzz", lambda q: process.cdist([q], texts, scorer=scorer)[0]


def _rank_bm25(texts: list[list[str]]) -> Scores:
    from rank_bm25 import BM25Okapi

    index = BM25Okapi(texts)
    return lambda q: index.get_scores(cut(q))


def _bm25s(texts: list[list[str]]) -> Scores:
    import bm25s

    index = bm25s.BM25()
    index.index(texts, show_progress=False)
    return lambda q: index.get_scores(cut(q))


def best(scores: Any, k: int) -> list[int]:
    """The k texts that score best, best first; equal ones in their order."""
    scores = np.asarray(scores)
    some = np.flatnonzero(scores >= np.partition(scores, -k)[-k]) if len(scores) > k else np.arange(len(scores))
    found: list[int] = some[np.argsort(-scores[some], kind="stable")][:k].tolist()
    return found
