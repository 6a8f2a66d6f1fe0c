"""Bases of near neighbours: is the right entry told, and is what the base does not hold kept apart from what it does?

    python -m benchmarks.distractors [--sizes 300 1000 2000] [--seed 7] [--asked 400]

A base of each size is drawn from our knowledge: entries by lot, each with its two nearest neighbours, so that what
is most easily mistaken for another stands beside it. One phrasing of each entry is taken out (never the title) and
asked. Some entries drawn with them stay out of the base, and a phrasing of each is asked too: questions of our own
field that the base does not hold. What is out of scope is in every base, as it is in ours.

Hit@1       the right entry comes first, of all questions held
answered    share of the questions held that is answered, where the line is drawn so that 2 % of the questions not held
            are: at the confidence that the base learned when it was built, the line from one half of them
false       share of the other half that is answered at that line
three       where not answered: the right entry is among the three that are offered
"""

from __future__ import annotations

import argparse
import dataclasses
import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.rivals import best, rivals
from bot.answers import Base, Knowledge, build
from bot.answers.entries import Entry, EntryKind
from bot.answers.matching import Found, Matcher
from bot.answers.ngrams import distinct, encode, letters, occurrences
from bot.answers.normalise import core, normalise
from bot.answers.regions import NATIONWIDE
from bot.answers.vectors import VectorIndex
from bot.ingest import content
from bot.settings import ROOT

_ASIDE = (EntryKind.OUT_OF_SCOPE, EntryKind.SMALL_TALK)
_LEAST_PHRASINGS = 3
_NEIGHBOURS, _SHOWN = 2, 3
_FALSE = 0.02


@dataclass(frozen=True, slots=True)
class Draw:
    """A base's entries without one phrasing each; (question, id) of those held and of entries left out."""

    entries: tuple[Entry, ...]
    held: tuple[tuple[str, str], ...]
    missing: tuple[tuple[str, str], ...]


def main() -> None:
    args = _arguments()
    whole = content.load(ROOT / "knowledge")
    able = [e for e in whole.entries if _may_be_asked(e)]
    print(f"{len(able)} entries may be drawn")
    for size in args.sizes:
        if size > len(able):
            print(f"{size} entries: there are only {len(able)}")
        draw = drawn(able, min(size, len(able)), args.asked, args.seed)
        aside = tuple(e for e in whole.entries if e.kind in _ASIDE)
        knowledge = dataclasses.replace(whole, entries=draw.entries + aside, examples=(), cards=(), plans=())
        print(f"{len(draw.entries)} entries, {len(draw.held)} questions held, {len(draw.missing)} not held")
        _measure(draw, knowledge)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[300, 1000, 2000])
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--asked", type=int, default=400, help="at most so many questions held, and not held")
    return parser.parse_args()


def _may_be_asked(e: Entry) -> bool:
    own = e.kind not in (*_ASIDE, EntryKind.PLAN)
    return own and e.region == NATIONWIDE and len(e.questions) >= _LEAST_PHRASINGS


def drawn(able: Sequence[Entry], size: int, asked: int, seed: int) -> Draw:
    """Draw `size` entries and their neighbours, as the head of this module says."""
    rng = random.Random(seed)
    near = neighbours(able)
    order = rng.sample(range(len(able)), len(able))
    family = list(dict.fromkeys(n for start in order for n in (start, *near[start])))
    # Where there are no others to leave out, a tenth of those that would be held is.
    out_count = min(asked, max(len(able) - size, len(able) // 10))
    out = set(rng.sample(family[: size + out_count], out_count))
    inside = [n for n in family if n not in out][:size]
    questions = {n: rng.randrange(len(able[n].questions)) for n in (*inside, *sorted(out))}
    entries = tuple(_without(able[n], questions[n]) for n in inside)
    ask = [(core(normalise(able[n].questions[at])), able[n].id) for n, at in questions.items()]
    held = rng.sample(ask[: len(inside)], min(asked, len(inside)))
    return Draw(entries, tuple(held), tuple(ask[len(inside) :]))


def _without(e: Entry, lost: int) -> Entry:
    return dataclasses.replace(e, questions=(*e.questions[:lost], *e.questions[lost + 1 :]))


def neighbours(entries: Sequence[Entry]) -> list[list[int]]:
    """The nearest others of each entry, by the words of their titles and answers."""
    texts = [normalise(f"{e.title} {e.answer}") for e in entries]
    cells, _ = distinct(occurrences(encode(texts)))
    index = VectorIndex.build(cells, np.arange(len(texts), dtype=np.int32), len(texts))
    out = []
    for n, e in enumerate(entries):
        likeness = index.cosines(index.query(letters(normalise(e.title))))
        likeness[n] = -1
        out.append(np.argsort(-likeness, kind="stable")[:_NEIGHBOURS].tolist())
    return out


def _measure(draw: Draw, knowledge: Knowledge) -> None:
    with tempfile.TemporaryDirectory() as folder:
        base = build(knowledge, (), Path(folder) / "base")
        matcher = Matcher(base)
        tried = [_tried(base, matcher.find(q, NATIONWIDE), right) for q, right in draw.held]
        foreign = [matcher.find(q, NATIONWIDE).confidence for q, _ in draw.missing]
    _print("ours", [place for _, place in tried])
    _print_refusal(tried, foreign)
    texts, owners = zip(*_phrasings(draw.entries), strict=True)
    for name, scores in rivals(texts):
        ranked = [(dict.fromkeys(owners[n] for n in best(scores(q), 60)), right) for q, right in draw.held]
        _print(name, [_place(list(ids), right) for ids, right in ranked])


def _phrasings(entries: Sequence[Entry]) -> list[tuple[str, str]]:
    return [(core(normalise(q)), e.id) for e in entries for q in (e.title, *e.questions)]


def _tried(base: Base, found: Found, right: str) -> tuple[float, int]:
    """(confidence, at which place the right entry stands)"""
    return found.confidence, _place([base.entry(m.entry).id for m in found.matches], right)


def _place(ids: Sequence[str], right: str) -> int:
    """0 for the first; far behind all where it is not there."""
    return ids.index(right) if right in ids else 10**6


def _print(name: str, places: Sequence[int]) -> None:
    print(f"  {name:<18} Hit@1 {_within(places, 1):.3f}   Hit@3 {_within(places, _SHOWN):.3f}")


def _within(places: Sequence[int], k: int) -> float:
    return sum(place < k for place in places) / max(1, len(places))


def _print_refusal(tried: Sequence[tuple[float, int]], foreign: Sequence[float]) -> None:
    line = float(np.quantile(foreign[::2], 1 - _FALSE))
    answered = [place for confidence, place in tried if confidence > line]
    offered = [place for confidence, place in tried if confidence <= line]
    false = float(np.mean(np.array(foreign[1::2]) > line))
    print(
        f"  confidence {line:.2f}: answered {len(answered) / len(tried):.3f}, right {_within(answered, 1):.3f},"
        f" false {false:.3f}; among three where not answered {_within(offered, _SHOWN):.3f}"
    )


if __name__ == "__main__":
    main()
