"""config/lexicon.toml: the words by which emergencies and hazard reports are known, checked when they are read.

Two kinds of lists, each one text of words between blanks:

meanings  literal words; `(a|b)` is written out to each of its ways: 着(火|了) is 着火 and 着了
signs     regular expressions in which `…` stands for up to eight characters of one clause, and without `*` and `+`:
          what is bounded takes time in proportion to the message, whoever wrote it; also [report], [hazard.…] …
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any

from bot.errors import ContentError

#: The file as read: table -> key -> text of words, or a table again.
Lexicon = Mapping[str, Any]

#: Up to eight characters, none of which ends a clause.
GAP = r"[^,.;!?。\n]{0,8}?"
#: Characters of one meaning; a longer one is a slip of the pen: nobody writes it.
MAX_WORD = 12

#: Every list that the code looks up, by table; [meanings], [emergency] and [hazard] are free to grow.
_LISTS = {
    "signs": "plea urge live here place ask howto fact formal calm frame really suppose denied when after found slang"
    " past over still state harmless",
    "sounds": "except",
    "report": "wish plain question right harmless",
    "insult": "words mild aimed complaint around",
    "despair": "figure wish jump others lightly heavy about",
}
_KIND_KEYS = {"words", "department", "phone"}
#: A group or a class of characters at the start, which holds neither groups nor anything else that is special.
_LEADING = re.compile(r"(?:\(\?:([^()\[\]\\.^$?|]+(?:\|[^()\[\]\\.^$?|]+)+)\)|\[([^\[\]\\^-]+)\])(?![?{])(.*)")
_MAX_SPREAD = 400  # characters
_GROUP = re.compile(r"\([^()]*\)")
_OPENING = re.compile(r"(?<![\\\[])\((?!\?)")
_UNBOUNDED = re.compile(r"(?<!\\)[*+]|\{\d*,\}")
_WAYS = re.compile(r"\(([^()]*)\)|([^()]+)")


def load_lexicon(path: Path) -> Lexicon:
    """Read and check the file. Raises ContentError with the path, the line where it can be told, and what to do."""
    try:
        text = path.read_text(encoding="utf-8")
        lexicon, fault = _read(text)
    except OSError as e:
        raise ContentError(f"cannot be read: {e.strerror}", path) from e
    except UnicodeDecodeError as e:
        raise ContentError("not UTF-8 text; save it as UTF-8", path) from e
    except tomllib.TOMLDecodeError as e:
        line = re.search(r"at line (\d+)", str(e))
        raise ContentError(f"not valid TOML: {e}", path, int(line[1]) if line else None) from e
    if fault:
        raise ContentError(f"{fault[0]}: {fault[1]}", path, _line(text, fault[0]))
    return lexicon


@lru_cache(maxsize=2)  # to try 3,000 signs takes .15 s of a processor, and several parts of a process read the file
def _read(text: str) -> tuple[Lexicon, tuple[str, str] | None]:
    """The lists, and key and reason of the first thing that is wrong. Raises TOMLDecodeError."""
    lexicon = tomllib.loads(text)
    return lexicon, next(_wrong(lexicon), None)


def spelled_out(text: str) -> list[str]:
    """The literal words of a list, each (a|b) written out; raises ValueError for brackets that do not pair."""
    return [way for word in text.split() for way in _ways(word)]


def _ways(word: str) -> Iterator[str]:
    parts = [(m[1] if m[2] is None else m[2], m[2] is None) for m in _WAYS.finditer(word)]
    if sum(len(part) + 2 * bracketed for part, bracketed in parts) != len(word):
        raise ValueError("brackets must pair and hold no brackets")
    return map("".join, product(*(part.split("|") if bracketed else [part] for part, bracketed in parts)))


def expressions(text: str) -> list[str]:
    """The regular expressions of a list of signs."""
    return [_OPENING.sub("(?:", word).replace("…", GAP) for word in text.split()]


def any_of(listed: list[str]) -> str:
    """One expression for any of them, the longest first; it matches nowhere when there is none."""
    ways = [way for expression in sorted(listed, key=len, reverse=True) for way in _spread(expression)]
    return "(?:" + "|".join(ways) + ")" if ways else r"(?!)"


def _spread(expression: str) -> list[str]:
    """(?:要|想)举报 as 要举报, 想举报, and [叫喊]不 as 叫不, 喊不: the same matches in the same order.

    Where every way begins with a character of its own, `re` passes over all places with another one: measured, the
    700 words of `harmless` take a fifth of the time. What would grow long stays as it is.
    """
    found = _LEADING.fullmatch(expression)
    if found is None or "|" in _GROUP.sub("", found[3]):
        return [expression]
    ways = found[1].split("|") if found[1] else [re.escape(char) for char in found[2]]
    return [way + found[3] for way in ways] if len(ways) * len(found[3]) <= _MAX_SPREAD else [expression]


def _wrong(lexicon: Lexicon) -> Iterator[tuple[str, str]]:
    """Key and reason of everything that is wrong, the first first."""
    for table in (*_LISTS, "meanings", "emergency", "cards", "hazard"):
        if not isinstance(lexicon.get(table), dict):
            yield f"[{table}]", "the table is missing"
            return
    for table, keys in _LISTS.items():
        for key in keys.split():
            if key not in lexicon[table]:
                yield f"[{table}] {key}", "the list is missing"
    yield from _wrong_kinds(lexicon["hazard"])
    for key, text in _texts(lexicon):
        yield from [(key, "must be one text of words between blanks")] if not isinstance(text, str) else _bad(key, text)
    yield from _wrong_rules(lexicon)


def _wrong_kinds(kinds: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, kind in kinds.items():
        if not isinstance(kind, dict) or set(kind) != _KIND_KEYS:
            yield f"[hazard.{name}]", f"must be a table with {', '.join(sorted(_KIND_KEYS))}"


def _texts(lexicon: Lexicon) -> Iterator[tuple[str, Any]]:
    """Key and value of every list of words; [hazard.gas] words is the key of a list in a table of tables."""
    for table in ("signs", "report", "insult", "despair", "meanings", "emergency", "cards"):
        yield from ((f"[{table}] {key}", value) for key, value in lexicon[table].items())
    yield "[sounds] except", lexicon["sounds"]["except"]
    yield from ((f"[hazard.{name}] words", kind["words"]) for name, kind in lexicon["hazard"].items())


def _bad(key: str, text: str) -> Iterator[tuple[str, str]]:
    if key.startswith(("[emergency]", "[cards]", "[sounds]")):
        return
    check = _wrong_meaning if key.startswith("[meanings]") else wrong_sign
    for word in text.split():
        if reason := check(word):
            yield key, f"{word:.40}: {reason}"


def _wrong_meaning(word: str) -> str:
    try:
        ways = spelled_out(word)
    except ValueError as e:
        return str(e)
    return "" if all(0 < len(way) <= MAX_WORD for way in ways) else f"a word has 1 to {MAX_WORD} characters"


def wrong_sign(word: str) -> str:
    """What is wrong with a sign; "" where nothing is."""
    if _UNBOUNDED.search(word):
        return "* and + are not allowed; … stands for up to eight characters"
    try:
        expression = re.compile(expressions(word)[0])
    except re.error as e:
        return e.msg
    return "matches every message; a word must ask for at least one character" if expression.match("") else ""


def _wrong_rules(lexicon: Lexicon) -> Iterator[tuple[str, str]]:
    for card, rules in lexicon["emergency"].items():
        for rule in rules.split():
            parts = rule.split("+")
            if len(parts) > 2:
                yield f"[emergency] {card}", f"{rule}: at most two meanings are joined"
            if unknown := [part for part in parts if part not in lexicon["meanings"]]:
                yield f"[emergency] {card}", f"{rule}: [meanings] has no {unknown[0]}"
    for card in set(lexicon["cards"]) - set(lexicon["emergency"]):
        yield f"[cards] {card}", "[emergency] has no such line"


def _line(text: str, key: str) -> int | None:
    """The line on which the table or key stands, None where it does not."""
    table, _, name = key.partition("] ")
    start = text.find(table.rstrip("]") + "]")
    if start < 0:
        return None
    if name and (at := re.compile(rf'^"?{re.escape(name)}"?\s*=', re.MULTILINE).search(text, start)):
        start = at.start()
    return text.count("\n", 0, start) + 1
