"""The statutes of the knowledge base as the law pages show them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import TYPE_CHECKING

from bot.channels.web.shelf import ArticlePage, Chapter, Opening, StatutePage

if TYPE_CHECKING:
    from bot.answers.base import Base
    from bot.answers.passages import Statute

_OPENING = 40  # characters of an article shown in a table of contents


class Library:
    """Reads from the base of the moment: `get_base` is asked each time, as the base may be exchanged."""

    def __init__(self, get_base: Callable[[], Base]) -> None:
        self._base = get_base

    def statutes(self) -> list[str]:
        """Full titles in the order of import."""
        return list(self._base().statutes)

    def statute(self, title: str) -> StatutePage | None:
        """A statute's table of contents, None where it is not held."""
        base = self._base()
        held = base.statutes.get(title)
        if held is None:
            return None
        articles = [base.article(n) for n in base.passages.numbers(title).values()]
        chapters = tuple(
            Chapter(chapter, tuple(Opening(a.number, _opening(a.text)) for a in group))
            for chapter, group in groupby(articles, key=lambda a: a.chapter)
        )
        return StatutePage(title=title, chapters=chapters, **_facts(held))

    def article(self, title: str, number: str) -> ArticlePage | None:
        """An article in full with its neighbours' numbers, None where it is not held."""
        base = self._base()
        held = base.statutes.get(title)
        numbers = base.passages.numbers(title)
        if held is None or number not in numbers:
            return None
        found = base.article(numbers[number])
        previous, following = _neighbours(list(numbers), number)
        return ArticlePage(
            law=title, number=number, text=found.text, chapter=found.chapter, previous=previous, next=following,
            **_facts(held),
        )  # fmt: skip

    def words(self, text: str) -> list[str]:
        """The words of a question; none where there is no tokeniser."""
        try:
            # It loads a dictionary: only for those who open an article.
            from bot.answers.words import cut  # type: ignore[import-not-found,unused-ignore]
        except ImportError:
            return []
        return list(cut(text))


def _facts(held: Statute) -> dict[str, str]:
    return {"issuer": held.issuer, "effective": held.effective, "status": held.status, "region": held.region}


def _neighbours(numbers: list[str], number: str) -> tuple[str, str]:
    at = numbers.index(number)
    return (numbers[at - 1] if at else "", numbers[at + 1] if at + 1 < len(numbers) else "")


def _opening(text: str) -> str:
    first = text.split("\n", 1)[0]
    return first if len(first) <= _OPENING else first[:_OPENING] + "…"
