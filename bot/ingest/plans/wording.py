"""config/plans.toml: how units are shortened, and how people ask for the facts of a plan. Read once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from bot.ingest.plans.proposal import FactKind
from bot.settings import ROOT

PATH = ROOT / "config" / "plans.toml"


@dataclass(frozen=True, slots=True)
class Listing:
    """A list over a whole plan: its title, how it begins, how it is asked for, also with a campaign's name."""

    title: str
    ask: tuple[str, ...]
    head: str = ""
    campaign: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facet:
    """Something that plans may tell.

    noun   what is missing, as the answer names it
    shown  words of a plan that tells it
    kind   a fact that tells it; None where only words do
    beside  what holds for the whole country
    """

    name: str
    noun: str
    shown: re.Pattern[str]
    ask: tuple[str, ...]
    kind: FactKind | None = None
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Wording:
    """All of config/plans.toml; frames hold {} for the matter."""

    units: Mapping[str, tuple[str, ...]]
    audiences: Mapping[str, tuple[str, ...]]
    audience_asked: Mapping[str, tuple[str, ...]]
    items: tuple[str, ...]
    days: tuple[str, ...]
    asked: Mapping[str, Mapping[str, tuple[str, ...]]]
    figures: Mapping[str, tuple[str, ...]]
    limits: Mapping[str, tuple[str, ...]]
    hints: Mapping[str, tuple[str, ...]]
    lists: Mapping[str, Listing]
    together: Mapping[str, Listing]
    absent: tuple[Facet, ...]
    padding: tuple[str, ...]

    def ask(self, kind: str, frame: str, *matter: object) -> Iterator[str]:
        """The phrasings of one frame of a kind, filled in."""
        return (f.replace("{}", str(matter[0])) if "{}" in f else f.format(*matter) for f in self.asked[kind][frame])


@cache
def wording() -> Wording:
    """The shipped words."""
    data = tomllib.loads(PATH.read_text(encoding="utf-8"))
    absent = data["absent"]
    padding = tuple(absent.pop("padding").split())
    return Wording(
        units=_split(data["units"]),
        audiences=_split(data["audiences"]),
        audience_asked=_split(data["audience_asked"]),
        items=tuple(data["items"]["words"].split()),
        days=tuple(data["items"]["days"].split()),
        asked={kind: _split(frames) for kind, frames in data["asked"].items()},
        figures=_split(data["figures"]),
        limits=_split(data["limits"]),
        hints=_split(data["hints"]),
        lists={name: _listing(row) for name, row in data["lists"].items()},
        together={name: _listing(row) for name, row in data["together"].items()},
        absent=tuple(_facet(name, row) for name, row in absent.items()),
        padding=padding,
    )


def _split(table: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(words.split()) for name, words in table.items()}


def _listing(row: Mapping[str, str]) -> Listing:
    campaign = tuple(row.get("campaign", "").split())
    return Listing(row["title"], tuple(row["ask"].split()), row.get("head", ""), campaign)


def _facet(name: str, row: Mapping[str, str]) -> Facet:
    kind = FactKind(row["kind"]) if "kind" in row else None
    return Facet(name, row["noun"], re.compile(row["shown"]), tuple(row["ask"].split()), kind, row.get("beside", ""))
