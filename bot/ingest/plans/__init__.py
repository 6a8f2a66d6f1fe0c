"""Campaign plans: documents -> proposals that staff tick. What reads them is imported when one is read: it is much."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from bot.ingest.plans.present import KIND_WORDS, SEVERITY_WORDS, as_json, as_text
from bot.ingest.plans.proposal import Fact, FactKind, Finding, Proposal, Section, Severity, from_row, to_row

__all__ = [
    "KIND_WORDS",
    "SEVERITY_WORDS",
    "Fact",
    "FactKind",
    "Finding",
    "Proposal",
    "Section",
    "Severity",
    "as_json",
    "as_text",
    "extract",
    "extract_bytes",
    "extract_file",
    "from_row",
    "to_row",
]


class Read(Protocol):
    """A document as bot.ingest.readers gives it. facts: what a web page says of itself, 发文字号 and the like."""

    @property
    def text(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def facts(self) -> Mapping[str, str]: ...


def extract(document: Read | str, name: str = "", calendar: Path | None = None) -> Proposal:
    """Read a campaign plan by rules.

    name      of the file, for errors and where the plan has no title
    calendar  the calendar.yaml with the national themes by year; None for the shipped one

    Raises ContentError where there is no text to read.
    """
    from bot.ingest.plans.extracting import CALENDAR, extract_text
    from bot.ingest.plans.parts import TITLE_END

    calendar = calendar or CALENDAR
    if isinstance(document, str):
        return extract_text(document, name, calendar)
    facts = dict(document.facts)
    if TITLE_END.search(document.title) and document.title not in document.text:
        facts.setdefault("标题", document.title)
    said_of_itself = "".join(f"{key}：{value}\n" for key, value in facts.items())
    return extract_text(said_of_itself + document.text, name or document.title, calendar)


def extract_bytes(data: bytes, name: str, calendar: Path | None = None) -> Proposal:
    """Read a plan that is in memory, an upload for instance. Raises ContentError."""
    from bot.ingest.readers import read_from_bytes

    return extract(read_from_bytes(data, name), name, calendar)


def extract_file(path: Path, calendar: Path | None = None) -> Proposal:
    """Read a plan from a file of any kind that is read here, or a zip with one. Raises ContentError."""
    from bot.ingest.readers import read_document

    return extract(read_document(path), path.name, calendar)
