"""Kinds of words in a message: 去年 and 上个月 are one thing to the learned model, 作文 and 考题 another.

Single words are too many to be learned from examples; a list of alike ones says more than any of them.
Each kind is a term, and so is each two kinds that meet in a message: past + law (去年 … 赔) is no emergency. What a
message ends with is a term of its own: there stands what is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import resources
from itertools import combinations
from pathlib import Path

import numpy as np

from bot.answers.lexicon import spelled_out
from bot.answers.ngrams import Ints, paired

_FILE = "danger_words.txt"
#: Codes of kinds start here, above those of letters and sounds.
_FIRST = 0x180000
#: Codes of kinds that stand among the last characters are higher by so much.
_AT_END, _LAST = 0x40000, 7


class WordKinds:
    """The list of words, ready to be looked for; read-only."""

    def __init__(self, text: str) -> None:
        """`text`: lines of `kind: words`; what starts with # is passed over."""
        self._text = text
        lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
        kinds_of: dict[str, set[int]] = {}
        for number, line in enumerate(lines):
            for word in spelled_out(line.partition(":")[2]):
                kinds_of.setdefault(word, set()).add(_FIRST + number)
        self._kinds_of = {word: tuple(kinds) for word, kinds in kinds_of.items()}
        lengths: dict[str, set[int]] = {}
        for word in kinds_of:
            lengths.setdefault(word[0], set()).add(len(word))
        self._lengths = {char: tuple(found) for char, found in lengths.items()}

    @classmethod
    def open(cls, folder: Path) -> WordKinds:
        """Read what `save` wrote."""
        return _read((folder / _FILE).read_text(encoding="utf-8"))

    def save(self, folder: Path) -> None:
        """Write folder/danger_words.txt."""
        (folder / _FILE).write_text(self._text, encoding="utf-8")

    def codes(self, text: str) -> list[int]:
        """The kinds in normalised `text`, each once, in their order."""
        found: set[int] = set()
        for start, char in enumerate(text):
            for length in self._lengths.get(char, ()):
                if kinds := self._kinds_of.get(text[start : start + length]):
                    found.update(kinds)
        return sorted(found)

    def terms(self, text: str, codes: Sequence[int] | None = None) -> Ints:
        """The kinds in normalised `text`, every two of them, and those at its end, as terms; `codes` where known."""
        found = self.codes(text) if codes is None else codes
        at_end = (code + _AT_END for code in self.codes(text[-_LAST:]))
        return np.array([*found, *(paired(a, b) for a, b in combinations(found, 2)), *at_end], np.int64)


@cache
def shipped() -> WordKinds:
    """The list of this version of the program."""
    return _read(resources.files("bot.answers").joinpath(f"data/{_FILE}").read_text(encoding="utf-8"))


@cache
def _read(text: str) -> WordKinds:
    return WordKinds(text)
