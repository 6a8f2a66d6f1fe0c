"""Characters as they sound, so that a homophone typed or heard wrongly still matches."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

#: Sounds that input methods, dialects and speech recognition mix up are one sound here.
_FOLD = ((re.compile("^(z|c|s)h"), r"\1"), (re.compile("(e|i)ng$"), r"\1n"), (re.compile("^n(?=[aeiou]+[ng]*$)"), "l"))


def fold(syllable: str) -> str:
    """The sound class of a toneless syllable: zhang -> zang, sheng -> sen."""
    for pattern, to in _FOLD:
        syllable = pattern.sub(to, syllable)
    return syllable


@cache
def _readings() -> tuple[tuple[str, str], ...]:
    """Every syllable with the characters that are read so."""
    text = resources.files("bot.answers").joinpath("data/pinyin.txt").read_text(encoding="utf-8")
    return tuple((syllable, chars) for line in text.splitlines() for syllable, chars in [line.split(" ")])


@cache
def _numbers() -> dict[str, int]:
    """Sound class -> a code above every code point, so that a sound never equals a letter or digit."""
    return {sound: n for n, sound in enumerate(sorted({fold(syllable) for syllable, _ in _readings()}), 0x110000)}


#: Nothing from here on is a letter that people type.
LETTERS_END = 0x30000


@cache
def sound_table() -> NDArray[np.int32]:
    """Code point (below LETTERS_END) -> code of its sound; letters and digits keep their own; 0 for all else."""
    table = np.array([c if chr(c).isalnum() else 0 for c in range(LETTERS_END)], np.int32)
    numbers = _numbers()
    for syllable, chars in _readings():
        table[[ord(c) for c in chars]] = numbers[fold(syllable)]
    return table


@cache
def _syllables() -> tuple[frozenset[str], int]:
    known = frozenset(syllable for syllable, _ in _readings())
    return known, max(map(len, known))


def split_latin(word: str) -> list[str] | None:
    """Cut a Latin word into pinyin syllables, longest first: anquanyue -> an quan yue; None if it is not pinyin."""
    known, longest = _syllables()
    best: list[list[str] | None] = [[]]
    for end in range(1, len(word) + 1):
        found = None
        for start in range(max(0, end - longest), end):
            before = best[start]
            if before is not None and word[start:end] in known and (found is None or len(before) + 1 < len(found)):
                found = [*before, word[start:end]]
        best.append(found)
    return best[-1]


_LATIN = re.compile("[a-z]+")
_WORD_OR_MARK = re.compile("[a-z]{2}|'")
#: Between words written in pinyin a blank is no gap: they are characters of one sentence.
_BLANK = re.compile(r"(?<=[a-z])[ ']+(?=[a-z])")
_RUNS = re.compile(r"[a-z]{2,}|[a-z]|[^'a-z]+")


def spells(text: str) -> bool:
    """Whether normalised text may hold something that is written as it sounds."""
    if "'" not in text and not _LATIN.search(text):
        return False
    return _WORD_OR_MARK.search(_BLANK.sub("'", text)) is not None


def spelled_out(text: str) -> bool:
    """Whether normalised text is written in pinyin, wholly or in part: anquanyue shi ji yue, 酒jia第一次kou多久.

    Then what it sounds like says more than its letters.
    """
    words = _LATIN.findall(text)
    letters = sum(map(len, words))
    read = sum(len(w) for w in words if len(w) > 1 and split_latin(w))
    return read >= 4 and read >= 0.6 * letters


def sounds(text: str) -> list[int]:
    """Normalised text -> sound codes; other letters and digits keep their code point, the rest is 0 (a gap).

    Latin runs that read as pinyin become the sounds they spell.
    """
    if not spells(text):
        return _read(text)
    out: list[int] = []
    for run in _RUNS.findall(_BLANK.sub("'", text)):
        parts = split_latin(run) if len(run) > 1 else None
        if parts:
            out += [_numbers()[fold(p)] for p in parts]
        else:
            out += _read(run)
    return out


class _Heard(dict[str, int]):
    """Character -> code of its sound, looked up when first met: for a message an array takes three times as long."""

    def __missing__(self, char: str) -> int:
        code = int(sound_table()[ord(char)]) if ord(char) < LETTERS_END else 0
        self[char] = code
        return code


_heard = _Heard()


def _read(text: str) -> list[int]:
    return [_heard[c] for c in text]
