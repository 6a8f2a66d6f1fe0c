"""Question sets: read one, judge the answers, count. The figures are those of the question set's own README.

A figure that does not apply to a question is left out of its average.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.errors import ContentError

_FIELDS = {"gold": list, "must_contain": list, "must_not_contain": list}


@dataclass(frozen=True, slots=True)
class Question:
    """One line of a question set; `row` holds all its fields."""

    id: str
    q: str
    kind: str
    row: Mapping[str, Any]


def read_questions(path: Path) -> list[Question]:
    """Read a question set, one JSON object a line. Raises ContentError naming the line."""
    try:
        return parse_questions(path.read_text(encoding="utf-8"), path)
    except (OSError, UnicodeDecodeError) as e:
        raise ContentError(f"cannot be read as UTF-8 text: {e}", path) from e


def parse_questions(text: str, path: Path) -> list[Question]:
    """The questions in the text of a question set. Raises ContentError naming the line of `path`."""
    out = [_question(line, path, n) for n, line in enumerate(text.split("\n"), 1) if line.strip()]
    if not out:
        raise ContentError("holds no question", path)
    return out


def _question(line: str, path: Path, n: int) -> Question:
    try:
        row = json.loads(line)
    except ValueError as e:
        raise ContentError(f"not JSON: {e}", path, n) from e
    if not isinstance(row, dict) or not isinstance(row.get("q"), str):
        raise ContentError("each line must be an object with id and q", path, n)
    for name, kind in _FIELDS.items():
        if not isinstance(row.setdefault(name, kind()) or kind(), kind):
            raise ContentError(f"{name} must be a list", path, n)
        row[name] = row[name] or kind()
    return Question(str(row.get("id", n)), row["q"], str(row.get("kind", "")), row)


def judge(q: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, bool]:
    """One question and what `ask` says to it -> {figure: right or not}."""
    text = _plain(answer["answer"])
    cited = [(_law(c["law"]), c["article"]) for c in answer["citations"]]
    clean = not any(_plain(word) in text for word in q["must_not_contain"])
    out = {"clean": clean} if q["must_not_contain"] else {}
    if q.get("kind") == "out_of_domain":
        return out | {"refused": answer["rejected"] and clean}
    if q.get("kind") == "smalltalk":
        return out | {"small_talk": not cited and clean}
    if q.get("intent"):
        out["intent"] = answer["intent"] == q["intent"]
    return out | _content(q, answer, text, cited, clean)


def _content(
    q: Mapping[str, Any], answer: Mapping[str, Any], text: str, cited: list[tuple[str, str]], clean: bool
) -> dict[str, bool]:
    gold = {(_law(g["law"]), g["article"]) for g in q["gold"]}
    out: dict[str, bool] = {}
    tests: list[bool] = []
    if gold:
        out["cite@1"] = bool(gold & set(cited[:1]))
        out["cite@3"] = bool(gold & set(cited[:3]))
        tests.append(out["cite@3"])
    if q["must_contain"]:
        out["facts"] = all(any(_plain(alt) in text for alt in group.split("|")) for group in q["must_contain"])
        tests.append(out["facts"])
    if q.get("abstain_ok"):
        out["honest"] = bool(answer["rejected"] or (any(tests) and clean))
    elif tests:
        out |= {"answered": any(tests) and clean, "strict": all(tests) and clean, "lost": bool(answer["rejected"])}
    return out


def figures(judged: Iterable[tuple[str, Mapping[str, bool]]]) -> dict[str, dict[str, tuple[float, int]]]:
    """(group, judgements) pairs -> {group: {figure: (share right, questions it applies to)}}, with a group "all"."""
    values: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for group, judgement in judged:
        for figure, right in judgement.items():
            values["all"][figure].append(right)
            values[group][figure].append(right)
    return {
        group: {figure: (sum(v) / len(v), len(v)) for figure, v in sorted(held.items())}
        for group, held in values.items()
    }


def _law(name: str) -> str:
    bare = re.sub(r"[《》\s]", "", name)
    return re.sub(r"（[^（）]*节选）$", "", bare).removeprefix("中华人民共和国")


def _plain(text: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).lower()
