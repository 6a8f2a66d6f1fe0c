"""The numbers that Word counts by itself: they stand nowhere in the text, and a plan's items hang on them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from bot.answers.normalise import chinese

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DEEPEST = 9
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
          (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Level:
    """How one level of a list counts. pattern: lvlText, such as （%2）."""

    start: int = 1
    style: str = "decimal"
    pattern: str = ""
    suffix: str = "tab"


@dataclass(slots=True)
class Numbering:
    """Counts through a document from top to bottom; ask it once for each numbered paragraph, in order."""

    lists: dict[str, tuple[str, dict[int, _Level]]]  # numId -> what counts together, levels
    _counts: dict[str, list[int | None]] = field(default_factory=dict)

    def next(self, number_id: str, level: int) -> str:
        """The number that stands before the paragraph, "" for bullets and unknown lists."""
        family, levels = self.lists.get(number_id, ("", {}))
        now = levels.get(level)
        if now is None or not 0 <= level < _DEEPEST:
            return ""
        counts = self._counts.setdefault(family, [None] * _DEEPEST)
        counts[level] = now.start if counts[level] is None else (counts[level] or 0) + 1
        counts[level + 1 :] = [None] * (_DEEPEST - level - 1)
        return _printed(now, counts, levels)


def _printed(now: _Level, counts: list[int | None], levels: dict[int, _Level]) -> str:
    if now.style in ("bullet", "none"):
        return ""

    def part(match: re.Match[str]) -> str:
        at = int(match[1]) - 1
        of = levels.get(at, _Level())
        return write(counts[at] if counts[at] is not None else of.start, of.style)

    text = re.sub(r"%([1-9])", part, now.pattern)
    return text + (" " if now.suffix != "nothing" and re.search(r"[条章节编]$", text) else "")


def write(value: int | None, style: str) -> str:
    """A count in one of Word's styles (ST_NumberFormat); digits where the style is not known."""
    n = value or 0
    if style.startswith(("chinese", "taiwanese", "japanese", "ideographDigital", "korean")):
        return chinese(n) if 0 < n < 10_000 else str(n)
    if style in ("lowerLetter", "upperLetter") and n > 0:
        letter = chr(ord("a") + (n - 1) % 26) * ((n - 1) // 26 + 1)
        return letter.upper() if style == "upperLetter" else letter
    if style in ("lowerRoman", "upperRoman") and 0 < n < 4000:
        return _roman(n).upper() if style == "upperRoman" else _roman(n)
    if style.startswith("decimalEnclosedCircle") and 0 < n <= 20:
        return chr(0x2460 + n - 1)
    if style == "ideographTraditional" and 0 < n <= 10:
        return _STEMS[n - 1]
    if style == "ideographZodiac" and 0 < n <= 12:
        return _BRANCHES[n - 1]
    return f"{n:02d}" if style == "decimalZero" else str(n)


def _roman(n: int) -> str:
    out = ""
    for value, letters in _ROMAN:
        out += letters * (n // value)
        n %= value
    return out


def read_numbering(root: Any) -> Numbering:
    """Word's numbering part (an lxml element, None where the document has none)."""
    if root is None:
        return Numbering({})
    abstract = {a.get(W + "abstractNumId"): _levels(a) for a in root.findall(W + "abstractNum")}
    lists: dict[str, tuple[str, dict[int, _Level]]] = {}
    for num in root.findall(W + "num"):
        name, ref = num.get(W + "numId", ""), num.find(W + "abstractNumId")
        family = ref.get(W + "val", "") if ref is not None else ""
        levels = dict(abstract.get(family, {}))
        restarts = False
        for change in num.findall(W + "lvlOverride"):
            restarts |= _override(change, levels)
        # A list that begins anew counts for itself; others of the same kind count on.
        lists[name] = (name if restarts else f"abstract {family}", levels)
    return Numbering(lists)


def _override(change: Any, levels: dict[int, _Level]) -> bool:
    at = _int(change.get(W + "ilvl"), 0)
    whole, start = change.find(W + "lvl"), change.find(W + "startOverride")
    if whole is not None:
        levels[at] = _level(whole)
    if start is None:
        return False
    old = levels.get(at, _Level())
    levels[at] = _Level(_int(start.get(W + "val"), 1), old.style, old.pattern, old.suffix)
    return True


def _levels(abstract: Any) -> dict[int, _Level]:
    return {_int(x.get(W + "ilvl"), 0): _level(x) for x in abstract.findall(W + "lvl")}


def _level(x: Any) -> _Level:
    def value(tag: str, default: str) -> str:
        found = x.find(W + tag)
        return default if found is None else str(found.get(W + "val", default))

    return _Level(_int(value("start", "1"), 1), value("numFmt", "decimal"), value("lvlText", ""), value("suff", "tab"))


def _int(text: str | None, default: int) -> int:
    try:
        return int(text or "")
    except ValueError:
        return default
