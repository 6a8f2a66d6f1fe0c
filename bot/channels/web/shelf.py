"""What the law pages show, and who hands it to them. The shelf itself stands outside: a channel knows no index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Opening:
    """One line of a table of contents: an article's number and its first words."""

    number: str
    words: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """Articles that stand together; title "" where a statute has no chapters."""

    title: str
    openings: tuple[Opening, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatutePage:
    """A statute's table of contents.

    effective  ISO date since when it holds, "" where unknown
    region     全国, or the place where a local regulation holds
    """

    title: str
    issuer: str
    effective: str
    status: str
    region: str
    chapters: tuple[Chapter, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticlePage:
    """One article in full.

    number          as printed: 第二十五条
    text            all paragraphs and items, one per line, without the number
    previous, next  numbers of the neighbours, "" at either end
    """

    law: str
    number: str
    text: str
    chapter: str
    issuer: str
    effective: str
    status: str
    region: str
    previous: str
    next: str


class Library(Protocol):
    """The statutes that can be opened."""

    def statutes(self) -> list[str]:
        """Full titles, in the order in which they are listed."""

    def statute(self, title: str) -> StatutePage | None:
        """The statute of that full title, None where it is not held."""

    def article(self, title: str, number: str) -> ArticlePage | None:
        """An article by full title and printed number, None where it is not held."""

    def words(self, text: str) -> list[str]:
        """The words of a question, to be marked in an article."""
