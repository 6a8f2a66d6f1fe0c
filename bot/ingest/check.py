"""Looks across all content files: phrasings that stand twice, references that lead nowhere."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path

from bot.answers.entries import Card, Entry, EntryKind, Source
from bot.answers.normalise import core, normalise
from bot.answers.regions import NATIONWIDE
from bot.errors import ContentError
from bot.ingest import tips
from bot.ingest.content import Reading, read
from bot.ingest.figures import unfounded
from bot.office import texts

_NUMBERED = re.compile(r"令第|(?:GB|JGJ|CJJ|XF|TSG|JJG|WJ)\b")
_YEAR = re.compile(r"(?:19|20)\d\d")
_COUNT = re.compile(r"共(?:\d+章)?(\d+)条")
#: Full title -> article number -> its text, of the statutes that were imported.
Statutes = Mapping[str, Mapping[str, str]]


def check(folder: Path, statutes: Statutes, today: date) -> tuple[list[ContentError], Reading]:
    """Everything that is wrong with the content in `folder`, and what was read.

    statutes  articles of others are not resolved, and figures of entries that cite others not compared
    """
    reading = read(folder)
    held = tips.read_tips(folder)
    return [
        *reading.errors, *across(reading, statutes, today), *_words(reading, folder),
        *held.errors, *tips.across(held, statutes, today),
    ], reading  # fmt: skip


def across(
    reading: Reading, statutes: Statutes, today: date, of: Collection[str] | None = None
) -> Iterator[ContentError]:
    """What only shows when all entries are looked at together. of: only what is wrong with these, by id."""
    yield from (e for name, e in (*_phrasings(reading), *_titles(reading)) if of is None or name in of)
    yield from _references(reading, of)
    looked_at = reading
    if of is not None:
        looked_at = replace(reading, entries=[e for e in reading.entries if e.id in of], cards=[])
    yield from _articles(looked_at, statutes)
    yield from _figures(looked_at, statutes)
    yield from _counts(looked_at, statutes)
    yield from _dates(looked_at, today)
    yield from _years(looked_at)


def _at(reading: Reading, entry: Entry | Card, reason: str) -> ContentError:
    path, line = reading.where.get(entry.id, (None, None))
    return ContentError(f"{entry.id}: {reason}", path, line)


def _phrasings(reading: Reading) -> Iterator[tuple[str, ContentError]]:
    """Facts of two plans may share a phrasing: the plan's name tells them apart."""
    seen: dict[tuple[str, str], Entry] = {}
    for entry in reading.entries:
        scope = entry.group if entry.kind is EntryKind.PLAN else ""
        for question, bare in zip(entry.questions, _bare(entry.questions), strict=True):
            other = seen.setdefault((scope, bare), entry)
            if other is not entry and not _elsewhere(other, entry):
                yield entry.id, _at(reading, entry, f"与 {other.id} 的问法相同：{question}")
            elif other is entry and list(entry.questions).count(question) > 1:
                yield entry.id, _at(reading, entry, f"问法写了两遍：{question}")


@lru_cache(maxsize=8192)
def _bare(questions: tuple[str, ...]) -> tuple[str, ...]:
    """Phrasings as they are compared. Kept: an entry is checked beside thousands of others, again and again."""
    return tuple(core(normalise(q)) for q in questions)


def _elsewhere(a: Entry, b: Entry) -> bool:
    """Whether two entries are told in different places, so that one phrasing may lead to either."""
    return a.region != b.region and NATIONWIDE not in (a.region, b.region)


def _titles(reading: Reading) -> Iterator[tuple[str, ContentError]]:
    seen: dict[str, Entry] = {}
    for entry in reading.entries:
        if entry.kind in (EntryKind.PLAN, EntryKind.SMALL_TALK):
            continue
        other = seen.setdefault(entry.title, entry)
        if other is not entry:
            yield entry.id, _at(reading, entry, f"标题与 {other.id} 相同：{entry.title}")


def _references(reading: Reading, of: Collection[str] | None) -> Iterator[ContentError]:
    ids = {e.id for e in reading.entries} | {c.id for c in reading.cards}
    for entry in reading.entries:
        if of is not None and entry.id not in of:
            continue
        for name in entry.next:
            if name not in ids:
                yield _at(reading, entry, f"next：没有叫 {name} 的条目")


def _articles(reading: Reading, statutes: Statutes) -> Iterator[ContentError]:
    for entry in reading.entries:
        for source in entry.sources:
            held = statutes.get(source.law)
            if held is not None and source.article and source.article not in held:
                yield _at(reading, entry, f"{source.law}没有{source.article}")


def _figures(reading: Reading, statutes: Statutes) -> Iterator[ContentError]:
    """Figures that stand in none of the cited articles, where an entry cites nothing but articles that are held."""
    items: list[Entry | Card] = [*reading.entries, *reading.cards]
    for item in items:
        texts = [_text(source, item, statutes) for source in item.sources]
        if not texts or not all(texts):
            continue
        strange = {f.written for f in unfounded(_told(item), "\n".join(texts))}
        own = set(item.own_figures) if isinstance(item, Entry) else set[str]()
        for figure in sorted(strange - own):
            yield _at(reading, item, f"所引条文里没有“{figure}”：改正，或补上写有它的条文，或写进 own_figures")
        for figure in sorted(own - strange):
            yield _at(reading, item, f"own_figures：{figure} 不在回答里，或者条文里就有，请删去")


def _counts(reading: Reading, statutes: Statutes) -> Iterator[ContentError]:
    """How many articles a statute is said to have, against how many it has."""
    for entry in reading.entries:
        held = statutes.get(entry.sources[0].law) if entry.sources else None
        said = _COUNT.search(entry.answer)
        count = sum(number.startswith("第") for number in held or ())
        if held and said and int(said[1]) != count:
            yield _at(reading, entry, f"{entry.sources[0].law}有{count}条，不是{said[1]}条")


def _text(source: Source, item: Entry | Card, statutes: Statutes) -> str:
    """What a source says, "" where it is not held. A digest tells of the whole statute; a document may be one, too."""
    held = statutes.get(source.law or source.name, {})
    whole = not source.article or (isinstance(item, Entry) and item.kind is EntryKind.DIGEST)
    return "\n".join(held.values()) if whole else held.get(source.article, "")


def _told(item: Entry | Card) -> str:
    return f"{item.answer}\n{item.short}" if isinstance(item, Entry) else "\n".join((item.first, *item.steps))


def _dates(reading: Reading, today: date) -> Iterator[ContentError]:
    for entry in reading.entries:
        if entry.reviewed and entry.reviewed > today:
            yield _at(reading, entry, f"reviewed 是 {entry.reviewed}，还没有到")


def _years(reading: Reading) -> Iterator[ContentError]:
    """Decrees and standards that are named without their year: an old one and its successor share a name."""
    items: list[Entry | Card] = [*reading.entries, *reading.cards]
    for item in items:
        for source in item.sources:
            if _NUMBERED.search(source.ref) and not _YEAR.search(source.ref):
                yield _at(
                    reading, item, f"{source.name}：ref 要写年份，如 GB 2894-2025、令第13号（2024年1月1日起施行）"
                )


def _words(reading: Reading, folder: Path) -> Iterator[ContentError]:
    path = folder / "replies.toml"
    if not path.exists():
        yield ContentError("is missing: it holds what the bot says", path)
        return
    for table, names in texts.FACTS.items():
        held = reading.words.get(table, {})
        for name, facts in names.items():
            if name not in held:
                yield ContentError(f"[{table}] {name} is missing", path)
            elif wrong := texts.not_filled_in(held[name], f"{facts} {texts.ANYWHERE[table]}".split()):
                yield ContentError(f"[{table}] {name}: {wrong}", path)
