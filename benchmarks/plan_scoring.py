"""How right a proposal is: F1 of each field against what a person wrote down."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rapidfuzz import fuzz

#: Two values are the same fact.
Same = Callable[[Any, Any], bool]


@dataclass(slots=True)
class Score:
    """Counts of one field. missed, extra: what was expected and not found, found and not expected."""

    right: int = 0
    missed: list[Any] = field(default_factory=list)
    extra: list[Any] = field(default_factory=list)

    def add(self, other: Score) -> None:
        """Count another plan's field too."""
        self.right += other.right
        self.missed += other.missed
        self.extra += other.extra

    @property
    def f1(self) -> float:
        """0 to 1; 1 where nothing was expected and nothing found."""
        total = 2 * self.right + len(self.missed) + len(self.extra)
        return 2 * self.right / total if total else 1.0


def compare(expected: Iterable[Any], found: Iterable[Any], same: Same) -> Score:
    """Pair each expected value with one that was found."""
    left, score = list(found), Score()
    for value in expected:
        hit = next((f for f in left if same(value, f)), None)
        if hit is None:
            score.missed.append(value)
        else:
            left.remove(hit)
            score.right += 1
    score.extra = left
    return score


_SHORT = (
    ("工业和信息化", "工信"),
    ("市场监督管理", "市场监管"),
    ("安全生产委员会办公室", "安委办"),
    ("安委会办公室", "安委办"),
    ("减灾委员会办公室", "减灾办"),
    ("消防安全委员会办公室", "消安办"),
    ("应急管理", "应急"),
    ("住房和城乡建设", "住建"),
    ("省厅", "省工信厅"),
    ("人民政府", "政府"),
    ("中华人民共和国", ""),
)


def plain(text: Any) -> str:
    """Only what counts when names are compared."""
    told = re.sub(r"（推断）|（[^（）]*）|[\W_]+", "", str(text or ""))
    for long, short in _SHORT:
        told = told.replace(long, short)
    return told


def same_text(a: Any, b: Any) -> bool:
    """The same but for punctuation."""
    return plain(a) == plain(b)


def same_name(a: Any, b: Any) -> bool:
    """Names of which one holds the other, or both nothing."""
    x, y = plain(a), plain(b)
    return x == y or bool(x and y and (x in y or y in x))


def like(a: Any, b: Any) -> bool:
    """Wordings of one thing: one in the other, or most characters the same."""
    x, y = plain(a), plain(b)
    return same_name(a, b) or fuzz.partial_ratio(x, y) >= 75 or fuzz.ratio(x, y) >= 60


def same_day(a: Any, b: Any) -> bool:
    """Dates as exact as the coarser of both; nothing is like nothing."""
    x, y = str(a or ""), str(b or "")
    return x == y or bool(x and y and len(x) >= 7 and len(y) >= 7 and (x.startswith(y) or y.startswith(x)))


def _figure(value: Any) -> tuple[float, str]:
    return (
        (float(value[0]), str(value[1])) if isinstance(value, Sequence) else (float(value["quantity"]), value["unit"])
    )


FIELDS: Mapping[str, Same] = {
    "title": same_text,
    "issuer": same_name,
    "region": same_text,
    "year": lambda a, b: a == b,
    "theme": same_text,
    "doc_no": same_text,
    "issue_date": lambda a, b: str(a) == str(b),
    "periods": lambda a, b: (
        like(a["name"], b["name"]) and same_day(a["start"], b["start"]) and same_day(a["end"], b["end"])
    ),
    "events": lambda a, b: same_day(a["date"], b["date"]),
    "deadlines": lambda a, b: same_day(a["date"], b["date"]) and (not a.get("to") or same_name(a["to"], b["to"])),
    "hotlines": lambda a, b: str(a) == str(b),
    "laws": same_text,
    "doc_numbers": same_text,
    "contact": same_name,
    "attachments": like,
    "sections": lambda a, b: plain(a[0]) == plain(b["number"]) and same_text(a[1], b["title"]),
    "activities": lambda a, b: like(a, b["title"]),
    "duties": lambda a, b: _figure(a) == _figure(b),
}


def score(expected: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Score]:
    """Each field of `FIELDS` that `expected` holds; null counts as nothing."""
    out = {}
    for name, same in FIELDS.items():
        if name in expected:
            out[name] = compare(_values(expected[name]), _values(found[name]), same)
    return out


def _values(value: Any) -> list[Any]:
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, list) else [value]
