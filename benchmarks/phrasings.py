"""Held-out phrasings: how often the right entry comes first, and among the first three.

    python -m benchmarks.phrasings [--entries 600]

One phrasing of each entry is left out, the rest is indexed; on the content as it is. Side by side: the nearest
phrasing by rapidfuzz, by shared idf (Ochiai), BM25 over characters, and our matcher.
"""

from __future__ import annotations

import argparse
import dataclasses
import random
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from rapidfuzz import fuzz, process

from bot.answers import build
from bot.answers.base import Base
from bot.answers.entries import EntryKind
from bot.answers.matching import Matcher
from bot.answers.ngrams import NgramIndex, encode_documents, letters
from bot.answers.normalise import core, normalise
from bot.ingest import content
from bot.settings import ROOT


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--entries", type=int, default=600)
    size = parser.parse_args().entries
    whole = content.load(ROOT / "knowledge")
    rng = random.Random(11)
    ours = [e for e in whole.entries if e.kind is EntryKind.FAQ and len(e.questions) > 5]
    held = {e.id: rng.choice(e.questions) for e in rng.sample(ours, min(size, len(ours)))}
    left = tuple(
        dataclasses.replace(e, questions=tuple(q for q in e.questions if q != held.get(e.id))) for e in whole.entries
    )
    with tempfile.TemporaryDirectory() as folder:
        base = build(dataclasses.replace(whole, entries=left, examples=()), [], Path(folder) / "base")
        for name, way in _ways(base).items():
            _report(name, base, held, way)


def _ways(base: Base) -> dict[str, Callable[[str, str], list[int]]]:
    aliases = [base.alias(n) for n in range(len(base.alias_entry))]
    bm25 = NgramIndex.build(encode_documents(aliases), k1=0.6, b=0.5, unigram=2.0)
    matcher = Matcher(base)

    def nearest(text: str, _region: str) -> list[int]:
        found = process.extract(text, aliases, scorer=fuzz.ratio, limit=30)
        return _distinct([int(base.alias_entry[n]) for _, _, n in found])

    def ochiai(text: str, region: str) -> list[int]:
        query = base.faq.query(letters(text))
        near = [base.faq.nearest_phrasing(query, e)[0] * matcher.allows(e, region) for e in range(base.entry_count)]
        return [int(e) for e in np.argsort(near)[::-1][:3]]

    def by_bm25(text: str, _region: str) -> list[int]:
        order = np.argsort(bm25.search(letters(text)))[::-1][:60]
        return _distinct([int(base.alias_entry[n]) for n in order])

    return {
        "nearest phrasing, rapidfuzz ratio": nearest,
        "nearest phrasing, shared idf": ochiai,
        "phrasings, BM25 over characters": by_bm25,
        "entries as vectors (ours)": lambda t, r: [m.entry for m in matcher.find(t, r).matches[:3]],
    }


def _report(name: str, base: Base, held: dict[str, str], way: Callable[[str, str], list[int]]) -> None:
    first = three = 0
    for entry, question in held.items():
        number = base.number_of(entry)
        assert number is not None
        found = way(core(normalise(question)), base.entry(number).region)[:3]
        first += found[:1] == [number]
        three += number in found
    print(f"{name:<36} first {first / len(held):.3f}   among three {three / len(held):.3f}   of {len(held)}")


def _distinct(numbers: list[int]) -> list[int]:
    return list(dict.fromkeys(numbers))


if __name__ == "__main__":
    main()
