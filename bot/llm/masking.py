"""What is blotted out of a question before anybody else sees it: numbers that name a person or their things."""

from __future__ import annotations

import re
import unicodedata

_BLOT = "□"
_PATTERNS = (
    re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII),
    re.compile(r"https?://\S+|www\.\S+", re.IGNORECASE),
    # 粤A12345, 粤BD12345, the last sign may be 学, 警 …
    re.compile(r"[一-鿿][A-Z][\s·.-]?[A-Z0-9]{4,5}[A-Z0-9挂学警港澳]", re.IGNORECASE),
    # Names of accounts: 微信号abc_123, openids.
    re.compile(r"(?<![A-Za-z0-9_-])(?=[A-Za-z_-]*[0-9])(?=[0-9-]*[A-Za-z_])[A-Za-z0-9_-]{6,}|[A-Za-z0-9_-]{16,}"),
    # Telephones, identity cards, bank cards, document numbers; also with blanks and strokes between the digits.
    re.compile(r"\+?\d(?:[\s().-]{0,2}\d){4,}[\s-]?[Xx]?"),
    # The same in words: 一三八零零…
    re.compile(r"[零〇一二三四五六七八九幺两]{7,}"),
)


def masked(text: str, longest: int) -> str:
    """The first `longest` characters of a text, numbers and names that may lead to a person blotted out.

    What is written in words (a name, an address) cannot be told from the question and stays.
    """
    text = unicodedata.normalize("NFKC", text)
    for pattern in _PATTERNS:
        text = pattern.sub(_BLOT, text)
    return text[:longest]
