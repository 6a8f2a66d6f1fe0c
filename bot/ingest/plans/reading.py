"""What all readers of facts share: the outlined document, its head, and sentences with their sections."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.ingest.plans.header import Header
from bot.ingest.plans.parts import Block
from bot.ingest.plans.sections import Outline
from bot.ingest.plans.text import sentences

_MASKED = re.compile(r"《[^《》]*(?:《[^《》]*》[^《》]*)*》|[〔［\[﹝（(]\s*(?:19|20)\d\d\s*[〕］\]﹞）)]\s*\d+\s*号")


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence and where it stands. masked: the same length, titles in 《》 and document numbers blotted out."""

    block: Block
    text: str
    masked: str
    in_title: bool = False

    @property
    def section(self) -> str:
        """The number of its section."""
        return self.block.number


@dataclass(frozen=True, slots=True)
class Reading:
    """A plan that is being read."""

    outline: Outline
    header: Header

    def said(self) -> Iterator[Said]:
        """Every sentence of notice and plan, titles first, table rows left out."""
        for block in self.outline.blocks:
            if block.cells:
                continue
            if block.title:
                yield Said(block, block.title, mask(block.title), True)
            for sentence in sentences(block.text):
                yield Said(block, sentence, mask(sentence))


def mask(text: str) -> str:
    """The text with titles of documents and their numbers blotted out, at the same length."""
    return _MASKED.sub(lambda m: "□" * len(m[0]), text)


def clause(text: str, at: int, stop: int, marks: str = "。；;！") -> str:
    """The clause around a place: from the mark before it to the mark after."""
    start = max((text.rfind(c, 0, at) for c in marks), default=-1) + 1
    ends = [e for c in marks if (e := text.find(c, stop)) >= 0]
    return text[start : min(ends, default=len(text))].strip()
