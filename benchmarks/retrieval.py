"""Lay questions over statute articles: our index of characters beside rank_bm25 on words, in the same run.

    python -m benchmarks.retrieval [--data ../shared/eval/statutes] [--questions 2000] [--paths 20]

--data FOLDER holds corpus.jsonl or corpus.jsonl.gz ({id, law, article, text}) and queries.jsonl ({id, q, positives}).
NDCG@10, R@10, R@100 (the share of a question's positives among the first k, averaged), milliseconds a question in
one thread. rank_bm25 with its own k1 and b over jieba's words; it needs a minute for 60,000 articles and is left
out where it is not installed (pip install '.[bench]').

Then the way that people take: `safetybot import`, `safetybot evaluate --ranking 10` in a fresh folder must name the
corpus's own ids, and the same ones. A corpus outside the project is measured with, never shipped.
"""

from __future__ import annotations

import argparse
import gzip
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
from importlib.util import find_spec
from pathlib import Path
from statistics import fmean, median
from typing import Any

import numpy as np

from bot.answers.entries import Article
from bot.answers.ngrams import letters
from bot.answers.normalise import normalise
from bot.answers.passages import Passages, short_title, write
from bot.answers.words import cut
from bot.ingest.library import REPEALED
from bot.settings import ROOT

DATA = ROOT.parent / "shared/eval/statutes"
_DEPTH = 100
Row = dict[str, Any]
Search = Callable[[str], Sequence[int]]


@dataclass(frozen=True, slots=True)
class Figures:
    """Averages over the questions; milliseconds a question."""

    ndcg10: float
    recall10: float
    recall100: float
    p50_ms: float
    p99_ms: float


def main() -> int:
    args = _arguments()
    corpus = _corpus(args.data)
    if corpus is None:
        print(f"no corpus in {args.data}: nothing to measure")
        return 0
    passages = [row for row in _rows(corpus) if not row.get("status", "").startswith(REPEALED)]
    held = {row["id"] for row in passages}
    asked = [row for row in _rows(args.data / "queries.jsonl") if held & set(row["positives"])]
    asked = random.Random(7).sample(asked, min(args.questions, len(asked)))
    print(f"{len(passages)} articles in force, {len(asked)} questions")
    with tempfile.TemporaryDirectory() as folder:
        return _compare(_ours(passages, Path(folder)), passages, asked, args.paths)


def _compare(ours: Search, passages: Sequence[Row], asked: Sequence[Row], paths: int) -> int:
    _print("ours, 1+2-grams", _measured(ours, asked))
    if find_spec("rank_bm25"):
        _print("rank_bm25, jieba", _measured(_words(passages), asked))
    else:
        print("rank_bm25 is not installed: left out")
    return _same_way(ours, passages, asked[:paths]) if paths else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=DATA, metavar="FOLDER")
    parser.add_argument("--questions", type=int, default=2000, help="at most so many, drawn by lot, always the same")
    parser.add_argument("--paths", type=int, default=20, metavar="N", help="of those, put to the commands; 0: none")
    return parser.parse_args()


def _corpus(folder: Path) -> Path | None:
    return next((p for p in (folder / "corpus.jsonl", folder / "corpus.jsonl.gz") if p.exists()), None)


def _rows(path: Path) -> list[Row]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _ours(passages: Sequence[Row], folder: Path) -> Search:
    """The index of the articles, as a knowledge base has it."""
    started = time.perf_counter()
    write((Article(law=row["law"], number=row["article"], text=row["text"]) for row in passages), folder)
    held = Passages(folder)
    print(f"ours built in {time.perf_counter() - started:.1f} s")
    return lambda text: [passages[n]["id"] for n in held.best(letters(normalise(text)), _DEPTH)[0].tolist()]


def _words(passages: Sequence[Row]) -> Search:
    """What a first version usually is."""
    from rank_bm25 import BM25Okapi

    started = time.perf_counter()
    index = BM25Okapi([cut(f"{short_title(row['law'])} {row.get('chapter', '')} {row['text']}") for row in passages])
    print(f"rank_bm25 built in {time.perf_counter() - started:.1f} s")
    return lambda text: [passages[n]["id"] for n in np.argsort(-index.get_scores(cut(text)))[:_DEPTH].tolist()]


def _measured(search: Search, asked: Sequence[Row]) -> Figures:
    rows: list[tuple[float, float, float]] = []
    took: list[float] = []
    for row in asked:
        started = time.perf_counter()
        found = search(row["q"])
        took.append((time.perf_counter() - started) * 1000)
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
        f"{name:<18} NDCG@10 {f.ndcg10:.3f}   R@10 {f.recall10:.3f}   R@100 {f.recall100:.3f}"
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
