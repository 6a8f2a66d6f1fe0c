"""Text and Markdown -> lines."""

from __future__ import annotations

import re

from bot.ingest.readers.charset import decode
from bot.ingest.readers.detect import is_markdown
from bot.ingest.readers.document import Document, Format, Line, LineKind
from bot.ingest.readers.wrapped import is_cut, raws, unwrap, without_page_numbers

_ATX = re.compile(r"(#{1,6})\s+(.*?)\s*#*$")
_SETEXT = re.compile(r"(?:={3,}|-{3,})\s*$")
_RULE = re.compile(r"(?:[-*_]\s*){3,}$")
_FENCE = re.compile(r"(?:```|~~~)")
_TABLE_RULE = re.compile(r"\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?$")
_EMPHASIS = re.compile(r"(\*\*|__|~~|(?<!\w)\*(?=\S)|(?<=\S)\*(?!\w)|`)")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|>])")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


def read_text(data: bytes, name: str) -> Document:
    """Read a text in whatever charset it is. Raises ContentError."""
    text, charset = decode(data, name)
    warnings = ("有无法识别的字符",) if "\ufffd" in text else ()
    if is_markdown(text, name):
        return Document(name=name, format=Format.MARKDOWN, lines=_markdown(text), charset=charset, warnings=warnings)
    return Document(name=name, format=Format.TEXT, lines=_plain(text), charset=charset, warnings=warnings)


def _plain(text: str) -> tuple[Line, ...]:
    lines = without_page_numbers(raws(text.split("\n")))
    if is_cut(lines):
        lines = unwrap(lines)
    return tuple(Line(x.text, LineKind.ROW if "\t" in x.text else LineKind.PARAGRAPH) for x in lines if x.text)


def _markdown(text: str) -> tuple[Line, ...]:
    out: list[Line] = []
    fenced = False
    for given in _COMMENT.sub("", text).split("\n"):
        line = given.strip(" \t\u3000\xa0")
        if _FENCE.match(line):
            fenced = not fenced
        elif fenced:
            out += [Line(line)] if line else []
        elif out and _SETEXT.match(line) and out[-1].kind is LineKind.PARAGRAPH and not line.startswith("- "):
            out[-1] = Line(out[-1].text, LineKind.HEADING, 1 if line.startswith("=") else 2)
        elif line and not _RULE.match(line) and not _TABLE_RULE.match(line):
            out += [read] if (read := _marked(line)).text else []
    return tuple(out)


def _marked(line: str) -> Line:
    if heading := _ATX.match(line):
        return Line(_bare(heading[2]), LineKind.HEADING, len(heading[1]))
    if line.startswith("|") or line.count("|") >= 2:
        return Line("\t".join(_bare(cell) for cell in line.strip("|").split("|")).strip(), LineKind.ROW)
    return Line(_bare(re.sub(r"^(?:>\s*)+|^[-*+]\s+", "", line)))


def _bare(text: str) -> str:
    """The words without marks: **第一条** 为了 -> 第一条 为了."""
    return _ESCAPED.sub(r"\1", _EMPHASIS.sub("", _LINK.sub(r"\1", text))).strip()
