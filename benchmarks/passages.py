"""How search grows from 1,000 passages to 1,000,000: build, disk, opening, answering, memory.

    python -m benchmarks.passages [--sizes 1000,10000,100000,1000000] [--data ../shared/regulations]

Passages are sentences of the statutes in --data, put together anew (seeded) to the length of an article, under the
titles they come from; questions are pieces of such sentences, 8 to 24 characters, with words that people use around
them. Each size is built in a process of its own and asked in another, one thread, so that peak and resident memory are
those of the one thing: VmHWM while building; while answering VmRSS, of which what is mapped is shared by all workers.

Beside it, up to the size each can take here: rank_bm25 and bm25s on jieba's words, where they are installed
(pip install '.[bench]'; bm25s is no dependency of ours).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bot.answers.entries import Article
from bot.answers.ngrams import letters
from bot.answers.normalise import normalise
from bot.answers.passages import Passages, write
from bot.answers.words import cut
from bot.errors import BotError
from bot.ingest.statutes import read_statute
from bot.settings import ROOT

DATA = ROOT.parent / "shared/regulations"
SIZES = (1_000, 10_000, 100_000, 1_000_000)
#: What is built in memory with a loop in Python is not asked for more than this.
RIVALS = {"rank_bm25": 10_000, "bm25s": 100_000}
_QUESTIONS, _LENGTH, _K = 400, 110, 100
_SENTENCE = re.compile(r"[^。；\n]{6,}[。；]")


def main() -> int:
    args = _arguments()
    if args.inside:
        print(json.dumps(PARTS[args.inside](args.data, args.size, args.folder)))
        return 0
    if not _sentences(args.data):
        print(f"no statutes in {args.data}: nothing to measure")
        return 0
    heads = ("passages", "build s", "cpu s", "peak MB", "disk MB", "open s", "p50 ms", "p99 ms", "MB")
    print(f"{'':<12}" + "".join(f"{head:>10}" for head in heads))
    for size in args.sizes:
        with tempfile.TemporaryDirectory() as folder:
            built = _apart("build", args.data, size, folder)
            _print("ours", size, built | _apart("ask", args.data, size, folder))
        for rival in (name for name, most in RIVALS.items() if find_spec(name) and size <= most):
            _print(rival, size, _apart(rival, args.data, size, "."))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", type=lambda text: [int(n) for n in text.split(",")], default=SIZES)
    parser.add_argument("--data", type=Path, default=DATA, metavar="FOLDER")
    parser.add_argument("--inside", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--size", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def _apart(part: str, data: Path, size: int, folder: str) -> dict[str, float]:
    """Measure in a process that does nothing else."""
    command = [sys.executable, "-m", "benchmarks.passages", "--inside", part, "--data", str(data)]
    command += ["--size", str(size), "--folder", folder]
    environ = os.environ | {"OMP_NUM_THREADS": "1"}
    found: dict[str, float] = json.loads(
        subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environ).stdout
    )
    return found


def _print(name: str, size: int, found: dict[str, float]) -> None:
    columns = ("build_s", "cpu_s", "peak_mb", "disk_mb", "open_s", "p50_ms", "p99_ms", "rss_mb")
    figures = (f"{found[c]:>10.2f}" if c in found else f"{'':>10}" for c in columns)
    print(f"{name:<12}{size:>10}{''.join(figures)}", flush=True)


def _sentences(data: Path) -> list[tuple[str, str]]:
    """(title, sentence) of all statutes."""
    out: list[tuple[str, str]] = []
    for path in sorted(data.rglob("*.txt")):
        try:
            statute = read_statute(path)
        except BotError:
            continue  # samples that are broken on purpose
        out += [(statute.title, s) for a in statute.articles for s in _SENTENCE.findall(a.text)]
    return out


def passages(data: Path, size: int) -> Iterator[Article]:
    """`size` passages of sentences put together anew; those of one title follow each other, as in statutes."""
    rng, held = random.Random(7), _sentences(data)
    title, number = "", 0
    for n in range(size):
        if n % 60 == 0:
            title, number = rng.choice(held)[0], 0
        number += 1
        text = ""
        while len(text) < _LENGTH * rng.random() * 2 or not text:
            text += rng.choice(held)[1]
        yield Article(law=title, number=f"第{number}条", text=text, passage=str(n))


def questions(data: Path) -> list[str]:
    """Pieces of sentences with what people say around them."""
    rng, held = random.Random(11), _sentences(data)
    out = []
    for _ in range(_QUESTIONS):
        said = rng.choice(held)[1].strip("。；")
        length = rng.randrange(8, 25)
        at = rng.randrange(max(1, len(said) - length))
        out.append(
            rng.choice(("", "请问", "我们厂", ""))
            + said[at : at + length]
            + rng.choice(("怎么办", "吗", "由谁负责", ""))
        )
    return out


def _build(data: Path, size: int, folder: Path) -> dict[str, float]:
    made = time.process_time()
    for _ in passages(data, size):
        pass
    made = time.process_time() - made
    started, worked = time.perf_counter(), time.process_time()
    write(passages(data, size), folder)
    took, worked = time.perf_counter() - started - made, time.process_time() - worked - made
    disk = sum(p.stat().st_size for p in folder.iterdir()) / (1 << 20)
    return {"build_s": took, "cpu_s": worked, "peak_mb": memory_mb("VmHWM"), "disk_mb": disk}


def _ask(data: Path, _size: int, folder: Path) -> dict[str, float]:
    asked = [letters(normalise(q)) for q in questions(data)]
    started = time.perf_counter()
    held = Passages(folder)
    held.best(asked[0], _K)
    open_s = time.perf_counter() - started
    return {"open_s": open_s, **_timed(lambda codes: held.best(codes, _K), asked), "rss_mb": memory_mb("VmRSS")}


def _rank_bm25(data: Path, size: int, _folder: Path) -> dict[str, float]:
    from rank_bm25 import BM25Okapi

    texts = [cut(f"{a.law} {a.text}") for a in passages(data, size)]
    started = time.perf_counter()
    index = BM25Okapi(texts)
    took = time.perf_counter() - started
    asked = [cut(normalise(q)) for q in questions(data)][:60]
    timed = _timed(lambda words: index.get_top_n(words, range(size), _K), asked)
    return {"build_s": took, "peak_mb": memory_mb("VmHWM"), **timed, "rss_mb": memory_mb("VmRSS")}


def _bm25s(data: Path, size: int, _folder: Path) -> dict[str, float]:
    import bm25s

    texts = [cut(f"{a.law} {a.text}") for a in passages(data, size)]
    started = time.perf_counter()
    index = bm25s.BM25()
    index.index(texts, show_progress=False)
    took = time.perf_counter() - started
    asked = [cut(normalise(q)) for q in questions(data)]
    timed = _timed(lambda words: index.retrieve([words], k=_K, show_progress=False), asked)
    return {"build_s": took, "peak_mb": memory_mb("VmHWM"), **timed, "rss_mb": memory_mb("VmRSS")}


def _timed(search: Callable[[Any], object], asked: Sequence[Any]) -> dict[str, float]:
    """Milliseconds of CPU a question in one thread, the second time round."""
    took = []
    for round_ in range(2):
        for question in asked:
            started = time.process_time()
            search(question)
            if round_:
                took.append((time.process_time() - started) * 1000)
    took.sort()
    return {"p50_ms": took[len(took) // 2], "p99_ms": took[int(len(took) * 0.99)]}


def memory_mb(line: str) -> float:
    """VmRSS or VmHWM of this process; 0 where there is no /proc."""
    status = Path("/proc/self/status")
    held = status.read_text().splitlines() if status.exists() else []
    return next((int(x.split()[1]) / 1024 for x in held if x.startswith(line)), 0.0)


PARTS = {"build": _build, "ask": _ask, "rank_bm25": _rank_bm25, "bm25s": _bm25s}

if __name__ == "__main__":
    sys.exit(main())
