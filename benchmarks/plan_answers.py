"""Questions about campaign plans that are answered from what a proposal became, not from entries written by hand.

    python -m benchmarks.plan_answers [--plans FOLDER] [--questions FILE.jsonl] [--show]

FOLDER holds proposals as JSON (`to_row`), by default six plans of invented places; the shipped plans are left out and
the rest of the shipped content stays, so that plans and law compete as they do in service. Prints facts (what must
stand in the answer does), honest (what the plan does not say was not told), refused (share of all questions that were
declined). A question may name the `region` of who asks. --show prints what went wrong.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import tempfile
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from bot.answers import Answerer, Asked, Base, Outcome, build, make_answerer
from bot.answers.entries import EntryKind
from bot.answers.lexicon import load_lexicon
from bot.answers.regions import NATIONWIDE
from bot.ingest import content
from bot.ingest.evaluation import Question, figures, judge, read_questions
from bot.ingest.plans.answers import to_knowledge
from bot.ingest.plans.proposal import Proposal, from_row
from bot.messages import numbered
from bot.services import LEXICON
from bot.settings import ROOT, AnswerSettings, OfficeSettings

PLANS = ROOT / "tests/ingest/plans/data/answers"
QUESTIONS = ROOT / "benchmarks/data/plan_questions.jsonl"
TODAY = date(2026, 11, 24)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--plans", type=Path, default=PLANS)
    parser.add_argument("--questions", type=Path, default=QUESTIONS)
    parser.add_argument("--show", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        base = _base([_proposal(p) for p in sorted(args.plans.glob("*.json"))], Path(folder) / "base")
        _report(list(_judged(base, read_questions(args.questions), args.show)))


def _proposal(path: Path) -> Proposal:
    return from_row(json.loads(path.read_text(encoding="utf-8")))


def _base(proposals: Sequence[Proposal], folder: Path) -> Base:
    shipped = content.load(ROOT / "knowledge")
    made = [to_knowledge(p) for p in proposals]
    entries = [e for e in shipped.entries if e.kind is not EntryKind.PLAN] + [e for _, own in made for e in own]
    plans = tuple(plan for plan, _ in made)
    print(f"{len(plans)} plans, {sum(len(own) for _, own in made)} entries from them, {len(entries)} in all")
    return build(dataclasses.replace(shipped, entries=tuple(entries), plans=plans), [], folder)


def _judged(base: Base, questions: Sequence[Question], show: bool) -> Iterator[tuple[str, dict[str, bool]]]:
    offices: dict[str, Answerer] = {}
    for q in questions:
        region = str(q.row.get("region") or NATIONWIDE)
        if region not in offices:
            office = OfficeSettings(region=region)
            offices[region] = make_answerer(base, load_lexicon(LEXICON), AnswerSettings(), office)
        outcome = offices[region].answer(Asked(q.q, TODAY, region))
        found = judge(q.row, _answer(outcome))
        if show and not all(found.get(figure, True) for figure in ("facts", "honest", "clean")):
            print(f"{q.id} {q.q}\n    {outcome.text[:200]!r}")
        yield q.kind, {**found, "refused": outcome.rejected}


def _answer(outcome: Outcome) -> dict[str, object]:
    text = "\n".join(p for p in (outcome.text, numbered(outcome.choices)) if p)
    return {"answer": text, "citations": [], "rejected": outcome.rejected, "intent": outcome.intent or None}


def _report(judged: Sequence[tuple[str, dict[str, bool]]]) -> None:
    for group, held in figures(judged).items():
        shown = "  ".join(f"{name} {share:.3f} of {n}" for name, (share, n) in held.items())
        print(f"{group:<9} {shown}")


if __name__ == "__main__":
    main()
