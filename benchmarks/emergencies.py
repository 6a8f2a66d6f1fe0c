"""Emergencies and hazard reports on messages that nothing was learned from: recall, false alarms.

    python -m benchmarks.emergencies [--misses]

Whole pipeline, on benchmarks/data/emergencies.jsonl and hazards.jsonl, which were written by somebody who saw neither
the rules nor the examples. Beside it, in the same run: the rules alone and the model alone.
Exit code 1 below a recall of .97 or above a share of false alarms of .04: what was measured, less the noise of 290
messages. The aim is .99 and .03.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from datetime import date

from bot.answers import Asked
from bot.answers.danger import ALONE
from bot.answers.emergency import EmergencyScreen
from bot.answers.lexicon import load_lexicon
from bot.answers.normalise import normalise
from bot.services import LEXICON, Services
from bot.settings import ROOT, load

DATA = ROOT / "benchmarks" / "data"


def main() -> int:
    services = Services(load(os.environ))
    answerer, model = services.answerer, services.base.danger
    assert model is not None
    rules = EmergencyScreen(load_lexicon(LEXICON), services.base.cards)
    day = date(2026, 11, 24)
    ways: dict[str, Callable[[str], bool]] = {
        "rules alone": lambda q: rules.find(normalise(q)) is not None,
        "model alone": lambda q: model.now(normalise(q)) >= ALONE,
        "both": lambda q: answerer.answer(Asked(q, day)).intent == "emergency",
    }
    found: dict[str, tuple[float, float]] = {}
    for name, way in ways.items():
        found[name] = _rates("emergencies", "emergency", way, "--misses" in sys.argv and name == "both")
        print(f"emergencies, {name:<12} recall {found[name][0]:.3f}  false alarms {found[name][1]:.3f}")
    recall, false = _rates(
        "hazards", "hazard_report", lambda q: answerer.answer(Asked(q, day)).intent != "", "--misses" in sys.argv
    )
    print(f"hazard reports             recall {recall:.3f}  false alarms {false:.3f}")
    return int(found["both"][0] < 0.97 or found["both"][1] > 0.04)


def _rates(file: str, kind: str, way: Callable[[str], bool], show: bool) -> tuple[float, float]:
    rows = [json.loads(line) for line in (DATA / f"{file}.jsonl").read_text(encoding="utf-8").splitlines()]
    hits = {True: [0, 0], False: [0, 0]}
    for row in rows:
        wanted = row["kind"] == kind
        said = way(row["q"])
        hits[wanted][0] += said
        hits[wanted][1] += 1
        if show and said != wanted:
            print(f"  {'missed' if wanted else 'false '}  {row['q'][:60]}")
    return hits[True][0] / hits[True][1], hits[False][0] / hits[False][1]


if __name__ == "__main__":
    sys.exit(main())
