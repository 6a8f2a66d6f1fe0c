"""Is a confidence of .4 right in four of ten? The line between answering and "I do not know" is chosen from this.

    python -m benchmarks.reliability [FILE.jsonl …] [--plot FILE.svg]

Every question is answered however unsure the bot is (all lines at 0), and judged as `safetybot evaluate` judges. What
is out of our field counts as wrong whatever is answered. Printed: for each band of confidence how many questions fell
into it and how many were right; and for each place of the line how many are answered and how many of those rightly.
With the present settings the bot answers above `answers.answer_at`, if `answers.scope_at` holds too.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from bot.answers import Asked, make_answerer
from bot.answers.lexicon import load_lexicon
from bot.ingest.evaluation import judge, read_questions
from bot.services import LEXICON, Services
from bot.settings import ROOT, load

QUESTIONS = ROOT / "benchmarks/data/questions.jsonl"
_BANDS = 10
_LINES = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)
_SIDE, _EDGE = 320, 40  # of the plot, pixels

#: What became of one question: the confidence it was answered with, and whether the answer was right.
Tried = tuple[float, bool]


def main() -> None:
    args = _arguments()
    tried = [t for path in args.files or [QUESTIONS] for t in _tried(path)]
    print(f"{len(tried)} questions\n\nconfidence   questions   mean   right")
    for band, count, mean, right in bands(tried):
        print(f"{band:<12} {count:>9} {mean:>6.2f} {right:>7.2f}")
    print("\nanswer from   answered   rightly")
    for line in _LINES:
        told = [right for confidence, right in tried if confidence >= line]
        print(f"{line:<12.2f} {len(told) / len(tried):>9.3f} {sum(told) / max(len(told), 1):>9.3f}")
    if args.plot:
        args.plot.write_text(plot(bands(tried)), encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="*", type=Path, help="question sets (default: ours)")
    parser.add_argument("--plot", type=Path, help="also draw it, as SVG")
    return parser.parse_args()


def _tried(path: Path) -> Iterable[Tried]:
    services = Services(load(os.environ))
    settings = dataclasses.replace(services.settings.answers, scope_at=0.0, near_at=0.0, answer_at=0.0, offer_at=0.0)
    answerer = make_answerer(services.base, load_lexicon(LEXICON), settings, services.settings.office)
    for question in read_questions(path):
        if question.row.get("intent") or question.kind == "smalltalk":
            continue
        outcome = answerer.answer(Asked(question.q, date.today(), services.settings.office.region))
        said = {
            "answer": outcome.text, "rejected": outcome.rejected, "intent": outcome.intent,
            "citations": [{"law": c.law, "article": c.article} for c in outcome.citations],
        }  # fmt: skip
        yield outcome.confidence, judge(question.row, said).get("answered", False)
    services.close()


def bands(tried: Sequence[Tried]) -> list[tuple[str, int, float, float]]:
    """(band, questions in it, their mean confidence, the share that was right), without the empty ones."""
    out = []
    for n in range(_BANDS):
        held = [t for t in tried if min(int(t[0] * _BANDS), _BANDS - 1) == n]
        if held:
            mean, right = (sum(t[i] for t in held) / len(held) for i in (0, 1))
            out.append((f"{n / _BANDS:.1f} to {(n + 1) / _BANDS:.1f}", len(held), mean, right))
    return out


def plot(rows: Iterable[tuple[str, int, float, float]]) -> str:
    """The share that was right over the confidence, with the line on which both would be equal."""
    dots = "".join(
        f'<circle cx="{_EDGE + mean * _SIDE:.0f}" cy="{_EDGE + (1 - right) * _SIDE:.0f}" r="{2 + count**0.5:.1f}"/>'
        for _, count, mean, right in rows
    )
    size, far = _SIDE + 2 * _EDGE, _EDGE + _SIDE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" font-size="12">'
        f'<path d="M{_EDGE} {far}L{far} {_EDGE}" stroke="#999" stroke-dasharray="4"/>'
        f'<path d="M{_EDGE} {_EDGE}V{far}H{far}" stroke="#333" fill="none"/><g fill="#0b6b82" opacity=".8">{dots}</g>'
        f'<text x="{size / 2}" y="{size - 12}" text-anchor="middle">confidence, 0 to 1</text>'
        f'<text x="14" y="{size / 2}" text-anchor="middle" transform="rotate(-90 14 {size / 2})">'
        "right, 0 to 1</text></svg>\n"
    )


if __name__ == "__main__":
    main()
