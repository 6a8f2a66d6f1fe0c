"""Held-out phrasings: does the right entry come first when somebody asks in words that we do not have?

    python -m benchmarks.phrasings [--entries 400] [--seed 7]

One phrasing of each of N entries is taken out (never the title, which people are offered to tap), everything else is
indexed, and each phrasing taken out is a question. Four ways to find its entry, in the same run:

rapidfuzz     the phrasing nearest by edit distance (fuzz.ratio)
idf overlap   the phrasing that shares most 1- and 2-grams by idf weight (the Ochiai coefficient)
rank_bm25     BM25 over the phrasings on jieba's words; left out where it is not installed (pip install '.[bench]')
ours          the Matcher on a base that never saw the phrasings; with config/synonyms.toml, too

Entries of plans and what is out of scope are in every index and are never asked for.
"""

from __future__ import annotations

import argparse
import dataclasses
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from rapidfuzz import fuzz, process

from bot.answers import Article, Base, Knowledge, build
from bot.answers.entries import Entry, EntryKind
from bot.answers.matching import Matcher
from bot.answers.ngrams import distinct, encode, letters, occurrences
from bot.answers.normalise import core, normalise
from bot.answers.regions import NATIONWIDE
from bot.answers.synonyms import NONE, Synonyms, shipped
from bot.answers.vectors import VectorIndex
from bot.answers.words import cut
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


def main() -> None:
    args = _arguments()
    split = held_out(content.load(ROOT / "knowledge"), args.entries, args.seed)
    print(f"{len(split.knowledge.entries)} entries, {len(split.phrasings)} phrasings; {len(split.asked)} held out")
    print(f"{'':<14}{'Hit@1':>8}{'Hit@3':>8}{'ms':>8}")
    with tempfile.TemporaryDirectory() as folder:
        base = build(split.knowledge, _articles(), Path(folder) / "base")
        _print("rapidfuzz", _rapidfuzz(split), split)
        _print("idf overlap", _overlap(split), split)
        if find_spec("rank_bm25"):
            _print("rank_bm25", _bm25(split), split)
        else:
            print("rank_bm25 is not installed: left out")
        _print("ours", _ours(base), split)
        _print("with synonyms", _ours(base, Synonyms(shipped())), split)


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


def _rapidfuzz(split: Split) -> Way:
    texts, owners = zip(*split.phrasings, strict=True)
    return lambda q: _best(process.cdist([q], texts, scorer=fuzz.ratio)[0], owners)


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


def _bm25(split: Split) -> Way:
    from rank_bm25 import BM25Okapi

    texts, owners = zip(*split.phrasings, strict=True)
    index = BM25Okapi([cut(text) for text in texts])
    return lambda q: _best(index.get_scores(cut(q)), owners)


def _best(scores: Any, owners: Sequence[str]) -> Sequence[str]:
    """The first few different entries by their best phrasing."""
    order = np.argsort(-np.asarray(scores), kind="stable")[:200].tolist()
    return list(dict.fromkeys(owners[n] for n in order))[:_SHOWN]


def _ours(base: Base, synonyms: Synonyms = NONE) -> Way:
    matcher = Matcher(base, synonyms=synonyms)
    return lambda q: [base.entry(m.entry).id for m in matcher.find(q, NATIONWIDE).matches[:_SHOWN]]


def _print(name: str, way: Way, split: Split) -> None:
    way(split.asked[0][0])  # what is loaded at first use is not the way's own time
    started = time.perf_counter()
    found = [(list(way(q)), right) for q, right in split.asked]
    took_ms = (time.perf_counter() - started) * 1000 / len(found)
    first = sum(right in ids[:1] for ids, right in found) / len(found)
    among = sum(right in ids for ids, right in found) / len(found)
    print(f"{name:<14}{first:>8.3f}{among:>8.3f}{took_ms:>8.2f}")


if __name__ == "__main__":
    main()
