"""Two versions of a statute side by side: which articles changed their words or their number, and who cites them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.answers.entries import Entry
from bot.ingest.statutes import ParsedArticle

#: rapidfuzz ratio from which two articles are the same one with other words: by number, and by words alone.
_SAME_NUMBER = 50.0
_SAME_WORDS = 65.0
_OWN_NUMBER = 12.0  # what the same number counts for when articles are paired


class Change(StrEnum):
    """What became of an article."""

    TEXT = "text"  # the same number, other words
    NUMBER = "number"  # the same words, another number
    BOTH = "both"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class ArticleChange:
    """One article that is not as it was; "" where it has no counterpart."""

    kind: Change
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Revision:
    """A statute's newer version against the one before it; the versions are ISO dates."""

    title: str
    before: str
    after: str
    changes: tuple[ArticleChange, ...]

    def numbers(self, kind: Change) -> list[str]:
        """The articles of a kind of change, as the text says it: old → new where the number changed."""
        told = [(c.before, c.after) for c in self.changes if c.kind is kind]
        return [f"{old}→{new}" if old and new and old != new else old or new for old, new in told]


def squeezed(text: str) -> str:
    """A text without its blanks, for comparing what two files say."""
    return re.sub(r"\s+", "", text)


def pair(before: Sequence[tuple[str, str]], after: Sequence[tuple[str, str]]) -> list[tuple[int, int]]:
    """Pairs of (number, text) that are versions of one another: (index before, index after), each used once."""
    from rapidfuzz import fuzz, process

    if not before or not after:
        return []
    scores = process.cdist([t for _, t in before], [t for _, t in after], scorer=fuzz.ratio)
    found: list[tuple[float, int, int]] = []
    for i, row in enumerate(scores.tolist()):
        for j, score in enumerate(row):
            own = before[i][0] == after[j][0]
            if score >= (_SAME_NUMBER if own else _SAME_WORDS):
                found.append((score + (_OWN_NUMBER if own else 0.0), i, j))
    out: dict[int, int] = {}
    taken: set[int] = set()
    for _, i, j in sorted(found, key=lambda x: (-x[0], x[1], x[2])):
        if i not in out and j not in taken:
            out[i] = j
            taken.add(j)
    return sorted(out.items())


def compare(before: Sequence[ParsedArticle], after: Sequence[ParsedArticle]) -> tuple[ArticleChange, ...]:
    """Every article that changed, in the order of the newer text, those that are gone last."""
    old = {a.number: squeezed(a.text) for a in before}
    new = {a.number: squeezed(a.text) for a in after}
    left = [(n, t) for n, t in old.items() if new.get(n) != t]
    right = [(n, t) for n, t in new.items() if old.get(n) != t]
    pairs = {right[j][0]: left[i][0] for i, j in pair(left, right)}
    out = [ArticleChange(_kind(old, new, pairs.get(n, ""), n), pairs.get(n, ""), n) for n, _ in right]
    gone = [n for n, _ in left if n not in pairs.values()]
    return (*out, *(ArticleChange(Change.REMOVED, n, "") for n in gone))


def _kind(old: dict[str, str], new: dict[str, str], before: str, after: str) -> Change:
    if not before:
        return Change.ADDED
    if before == after:
        return Change.TEXT
    return Change.NUMBER if old[before] == new[after] else Change.BOTH


def cited_by(revision: Revision, entries: Iterable[Entry]) -> dict[str, list[str]]:
    """Entry id -> the articles it cites that are not as they were, by the number it names them with."""
    touched = {c.before for c in revision.changes if c.before} | {
        c.after for c in revision.changes if c.kind in (Change.NUMBER, Change.BOTH)
    }
    out: dict[str, list[str]] = {}
    for entry in entries:
        for source in entry.sources:
            if source.law == revision.title and _article(source.article) in touched:
                out.setdefault(entry.id, []).append(source.article)
    return out


def _article(cited: str) -> str:
    """第二十五条第一款 -> 第二十五条."""
    match = re.match(r"第[^条]+条(?:之[一二三四五六七八九十]+)?", cited)
    return match[0] if match else cited


def told(revision: Revision, entries: Iterable[Entry]) -> list[str]:
    """What staff read about a newer version, a line each."""
    lines = [f"《{revision.title}》{revision.before or '?'} → {revision.after or '?'}："]
    words = {
        Change.TEXT: "文字有变", Change.NUMBER: "条号有变", Change.BOTH: "文字和条号都有变", Change.ADDED: "新增",
        Change.REMOVED: "删去",
    }  # fmt: skip
    for kind, word in words.items():
        if numbers := revision.numbers(kind):
            lines.append(f"  {word} {len(numbers)} 条：{'、'.join(numbers[:40])}{'…' if len(numbers) > 40 else ''}")
    citing = cited_by(revision, entries)
    some = "；".join(f"{name}（{'、'.join(articles)}）" for name, articles in list(citing.items())[:60])
    lines.append(f"  cited by {len(citing)} 条知识：{some}" if citing else "  cited by: 没有知识条目引用这些条文")
    return lines
