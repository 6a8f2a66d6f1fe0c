"""config/loanwords.toml: foreign words that people mix into Chinese, read as the Chinese ones they stand for."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from bot.answers.pinyin import spelled_out
from bot.errors import ContentError
from bot.settings import ROOT

PATH = ROOT / "config" / "loanwords.toml"
_WORD = re.compile(r"[一-鿿]*[a-z][a-z0-9 '-]*[一-鿿]*")
_LATIN, _CHINESE = re.compile("[a-z]"), re.compile("[一-鿿]")
_LATIN_WORD = re.compile("[a-z]{2,}")
_SENTENCE = 3  # words
#: Every English sentence holds one of these, no row of keys struck at random does.
_ENGLISH = frozenset(
    "the is are am an my me we you it this that to of for in on at if and not how what who where when why can do does "
    "did have has there be was will should with without from or get".split()
)
_MEANS = re.compile(r"[一-鿿]{1,8}")


def load_loanwords(path: Path) -> dict[str, str]:
    """Word -> what it means. Raises ContentError with the path and what to do."""
    try:
        held = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as e:
        raise ContentError(f"cannot be read: {e.strerror}", path) from e
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as e:
        raise ContentError(f"not valid TOML in UTF-8: {e}", path) from e
    words = held.get("words")
    if not isinstance(words, dict):
        raise ContentError("[words]: the table is missing", path)
    for word, means in words.items():
        if not _WORD.fullmatch(word):
            raise ContentError(
                f"[words] {word}: must be written in small letters, with Chinese characters only around them", path
            )
        if not isinstance(means, str) or not _MEANS.fullmatch(means):
            raise ContentError(f"[words] {word}: must mean one to eight Chinese characters", path)
    return words


class Loanwords:
    """Puts Chinese words for foreign ones."""

    def __init__(self, words: Mapping[str, str]) -> None:
        self._words = words
        longest = sorted(map(re.escape, words), key=len, reverse=True)
        self._pattern = re.compile(rf"(?<![a-z])\s?({'|'.join(longest) or '(?!)'})(?![a-z])\s?")

    def translate(self, text: str) -> str:
        """Normalised text with the words that are known put in Chinese; only where Chinese stands around them."""
        if not _LATIN.search(text) or not _CHINESE.search(text):
            return text
        return self._pattern.sub(lambda found: self._words[found[1]], text)


def is_english(text: str) -> bool:
    """Whether normalised text is a sentence in another language than ours: Latin words that are no pinyin."""
    words = _LATIN_WORD.findall(text)
    if len(words) < _SENTENCE or _ENGLISH.isdisjoint(words):
        return False
    return not _CHINESE.search(text) and not spelled_out(text)


@cache
def shipped() -> Loanwords:
    """Those of config/, read once."""
    return Loanwords(load_loanwords(PATH))
