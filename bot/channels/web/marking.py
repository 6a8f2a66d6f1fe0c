"""The words of a question, found again in the words of the law."""

from __future__ import annotations

import re
from collections.abc import Iterable

#: A paragraph in pieces: the words, and whether they were asked for.
Pieces = list[tuple[str, bool]]


def mark(text: str, words: Iterable[str]) -> list[Pieces]:
    """The paragraphs of `text`, one per line, each in pieces. Words of one character mark too much and do not count."""
    wanted = sorted({w for w in words if len(w) > 1 and not w.isspace()}, key=len, reverse=True)
    lines = [line for line in text.split("\n") if line.strip()]
    if not wanted:
        return [[(line, False)] for line in lines]
    pattern = re.compile("(" + "|".join(map(re.escape, wanted)) + ")")
    # Splitting by one group gives what lies between and what was found in turns.
    return [[(part, n % 2 == 1) for n, part in enumerate(pattern.split(line)) if part] for line in lines]
