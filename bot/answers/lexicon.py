"""config/lexicon.toml: the words by which emergencies and hazard reports are known, checked when they are read.

A list is one text of words between blanks. A word is a regular expression with two shorthands, `{name}` for any word
of that name in [groups] and `…` for up to eight characters of one clause, and without `*` and `+`: what is bounded
takes time in proportion to the message, whoever wrote it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from bot.errors import ContentError

#: The file as read: table -> key -> text of words, or a table again.
Lexicon = Mapping[str, Any]

#: Up to eight characters, none of which ends a clause.
GAP = r"[^,.;!?。\n]{0,8}?"

#: Every list that the code looks up, by table; [emergency.…] and [hazard.…] are free to grow.
_LISTS = {
    "signs": "bare plea urge live here place ask howto fact formal calm frame really suppose denied after unsure found slang past over still harmless",
    "sounds": "except",
    "report": "wish plain question right harmless",
}
_CARD_KEYS = {"now", "name", "card"}
_KIND_KEYS = {"words", "department", "phone"}
_GROUP = re.compile(r"\{([a-z_]+)\}")
_OPENING = re.compile(r"(?<![\\\[])\((?!\?)")
_UNBOUNDED = re.compile(r"(?<!\\)[*+]|\{\d*,\}")


def load_lexicon(path: Path) -> Lexicon:
    """Read and check the file. Raises ContentError with the path, the line where it can be told, and what to do."""
    try:
        text = path.read_text(encoding="utf-8")
        lexicon = tomllib.loads(text)
    except OSError as e:
        raise ContentError(f"cannot be read: {e.strerror}", path) from e
    except UnicodeDecodeError as e:
        raise ContentError("not UTF-8 text; save it as UTF-8", path) from e
    except tomllib.TOMLDecodeError as e:
        line = re.search(r"at line (\d+)", str(e))
        raise ContentError(f"not valid TOML: {e}", path, int(line[1]) if line else None) from e
    for key, reason in _wrong(lexicon):
        raise ContentError(f"{key}: {reason}", path, _line(text, key))
    return lexicon


def words(lexicon: Lexicon, text: str) -> list[str]:
    """The regular expressions of one list of words, shorthands written out."""
    return [written_out(word, lexicon["groups"]) for word in text.split()]


def any_of(expressions: list[str]) -> str:
    """One expression for any of them, the longest first; it matches nowhere when there is none."""
    return "(?:" + "|".join(sorted(expressions, key=len, reverse=True)) + ")" if expressions else r"(?!)"


def by_first_character(word: str, groups: Mapping[str, str]) -> dict[str, str]:
    """Each character that a word of the lexicon can begin with -> the word, narrowed to that beginning.

    So most places of a message need no look, and the others a short one.
    """
    word = _GROUP.sub(lambda m: _group(groups[m[1]]), word)
    if not word.startswith("("):
        return {char: word for char in _first(word)}
    inside, rest = _bracket(word)
    if rest.startswith("?"):
        inside, rest = [*inside, ""], rest[1:]
    found: dict[str, list[str]] = {}
    for head in inside:
        narrowed = by_first_character(head, groups) if head else by_first_character(rest, groups)
        for char, part in narrowed.items():
            found.setdefault(char, []).append(part + rest if head else part)
    return {char: _together(parts, rest) for char, parts in found.items()}


def _first(word: str) -> set[str]:
    if word.startswith("["):
        return set(word[1 : word.index("]")])
    if word.startswith("\\d"):
        return set("0123456789")
    return {word.removeprefix("\\")[:1]} - {""}


def _together(words: list[str], rest: str) -> str:
    """One word for several; the end that they share is written once."""
    shared = [word.removesuffix(rest) for word in words if word.endswith(rest)]
    others = [word for word in words if not word.endswith(rest)]
    return "(" + "|".join([*([f"({'|'.join(shared)}){rest}"] if shared else []), *others]) + ")"


def _bracket(word: str) -> tuple[list[str], str]:
    """Take (a|b)rest apart: [a, b] and rest; brackets within stay as they are."""
    depth, start, parts = 0, 1, []
    for at, char in enumerate(word):
        depth += (char == "(") - (char == ")")
        if depth == 0 or (depth == 1 and char == "|"):
            parts.append(word[start:at])
            start = at + 1
        if depth == 0:
            return parts, word[at + 1 :]
    raise ValueError(f"a bracket is open: {word}")


def written_out(word: str, groups: Mapping[str, str]) -> str:
    """One word as a regular expression."""
    full = _GROUP.sub(lambda m: _group(groups[m[1]]), word)
    return _OPENING.sub("(?:", full).replace("…", GAP)


@cache
def _group(text: str) -> str:
    return "(" + "|".join(sorted(text.split(), key=len, reverse=True)) + ")"


def _wrong(lexicon: Lexicon) -> Iterator[tuple[str, str]]:
    """Key and reason of everything that is wrong, the first first."""
    for table in ("groups", *_LISTS, "emergency", "hazard"):
        if not isinstance(lexicon.get(table), dict):
            yield f"[{table}]", "the table is missing"
            return
    for table, keys in _LISTS.items():
        for key in keys.split():
            if key not in lexicon[table]:
                yield f"[{table}] {key}", "the list is missing"
    yield from _wrong_tables(lexicon)
    for key, text in _texts(lexicon):
        yield from _wrong_words(key, text, lexicon["groups"])


def _wrong_tables(lexicon: Lexicon) -> Iterator[tuple[str, str]]:
    for table, known in (("emergency", _CARD_KEYS), ("hazard", _KIND_KEYS)):
        for name, item in lexicon[table].items():
            if not isinstance(item, dict) or set(item) - known:
                yield f"[{table}.{name}]", f"must be a table with {', '.join(sorted(known))}"
            elif missing := known - {"card"} - set(item):
                yield f"[{table}.{name}]", f"{', '.join(sorted(missing))} missing"


def _texts(lexicon: Lexicon, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in lexicon.items():
        if isinstance(value, dict):
            yield from _texts(value, f"[{prefix.strip('[] ') + '.' if prefix else ''}{key}] ")
        elif key not in ("department", "phone", "card"):
            yield f"{prefix}{key}", value


def _wrong_words(key: str, text: Any, groups: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if not isinstance(text, str):
        yield key, "must be one text of words between blanks"
        return
    for word in text.split():
        if unknown := [name for name in _GROUP.findall(word) if name not in groups]:
            yield key, f"{word:.40}: [groups] has no {unknown[0]}"
        elif _UNBOUNDED.search(word):
            yield key, f"{word:.40}: * and + are not allowed; … stands for up to eight characters"
        else:
            yield from _wrong_expression(key, word, groups)


def _wrong_expression(key: str, word: str, groups: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    try:
        expression = re.compile(written_out(word, groups))
    except re.error as e:
        yield key, f"{word:.40}: {e.msg}"
        return
    if expression.match(""):
        yield key, f"{word:.40}: matches every message; a word must ask for at least one character"


def _line(text: str, key: str) -> int | None:
    """The line on which the table or key stands, None where it does not."""
    table, _, name = key.partition("] ")
    start = text.find(table.rstrip("]") + "]")
    if start < 0:
        return None
    if name and (at := re.compile(rf'^"?{re.escape(name)}"?\s*=', re.MULTILINE).search(text, start)):
        start = at.start()
    return text.count("\n", 0, start) + 1
