"""Rewrites of answers as a language model might give them: how many wrong ones the checks let through, and how many
honest ones they accept.

    python -m benchmarks.rewrites [--show]

`data/rewrites.jsonl` holds answers, each with honest rewrites and with tampered ones that differ from the answer in one
fact: a figure, a date, a law, an office, who, may for must, before for after, an item or a condition left out. The
checks were made while looking at them. `data/rewrites_apart.jsonl` was written afterwards and is run as totals only.
Then every answer of knowledge/entries is changed by rules, one fact at a time.

--show  what of the first set was wrongly let through or refused, and what of the changed answers was let through
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from bot.answers.entries import Entry, EntryKind
from bot.ingest import content
from bot.llm.checks import Plain, fault
from bot.settings import ROOT

DATA = Path(__file__).parent / "data"
#: One wrong word for a right one, both ways, none longer than the other.
TURNED = (
    ("不得", "可以"), ("应当", "可以"), ("必须", "可以"), ("以上", "以下"), ("之前", "之后"), ("至少", "最多"),
    ("超过", "低于"), ("或者", "并且"), ("立即", "按时"), ("可能", "一定"), ("不能", "也能"), ("没有", "已有"),
)  # fmt: skip
OTHERS = (
    ("单位", "个人"), ("职工", "老板"), ("应急管理部门", "公安机关"), ("人社部门", "住建部门"), ("12345", "12350"),
    ("119", "110"), ("安全生产法", "消防法"), ("罚款", "拘留"), ("重大", "较大"), ("工伤", "误工"), ("企业", "政府"),
)  # fmt: skip


def main() -> None:
    """Print the counts of the sets and of the changed answers."""
    show = "--show" in sys.argv[1:]
    for name in ("rewrites", "rewrites_apart"):
        print(name)
        measure(DATA / f"{name}.jsonl", show and name == "rewrites")
    print("answers changed by rules")
    change_all(show)


def measure(path: Path, show: bool) -> None:
    """Judge every rewrite of a set."""
    found: Counter[str] = Counter()
    accepted: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        plain = Plain(row["plain"], tuple(row["words"]))
        for kind, rewrite in chain.from_iterable([(k, text) for text in row[k]] for k in ("honest", "tampered")):
            wrong = fault(rewrite, plain)
            found[kind] += 1
            accepted[kind] += not wrong
            faults[f"{kind}, {wrong or 'accepted'}"] += 1
            if show and bool(wrong) is (kind == "honest"):
                print(f"  {kind}, {wrong or 'accepted'}: {rewrite}")
    for name, count in sorted(faults.items()):
        print(f"  {count:4} {name}")
    print(f"  tampered let through: {accepted['tampered']} of {found['tampered']}")
    print(f"  honest accepted: {accepted['honest']} of {found['honest']}")


def change_all(show: bool) -> None:
    """Change every answer in every way, and judge each change as if it were a rewrite."""
    made: Counter[str] = Counter()
    accepted: Counter[str] = Counter()
    chance = random.Random(1)
    for entry in content.read(ROOT / "knowledge").entries:
        if entry.kind is not EntryKind.FAQ:
            continue
        plain = Plain(entry.answer, (entry.title, *entry.questions))
        for kind, changed in changes(entry, chance):
            if changed == entry.answer or len(changed) > len(entry.answer):
                continue
            made[kind] += 1
            if not fault(changed, plain):
                accepted[kind] += 1
                if show:
                    print(f"  {kind}: {entry.id}: {changed}")
    for kind, count in sorted(made.items()):
        print(f"  {accepted[kind]:4} of {count:6} {kind}")
    print(f"  changed let through: {accepted.total()} of {made.total()}")


def changes(entry: Entry, chance: random.Random) -> Iterator[tuple[str, str]]:
    """(what was done, the changed answer); one change each."""
    text = entry.answer
    for m in re.finditer(r"\d+", text):
        yield "figure", f"{text[: m.start()]}{int(m[0]) + 1}{text[m.end() :]}"
    for m in re.finditer(r"[二三四五六七八九]", text):
        yield "figure in words", f"{text[: m.start()]}{chance.choice('二三四五六七八九')}{text[m.end() :]}"
    for pairs, kind in ((TURNED, "turned round"), (OTHERS, "another")):
        for one, other in chain(pairs, ((b, a) for a, b in pairs)):
            for m in re.finditer(re.escape(one), text):
                yield kind, text[: m.start()] + other + text[m.end() :]
    for m in re.finditer(r"[不未没无]", text):
        yield "not left out", text[: m.start()] + text[m.end() :]
    for m in re.finditer(r"(?<=、)[^、，。；：]{2,}?、", text):
        yield "point left out", text[: m.start()] + text[m.end() :]
    for m in re.finditer(r"(?<=[，。；])[^，。；]{4,}[，。；]", text):
        yield "clause left out", text[: m.start()] + text[m.end() :]
    yield from shuffled(text, chance)


def shuffled(text: str, chance: random.Random) -> Iterator[tuple[str, str]]:
    """A word of two characters in place of another one of the same answer, and two that change places."""
    words = [m for run in re.finditer(r"[一-鿿]+", text) for m in re.finditer(r"..", run[0]) if m]
    places = [run.start() + m.start() for run in re.finditer(r"[一-鿿]+", text) for m in re.finditer(r"..", run[0])]
    for _ in range(min(10, len(words) // 2)):
        a, b = sorted(chance.sample(places, 2))
        yield "another word of it", text[:a] + text[b : b + 2] + text[a + 2 :]
        yield "words exchanged", text[:a] + text[b : b + 2] + text[a + 2 : b] + text[a : a + 2] + text[b + 2 :]


if __name__ == "__main__":
    main()
