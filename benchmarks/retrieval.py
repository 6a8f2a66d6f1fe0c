"""Lay questions over statute articles: our index of characters, the dense option and others' engines, in one run.

    python -m benchmarks.retrieval [--data ../shared/eval/statutes] [--vectors FOLDER] [--others 200] [--paths 20]

--data FOLDER holds corpus.jsonl or corpus.jsonl.gz ({id, law, article, text}) and queries.jsonl ({id, q, positives}).
NDCG@10, R@10, R@100 (the share of a question's positives among the first k, averaged), milliseconds of a processor
for a question. Half of the questions, drawn by lot, always the same, teach the adapter of the dense option; all ways
are asked the other half, and `cold` are those of it that share no right article with the first half.

--vectors FOLDER keeps the articles' vectors: they take half an hour of one processor the first time. Without it, or
without the extra `dense`, that option is left out. --made leaves articles out whose vectors are not made yet, for all
ways alike: a first look. --others N: so many questions are put to others' engines, some of which take a second each.

Then the way that people take: `safetybot import`, `safetybot evaluate --ranking 10` in a fresh folder must name the
corpus's own ids, and the same ones. A corpus outside the project is measured with, never shipped.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import math
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median
from typing import Any

from benchmarks.adapter import Lesson, learn, lesson
from benchmarks.rivals import best, rivals
from bot.answers import dense
from bot.answers.blobs import digest
from bot.answers.dense import encoder
from bot.answers.dense.search import WEIGHT, adapted, fused
from bot.answers.dense.vectors import Vectors, kept, passage_text
from bot.answers.dense.vectors import make as make_vectors
from bot.answers.entries import Article
from bot.answers.ngrams import Floats, letters
from bot.answers.normalise import normalise
from bot.answers.passages import Passages, short_title, write
from bot.ingest.holdings import REPEALED
from bot.settings import ROOT

DATA = ROOT.parent / "shared/eval/statutes"
_DEPTH = 100
_SEED = 7
Row = dict[str, Any]
Search = Callable[[str], Sequence[int]]


@dataclass(frozen=True, slots=True)
class Figures:
    """Averages over the questions; milliseconds of a processor for a question."""

    ndcg10: float
    recall10: float
    recall100: float
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Task:
    """Articles in force, questions to learn from, and others to ask; the cold ones are among the latter."""

    passages: list[Row]
    taught: list[Row]
    asked: list[Row]
    cold: list[Row]


def main() -> int:
    options = parser(__doc__.split("\n")[0])
    options.add_argument("--paths", type=int, default=20, metavar="N", help="questions put to the commands; 0: none")
    args = options.parse_args()
    task = read(args.data, args.vectors if args.made else None)
    if task is None:
        print(f"no corpus in {args.data}: nothing to measure")
        return 0
    print(f"{len(task.passages)} articles in force, {len(task.asked)} questions asked, {len(task.cold)} of them cold")
    with tempfile.TemporaryDirectory() as folder:
        for name, figures, cold in measured(task, args, Path(folder)):
            _print(name, figures)
            _print("    cold", cold)
        articles, _ = held(task.passages, args.vectors or Path(folder))
        ours = _by_words(task.passages, articles)
        _print("ours, all questions", _measured(ours, task.taught + task.asked))
        return _same_way(ours, task.passages, task.asked[: args.paths]) if args.paths else 0


def measured(task: Task, args: argparse.Namespace, folder: Path) -> Iterator[tuple[str, Figures, Figures]]:
    """(name, figures over what is asked, over the cold ones of it) of every way; others' are asked less."""
    articles, base = held(task.passages, args.vectors or folder)
    for name, search in ways(task, articles, base if args.vectors else None):
        few = task.asked[: args.others] if search.__name__ == "other" else task.asked
        yield name, _measured(search, few), _measured(search, [row for row in few if row in task.cold])


def read(folder: Path, made: Path | None = None) -> Task | None:
    """The questions, parted by lot; None where there is no corpus.

    made  a folder with vectors: of the articles only those that have one there
    """
    corpus = _corpus(folder)
    if corpus is None:
        return None
    passages = [row for row in _rows(corpus) if not row.get("status", "").startswith(REPEALED)]
    if made:
        keys = set(kept(made))
        passages = [row for row in passages if digest.__wrapped__(passage_text(_article(row))) in keys]
    ids = {row["id"] for row in passages}
    rows = [row for row in _rows(folder / "queries.jsonl") if ids & set(row["positives"])]
    random.Random(_SEED).shuffle(rows)
    taught, asked = rows[: len(rows) // 2], rows[len(rows) // 2 :]
    seen = {id_ for row in taught for id_ in row["positives"]}
    return Task(passages, taught, asked, [row for row in asked if not seen & set(row["positives"])])


def ways(task: Task, articles: Passages, base: Path | None) -> Iterator[tuple[str, Search]]:
    """(name, search) of every way that can be measured here. base: where vectors of the articles are kept, if any."""
    yield "ours", _by_words(task.passages, articles)
    if base is None or dense.missing():
        print(f"the dense option is left out: {dense.missing() or '--vectors'} is missing")
    else:
        yield from _by_meaning(task, articles, base)
    texts = [f"{short_title(row['law'])} {row.get('chapter', '')} {row['text']}" for row in task.passages]
    for name, scores in rivals(texts, within=True):
        yield name, _other(task.passages, scores)


def _other(passages: Sequence[Row], scores: Callable[[str], Any]) -> Search:
    def other(text: str) -> Sequence[int]:
        return [passages[n]["id"] for n in best(scores(text), _DEPTH)]

    return other


def _by_words(passages: Sequence[Row], articles: Passages) -> Search:
    return lambda text: [passages[n]["id"] for n in articles.best(letters(normalise(text)), _DEPTH)[0].tolist()]


def _by_meaning(task: Task, articles: Passages, base: Path) -> Iterator[tuple[str, Search]]:
    """The dense option, without an adapter and with one that half of the questions have taught."""
    model = encoder.shared()
    started = time.process_time()
    made = make_vectors(articles, base, model.passage)
    print(f"vectors made of {made} articles in {time.process_time() - started:.0f} s of a processor")
    vectors = Vectors(base, len(articles))

    def search(asked: Callable[[str], Floats]) -> Search:
        def way(text: str) -> Sequence[int]:
            text = normalise(text)
            found, _ = fused(articles, vectors, letters(text), asked(text), _DEPTH, WEIGHT)
            return [task.passages[n]["id"] for n in found.tolist()]

        return way

    yield "dense, as it comes", search(model.question)
    started = time.process_time()
    adapter = learn(lessons(task.taught, task.passages, articles, vectors), vectors.rows())
    print(f"adapter learned from {len(task.taught)} questions in {time.process_time() - started:.0f} s of a processor")
    yield "dense, adapter", search(lambda text: adapted(model.question(text), adapter))


def lessons(asked: Sequence[Row], passages: Sequence[Row], articles: Passages, vectors: Vectors) -> list[Lesson]:
    """What the adapter is taught with."""
    number = {row["id"]: n for n, row in enumerate(passages)}
    out = []
    for row in asked:
        text = normalise(row["q"])
        right = [number[id_] for id_ in row["positives"] if id_ in number]
        by_words, _ = articles.best(letters(text), _DEPTH)
        out.append(lesson(encoder.shared().question(text), right, by_words, vectors))
    return out


def held(passages: Sequence[Row], folder: Path) -> tuple[Passages, Path]:
    """The index of the articles, as a knowledge base has it, and the folder below `folder` that it stands in."""
    started = time.process_time()
    base = folder / _name(passages)
    base.mkdir(parents=True, exist_ok=True)
    write(map(_article, passages), base)
    print(f"ours built in {time.process_time() - started:.1f} s of a processor")
    return Passages(base), base


def _article(row: Row) -> Article:
    return Article(law=row["law"], number=row["article"], text=row["text"])


def _name(passages: Sequence[Row]) -> str:
    named = hashlib.sha256()
    for row in passages:
        named.update(f"{row['id']} {row['law']} {row['text']}\n".encode())
    return named.hexdigest()[:12]


def parser(description: str) -> argparse.ArgumentParser:
    """The options of what measures ways of finding articles."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", type=Path, default=DATA, metavar="FOLDER")
    parser.add_argument("--vectors", type=Path, metavar="FOLDER", help="where the vectors of the articles are kept")
    parser.add_argument("--made", action="store_true", help="only articles whose vectors are in FOLDER already")
    parser.add_argument("--others", type=int, default=10**6, metavar="N", help="questions put to others' engines")
    return parser


def _corpus(folder: Path) -> Path | None:
    return next((p for p in (folder / "corpus.jsonl", folder / "corpus.jsonl.gz") if p.exists()), None)


def _rows(path: Path) -> list[Row]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _measured(search: Search, asked: Sequence[Row]) -> Figures:
    rows: list[tuple[float, float, float]] = []
    took: list[float] = []
    for row in asked:
        started = time.process_time()
        found = search(row["q"])
        took.append((time.process_time() - started) * 1000)
        right = set(row["positives"])
        rows.append((_ndcg(found[:10], right), _recall(found[:10], right), _recall(found, right)))
    took.sort()
    ndcg10, recall10, recall100 = (fmean(column) for column in zip(*rows, strict=True))
    return Figures(ndcg10, recall10, recall100, median(took), took[int(len(took) * 0.99)])


def _recall(found: Sequence[int], right: set[int]) -> float:
    return len(right & set(found)) / len(right)


def _ndcg(found: Sequence[int], right: set[int]) -> float:
    gained = sum(1 / math.log2(n + 2) for n, id_ in enumerate(found) if id_ in right)
    return gained / sum(1 / math.log2(n + 2) for n in range(min(len(right), len(found) or 1)))


def _print(name: str, f: Figures) -> None:
    print(
        f"{name:<20} NDCG@10 {f.ndcg10:.3f}   R@10 {f.recall10:.3f}   R@100 {f.recall100:.3f}"
        f"   p50 {f.p50_ms:.2f} ms   p99 {f.p99_ms:.2f} ms"
    )


def _same_way(search: Search, passages: Sequence[Row], asked: Sequence[Row]) -> int:
    """Import and evaluate as people do; 1 where the ids are not the corpus's own or not those of the index alone."""
    with tempfile.TemporaryDirectory() as folder:
        told = _through_the_commands(Path(folder), passages, asked)
    alone = {row["id"]: search(row["q"])[:10] for row in asked}
    held = {row["id"] for row in passages}
    same = sum(told[name] == ids for name, ids in alone.items())
    shared = fmean(len(set(told[name]) & set(ids)) / max(1, len(ids)) for name, ids in alone.items())
    known = all(id_ in held for ids in told.values() for id_ in ids)
    print(
        f"import and evaluate --ranking: {same} of {len(asked)} questions with the very same ten ids,"
        f" {shared:.1%} of the ids shared{'' if known else '; some ids are not in the corpus'}"
    )
    return 0 if known and shared > 0.99 else 1


def _through_the_commands(folder: Path, passages: Sequence[Row], asked: Sequence[Row]) -> dict[Any, list[Any]]:
    for name, rows in (("corpus", passages), ("questions", [{"id": r["id"], "q": r["q"]} for r in asked])):
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    with _commands(folder) as run:
        run("import", str(folder / "corpus.jsonl"))
        run("evaluate", str(folder / "questions.jsonl"), "--out", str(folder / "out.jsonl"), "--ranking", "10")
    return {row["id"]: row["ids"] for row in _rows(folder / "out.jsonl")}


@contextmanager
def _commands(folder: Path) -> Iterator[Callable[..., None]]:
    """`safetybot` over a database of its own."""
    environ = os.environ | {"SAFETYBOT_VAR_DIR": str(folder / "var"), "SAFETYBOT_OFFICE__REGION": "全国"}

    def run(*words: str) -> None:
        command = [sys.executable, "-m", "bot.cli", *words]
        subprocess.run(command, env=environ, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)

    try:
        yield run
    finally:
        shutil.rmtree(folder / "var", ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
