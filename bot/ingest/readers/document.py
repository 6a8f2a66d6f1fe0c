"""What a file holds once it was read: its lines as a person sees them, and what is known besides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.errors import ContentError


class UnknownFormatError(ContentError):
    """A file of a kind that holds no text for us: a picture, a program, a spreadsheet."""


class Format(StrEnum):
    """How a file is written; told by its content, not by its name."""

    DOCX = "docx"
    DOC = "doc"  # Word 97-2003 and RTF, read through LibreOffice
    PDF = "pdf"
    HTML = "html"
    TEXT = "txt"
    MARKDOWN = "md"
    ZIP = "zip"


class LineKind(StrEnum):
    """What a line is on the page."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"  # a heading's style or markup, not merely the look of one
    ROW = "row"  # of a table; its cells are parted by tabs


@dataclass(frozen=True, slots=True)
class Line:
    """One paragraph, heading or table row, without blanks at its ends; never empty.

    level     of a heading, from 1; 0 elsewhere
    centred   set in the middle, as titles are; only docx and html tell
    numbered  the text begins with a number that the word processor counted, which was put back
    """

    text: str
    kind: LineKind = LineKind.PARAGRAPH
    level: int = 0
    centred: bool = False
    numbered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document.

    name      where it came from, as shown to people: a path, or archive.zip/folder/file.docx
    title     the best guess, "" where there is none
    charset   of text and html, "" elsewhere
    facts     what a page says about itself beside its text: 发文字号, 发文机关, 发布日期 … as printed
    warnings  what a person should know: pages without text, characters that could not be read
    """

    name: str
    format: Format
    lines: tuple[Line, ...]
    title: str = ""
    charset: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All lines, one below the other."""
        return "\n".join(line.text for line in self.lines)
