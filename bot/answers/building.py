"""A knowledge base is built from content and statutes: all of it or nothing, the same bytes each time."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.answers import passages
from bot.answers.base import FORMAT, KINDS, Base
from bot.answers.blobs import digest, mapped, write_blob
from bot.answers.danger import DangerModel
from bot.answers.entries import Article, Card, Entry, EntryKind, Example, Knowledge, Source, Verify
from bot.answers.fit import fit, held_out
from bot.answers.ngrams import DOC_MASK, Ints, distinct, encode, occurrences
from bot.answers.normalise import core, normalise, printed
from bot.answers.passages import Passages
from bot.answers.pinyin import sound_table
from bot.answers.regions import NATIONWIDE
from bot.answers.vectors import VectorIndex
from bot.errors import ContentError

#: What was learned of danger is kept beside the bases, under the digest of what it was learned from.
_DANGER = ".danger-"
_KEPT = 3


def build(knowledge: Knowledge, articles: Iterable[Article], folder: Path) -> Base:
    """Build a base into `folder`, which must not exist; either all of it is there afterwards or nothing.

    Two processes may build the same one at once: the first to finish wins.
    """
    _whole(folder, lambda scratch: _write(knowledge, articles, scratch, folder.parent))
    return Base(folder)


def _whole(folder: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a folder that takes its name only when it is finished."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".building-"))
    try:
        write(scratch)
        try:
            scratch.rename(folder)
        except OSError:
            if not folder.is_dir():
                raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _write(knowledge: Knowledge, articles: Iterable[Article], folder: Path, kept: Path) -> None:
    entries = [*knowledge.entries, *_card_entries(knowledge.cards)]
    sheets = passages.write(articles, folder)
    held = Passages(folder)
    texts = _Texts.of(entries, [_chief_article(e, held) for e in entries])
    # Learning of danger takes a third of the time and hardly holds the interpreter's lock.
    with ThreadPoolExecutor(1) as beside:
        danger = beside.submit(_write_danger, knowledge, texts, folder, kept)
        texts.write(folder)
        regions = sorted({NATIONWIDE, *(e.region for e in entries), *(s.region for s in sheets)})
        _write_columns(entries, [regions.index(s.region) for s in sheets], regions, folder)
        write_blob(folder / "entries", (_dump(_row(e)) for e in entries))
        meta = {
            "plans": [dataclasses.asdict(p) for p in knowledge.plans],
            "cards": [dataclasses.asdict(c) for c in knowledge.cards],
            "laws": [dataclasses.asdict(x) for x in knowledge.laws],
            "themes": [dataclasses.asdict(t) for t in knowledge.themes],
            "words": knowledge.words,
            "regions": regions,
            "entry_ids": [e.id for e in entries],
        }
        _write_fit(texts, folder, meta)
        meta["danger"] = danger.result()
    (folder / "meta.json").write_bytes(_dump(meta))


def _card_entries(cards: Sequence[Card]) -> list[Entry]:
    """A card also answers a calm question about what to do; as an entry it competes with the others."""
    return [
        Entry(
            id=c.id, kind=EntryKind.FAQ, title=c.title, answer="\n".join((c.first, *c.steps)), questions=c.questions,
            group="emergency", sources=c.sources, verify=Verify.PRACTICE,
        )
        for c in cards
    ]  # fmt: skip


def _chief_article(e: Entry, held: Passages) -> str:
    for source in e.sources[:1]:
        number = held.find(source.law, source.article)
        if number is not None:
            return printed(held.article(number).text)
    return ""


@dataclasses.dataclass(frozen=True, slots=True)
class _Texts:
    """All texts of the entries: phrasings, answers, chief articles.

    asked    phrasings as they were written; aliases: normalised
    owner    the entry each phrasing belongs to
    letters, sounds  what terms stand in what texts, as VectorIndex.build takes it
    """

    asked: list[str]
    aliases: list[str]
    owner: NDArray[np.int32]
    entries: int
    letters: Ints
    sounds: Ints

    @classmethod
    def of(cls, entries: Sequence[Entry], chief: Sequence[str]) -> _Texts:
        """chief: the normalised text of the chief article of each entry."""
        asked = [q for e in entries for q in (e.title, *e.questions)]
        aliases = [normalise.__wrapped__(q) for q in asked]
        answers = [normalise.__wrapped__(f"{e.title} {e.answer}") for e in entries]
        owner = np.repeat(np.arange(len(entries)), [1 + len(e.questions) for e in entries]).astype(np.int32)
        letters = encode([*aliases, *answers, *chief])
        # Letters keep their code where they have no sound of their own, so sounds can be read off the letters.
        parts = (distinct(occurrences(t))[0] for t in (letters, letters.through(sound_table())))
        return cls(asked, aliases, owner, len(entries), *parts)

    def write(self, folder: Path) -> None:
        """Write the indexes of the phrasings and what looks them up word for word."""
        VectorIndex.build(self.letters, self.owner, self.entries).save(folder, "faq")
        VectorIndex.build(self.sounds, self.owner, self.entries).save(folder, "faq_sound")
        hashes = np.array([digest.__wrapped__(core(a)) for a in self.aliases], np.int64)
        order = np.argsort(hashes, kind="stable").astype(np.int32)
        np.save(folder / "alias_entry.npy", self.owner)
        np.save(folder / "alias_hash.npy", hashes[order])
        np.save(folder / "alias_order.npy", order)
        write_blob(folder / "aliases", (a.encode() for a in self.aliases))

    def normalised(self, questions: Iterable[str]) -> list[str]:
        """Normalise questions, most of which are phrasings."""
        known = dict(zip(self.asked, self.aliases, strict=True))
        return [known[q] if q in known else normalise(q) for q in questions]

    def trial(self, held: Sequence[int]) -> tuple[VectorIndex, VectorIndex]:
        """The two indexes without the phrasings `held`."""
        owner = np.delete(self.owner, held)
        number = np.cumsum(~np.isin(np.arange(len(self.owner) + 2 * self.entries), held)) - 1
        first, second = (
            VectorIndex.build(_without(cells, held, number), owner, self.entries)
            for cells in (self.letters, self.sounds)
        )
        return first, second


def _without(cells: Ints, held: Sequence[int], number: Ints) -> Ints:
    """The cells without those of the texts `held`; `number`: what number each text has then."""
    gone = np.zeros(len(number), np.bool_)
    gone[list(held)] = True
    kept = cells[~gone[cells & DOC_MASK]]
    left: Ints = kept - (kept & DOC_MASK) + number[kept & DOC_MASK]
    return left


def _write_danger(knowledge: Knowledge, texts: _Texts, folder: Path, kept: Path) -> list[str]:
    """Learn danger from the examples, once; returns the cards' ids in order, none where there are no examples."""
    if not knowledge.examples:
        return []
    calm = knowledge.calm or [q for e in knowledge.entries for q in e.questions]
    learned = kept / f"{_DANGER}{_digest([[e.card, e.text, e.now] for e in knowledge.examples], calm)}"
    if not learned.is_dir():
        _whole(learned, lambda scratch: _train(knowledge.examples, texts.normalised(calm), scratch))
    shutil.copytree(learned, folder, dirs_exist_ok=True)
    others = sorted((p for p in kept.glob(f"{_DANGER}*") if p != learned), key=lambda p: p.stat().st_mtime)
    for old in others[: 1 - _KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    names: list[str] = json.loads((folder / "danger.json").read_text(encoding="utf-8"))
    return names


def _train(examples: Sequence[Example], calm: Sequence[str], folder: Path) -> None:
    model = DangerModel.train(examples, calm, folder)
    (folder / "danger.json").write_bytes(_dump(list(model.names)))


def _digest(*parts: object) -> str:
    return hashlib.sha256(_dump([FORMAT, *parts])).hexdigest()[:20]


def _write_fit(texts: _Texts, folder: Path, meta: dict[str, Any]) -> None:
    """Learn what the base teaches of itself and write it; needs everything but danger to be written."""
    np.save(folder / "domain.npy", np.zeros(1, np.float32))
    (folder / "meta.json").write_bytes(_dump(meta | {"danger": []}))
    base = Base(folder)
    held = held_out(base.alias_entry, base.kind_of_entry)
    meta["fit"], domain = fit(base, texts.trial(held), held)
    np.save(folder / "domain.npy", domain)


def _write_columns(entries: Sequence[Entry], of_sheet: Sequence[int], regions: Sequence[str], folder: Path) -> None:
    """of_sheet: the region of each sheet of articles."""
    region_number = {r: n for n, r in enumerate(regions)}
    columns: dict[str, NDArray[Any]] = {
        "region_of_entry": np.array([region_number[e.region] for e in entries], np.int16),
        "region_of_article": np.array(of_sheet, np.int16)[mapped(folder / "article_sheet.npy")],
        "year_of_entry": np.array([e.year for e in entries], np.int16),
        "kind_of_entry": np.array([KINDS.index(e.kind) for e in entries], np.int8),
    }
    for name, column in columns.items():
        np.save(folder / f"{name}.npy", column)


def _row(item: Entry | Source) -> dict[str, Any]:
    """The fields of one item; dataclasses.asdict copies every string and takes ten times as long."""
    row = {name: getattr(item, name) for name in item.__dataclass_fields__}
    if isinstance(item, Entry):
        row["sources"] = [_row(s) for s in item.sources]
    return row


def _dump(value: Any) -> bytes:
    return _JSON.encode(value).encode()


def _iso(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise ContentError(f"cannot be stored: {value!r}")


_JSON = json.JSONEncoder(ensure_ascii=False, default=_iso, separators=(",", ":"))
