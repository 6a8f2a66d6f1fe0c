"""Rewrites of answers as a language model might give them: how many wrong ones the checks let through, and how many
honest ones they accept.

    python -m benchmarks.rewrites

`data/rewrites.jsonl` holds answers, each with honest rewrites and with tampered ones that differ from the answer in one
fact: a figure, a date, a law, an office, who, may for must, before for after, an item or a condition left out. They
were written before the checks were first run on them; what was changed in the checks since is told in README.md.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from bot.llm.checks import Plain, fault

DATA = Path(__file__).parent / "data" / "rewrites.jsonl"


def main() -> None:
    """Print what was wrongly let through and wrongly refused, then the counts."""
    rows = [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()]
    found: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    for row in rows:
        plain = Plain(row["plain"], tuple(row["words"]))
        for kind in ("honest", "tampered"):
            for rewrite in row[kind]:
                wrong = fault(rewrite, plain)
                found[kind] += 1
                found[f"{kind}, accepted"] += not wrong
                faults[f"{kind}: {wrong or 'accepted'}"] += 1
                if bool(wrong) is (kind == "honest"):
                    print(f"{kind}, {wrong or 'accepted'}: {rewrite}")
    for name, count in sorted(faults.items()):
        print(f"{count:4} {name}")
    print(f"tampered let through: {found['tampered, accepted']} of {found['tampered']}")
    print(f"honest accepted: {found['honest, accepted']} of {found['honest']}")


if __name__ == "__main__":
    main()
