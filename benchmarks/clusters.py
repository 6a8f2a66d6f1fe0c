"""Clusters of questions without an answer: are those of one meaning together, and how long do a hundred thousand take?

    python -m benchmarks.clusters [--questions 100000] [--seed 1]

Quality: two hundred entries are left out of a base, and all their phrasings asked of it. Those that the base gives up
on are clustered, then all of them. Right is what B-cubed says (Bagga & Baldwin 1998): of the questions in the cluster
of a question, the share that belongs to its entry (precision), and of its entry's questions the share that is there
(recall). Phrasings of one entry are written to differ, so recall is low by intention; precision is what keeps a person
from being told the answer to another question.

Speed: phrasings with up to three characters added, lost or exchanged, written to a database as the inbox does.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa

from bot.answers import Asked, Base, build, make_answerer
from bot.answers.entries import Entry, EntryKind, Knowledge
from bot.answers.lexicon import load_lexicon
from bot.answers.normalise import core, normalise
from bot.ingest import content
from bot.services import LEXICON
from bot.settings import ROOT, AnswerSettings, OfficeSettings
from bot.store.database import Database
from bot.store.tables import unanswered
from bot.unanswered import Span, UnansweredDesk
from bot.unanswered.grouping import Said, group

_LEFT_OUT, _PHRASINGS = 200, 8
_DAY = date(2026, 11, 26)
_NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)
_FILLERS = "的了吗呢啊请问一下我们单位"


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    knowledge, chance = content.load(ROOT / "knowledge"), random.Random(args.seed)
    with tempfile.TemporaryDirectory() as folder:
        base = _quality(knowledge, Path(folder), chance)
        _speed(knowledge, base, Path(folder), args.questions, chance)


def _faq(knowledge: Knowledge) -> list[Entry]:
    return [e for e in knowledge.entries if e.kind is EntryKind.FAQ]


def _quality(knowledge: Knowledge, folder: Path, chance: random.Random) -> Base:
    left_out = chance.sample(_faq(knowledge), _LEFT_OUT)
    ids = {e.id for e in left_out}
    base = build(
        replace(knowledge, entries=tuple(e for e in knowledge.entries if e.id not in ids)), [], folder / "base"
    )
    answerer = make_answerer(base, load_lexicon(LEXICON), AnswerSettings(), OfficeSettings())
    asked = []
    for entry in left_out:
        for text in entry.questions[:_PHRASINGS]:
            outcome = answerer.answer(Asked(text, _DAY))
            near = tuple((c.id, c.score) for c in outcome.candidates)
            asked.append((entry.id, Said(core(normalise(text)), near), outcome.unanswered))
    chance.shuffle(asked)
    print(f"{'questions':<34}{'clusters':>9}{'precision':>11}{'recall':>8}")
    for name, chosen in (("given up on", [a for a in asked if a[2]]), ("all", asked)):
        found = group([a[1] for a in chosen], [], base)
        precision, recall = b_cubed(found, [a[0] for a in chosen])
        print(f"{name + f' ({len(chosen)})':<34}{len(set(found)):>9}{precision:>11.3f}{recall:>8.3f}")
    return base


def b_cubed(found: Sequence[int], right: Sequence[str]) -> tuple[float, float]:
    """Precision and recall, the mean over all questions."""
    cluster, entry, both = Counter(found), Counter(right), Counter(zip(found, right, strict=True))
    pairs = list(zip(found, right, strict=True))
    precision = sum(both[f, r] / cluster[f] for f, r in pairs) / len(pairs)
    recall = sum(both[f, r] / entry[r] for f, r in pairs) / len(pairs)
    return precision, recall


def _speed(knowledge: Knowledge, base: Base, folder: Path, count: int, chance: random.Random) -> None:
    database = Database(f"sqlite:///{folder / 'questions.db'}")
    database.migrate()
    with database.begin() as db:
        db.execute(sa.insert(unanswered), _rows(_faq(knowledge), count, chance))
    answerer: Any = SimpleNamespace(base=base)
    desk = UnansweredDesk(database, desk=None, get_answerer=lambda: answerer)  # type: ignore[arg-type]
    span = Span(_NOW - timedelta(days=1), _NOW)
    started, cpu = time.perf_counter(), time.process_time()
    wordings = desk.cluster(span, _NOW)
    print(f"\n{count} questions, {wordings} wordings: {time.process_time() - cpu:.1f} s of one processor", end="")
    print(f" ({time.perf_counter() - started:.1f} s)")
    cpu = time.process_time()
    clusters = desk.clusters(span, _NOW)
    print(f"listing {len(clusters)} clusters: {time.process_time() - cpu:.1f} s of one processor")
    database.close()


def _rows(entries: Sequence[Entry], count: int, chance: random.Random) -> list[dict[str, Any]]:
    known = [(e.id, q) for e in entries for q in e.questions]
    letters = sorted({c for _, q in known for c in q})
    out = []
    for _ in range(count):
        entry, question = chance.choice(known)
        near = [(entry, 0.3), *((chance.choice(known)[0], round(chance.random() * 0.2, 4)) for _ in range(4))]
        out.append({
            "at": _NOW - timedelta(seconds=1 + chance.randrange(10_000)), "channel": "official",
            "address": f"o{chance.randrange(40_000)}", "question": _mistyped(question, letters, chance),
            "candidates": json.dumps(near), "status": "unknown", "region": "",
        })  # fmt: skip
    return out


def _mistyped(question: str, letters: Sequence[str], chance: random.Random) -> str:
    said = list(question)
    for _ in range(chance.randrange(4)):
        at, kind = chance.randrange(len(said)), chance.randrange(3)
        if kind == 0:
            said.insert(at, chance.choice(_FILLERS))
        elif kind == 1 and len(said) > 4:
            del said[at]
        else:
            said[at] = chance.choice(letters)
    return "".join(said)


if __name__ == "__main__":
    main()
