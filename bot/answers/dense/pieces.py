"""Text -> numbers of the pieces that a model knows: the most likely way of cutting it, by Viterbi.

Source: Kudo, "Subword Regularization" (2018), the unigram model; signs are replaced and blanks marked as SentencePiece
does, which the model learned with.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_BLANK = "▁"
_BLANKS = re.compile(" {2,}")
#: So much less likely than the least likely piece is a sign that stands in none.
_UNKNOWN_COST = 10.0


class Pieces:
    """Read-only, safe for many threads."""

    def __init__(
        self, texts: Sequence[str], scores: Sequence[float], unknown: int, replaced: Mapping[int, str]
    ) -> None:
        """replaced: what stands in place of a sign before a text is cut, by code point."""
        known = zip(texts, zip(scores, range(len(texts)), strict=True), strict=True)
        self._held = {text: held for text, held in known if text and held[1] != unknown}
        self._unknown = unknown
        self._replaced = dict(replaced)
        self._longest = max(map(len, self._held), default=1)
        self._least = min(scores, default=0.0) - _UNKNOWN_COST

    def cut(self, text: str) -> list[int]:
        """The numbers of a text's pieces, in order."""
        text = _BLANKS.sub(" ", text.translate(self._replaced))
        text = (text if text.startswith(" ") else f" {text}").replace(" ", _BLANK)
        return self._likeliest(text)

    def _likeliest(self, text: str) -> list[int]:
        size, held, longest = len(text), self._held, self._longest
        best = [0.0, *[float("-inf")] * size]
        begun, number = [0] * (size + 1), [0] * (size + 1)
        for start in range(size):
            here = best[start]
            if here + self._least > best[start + 1]:
                best[start + 1], begun[start + 1], number[start + 1] = here + self._least, start, self._unknown
            for end in range(start + 1, min(size, start + longest) + 1):
                piece = held.get(text[start:end])
                if piece and here + piece[0] > best[end]:
                    best[end], begun[end], number[end] = here + piece[0], start, piece[1]
        out, end = [], size
        while end:
            out.append(number[end])
            end = begun[end]
        return out[::-1]
