"""Which sources come first under an answer: those that the entries nearest to the question agree on.

The entry that is told is right for .72 of lay questions; an article that it shares with the entries behind it is the
right one more often than its own first. An article that holds the kind of thing asked for (a penalty, a time) counts
more. On questions with known articles (benchmarks/data/questions.jsonl and two smaller sets, 468 of them): first .735
-> .765, among three .880 -> .912; ordering by likeness of the article's words gave nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import lru_cache

from bot.answers.base import Base
from bot.answers.entries import Entry, Source

#: What the first, second, … source of an entry counts; flat around these values.
_BY_PLACE = (1.0, 0.5, 0.25, 0.1)
#: An entry whose score is so much lower than that of the one told counts 1/e.
_FALL = 0.1
#: What counts less than this says nothing of the question.
_LEAST = 0.02
#: What an article counts more that holds the kind of thing asked for.
_HOLDS = 0.6

#: Kinds of things asked for, and how articles hold them.
_FACETS = (
    (
        re.compile("罚|处分|拘|判|坐牢|吊销|后果|责任|会怎样|会怎么样|抓|记分|扣几分|扣分"),
        re.compile("罚款|拘留|徒刑|记.{0,2}分|吊销|处分|处罚"),
    ),
    (
        re.compile("几天|多少天|多久|几个月|多长时间|几小时|期限|什么时候|几日|多少小时"),
        re.compile("[0-9零一二三四五六七八九十]+个?(?:日|天|年|月|小时|分钟|周)"),
    ),
)


class Citing:
    """Orders the sources of an answer; safe for many threads."""

    def __init__(self, base: Base) -> None:
        self._base = base
        self._held = lru_cache(maxsize=8192)(self._facets_of)

    def order(self, told: Entry, others: Sequence[tuple[Entry, float]], question: str) -> list[Source]:
        """The sources of `told` and the articles of `others`, best first, each once.

        others    what comes near, each with how far its score lies below that of `told`
        question  normalised
        """
        asked = [n for n, (wanted, _) in enumerate(_FACETS) if wanted.search(question)]
        votes: dict[Source, float] = {}
        for entry, behind in ((told, 0.0), *others):
            weight = math.exp(-max(behind, 0.0) / _FALL)
            if weight < _LEAST:
                continue
            for source, place in zip(entry.sources, _places(len(entry.sources)), strict=True):
                if source.law or entry is told:
                    held = sum(_HOLDS for n in asked if n in self._held(source.law, source.article))
                    votes[source] = votes.get(source, 0.0) + weight * (place + held)
        return sorted(votes, key=votes.__getitem__, reverse=True)

    def _facets_of(self, law: str, article: str) -> frozenset[int]:
        at = self._base.find_article(law, article) if law else None
        text = "" if at is None else self._base.article(at).text
        return frozenset(n for n, (_, shown) in enumerate(_FACETS) if shown.search(text))


def _places(count: int) -> Sequence[float]:
    return [_BY_PLACE[min(n, len(_BY_PLACE) - 1)] for n in range(count)]
