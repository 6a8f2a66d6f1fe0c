"""Writes bot/answers/dense/adapter.npy: what lay questions and their articles teach (benchmarks/adapter.py).

    python -m tools.learn_adapter --vectors FOLDER [--data ../shared/eval/statutes]

All questions of the folder teach it. What that is worth for questions that taught nothing is what benchmarks.retrieval
measures, with an adapter from one half and questions from the other. FOLDER: see there.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from benchmarks import retrieval
from benchmarks.adapter import learn
from bot.answers.dense import encoder
from bot.answers.dense.search import ADAPTER
from bot.answers.dense.vectors import Vectors, make


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=retrieval.DATA, metavar="FOLDER")
    parser.add_argument("--vectors", type=Path, required=True, metavar="FOLDER")
    args = parser.parse_args()
    task = retrieval.read(args.data)
    if task is None:
        print(f"no corpus in {args.data}: nothing to learn from")
        return 1
    held, base = retrieval.held(task.passages, args.vectors)
    make(held, base, encoder.shared().passage)
    vectors = Vectors(base, len(held))
    lessons = retrieval.lessons(task.taught + task.asked, task.passages, held, vectors)
    np.save(ADAPTER, learn(lessons, vectors.rows()).astype(np.float16))
    print(f"{ADAPTER.name} written: {len(lessons)} questions")
    return 0


if __name__ == "__main__":
    sys.exit(main())
