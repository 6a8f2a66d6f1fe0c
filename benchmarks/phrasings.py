"""Held-out phrasings: does the right entry come first when somebody asks in words that we do not have?

    python -m benchmarks.phrasings [--entries 400] [--seed 7]

One phrasing of each of N entries is taken out (never the title, which people are offered to tap), everything else is
indexed, and each phrasing taken out is a question. Ways to find its entry, in the same run, in ms of a processor:

ours           the Matcher on a base that never saw the phrasings
with synonyms  the same with config/synonyms.toml
idf overlap    the phrasing that shares most 1- and 2-grams by idf weight (the Ochiai coefficient)
others         the best phrasing by each engine of rivals.py

Entries of plans and what is out of scope are in every index and are never asked for.
"""

from __future__ import annotations

import argparse
import dataclasses
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median
from typing import Any

import numpy as np

from benchmarks.rivals import Scores, rivals
from bot.answers import Article, Base, Knowledge, build
from bot.answers.entries import Entry, EntryKind
from bot.answers.matching import Matcher
from bot.answers.ngrams import distinct, encode, letters, occurrences
from bot.answers.normalise import core, normalise
from bot.answers.regions import NATIONWIDE
from bot.answers.synonyms import NONE, Synonyms, shipped
from bot.answers.vectors import VectorIndex
from bot.errors import ContentError
from bot.ingest import content, lawsdb
from bot.settings import ROOT

_NOT_ASKED = (EntryKind.PLAN, EntryKind.OUT_OF_SCOPE, EntryKind.SMALL_TALK)
_LEAST_PHRASINGS = 3
_SHOWN = 3

#: A question -> ids of entries, best first.
Way = Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Split:
    """The knowledge without some phrasings, and those as (question, id of its entry)."""

    knowledge: Knowledge
    asked: tuple[tuple[str, str], ...]

    @property
    def phrasings(self) -> list[tuple[str, str]]:
        """(normalised phrasing, id of its entry) of all that is left."""
        return [(core(normalise(q)), e.id) for e in self.knowledge.entries for q in (e.title, *e.questions)]


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares of the questions whose entry comes first, and among three; milliseconds of a processor for a question."""

    first: float
    among: float
    p50_ms: float


def main() -> None:
    args = _arguments()
    split = held_out(content.load(ROOT / "knowledge"), args.entries, args.seed)
    print(f"{len(split.knowledge.entries)} entries, {len(split.phrasings)} phrasings; {len(split.asked)} held out")
    print(f"{'':<20}{'Hit@1':>8}{'Hit@3':>8}{'p50 ms':>8}")
    for name, way in ways(split):
        f = measured(way, split)
        print(f"{name:<20}{f.first:>8.3f}{f.among:>8.3f}{f.p50_ms:>8.2f}")


def ways(split: Split) -> Iterator[tuple[str, Way]]:
    """(name, way) of every way that can be measured here."""
    with tempfile.TemporaryDirectory() as folder:
        base = build(split.knowledge, _articles(), Path(folder) / "base")
        yield "ours", _ours(base)
        yield "with synonyms", _ours(base, Synonyms(shipped()))
    yield "idf overlap", _overlap(split)
    texts, owners = zip(*split.phrasings, strict=True)
    for name, scores in rivals(texts):
        yield name, _by_phrasing(scores, owners)


def _by_phrasing(scores: Scores, owners: Sequence[str]) -> Way:
    return lambda q: _best(scores(q), owners)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--entries", type=int, default=400)
    parser.add_argument("--seed", type=int, default=7)
    return parser.parse_args()


def held_out(knowledge: Knowledge, count: int, seed: int) -> Split:
    """Take one phrasing out of each of `count` entries that keep at least two and the title."""
    rng = random.Random(seed)
    able = [n for n, e in enumerate(knowledge.entries) if e.kind not in _NOT_ASKED and _may_lose_one(e)]
    entries, asked = list(knowledge.entries), []
    for n in sorted(rng.sample(able, min(count, len(able)))):
        entry = entries[n]
        lost = rng.randrange(len(entry.questions))
        asked.append((core(normalise(entry.questions[lost])), entry.id))
        kept = (*entry.questions[:lost], *entry.questions[lost + 1 :])
        entries[n] = dataclasses.replace(entry, questions=kept)
    return Split(dataclasses.replace(knowledge, entries=tuple(entries)), tuple(asked))


def _may_lose_one(entry: Entry) -> bool:
    return entry.region == NATIONWIDE and len(entry.questions) >= _LEAST_PHRASINGS


def _articles() -> list[Article]:
    """The articles that the entries cite, as far as they can be had: part of an entry's vector."""
    wanted = {law.title for law in content.load(ROOT / "knowledge").laws}
    try:
        with lawsdb.fetched() as path:
            statutes = lawsdb.read_laws_db(path, wanted)
    except ContentError as e:
        print(f"without the statutes: {e}")
        return []
    return [Article(law=s.title, number=a.number, text=a.text, chapter=a.chapter) for s in statutes for a in s.articles]


def _overlap(split: Split) -> Way:
    """Every phrasing an entry of its own, so that the index's nearest phrasing is over all of them."""
    texts, owners = zip(*split.phrasings, strict=True)
    cells, _ = distinct(occurrences(encode(texts)))
    index = VectorIndex.build(cells, np.arange(len(texts), dtype=np.int32), len(texts))

    def way(q: str) -> Sequence[str]:
        query = index.query(letters(q))
        shared = index.coverages(query) * query.asked
        return _best(shared / np.sqrt(np.maximum(index.alias_idf * query.asked, 1e-6)), owners)

    return way


def _best(scores: Any, owners: Sequence[str]) -> Sequence[str]:
    """The first few different entries by their best phrasing."""
    order = np.argsort(-np.asarray(scores), kind="stable")[:200].tolist()
    return list(dict.fromkeys(owners[n] for n in order))[:_SHOWN]


def _ours(base: Base, synonyms: Synonyms = NONE) -> Way:
    matcher = Matcher(base, synonyms=synonyms)
    return lambda q: [base.entry(m.entry).id for m in matcher.find(q, NATIONWIDE).matches[:_SHOWN]]


def measured(way: Way, split: Split) -> Figures:
    """Put every question to a way."""
    way(split.asked[0][0])  # what is loaded at first use is not the way's own time
    took: list[float] = []
    found: list[tuple[list[str], str]] = []
    for q, right in split.asked:
        started = time.process_time()
        found.append((list(way(q)), right))
        took.append((time.process_time() - started) * 1000)
    first, among = (fmean(right in ids[:k] for ids, right in found) for k in (1, _SHOWN))
    return Figures(first, among, median(took))


if __name__ == "__main__":
    main()
