"""Files of any usual format -> documents. Formats are told by content; what cannot be read is refused with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bot.errors import ContentError
from bot.ingest.readers.archive import members
from bot.ingest.readers.detect import detect
from bot.ingest.readers.doc import to_docx
from bot.ingest.readers.document import Document, Format, Line, LineKind
from bot.ingest.readers.files import expand, files_below, read_bytes
from bot.ingest.readers.html import read_html
from bot.ingest.readers.pdf import read_pdf
from bot.ingest.readers.plain import read_text
from bot.ingest.readers.titles import guess_title
from bot.ingest.readers.word import read_docx

__all__ = [
    "Document",
    "Format",
    "Line",
    "LineKind",
    "Reading",
    "expand",
    "files_below",
    "read_bytes",
    "read_document",
    "read_documents",
    "read_from_bytes",
]


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of one file, or of one file of an archive: a document or the reason why there is none."""

    name: str
    document: Document | None = None
    error: ContentError | None = None


def read_document(path: Path) -> Document:
    """Read the one document that a file holds: docx, doc, pdf, html, text, Markdown, or a zip with one of these.

    Raises ContentError with the path, what is wrong and what to do; nothing is fetched, nothing is left on the disk.
    """
    data = read_bytes(path)
    if detect(data, str(path)) is not Format.ZIP:
        return read_from_bytes(data, str(path))
    held = list(read_archive(data, str(path)))
    if len(held) != 1:
        raise ContentError(f"压缩包里有 {len(held)} 个文件，请解压后选一个", path)
    if held[0].error:
        raise held[0].error
    assert held[0].document is not None
    return held[0].document


def read_documents(path: Path) -> Iterator[Reading]:
    """Read every document of a file; only a zip holds more than one. What is refused is told, not raised."""
    try:
        data = read_bytes(path)
        if detect(data, str(path)) is Format.ZIP:
            yield from read_archive(data, str(path))
        else:
            yield Reading(str(path), read_from_bytes(data, str(path)))
    except ContentError as e:
        yield Reading(str(path), error=e)


def read_archive(data: bytes, name: str) -> Iterator[Reading]:
    """Every document of a zip. Raises ContentError where the archive itself is refused."""
    for inner, content in members(data, name):
        try:
            yield Reading(inner, read_from_bytes(content, inner))
        except ContentError as e:
            yield Reading(inner, error=e)


def read_from_bytes(data: bytes, name: str) -> Document:
    """Read a document that is in memory, an upload for instance. Raises ContentError."""
    kind = detect(data, name)
    if kind is Format.ZIP:
        raise ContentError("压缩包里还有压缩包，请先解压", name)
    if kind is Format.DOC:
        document = replace(read_docx(to_docx(data, name), name), format=Format.DOC)
    elif kind is Format.DOCX:
        document = read_docx(data, name)
    elif kind is Format.PDF:
        document = read_pdf(data, name)
    elif kind is Format.HTML:
        document = read_html(data, name)
    else:
        document = read_text(data, name)
    return replace(document, title=document.title or guess_title(document.lines))
