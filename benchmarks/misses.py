"""The most instructive misses on our own questions, each with why: written anew into benchmarks/MISSES.md.

    python -m benchmarks.misses [FILE.jsonl] [--count 30] [--out benchmarks/MISSES.md]

Why a question was missed is told by rule, from what the bot answered and what it considered (`Cause`). Of each cause
the same number is shown, the surest wrong answers first: they teach most.
"""

from __future__ import annotations

import argparse
import os
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest
from pathlib import Path
from typing import Any

from bot.answers import Base
from bot.answers.entries import Entry
from bot.asking import Asker
from bot.ingest.evaluation import Question, judge, read_questions
from bot.services import Services
from bot.settings import ROOT, load

QUESTIONS, OUT = ROOT / "benchmarks/data/questions.jsonl", ROOT / "benchmarks/MISSES.md"
_FIGURES = ("answered", "facts", "cite@1", "refused", "honest")


class Cause(StrEnum):
    """Why a question was missed, in words for the page."""

    DANGER = "taken for a person in danger"
    REPORT = "taken for a report of a hazard"
    SENT_AWAY = "taken for something out of scope"
    ANSWERED = "answered what should be declined"
    NOT_SURE = "the right entry stood first, and the bot was not sure enough"
    NEIGHBOUR = "the right entry was among those considered, another one was told"
    NO_ENTRY = "no entry considered cites the article"
    ORDER = "the right entry was told, another article came first"
    SHORT = "the right article is cited, the fact is not told"


@dataclass(frozen=True, slots=True)
class Miss:
    """One question missed. figures: those it failed; told: what the bot told, in a few words."""

    question: Question
    cause: Cause
    figures: tuple[str, ...]
    told: str
    confidence: float


def main() -> None:
    args = _arguments()
    services = Services(load(os.environ))
    asker, base = Asker(services), services.base
    questions = read_questions(args.file)
    misses = [m for q in questions if (m := _missed(q, asker.ask(q.q), base))]
    args.out.write_text(page(misses, len(questions), args.count), encoding="utf-8")
    print(f"{len(misses)} of {len(questions)} questions missed something; written: {args.out}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("file", nargs="?", type=Path, default=QUESTIONS, help="question set (default: ours)")
    parser.add_argument("--count", type=int, default=30)
    parser.add_argument("--out", type=Path, default=OUT)
    return parser.parse_args()


def _missed(q: Question, answer: Mapping[str, Any], base: Base) -> Miss | None:
    judged = judge(q.row, answer)
    failed = tuple(f for f in _FIGURES if judged.get(f) is False)
    if not failed or failed == ("honest",) and judged.get("answered"):
        return None
    told = str(answer["candidates"][0]["title"]) if answer["candidates"] else str(answer["answer"]).split("\n")[0][:40]
    return Miss(q, cause(q, answer, failed, base), failed, told, float(answer["confidence"]))


def cause(q: Question, answer: Mapping[str, Any], failed: Sequence[str], base: Base) -> Cause:
    """Why the bot's answer failed these figures."""
    if answer["intent"] == "emergency":
        return Cause.DANGER
    if "refused" in failed or "honest" in failed:
        return Cause.ANSWERED
    if answer["intent"] == "hazard_report":
        return Cause.REPORT
    if answer["status"] in ("out_of_scope", "small_talk"):
        return Cause.SENT_AWAY
    gold = {(g["law"], g["article"]) for g in q.row["gold"]}
    considered = [base.entry_by_id(c["id"]) for c in answer["candidates"]]
    right = [n for n, e in enumerate(considered) if e is not None and _cites(e, gold)]
    if not right:
        return Cause.NO_ENTRY
    if right[0] > 0:
        return Cause.NEIGHBOUR
    if answer["rejected"]:
        return Cause.NOT_SURE
    return Cause.SHORT if "facts" in failed else Cause.ORDER


def _cites(entry: Entry, gold: set[tuple[str, str]]) -> bool:
    return any((s.law, s.article) in gold for s in entry.sources)


def page(misses: Sequence[Miss], asked: int, count: int) -> str:
    """The page: how often each cause, then the misses."""
    counted = Counter(m.cause for m in misses)
    lines = [
        "# What still fails on our own questions",
        "",
        "Written by `python -m benchmarks.misses`: do not edit.",
        "",
        f"{len(misses)} of {asked} questions miss a figure.",
        "",
        "| cause | questions |",
        "|---|---|",
        *(f"| {c} | {n} |" for c, n in counted.most_common()),
        "",
        "| question | failed | told, how sure | why |",
        "|---|---|---|---|",
        *(_row(m) for m in chosen(misses, count)),
    ]
    return "\n".join(lines) + "\n"


def _row(m: Miss) -> str:
    said = m.question.q.replace("|", "/").replace("\n", " ")
    return f"| {said} | {', '.join(m.figures)} | {m.told} ({m.confidence:.2f}) | {m.cause} |"


def chosen(misses: Sequence[Miss], count: int) -> list[Miss]:
    """As many of each cause, in turns, the surest first."""
    by_cause: dict[Cause, list[Miss]] = defaultdict(list)
    for miss in sorted(misses, key=lambda m: (-len(m.figures), -m.confidence)):
        by_cause[miss.cause].append(miss)
    turns = zip_longest(*(by_cause[c] for c in Cause if c in by_cause))
    return [m for turn in turns for m in turn if m is not None][:count]


if __name__ == "__main__":
    main()
