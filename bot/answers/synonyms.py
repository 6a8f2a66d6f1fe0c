"""config/synonyms.toml: what people call things, and what rules and entries call them.

Measured (benchmarks/README.md): putting formal words for all that people say harms, since entries speak as people do.
So a question is looked for as it was said; only where nothing is understood well, once more in the formal words, and a
word that many entries hold is never exchanged. Neither emergencies nor reports of hazards are read through this.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from bot.answers.regions import NATIONWIDE, covers
from bot.errors import ContentError
from bot.settings import ROOT

PATH = ROOT / "config" / "synonyms.toml"
_KEYS = {"means", "region", "both"}
#: A heading, or the word that a line begins with.
_START = re.compile(r"""\s*(?:\[([^\]]+)\]|["']?([^"'=#\[]+?)["']?\s*=)""")
_TAKEN_LINE = re.compile(r"at line (\d+)")


@dataclass(frozen=True, slots=True)
class Pair:
    """One line of the list.

    means   what `word` is read as; "": the word stays as it is, also inside a longer text
    region  where people speak so
    both    whether `means` is also read as `word`
    line    in its file, 0 where it comes from none
    """

    word: str
    means: str
    region: str = NATIONWIDE
    both: bool = False
    line: int = 0

    @property
    def said(self) -> tuple[str, str, str, bool]:
        """All but where it is written."""
        return self.word, self.means, self.region, self.both


class Synonyms:
    """Puts the words of rules and entries for what people say. own: the office's, which come before the others."""

    def __init__(self, shipped: Iterable[Pair] = (), own: Iterable[Pair] = ()) -> None:
        self.shipped, self.own = tuple(shipped), tuple(own)
        self._of = lru_cache(maxsize=64)(self._read)

    def formal(self, text: str, region: str, is_known: Callable[[str], bool]) -> str:
        """Normalised text with formal words for those that are not known; itself where there are none."""
        pattern, means = self._of(region)
        return pattern.sub(lambda m: m[0] if not means.get(m[0]) or is_known(m[0]) else means[m[0]], text)

    def means(self, region: str) -> dict[str, str]:
        """What each word is read as in a place; "" where it stays."""
        return self._of(region)[1]

    def _read(self, region: str) -> tuple[re.Pattern[str], dict[str, str]]:
        means: dict[str, str] = {}
        for listed in (self.shipped, self.own):
            holds = [p for p in listed if covers(p.region, region)]
            means |= {p.means: p.word for p in holds if p.both}
            # The smaller a place, the closer to the person: its words come last and stay.
            means |= {p.word: p.means for p in sorted(holds, key=lambda p: p.region != NATIONWIDE and len(p.region))}
        # A formal word is found too, and stays: 电瓶 inside 蓄电瓶 is none of ours.
        known = sorted({*means, *means.values()} - {""}, key=len, reverse=True)
        if not known:
            return re.compile("(?!)"), means
        # Most characters begin none of the words: they are passed over at once, however long the list.
        begins = "".join(re.escape(c) for c in sorted({word[0] for word in known}))
        return re.compile(f"(?=[{begins}])(?:{'|'.join(map(re.escape, known))})"), means


NONE = Synonyms()


def read(path: Path) -> list[Pair]:
    """The pairs of a file. Raises ContentError with the path, the line and what to do."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as e:
        raise ContentError(f"读不了：{e.strerror}", path) from e
    except UnicodeDecodeError as e:
        raise ContentError("不是 UTF-8 编码；请用记事本另存为 UTF-8", path) from e
    return parse(text, path)


def parse(text: str, path: Path | str | None = None) -> list[Pair]:
    """The pairs of a text as a file holds it."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        raise _unreadable(e, text, path) from e
    lines = text.splitlines()
    return [_pair(word, value, lines, path) for word, value in _items(tables)]


def one(text: str) -> Pair:
    """The pair of 小电驴=电动自行车. Raises ContentError."""
    word, equals, means = (part.strip().strip('"“”') for part in text.replace("＝", "=").partition("="))
    if not equals or not word:
        raise ContentError(f"{text}：请写成 口语=正式说法，例如 小电驴=电动自行车")
    return Pair(word, means)


def written(pairs: Iterable[Pair]) -> str:
    """Pairs as a file holds them."""
    return "".join(f"{_quoted(p.word)} = {_value(p)}\n" for p in pairs)


def _value(pair: Pair) -> str:
    if pair.region == NATIONWIDE and not pair.both:
        return _quoted(pair.means)
    region = f", region = {_quoted(pair.region)}" if pair.region != NATIONWIDE else ""
    return f"{{ means = {_quoted(pair.means)}{region}{', both = true' if pair.both else ''} }}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _unreadable(error: tomllib.TOMLDecodeError, text: str, path: Path | str | None) -> ContentError:
    if line := _repeated(text):
        return ContentError("这个词（或小标题）前面已经写过，请只留一处", path, line)
    at = _TAKEN_LINE.search(str(error))
    reason = '写法不对：每行应是 "口语" = "正式说法"，引号用英文的'
    return ContentError(reason, path, int(at[1]) if at else None)


def _repeated(text: str) -> int:
    """The first line that says a heading, or below one a word, for the second time; 0 for none."""
    seen, heading = set(), ""
    for n, line in enumerate(text.splitlines(), 1):
        found = _START.match(line)
        if found is None:
            continue
        if found[1]:
            heading = found[1]
        key = (found[1] or heading, found[2])
        if key in seen:
            return n
        seen.add(key)
    return 0


def _items(tables: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Word and value of each line; a heading holds lines, a line with `means` is none."""
    for name, value in tables.items():
        if isinstance(value, dict) and "means" not in value:
            yield from value.items()
        else:
            yield name, value


def _pair(word: str, value: Any, lines: list[str], path: Path | str | None) -> Pair:
    line = _line(word, value, lines)
    row = {"means": value} if isinstance(value, str) else value
    if not isinstance(row, dict) or not isinstance(row.get("means"), str):
        raise ContentError(f'{word}：请写成 "{word}" = "正式说法"', path, line or None)
    if unknown := set(row) - _KEYS:
        raise ContentError(
            f"{word}：不认识 {'、'.join(sorted(unknown))}；只能用 means、region、both", path, line or None
        )
    region, both = row.get("region", NATIONWIDE), row.get("both", False)
    if not isinstance(region, str) or not isinstance(both, bool):
        raise ContentError(f"{word}：region 写地名（加引号），both 写 true 或 false", path, line or None)
    return Pair(word, row["means"], region, both, line)


def _line(word: str, value: Any, lines: list[str]) -> int:
    """Where a pair is written; the same word may stand under two headings with two meanings."""
    means = value if isinstance(value, str) else value.get("means", "") if isinstance(value, dict) else ""
    key = re.compile(rf"""\s*["']?{re.escape(word)}["']?\s*=""")
    found = [n for n, line in enumerate(lines, 1) if key.match(line)]
    return next((n for n in found if f'"{means}"' in lines[n - 1]), found[0] if found else 0)


@cache
def shipped() -> tuple[Pair, ...]:
    """Those of config/, read once."""
    return tuple(read(PATH))
