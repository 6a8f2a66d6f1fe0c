"""config/limits.toml: what no law and no plan that we hold can answer, and whom to ask instead.

Two things. What the law leaves to local rules: a question is one of these by what it speaks of (`about`) and what it
asks of that (`asks`); where the rule of the place is held, it is told, else the bot says that it is not and names
the office of the place. And what nobody can know from here: how far one case has got, what a case is worth, news,
forecasts, the inside of an office, diagnoses, the full text of standards, answers to exams.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from bot.answers.entries import Source
from bot.answers.lexicon import any_of, expressions, wrong_sign
from bot.errors import ContentError
from bot.settings import ROOT

PATH = ROOT / "config" / "limits.toml"
#: Keys of one item of each list, those with a default last; lists of words and texts.
_WORDS = {"local": ("about", "asks", "unless", "held"), "cannot": ("asked", "unless")}
_TEXTS = {"local": ("id", "what", "office", "nation", "law", "article"), "cannot": ("id", "say", "ask")}
_OPTIONAL = {"unless": "", "nation": "", "law": "", "article": ""}


@dataclass(frozen=True, slots=True)
class LocalRule:
    """Something that local rules decide.

    placed  only where the question says where: of a town by its name, or of 我们这里
    what    told in 杭州市的{what}由当地规定
    office  of the place
    nation  what holds everywhere; "" where nothing does
    source  the article that leaves it to local rules
    held    what an answer of the place itself must hold to be its rule
    """

    id: str
    about: re.Pattern[str]
    asks: re.Pattern[str]
    unless: re.Pattern[str]
    placed: bool
    what: str
    office: str
    nation: str
    source: Source | None
    held: re.Pattern[str]

    def fits(self, text: str, *, placed: bool) -> bool:
        """Whether normalised text asks for it."""
        if self.placed and not placed:
            return False
        return bool(self.about.search(text) and self.asks.search(text) and not self.unless.search(text))


@dataclass(frozen=True, slots=True)
class Unknowable:
    """Something that cannot be known from here: what is said, and whom to ask."""

    id: str
    asked: re.Pattern[str]
    unless: re.Pattern[str]
    say: str
    ask: str

    def fits(self, text: str) -> bool:
        """Whether normalised text asks for it."""
        return bool(self.asked.search(text) and not self.unless.search(text))


@dataclass(frozen=True, slots=True)
class Limits:
    """All of the file. here: how people name the place they are in."""

    here: re.Pattern[str]
    local: tuple[LocalRule, ...]
    cannot: tuple[Unknowable, ...]

    def local_rule(self, text: str, *, placed: bool) -> LocalRule | None:
        """What the question asks that local rules decide; placed: whether it says where."""
        return next((rule for rule in self.local if rule.fits(text, placed=placed)), None)

    def unknowable(self, text: str) -> Unknowable | None:
        """What the question asks that cannot be known from here."""
        return next((item for item in self.cannot if item.fits(text)), None)


def load_limits(path: Path) -> Limits:
    """Read and check the file. Raises ContentError with the path, the key, and what to do."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as e:
        raise ContentError(f"cannot be read: {e.strerror}", path) from e
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as e:
        raise ContentError(f"not valid TOML in UTF-8: {e}", path) from e
    here = data.get("here", {})
    if set(data) != {"here", "local", "cannot"} or set(here) != {"words"}:
        raise ContentError("must hold [here] with words, [[local]] and [[cannot]], and nothing else", path)
    local = tuple(_local(item) for item in _items(data, "local", path))
    cannot = tuple(_cannot(item) for item in _items(data, "cannot", path))
    return Limits(_signs(here, "words", "[here]", path), local, cannot)


@cache
def shipped() -> Limits:
    """Those of config/, read once."""
    return load_limits(PATH)


def _items(data: dict[str, Any], table: str, path: Path) -> list[dict[str, Any]]:
    """The items of one list, their words made expressions, what may be left out filled in."""
    out: list[dict[str, Any]] = []
    for n, given in enumerate(data[table], 1):
        where = f"[[{table}]] {given.get('id', n)}"
        item = {**_OPTIONAL, "place": False, **given}
        known = {*_WORDS[table], *_TEXTS[table], *(("place",) if table == "local" else ())}
        if missing := [key for key in known if key not in item]:
            raise ContentError(f"{where}: {missing[0]} is missing", path)
        if unknown := [key for key in given if key not in known]:
            raise ContentError(f"{where}: {unknown[0]} is not known here", path)
        if wrong := [key for key in (*_WORDS[table], *_TEXTS[table]) if not isinstance(item[key], str)]:
            raise ContentError(f"{where} {wrong[0]}: must be one text", path)
        out.append(item | {key: _signs(item, key, where, path) for key in _WORDS[table]})
    return out


def _signs(item: dict[str, Any], key: str, where: str, path: Path) -> re.Pattern[str]:
    text = item[key]
    for word in text.split():
        if reason := wrong_sign(word):
            raise ContentError(f"{where} {key}: {word:.40}: {reason}", path)
    return re.compile(any_of(expressions(text)))


def _local(item: dict[str, Any]) -> LocalRule:
    plain = {key: item[key] for key in ("id", "about", "asks", "unless", "what", "office", "nation", "held")}
    source = Source(law=item["law"], article=item["article"]) if item["law"] else None
    return LocalRule(**plain, placed=bool(item["place"]), source=source)


def _cannot(item: dict[str, Any]) -> Unknowable:
    return Unknowable(item["id"], item["asked"], item["unless"], item["say"], item["ask"])
