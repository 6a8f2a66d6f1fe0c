"""The versions of statutes that do not answer: told as history, and only when somebody asks for them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.answers.entries import Article

#: rapidfuzz score from which two articles speak of the same; what the same number counts for.
_NEAR = 45.0
_OWN_NUMBER = 8.0
_DAY = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日")
_NAMED = re.compile(r"《((?:[^《》]|《[^《》]*》)+)》")


@dataclass(frozen=True, slots=True)
class Edition:
    """One version of a statute.

    version, effective  ISO dates: passed or last amended; in force since; "" where unknown
    note                备注: what took its place, since when
    waiting             not in force yet
    excerpt             only some of the articles are held
    """

    id: int
    title: str
    version: str
    effective: str
    status: str
    note: str = ""
    waiting: bool = False
    excerpt: bool = False

    @property
    def year(self) -> str:
        """The year people call it by: 2014年版."""
        return (self.version or self.effective)[:4]

    def is_of(self, year: int) -> bool:
        """Whether people call it by this year: that of its passing, or since when it was in force."""
        return str(year) in (self.version[:4], self.effective[:4])


class Archive(Protocol):
    """Every version that is held, also of statutes that were repealed."""

    def titles(self) -> Collection[str]:
        """All titles."""

    def editions(self, title: str) -> Sequence[Edition]:
        """The versions of a title, newest first."""

    def articles(self, edition: Edition) -> Sequence[Article]:
        """The articles of a version, in order."""

    def ended_by(self, title: str) -> tuple[str, str]:
        """(ISO day, title) of the statute in force that put an end to this one; ("", "") for none."""


class NoArchive:
    """Nothing but what is in force is held."""

    def titles(self) -> Collection[str]:
        """None."""
        return ()

    def editions(self, title: str) -> Sequence[Edition]:
        """None."""
        return ()

    def articles(self, edition: Edition) -> Sequence[Article]:
        """None."""
        return ()

    def ended_by(self, title: str) -> tuple[str, str]:
        """Nothing."""
        return "", ""


def replaced(edition: Edition, ended: tuple[str, str]) -> tuple[str, str]:
    """(ISO day, title) of what took the place of a repealed version: by what was imported, else by its note."""
    if ended[0]:
        return ended
    days = ["-".join((d[1], d[2].zfill(2), d[3].zfill(2))) for d in _DAY.finditer(edition.note)]
    names = [n for n in _NAMED.findall(edition.note) if n != edition.title]
    return (days[-1] if days else ""), (names[0] if names else "")


def nearest(words: str, articles: Sequence[Article], number: str, *, part: bool = False) -> tuple[Article | None, bool]:
    """(the article that now rules what `words` ruled, whether it has the same number); None where none comes near.

    part  the words are a paragraph or an item, to be found within an article
    """
    from rapidfuzz import fuzz, process

    scorer = fuzz.partial_ratio if part else fuzz.ratio
    best = process.extractOne(words, [a.text for a in articles], scorer=scorer, score_cutoff=_NEAR)
    own = next((a for a in articles if a.number == number), None)
    if best is None:
        return None, False
    if own is not None and scorer(words, own.text) >= best[1] - _OWN_NUMBER:
        return own, True
    return articles[best[2]], False
