"""Lines that were cut at the edge of a page -> paragraphs, as PDFs and text pasted out of them have it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_NUMBER = "[零〇一二三四五六七八九十百千两0-9０-９ 　]{1,9}"
#: What starts a paragraph wherever it stands: an article or a chapter with a blank behind, an item, 一、 or 1.
_MARKER = re.compile(
    rf"第{_NUMBER}(?:条|章|节|编|分编)(?:之[一二三四五六七八九十])?(?:[\s　:：]|$)"
    r"|[（(][一二三四五六七八九十0-9０-９]{1,3}[）)]|[一二三四五六七八九十]{1,3}、|[0-9０-９]{1,2}[.、．](?![0-9])"
    r"|附\s*[件录则表][一二三四五六七八九十0-9：:\s　]*$"
)
_ENDED = re.compile(r"[。；：！？!?;:…][”’」』）)》]*$")
_PAGE_NUMBER = re.compile(
    r"[-—–－―·•~][-—–－―·•~\s　]*[0-9０-９]{1,4}[\s　]*[-—–－―·•~]+|第\s*[0-9０-９一二三四五六七八九十]{1,4}\s*页"
    r"(?:[\s/／，,]*共\s*[0-9０-９一二三四五六七八九十]{1,4}\s*页)?|[0-9]{1,4}\s*[/／]\s*[0-9]{1,4}"
)
_FULL = 0.9  # of the width: a line that was cut there ends near the edge
_MAX_COLUMNS = 130  # wider lines were never on a page
_MIN_COLUMNS = 36
_CUT_SHARE = 0.2  # of the lines, that end at the edge in mid-sentence
_INDENTED_SHARE = 0.15
_MAX_BRACKET = 2000  # characters of a note in brackets that runs over several lines


@dataclass(frozen=True, slots=True)
class RawLine:
    """A line as it stands on the page; indent in columns, of which a Chinese character takes two."""

    text: str
    indent: int = 0

    @property
    def end(self) -> int:
        """The column the line reaches."""
        return self.indent + columns(self.text)


_LONGEST_CELL = 80


def raws(lines: Sequence[str]) -> list[RawLine]:
    """The lines of a text file; those that are rows of a table keep the tabs between their cells."""
    cells = [_cells(line) for line in lines]
    beside = [0, *cells, 0]
    return [
        RawLine(line.strip(" \u3000\xa0\r"))
        if cells[n] > 2 or cells[n] == 2 and 2 in (beside[n], beside[n + 2])
        else raw(line)
        for n, line in enumerate(lines)
    ]


def _cells(line: str) -> int:
    """How many cells a line has, were it a row; 0 for an item or article with a tab behind its number."""
    cells = line.strip(" \u3000\xa0\r").split("\t")
    held = [c.strip(" \u3000\xa0") for c in cells]
    if len(held) < 2 or not held[0] or _MARKER.match(line.strip()) or max(map(len, held)) > _LONGEST_CELL:
        return 0
    return len(held)


def raw(line: str) -> RawLine:
    """A line of a text file."""
    line = line.replace("\t", "    ")
    bare = line.lstrip(" \u3000\xa0")
    return RawLine(bare.rstrip(" \u3000\xa0"), columns(line) - columns(bare))


def columns(text: str) -> int:
    """The width of a text: two columns for what is as wide as a Chinese character, as it is two bytes in GBK."""
    return len(text.encode("gb18030", "replace"))


def without_page_numbers(lines: Sequence[RawLine]) -> list[RawLine]:
    """The lines without page numbers and the blank lines around them: a paragraph may run on behind."""
    out: list[RawLine] = []
    skipping = False
    for line in lines:
        if _PAGE_NUMBER.fullmatch(line.text):
            while out and not out[-1].text:
                out.pop()
            skipping = True
        elif line.text or not skipping:
            out.append(line)
            skipping = False
    return out


def is_cut(lines: Sequence[RawLine]) -> bool:
    """Whether the lines of a text end where the page did, not where the paragraph did."""
    held = [x for x in lines if x.text]
    width = _width(held)
    if len(held) < 4 or not _MIN_COLUMNS <= width <= _MAX_COLUMNS or max(x.end for x in held) > width * 1.25:
        return False
    cut = sum(1 for x in held if x.end >= width * _FULL and not _ENDED.search(x.text))
    return cut >= max(2, _CUT_SHARE * len(held))


def unwrap(lines: Sequence[RawLine]) -> list[RawLine]:
    """Paragraphs out of cut lines; the indent is that of the first line. Blank lines end a paragraph and go."""
    held = [x for x in lines if x.text]
    if not held:
        return []
    width = _width(held)
    by_indent = sum(1 for x in held if 2 <= x.indent <= 10) >= _INDENTED_SHARE * len(held)
    out: list[RawLine] = []
    before: RawLine | None = None
    for line in lines:
        if line.text and before and _runs_on(out[-1], before, line, width, by_indent):
            out[-1] = RawLine(joined(out[-1].text, line.text), out[-1].indent)
        elif line.text:
            out.append(line)
        before = line if line.text else None
    return out


def _width(held: Sequence[RawLine]) -> int:
    ends = sorted(x.end for x in held)
    return ends[int(0.9 * (len(ends) - 1))] if ends else 0


def _runs_on(paragraph: RawLine, before: RawLine, line: RawLine, width: int, by_indent: bool) -> bool:
    """Whether `line` goes on with the paragraph whose last line was `before`."""
    if "\t" in paragraph.text or "\t" in line.text:
        return False
    if _open_bracket(paragraph.text) and not _MARKER.match(line.text):
        return True
    if before.end < width * _FULL:
        return False
    ended = bool(_ENDED.search(before.text))
    if by_indent:
        return line.indent < 2 and not (ended and _MARKER.match(line.text))
    return not ended and not _MARKER.match(line.text)


def _open_bracket(text: str) -> bool:
    """A note in brackets that is not closed yet, as the history below a statute's title."""
    bare = text.replace("(", "（").replace(")", "）")
    return bare.startswith("（") and not _MARKER.match(text) and len(text) < _MAX_BRACKET and (
        bare.count("（") > bare.count("）")
    )  # fmt: skip


def joined(first: str, second: str) -> str:
    """Two halves of a sentence: a blank between them only where both sides are Latin."""
    latin = first[-1:].isascii() and second[:1].isascii() and first[-1:].isalnum() and second[:1].isalnum()
    both = latin and not (first[-1:].isdecimal() and second[:1].isdecimal())
    return f"{first} {second}" if both else first + second
