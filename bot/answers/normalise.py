"""What a person typed -> the form in which it is compared: width, case, script, numerals, fillers."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

import opencc


@cache
def _t2s() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


#: What people say before they come to the point, and after it; never part of a question. Anchored: inside a
#: sentence the same characters may matter.
_LEADING = re.compile(
    r"^(?:[嗯呃额哦噢啊哎唉诶欸喂]+|那个|就是说?|请问一?下?|想?问一?下|问下|咨询一?下|您好|你好|老师|大家好|麻烦您?|打扰了?|请教一?下?|[,.。!?;:~…、\s])+"
)
_TRAILING = re.compile(r"(?:[啊呀呢吧嘛哦噢哈嘞咧]|谢谢(?:您|你|了)?|急急*|在线等|求解答?|拜托了?|[,.。!?;:~…、\s])+$")
_SPACE_IN_CHINESE = re.compile(r"(?<=[一-鿿]) (?=[一-鿿])")
#: Nothing that is seen: zero-width marks, and halves of a character (unpaired surrogates).
_DROPPED = dict.fromkeys([*range(0x200B, 0x2010), 0xFEFF, 0xFE0F, 0x2060, *range(0xD800, 0xE000)])


@lru_cache(maxsize=4096)  # as many as the answerer remembers: a campaign's questions repeat
def normalise(text: str) -> str:
    """Level width, case and script: full-width and traditional forms become plain ones, blanks are folded.

    Punctuation is kept as ASCII where NFKC does so; 。 and 《》 stay. Safe for any input.
    """
    text = unicodedata.normalize("NFKC", text.translate(_DROPPED)).lower()
    if any("㐀" <= c <= "鿿" for c in text):
        text = _t2s().convert(text)
    words = text.split()
    return words[0] if len(words) == 1 else _SPACE_IN_CHINESE.sub("", " ".join(words))


def printed(text: str) -> str:
    """The same for printed statutes, which hold neither traditional script nor stray marks: five times faster."""
    return unicodedata.normalize("NFKC", text).lower()


def core(text: str) -> str:
    """The normalised text without greetings and fillers at either end; never empty if `text` is not."""
    bare = _TRAILING.sub("", _LEADING.sub("", text))
    return bare or text


_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "幺": 1}
_UNITS = {"十": 10, "百": 100, "千": 1000}


def number(text: str) -> int | None:
    """Read a whole number below 10,000, in digits or as 二十五, 一百零三, 二〇二六; None if it is none."""
    if text.isdecimal():
        return int(text)
    if not text or any(c not in _DIGITS and c not in _UNITS for c in text):
        return None
    if not any(c in _UNITS for c in text):
        return int("".join(str(_DIGITS[c]) for c in text))
    total, digit = 0, 0
    for c in text:
        if c in _DIGITS:
            digit = _DIGITS[c]
        else:
            total += (digit or 1) * _UNITS[c]
            digit = 0
    return total + digit


def chinese(value: int) -> str:
    """Write 1 to 9999 as statutes number their articles: 25 -> 二十五, 103 -> 一百零三."""
    digits = "零一二三四五六七八九"
    out, zero = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        n, value = divmod(value, unit)
        if n:
            out += ("零" if zero and out else "") + digits[n] + name
            zero = False
        else:
            zero = True
    return out.removeprefix("一") if out.startswith("一十") else out
