"""Every way of matching in one table: lay questions over statutes, and phrasings of our entries that were held out.

    python -m benchmarks.matching [--vectors FOLDER [--made]] [--others 200] [--entries 400]

The figures are those of benchmarks.retrieval and benchmarks.phrasings, which say what the options and the ways are.
Milliseconds of a processor for a question, the median. "-" where a way is not for that task: the dense option ranks
articles and leaves entries to the Matcher.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks import phrasings, retrieval
from bot.ingest import content
from bot.settings import ROOT

_HEAD = ("", "NDCG@10", "R@10", "R@100", "cold", "ms", "Hit@1", "Hit@3", "ms")


def main() -> int:
    parser = retrieval.parser(__doc__.split("\n")[0])
    parser.add_argument("--entries", type=int, default=400)
    args = parser.parse_args()
    rows: dict[str, list[str]] = {}
    task = retrieval.read(args.data, args.vectors if args.made else None)
    if task:
        print(f"{len(task.passages)} articles, {len(task.asked)} questions, {len(task.cold)} of them cold")
        with tempfile.TemporaryDirectory() as folder:
            for name, all_, cold in retrieval.measured(task, args, Path(folder)):
                figures = (all_.ndcg10, all_.recall10, all_.recall100, cold.ndcg10)
                rows[name] = [*(f"{figure:.3f}" for figure in figures), f"{all_.p50_ms:.2f}"]
    split = phrasings.held_out(content.load(ROOT / "knowledge"), args.entries, 7)
    print(f"{len(split.knowledge.entries)} entries, {len(split.asked)} phrasings held out")
    for name, way in phrasings.ways(split):
        f = phrasings.measured(way, split)
        rows.setdefault(name, ["-"] * 5).extend([f"{f.first:.3f}", f"{f.among:.3f}", f"{f.p50_ms:.2f}"])
    for row in (_HEAD, *([name, *row, "-", "-", "-"][: len(_HEAD)] for name, row in rows.items())):
        print(f"{row[0]:<20}" + "".join(f"{cell:>9}" for cell in row[1:]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
