"""What config/synonyms.toml changes: questions in colloquial and dialect words, and the set of all questions.

    python -m benchmarks.synonyms [FILE.jsonl ...]

For each file the base that answers now is asked with the list and without it. Files with `entries` (data/colloquial)
count how often one of those is told first, or offered; others are judged as `safetybot evaluate` does.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
from datetime import date
from pathlib import Path

from bot.answers import Answerer, Asked, make_answerer
from bot.answers.lexicon import load_lexicon
from bot.answers.synonyms import NONE, Synonyms, shipped
from bot.ingest.evaluation import figures, judge
from bot.messages import numbered
from bot.services import LEXICON, Services
from bot.settings import ROOT, load

_FILES = [ROOT / "benchmarks/data/colloquial.jsonl", ROOT / "benchmarks/data/questions.jsonl"]
_TODAY = date(2026, 11, 26)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("files", type=Path, nargs="*", default=_FILES)
    files = parser.parse_args().files
    services = Services(load(os.environ))
    settings = dataclasses.replace(services.settings.answers, cache_size=0)
    for path in files:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        for name, synonyms in (("without", NONE), ("with", Synonyms(shipped()))):
            answerer = make_answerer(
                services.base, load_lexicon(LEXICON), settings, services.settings.office, synonyms=synonyms
            )
            print(f"{path.name:<20}{name:<9}" + "  ".join(_counted(answerer, rows)))


def _counted(answerer: Answerer, rows: list[dict[str, object]]) -> list[str]:
    outcomes = [(answerer.answer(Asked(str(row["q"]), _TODAY)), row) for row in rows]
    if "entries" in rows[0]:
        first = sum(o.entry in row["entries"] for o, row in outcomes)  # type: ignore[operator]
        shown = sum(bool({o.entry, *(c.id for c in o.choices)} & set(row["entries"])) for o, row in outcomes)  # type: ignore[call-overload]
        return [f"first {first}", f"shown {shown}", f"of {len(rows)}"]
    judged = []
    for o, row in outcomes:
        answer = {
            "answer": "\n".join(p for p in (o.text, numbered(o.choices)) if p), "rejected": o.rejected,
            "intent": o.intent or None, "citations": [{"law": c.law, "article": c.article} for c in o.citations],
        }  # fmt: skip
        judged.append((f"kind={row.get('kind', '')}", judge({"must_not_contain": [], **row}, answer)))
    return [f"{name} {share:.4f} of {count}" for name, (share, count) in figures(judged)["all"].items()]


if __name__ == "__main__":
    main()
