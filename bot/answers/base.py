"""The knowledge base as it is searched: built once from content and statutes, kept on disk, memory-mapped.

A folder holds one base; its name is the fingerprint of what it was built from. Nothing in it is pickled.
"""

from __future__ import annotations

import dataclasses
import json
import mmap
import os
import shutil
import tempfile
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.answers.danger import DangerModel
from bot.answers.entries import Article, Card, Entry, EntryKind, Knowledge, Law, Plan, Source, Theme, Verify
from bot.answers.ngrams import NgramIndex, encode_documents
from bot.answers.normalise import core, normalise, printed
from bot.answers.pinyin import sound_table
from bot.answers.regions import NATIONWIDE, Gazetteer
from bot.answers.vectors import VectorIndex
from bot.errors import ContentError

#: Counts up whenever the form of a base changes, so that old ones are rebuilt.
FORMAT = 2

_ARRAYS = (
    "alias_entry",
    "alias_hash",
    "alias_order",
    "region_of_entry",
    "region_of_article",
    "year_of_entry",
    "kind_of_entry",
)
_KINDS = list(EntryKind)


class Base:
    """One opened knowledge base; read-only, safe for many threads.

    aliases   one document per phrasing of an entry; `alias_entry` says whose
    passages  one document per article
    """

    def __init__(self, folder: Path) -> None:
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        self.folder = folder
        self.plans = [Plan(**_tuples(p)) for p in meta["plans"]]
        self.cards = [_card(c) for c in meta["cards"]]
        self.laws = [Law(**_tuples(x)) for x in meta["laws"]]
        self.themes = {t["year"]: Theme(**t) for t in meta["themes"]}
        self.words: dict[str, Any] = meta["words"]
        self.regions: list[str] = meta["regions"]
        self.statutes: dict[str, dict[str, Any]] = meta["statutes"]
        self.fit: dict[str, Any] = meta.get("fit", {})
        self.gazetteer = Gazetteer(self.regions)
        arrays = {name: np.load(folder / f"{name}.npy", allow_pickle=False) for name in _ARRAYS}
        self.alias_entry: NDArray[np.int32] = arrays["alias_entry"]
        self._alias_hash: NDArray[np.int64] = arrays["alias_hash"]
        self._alias_order: NDArray[np.int32] = arrays["alias_order"]
        self.region_of_entry: NDArray[np.int16] = arrays["region_of_entry"]
        self.region_of_article: NDArray[np.int16] = arrays["region_of_article"]
        self.year_of_entry: NDArray[np.int16] = arrays["year_of_entry"]
        self.kind_of_entry: NDArray[np.int8] = arrays["kind_of_entry"]
        self.faq = VectorIndex.open(folder, "faq")
        self.faq_sound = VectorIndex.open(folder, "faq_sound")
        self.passages = NgramIndex.open(folder, "passages", max_df=0.2)
        self.domain: NDArray[np.float32] = np.load(folder / "domain.npy", allow_pickle=False)
        self.danger = DangerModel.open(folder, meta["danger"]) if meta["danger"] else None
        self._entries = _Blob(folder / "entries")
        self._articles = _Blob(folder / "articles")
        self._aliases = _Blob(folder / "aliases")
        self.entry_count, self.article_count = len(self._entries), len(self._articles)
        self._entry_number = {name: n for n, name in enumerate(meta["entry_ids"])}
        self.entry = lru_cache(maxsize=2048)(self._entry)
        self.article = lru_cache(maxsize=512)(self._article)

    def _entry(self, number: int) -> Entry:
        return _entry(json.loads(self._entries[number]))

    def _article(self, number: int) -> Article:
        return Article(**json.loads(self._articles[number]))

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
        wanted = _hash(core(text))
        start, stop = np.searchsorted(self._alias_hash, [wanted, wanted + 1])
        return sorted({int(self.alias_entry[a]) for a in self._alias_order[start:stop]})

    def passage_id(self, number: int) -> int | str:
        """The id that an article was imported with, as a number where it is one; its own number without one."""
        given = self._article(number).passage
        return number if not given else int(given) if given.isdecimal() else given

    def find_article(self, law: str, number: str) -> int | None:
        """The number of an article in force, by full title and printed number."""
        held = self.statutes.get(law)
        if not held:
            return None
        where = held["articles"].get(number)
        return None if where is None else int(where)


class _Blob:
    """Byte strings in one file, mapped into memory."""

    def __init__(self, path: Path) -> None:
        self._at: NDArray[np.int64] = np.load(path.with_suffix(".at.npy"), allow_pickle=False)
        with path.with_suffix(".blob").open("rb") as f:
            empty = os.fstat(f.fileno()).st_size == 0
            self._data = b"" if empty else mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ)

    def __len__(self) -> int:
        return len(self._at) - 1

    def __getitem__(self, n: int) -> bytes:
        return bytes(self._data[int(self._at[n]) : int(self._at[n + 1])])

    @staticmethod
    def write(path: Path, items: Sequence[bytes]) -> None:
        at = np.concatenate([[0], np.cumsum([len(i) for i in items], dtype=np.int64)]).astype(np.int64)
        np.save(path.with_suffix(".at.npy"), at, allow_pickle=False)
        path.with_suffix(".blob").write_bytes(b"".join(items))


def build(knowledge: Knowledge, articles: Sequence[Article], folder: Path) -> Base:
    """Build a base into `folder`, which must not exist; either all of it is there afterwards or nothing.

    Two processes may build the same one at once: the first to finish wins.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".building-"))
    try:
        _write(knowledge, articles, scratch)
        try:
            scratch.rename(folder)
        except OSError:
            if not folder.is_dir():
                raise
        return Base(folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _write(knowledge: Knowledge, articles: Sequence[Article], folder: Path) -> None:
    entries = [*knowledge.entries, *_card_entries(knowledge.cards)]
    aliases = [normalise(q) for e in entries for q in (e.title, *e.questions)]
    owner = np.repeat(np.arange(len(entries)), [1 + len(e.questions) for e in entries]).astype(np.int32)
    statutes = _statutes(articles)
    laws = [printed(a.text) for a in articles]
    chief = [_chief_article(e, laws, statutes) for e in entries]
    answers = [normalise.__wrapped__(f"{e.title} {e.answer}") for e in entries]
    texts = _Texts.encode(aliases, owner, answers, chief)
    _write_aliases(texts, aliases, folder)
    heads = [printed(f"{short_title(a.law)} {a.chapter} ") for a in articles]
    passages = [head + law for head, law in zip(heads, laws, strict=True)]
    NgramIndex.build(encode_documents(passages), k1=1.6, b=0.75).save(folder, "passages")
    regions = sorted({NATIONWIDE, *(e.region for e in entries), *(a.region for a in articles)})
    _write_columns(entries, articles, statutes, regions, folder)
    _Blob.write(folder / "entries", [_dump(_row(e)) for e in entries])
    _Blob.write(folder / "articles", [_dump(_row(a)) for a in articles])
    meta = {
        "plans": [dataclasses.asdict(p) for p in knowledge.plans],
        "cards": [dataclasses.asdict(c) for c in knowledge.cards],
        "laws": [dataclasses.asdict(x) for x in knowledge.laws],
        "themes": [dataclasses.asdict(t) for t in knowledge.themes],
        "words": knowledge.words,
        "regions": regions,
        "statutes": statutes,
        "entry_ids": [e.id for e in entries],
        "danger": _write_danger(knowledge, folder),
    }
    _write_fit(texts, folder, meta)


def _card_entries(cards: Sequence[Card]) -> list[Entry]:
    """A card also answers a calm question about what to do; as an entry it competes with the others."""
    return [
        Entry(
            id=c.id, kind=EntryKind.FAQ, title=c.title, answer="\n".join((c.first, *c.steps)), questions=c.questions,
            group="emergency", sources=c.sources, verify=Verify.PRACTICE,
        )
        for c in cards
    ]  # fmt: skip


def _chief_article(e: Entry, laws: Sequence[str], statutes: dict[str, Any]) -> str:
    for source in e.sources[:1]:
        where = statutes.get(source.law, {}).get("articles", {}).get(source.article)
        if where is not None:
            return laws[int(where)]
    return ""


Codes = list[NDArray[np.int32]]


@dataclasses.dataclass(frozen=True, slots=True)
class _Texts:
    """All texts of the entries as codes, by letters and by sounds: phrasings, answers, chief articles.

    owner  the entry each phrasing belongs to
    """

    owner: NDArray[np.int32]
    by_letters: tuple[Codes, Codes, Codes]
    by_sounds: tuple[Codes, Codes, Codes]

    @classmethod
    def encode(cls, aliases: list[str], owner: NDArray[np.int32], answers: list[str], chief: list[str]) -> _Texts:
        """From normalised texts."""
        parts = (aliases, answers, chief)
        table = sound_table()
        letters = tuple(encode_documents(texts) for texts in parts)
        # Letters keep their code where they have no sound of their own, so sounds can be read off the letters.
        heard = tuple([table[codes] for codes in part] for part in letters)
        return cls(owner, letters, heard)  # type: ignore[arg-type]

    def index(self, parts: tuple[Codes, Codes, Codes], without: Sequence[int] = ()) -> VectorIndex:
        """The vectors of one of the two; `without` some phrasings."""
        left_out = frozenset(without)
        aliases = [a for n, a in enumerate(parts[0]) if n not in left_out]
        return VectorIndex.build(aliases, np.delete(self.owner, list(left_out)), parts[1], parts[2])


def _write_danger(knowledge: Knowledge, folder: Path) -> list[str]:
    """Learn danger from the examples; returns the cards' ids in order, none where there are no examples."""
    if not knowledge.examples:
        return []
    calm = [normalise(q) for e in knowledge.entries for q in e.questions]
    model = DangerModel.train(knowledge.examples, calm)
    model.save(folder)
    return list(model.names)


def _write_fit(texts: _Texts, folder: Path, meta: dict[str, Any]) -> None:
    """Learn what the base teaches of itself and write it; needs everything else to be written."""
    from bot.answers.fit import fit, held_out  # it needs an opened base: this module

    np.save(folder / "domain.npy", np.zeros(1, np.float32))
    (folder / "meta.json").write_bytes(_dump(meta))
    base = Base(folder)
    held = held_out(base.alias_entry, base.kind_of_entry)
    trial = texts.index(texts.by_letters, held), texts.index(texts.by_sounds, held)
    meta["fit"], domain = fit(base, trial, held)
    np.save(folder / "domain.npy", domain)
    (folder / "meta.json").write_bytes(_dump(meta))


def _write_aliases(texts: _Texts, aliases: Sequence[str], folder: Path) -> None:
    texts.index(texts.by_letters).save(folder, "faq")
    texts.index(texts.by_sounds).save(folder, "faq_sound")
    hashes = np.array([_hash(core(a)) for a in aliases], np.int64)
    order = np.argsort(hashes, kind="stable").astype(np.int32)
    np.save(folder / "alias_entry.npy", texts.owner)
    np.save(folder / "alias_hash.npy", hashes[order])
    np.save(folder / "alias_order.npy", order)
    _Blob.write(folder / "aliases", [a.encode() for a in aliases])


def _write_columns(
    entries: Sequence[Entry], articles: Sequence[Article], statutes: dict[str, Any], regions: list[str], folder: Path
) -> None:
    region_number = {r: n for n, r in enumerate(regions)}
    columns: dict[str, NDArray[Any]] = {
        "region_of_entry": np.array([region_number[e.region] for e in entries], np.int16),
        "region_of_article": np.array([region_number[a.region] for a in articles], np.int16),
        "year_of_entry": np.array([e.year for e in entries], np.int16),
        "kind_of_entry": np.array([_KINDS.index(e.kind) for e in entries], np.int8),
    }
    for name, column in columns.items():
        np.save(folder / f"{name}.npy", column)


def _statutes(articles: Sequence[Article]) -> dict[str, dict[str, Any]]:
    out: dict[str, dict[str, Any]] = {}
    for n, a in enumerate(articles):
        held = out.setdefault(
            a.law,
            {
                "effective": a.effective,
                "version": a.version,
                "status": a.status,
                "issuer": a.issuer,
                "region": a.region,
                "articles": {},
            },
        )
        held["articles"].setdefault(a.number, n)
    return out


def short_title(law: str) -> str:
    """A statute's title as people say it."""
    return law.removeprefix("中华人民共和国")


def kind_number(kind: EntryKind) -> int:
    """The value of `kind_of_entry` for a kind."""
    return _KINDS.index(kind)


def _hash(text: str) -> int:
    import hashlib

    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big", signed=True) >> 1


def _row(item: Entry | Article) -> dict[str, Any]:
    """The fields of one item; dataclasses.asdict copies every string and takes ten times as long."""
    row = {name: getattr(item, name) for name in item.__dataclass_fields__}
    if isinstance(item, Entry):
        row["sources"] = [dataclasses.asdict(s) for s in item.sources]
    return row


def _dump(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, default=_iso, separators=(",", ":")).encode()


def _iso(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise ContentError(f"cannot be stored: {value!r}")


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
