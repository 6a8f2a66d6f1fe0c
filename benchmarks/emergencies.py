"""Recall and false alarms: who is in danger must get the card, who only asks must not; the same for hazard reports.

    python -m benchmarks.emergencies [--misses] [--judge rules|people]

emergency  data/emergencies.jsonl: `emergency` messages and `look_alike`s that only speak of danger
hazard     data/hazards.jsonl: `hazard_report` messages and what is `not_hazard`
… apart    data/…_apart.jsonl: the same by somebody who saw neither rules nor examples, and harder; keep it unread
… blind    data/emergencies_blind.jsonl: 500 and 500, written before the last six thousand examples; keep it unread

Of the emergencies found it also says how many got the card that was meant, and how many the first number of it.

rules    EmergencyScreen and HazardScreen by themselves
people   what a person gets from the whole way of a question: rules and learned model together

The exit code is 1 where the rules by themselves (--judge people: both together) have less than 0.99 recall or more
than 0.03 false alarms.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.answers import Answerer, Asked, build, make_answerer
from bot.answers.emergency import EmergencyScreen
from bot.answers.entries import Card
from bot.answers.hazards import HazardScreen
from bot.answers.lexicon import load_lexicon
from bot.answers.normalise import normalise
from bot.ingest import content
from bot.services import LEXICON
from bot.settings import BEIJING, ROOT, AnswerSettings, OfficeSettings

DATA = ROOT / "benchmarks/data"
LEAST_RECALL, MOST_FALSE_ALARMS = 0.99, 0.03

#: A message -> what was found, "" for nothing: a card's id, a hazard's kind, an intent.
Screen = Callable[[str], str]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Judged:
    """What a screen did with a set.

    told  the card meant and the card told, for each emergency found of which a card is meant
    positives, negatives  how many messages of each there are
    """

    missed: Sequence[Row]
    false: Sequence[tuple[Row, str]]
    told: Sequence[tuple[str, str]]
    positives: int
    negatives: int

    @property
    def recall(self) -> float:
        """Share of the positives that were found, 0 to 1."""
        return 1 - len(self.missed) / self.positives

    @property
    def false_alarms(self) -> float:
        """Share of the negatives that were taken for positives, 0 to 1."""
        return len(self.false) / self.negatives

    @property
    def is_good(self) -> bool:
        """Whether both are as they must be."""
        return self.recall >= LEAST_RECALL and self.false_alarms <= MOST_FALSE_ALARMS


def main() -> int:
    args = _arguments()
    emergencies, hazards, emergencies_apart, hazards_apart, blind = (
        _rows(DATA / f"{name}.jsonl")
        for name in ("emergencies", "hazards", "emergencies_apart", "hazards_apart", "emergencies_blind")
    )
    knowledge, lexicon = content.load(ROOT / "knowledge"), load_lexicon(LEXICON)
    rules = EmergencyScreen(lexicon, knowledge.cards), HazardScreen(lexicon)
    with tempfile.TemporaryDirectory() as folder:
        base = build(knowledge, [], Path(folder) / "base")
        answerer = make_answerer(base, lexicon, AnswerSettings(cache_size=0), OfficeSettings())
        found = {
            "emergency, rules": judged(emergencies, "emergency", lambda q: _found(rules[0], q)),
            "emergency, people": judged(emergencies, "emergency", lambda q: _card(answerer, q)),
            "hazard, rules": judged(hazards, "hazard_report", lambda q: _found(rules[1], q)),
            "hazard, people": judged(hazards, "hazard_report", lambda q: _report(answerer, q)),
            "emergency, apart": judged(emergencies_apart, "emergency", lambda q: _card(answerer, q)),
            "emergency, blind": judged(blind, "emergency", lambda q: _card(answerer, q)),
            "hazard, apart": judged(hazards_apart, "hazard_report", lambda q: _report(answerer, q)),
        }
    for name, result in found.items():
        _print(name, result, args.misses)
        if result.told:
            _print_cards(result.told, {card.id: card.call[0] for card in knowledge.cards})
    return 0 if all(result.is_good for name, result in found.items() if name.endswith(args.judge)) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--misses", action="store_true", help="list what was missed and what was a false alarm")
    parser.add_argument("--judge", choices=("rules", "people"), default="rules", help="what the exit code is about")
    return parser.parse_args()


def _rows(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _found(screen: EmergencyScreen | HazardScreen, text: str) -> str:
    found = screen.find(normalise(text))
    if found is None:
        return ""
    return found.id if isinstance(found, Card) else found.kind


def _card(answerer: Answerer, text: str) -> str:
    outcome = answerer.emergency(text)
    return outcome.entry if outcome else ""


def _report(answerer: Answerer, text: str) -> str:
    """An emergency comes first and names the numbers too, but a report is only what reaches the report."""
    outcome = answerer.emergency(text) or answerer.answer(Asked(text, datetime.now(BEIJING).date()))
    return outcome.intent if outcome.intent == "hazard_report" else ""


def judged(rows: Sequence[Row], positive: str, screen: Screen) -> Judged:
    """What `screen` finds in messages of which those of kind `positive` must be found and no others."""
    found = [(row, screen(row["q"])) for row in rows]
    return Judged(
        missed=[row for row, what in found if row["kind"] == positive and not what],
        false=[(row, what) for row, what in found if row["kind"] != positive and what],
        told=[(row["card"], what) for row, what in found if what and row.get("card")],
        positives=sum(row["kind"] == positive for row in rows),
        negatives=sum(row["kind"] != positive for row in rows),
    )


def _print(name: str, result: Judged, misses: bool) -> None:
    print(
        f"{name:<18} recall {result.recall:.3f} of {result.positives} (goal {LEAST_RECALL})"
        f"   false alarms {result.false_alarms:.3f} of {result.negatives} (goal {MOST_FALSE_ALARMS})"
    )
    if misses:
        for row in result.missed:
            print(f"    missed  {row['id']}  {row['q']}")
        for row, what in result.false:
            print(f"    false   {row['id']}  {row['q']}  -> {what}")


def _print_cards(told: Sequence[tuple[str, str]], number: dict[str, str]) -> None:
    right = sum(meant == said for meant, said in told)
    called = sum(number.get(meant) == number.get(said) for meant, said in told)
    print(f"{'':<18} right card {right / len(told):.3f}   right first number {called / len(told):.3f} of {len(told)}")


if __name__ == "__main__":
    sys.exit(main())
