"""What people may choose: the lists of config/people.toml, each name with the other words that people use for it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.answers.normalise import normalise
from bot.errors import SettingsError

#: The lists of the file, and what each is called in a talk.
FIELDS = {
    "topic": ("主题", "内容"),
    "audience": ("人群", "身份"),
    "industry": ("行业",),
    "post": ("岗位", "工种", "职务"),
    "slot": ("时段", "时间"),
    "frequency": ("频率", "频次"),
}
#: Characters that the columns hold.
_LONGEST = {"topic": 40, "audience": 20, "industry": 40, "post": 40, "slot": 20, "frequency": 20}
#: The column of `follower` holds these instead: they are words of the program, not of an office.
CODES = {"早上": "morning", "中午": "noon", "傍晚": "evening", "每天": "daily", "每周": "weekly"}
WORDS = {code: word for word, code in CODES.items()}


@dataclass(frozen=True, slots=True)
class Choices:
    """names: field -> the names to choose from; by_word: field -> normalised word -> name."""

    names: Mapping[str, tuple[str, ...]]
    by_word: Mapping[str, Mapping[str, str]]

    def find(self, field: str, text: str) -> str:
        """The name that a text means, "" for none."""
        return self.by_word[field].get(normalise(text), "")


def load(path: Path) -> Choices:
    """Read the file. Raises SettingsError, which names the list and the word."""
    try:
        held = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as e:
        raise SettingsError(f"{path}: {e}") from e
    if unknown := [name for name in held if name not in FIELDS]:
        raise SettingsError(f"{path}: unknown list {unknown[0]}; known here: {', '.join(FIELDS)}")
    lists = {field: _rows(path, field, held.get(field)) for field in FIELDS}
    by_word = {field: _words(path, field, rows) for field, rows in lists.items()}
    return Choices({field: tuple(row[0] for row in rows) for field, rows in lists.items()}, by_word)


def _rows(path: Path, field: str, held: object) -> list[list[str]]:
    """One list of the file, each row a name and its other words."""
    if not isinstance(held, list) or not held:
        raise SettingsError(f"{path}: {field} is missing or empty")
    for n, row in enumerate(held, 1):
        if not (isinstance(row, list) and row and all(isinstance(word, str) and word.strip() for word in row)):
            raise SettingsError(f'{path}: {field}, row {n}: must be a name and its other words: ["…", "…"]')
        if len(row[0]) > _LONGEST[field]:
            raise SettingsError(f"{path}: {field}, row {n}: {row[0]}: at most {_LONGEST[field]} characters")
        if field in ("slot", "frequency") and row[0] not in CODES:
            raise SettingsError(f"{path}: {field}, row {n}: {row[0]}: only {'、'.join(CODES)} can be chosen")
    return held


def _words(path: Path, field: str, rows: list[list[str]]) -> dict[str, str]:
    """Word -> name of one list."""
    out: dict[str, str] = {}
    for row in rows:
        for word in row:
            if out.setdefault(normalise(word), row[0]) != row[0]:
                raise SettingsError(f"{path}: {field}: {word} stands for both {out[normalise(word)]} and {row[0]}")
    return out
