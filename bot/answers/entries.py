"""What can be answered: entries (ours, checked, with a source) and articles (the letter of the law)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any


class EntryKind(StrEnum):
    """Where an entry comes from; decides how its answer is told."""

    FAQ = "faq"
    PLAN = "plan"
    HOTLINE = "hotline"
    DAY = "day"
    DIGEST = "digest"
    OUT_OF_SCOPE = "out_of_scope"
    SMALL_TALK = "small_talk"


class Verify(StrEnum):
    """How far a fact was checked."""

    STATUTE = "statute"  # compared with the text of the law
    OFFICIAL = "official"  # from an official notice or standard, not the text itself
    PRACTICE = "practice"  # common guidance; a local rule or label may say otherwise


#: Source.ref of what no document says.
COMMON = ("通行做法", "通行提法")


@dataclass(frozen=True, slots=True)
class Source:
    """One source of an entry: a statute's article, or a named document."""

    law: str = ""
    article: str = ""
    name: str = ""
    issuer: str = ""
    ref: str = ""
    section: str = ""

    @property
    def is_document(self) -> bool:
        """Whether somebody has written it down, and it can be looked up; not what is done or said everywhere."""
        return self.ref not in COMMON


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One answer with all the ways people ask for it.

    group      topic, plan id or category the entry belongs to
    region     全国 or a place; told only to people there, or when the place is named
    valid_to   the last day the fact holds; afterwards it is told as history only
    intent     the flow an answer leads into, "" for none
    number     the telephone number of a hotline
    year       the year a plan is for; 0 where no year matters
    short      the answer in a sentence, for those who ask for it plainer; "" where the first sentences do
    """

    id: str
    kind: EntryKind
    title: str
    answer: str
    questions: tuple[str, ...]
    group: str = ""
    sources: tuple[Source, ...] = ()
    region: str = "全国"
    valid_from: date | None = None
    valid_to: date | None = None
    verify: Verify = Verify.STATUTE
    reviewed: date | None = None
    audience: tuple[str, ...] = ()
    ask: str = ""
    next: tuple[str, ...] = ()
    intent: str = ""
    number: str = ""
    year: int = 0
    section: str = ""
    fact: str = ""
    short: str = ""
    own_figures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A campaign plan as the answers need it; its facts are entries with `group` = plan id."""

    id: str
    title: str
    issuer: str
    region: str
    year: int
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """An emergency card.

    call   what to dial, best first: shown in the first line
    first  the first line
    steps  at most three do's and don'ts
    """

    id: str
    title: str
    call: tuple[str, ...]
    first: str
    steps: tuple[str, ...]
    questions: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()

    @property
    def text(self) -> str:
        """As a person in danger reads it."""
        return "\n".join([self.first, *(f"{n}. {step}" for n, step in enumerate(self.steps, 1))])


@dataclass(frozen=True, slots=True)
class Example:
    """A message from which danger is learned. now: whether the danger is there; else it only speaks of it."""

    card: str
    text: str
    now: bool


@dataclass(frozen=True, slots=True)
class Law:
    """A statute we know by name, whether or not its text was imported."""

    title: str
    short: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Theme:
    """The national theme of one year's Safety Production Month, and where it was published."""

    year: int
    ordinal: int
    theme: str
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One article of a statute, the unit that is retrieved and quoted.

    number   as printed: 第二十五条, 第一百三十三条之一
    text     all paragraphs and items, one per line, without the number
    chapter  title of the chapter it stands in
    region   全国, or where a local regulation holds
    passage  the id that a JSONL of passages gave it, "" for a statute's article
    effective, version  ISO dates: in force since; passed or last amended; "" where unknown
    """

    law: str
    number: str
    text: str
    chapter: str = ""
    region: str = "全国"
    status: str = "现行有效"
    effective: str = ""
    version: str = ""
    issuer: str = ""
    passage: str = ""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All content of a base, read and checked.

    calm  shipped questions of all kinds, which danger is told apart from; none: those of the entries. What staff
          change in the entries leaves it, so that what was learned of danger need not be learned again
    """

    entries: tuple[Entry, ...] = ()
    plans: tuple[Plan, ...] = ()
    cards: tuple[Card, ...] = ()
    laws: tuple[Law, ...] = ()
    themes: tuple[Theme, ...] = ()
    examples: tuple[Example, ...] = ()
    calm: tuple[str, ...] = ()
    words: dict[str, Any] = field(default_factory=dict)  # replies.toml without the small talk
