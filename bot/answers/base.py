"""The knowledge base as it is searched: built once from content and statutes, kept on disk, memory-mapped.

A folder holds one base; its name is the fingerprint of what it was built from. Nothing in it is pickled.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.answers.blobs import Blob, digest, mapped
from bot.answers.danger import DangerModel
from bot.answers.entries import Card, Entry, EntryKind, Law, Plan, Source, Theme, Verify
from bot.answers.normalise import core
from bot.answers.passages import Passages
from bot.answers.regions import Gazetteer
from bot.answers.vectors import VectorIndex

#: Counts up whenever the form of a base changes, so that old ones are rebuilt.
FORMAT = 5

_ARRAYS = (
    "alias_entry",
    "alias_hash",
    "alias_order",
    "region_of_entry",
    "region_of_article",
    "year_of_entry",
    "kind_of_entry",
)
KINDS = list(EntryKind)


class Base:
    """One opened knowledge base; read-only, safe for many threads.

    aliases   one document per phrasing of an entry; `alias_entry` says whose
    passages  the articles; `statutes` and `article` are theirs
    """

    def __init__(self, folder: Path) -> None:
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        self.folder = folder
        self.plans = [Plan(**_tuples(p)) for p in meta["plans"]]
        self.cards = [_card(c) for c in meta["cards"]]
        self.laws = [Law(**_tuples(x)) for x in meta["laws"]]
        self.themes = {t["year"]: Theme(**{**t, "source": Source(**t["source"])}) for t in meta["themes"]}
        self.words: dict[str, Any] = meta["words"]
        self.regions: list[str] = meta["regions"]
        self.fit: dict[str, Any] = meta.get("fit", {})
        self.gazetteer = Gazetteer(self.regions)
        arrays = {name: mapped(folder / f"{name}.npy") for name in _ARRAYS}
        self.alias_entry: NDArray[np.int32] = arrays["alias_entry"]
        self._alias_hash: NDArray[np.int64] = arrays["alias_hash"]
        self._alias_order: NDArray[np.int32] = arrays["alias_order"]
        self.region_of_entry: NDArray[np.int16] = arrays["region_of_entry"]
        self.region_of_article: NDArray[np.int16] = arrays["region_of_article"]
        self.year_of_entry: NDArray[np.int16] = arrays["year_of_entry"]
        self.kind_of_entry: NDArray[np.int8] = arrays["kind_of_entry"]
        self.faq = VectorIndex.open(folder, "faq")
        self.faq_sound = VectorIndex.open(folder, "faq_sound")
        self.passages = Passages(folder)
        self.statutes = self.passages.statutes
        self.article = self.passages.article
        self.domain: NDArray[np.float32] = mapped(folder / "domain.npy")
        self.danger = DangerModel.open(folder, meta["danger"]) if meta["danger"] else None
        self._entries = Blob(folder / "entries")
        self._aliases = Blob(folder / "aliases")
        self.entry_count, self.article_count = len(self._entries), len(self.passages)
        self._entry_number = {name: n for n, name in enumerate(meta["entry_ids"])}
        self.entry = lru_cache(maxsize=2048)(self._entry)

    def spoken(self, words: Mapping[str, Mapping[str, Any]], places: Sequence[str]) -> Base:
        """This base with other sentences in place of its own, and more places that people may name."""
        if not words and not places:
            return self
        other = copy.copy(self)
        other.words = {table: {**held, **words.get(table, {})} for table, held in self.words.items()}
        other.gazetteer = self.gazetteer.knowing(places)
        return other

    def _entry(self, number: int) -> Entry:
        return _entry(json.loads(self._entries[number]))

    def alias(self, number: int) -> str:
        """The normalised text of one phrasing."""
        return self._aliases[number].decode()

    def entry_by_id(self, name: str) -> Entry | None:
        """The entry called `name`."""
        number = self._entry_number.get(name)
        return None if number is None else self.entry(number)

    def number_of(self, name: str) -> int | None:
        """The number of the entry called `name`."""
        return self._entry_number.get(name)

    def exact(self, text: str) -> list[int]:
        """Entries that have exactly this phrasing (both normalised, without fillers)."""
        wanted = digest(core(text))
        start, stop = np.searchsorted(self._alias_hash, [wanted, wanted + 1])
        return sorted({int(self.alias_entry[a]) for a in self._alias_order[start:stop]})

    def passage_id(self, number: int) -> int | str:
        """The id that an article was imported with, as a number where it is one; its own number without one."""
        given = self.article(number).passage
        return number if not given else int(given) if given.isdecimal() else given

    def find_article(self, law: str, number: str) -> int | None:
        """The number of an article in force, by full title and printed number."""
        return self.passages.find(law, number)


def kind_number(kind: EntryKind) -> int:
    """The value of `kind_of_entry` for a kind."""
    return KINDS.index(kind)


def _tuples(row: dict[str, Any]) -> dict[str, Any]:
    return {k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}


def _sources(rows: list[dict[str, str]]) -> tuple[Source, ...]:
    return tuple(Source(**s) for s in rows)


def _entry(row: dict[str, Any]) -> Entry:
    dates = {k: date.fromisoformat(row[k]) if row[k] else None for k in ("valid_from", "valid_to", "reviewed")}
    kinds = {"kind": EntryKind(row["kind"]), "verify": Verify(row["verify"]), "sources": _sources(row["sources"])}
    return Entry(**{**_tuples(row), **dates, **kinds})


def _card(row: dict[str, Any]) -> Card:
    return Card(**{**_tuples(row), "sources": _sources(row["sources"])})
