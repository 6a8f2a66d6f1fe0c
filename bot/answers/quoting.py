"""The sentence of an article that an answer rests on, word for word, for the line that names the source."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from bot.answers.normalise import normalise

MAX_QUOTE = 120  # characters; the whole article is one tap away
_SENTENCE = re.compile(r"[^。\n]+。?")
_ITEM = re.compile(r"[（(][一二三四五六七八九十]+[）)]")


def sentence_for(text: str, question: str, answer: str) -> str:
    """The words of an article that come nearest to question and answer; an item with the clause it depends on.

    text      the article as printed, paragraphs and items one per line
    question  normalised
    Cut with …… where longer than MAX_QUOTE; never reworded.
    """
    asked, told = _pairs(question), _answer_pairs(answer)
    sentences, pairs = _sentences(text)
    if not sentences:
        return ""
    best = max(range(len(sentences)), key=lambda n: _nearness(pairs[n], asked, told))
    chosen = sentences[best]
    lead = _lead(sentences[: best + 1])
    if _ITEM.match(chosen) and lead:
        return f"{_short(lead, MAX_QUOTE - 50)}……{_short(chosen, 50)}".replace("…………", "……")
    return _short(chosen, MAX_QUOTE)


@lru_cache(maxsize=512)
def _sentences(text: str) -> tuple[tuple[str, ...], tuple[frozenset[str], ...]]:
    """The sentences of an article, and the pairs of each: the same few articles are quoted again and again."""
    sentences = tuple(s.strip() for s in _SENTENCE.findall(text) if s.strip())
    return sentences, tuple(_pairs(normalise(s)) for s in sentences)


@lru_cache(maxsize=1024)
def _answer_pairs(answer: str) -> frozenset[str]:
    return _pairs(normalise(answer))


def _pairs(text: str) -> frozenset[str]:
    return frozenset(a + b for a, b in zip(text, text[1:], strict=False) if a.isalnum() and b.isalnum())


def _nearness(sentence: frozenset[str], asked: frozenset[str], told: frozenset[str]) -> float:
    if not sentence:
        return 0.0
    shared = 2 * len(sentence & asked) + len(sentence & told)
    return float(shared / (len(sentence) + 12) ** 0.5)  # 12: a short sentence that shares one pair is no find


def _lead(sentences: Sequence[str]) -> str:
    """The clause that introduces the items before the last sentence: …有下列情形之一的，不得认定为工伤："""
    for sentence in reversed(sentences):
        if not _ITEM.match(sentence):
            return _ITEM.split(sentence)[0] if sentence.endswith(("：", ":")) else ""
    return ""


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 2] + "……"
