"""Campaign plans: documents -> proposals that staff tick."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from bot.errors import ContentError
from bot.ingest.plans.extracting import extract_text
from bot.ingest.plans.present import as_json, as_text
from bot.ingest.plans.proposal import Fact, FactKind, Finding, Proposal, Section, Severity, from_row, to_row

__all__ = [
    "Fact", "FactKind", "Finding", "Proposal", "Section", "Severity", "as_json", "as_text", "extract", "from_row",
    "read_plan", "to_row",
]  # fmt: skip


class HasText(Protocol):
    """A document that was read: its text in lines, cells of a table's row parted by tabs or |."""

    @property
    def text(self) -> str: ...


def extract(document: HasText | str, name: str = "") -> Proposal:
    """Read a campaign plan by rules. name: of the file, for errors and where the plan has no title.

    Raises ContentError where there is no text to read.
    """
    return extract_text(document if isinstance(document, str) else document.text, name)


def read_plan(path: Path) -> str:
    """The text of a plain text file in UTF-8, UTF-16 with its mark, or GB18030. Raises ContentError with what to do."""
    try:
        data = path.read_bytes()
    except OSError as e:
        raise ContentError("读不了这个文件：请看看它在不在、能不能打开", path) from e
    for encoding in ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ContentError("不是文本文件：请另存为 txt", path)
