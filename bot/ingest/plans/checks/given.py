"""What every check is given."""

from __future__ import annotations

from dataclasses import dataclass

from bot.ingest.plans.campaigns import Themes
from bot.ingest.plans.header import Header
from bot.ingest.plans.proposal import Fact, FactKind, Finding, Proposal, Severity
from bot.ingest.plans.reading import Reading
from bot.ingest.plans.text import Source

ERROR, WARN, INFO = Severity.ERROR, Severity.WARN, Severity.INFO
WHOLE, TITLE = "全文", "标题"


@dataclass(frozen=True, slots=True)
class Given:
    """A plan that was read. personal: how many names, numbers and addresses of persons were taken out."""

    reading: Reading
    proposal: Proposal
    source: Source
    personal: int
    known: Themes

    @property
    def header(self) -> Header:
        """Title, issuer, year and the like."""
        return self.reading.header

    @property
    def text(self) -> str:
        """All that is read for facts, a block a line."""
        return "\n".join([self.proposal.title, *(b.whole for b in self.reading.outline.blocks)])

    @property
    def sure_year(self) -> int | None:
        """The plan's year where the document itself tells it."""
        return self.header.year if self.header.year_from in ("title", "number", "date") else None

    def of(self, kind: FactKind) -> tuple[Fact, ...]:
        """The facts of one kind."""
        return self.proposal.of(kind)


def finding(code: str, severity: Severity, where: str, message: str, quote: str = "") -> Finding:
    """A finding whose message ends with the sentence it is about."""
    told = f"：“{quote[:80]}{'…' if len(quote) > 80 else ''}”" if quote else ""
    return Finding(code, severity, where or WHOLE, message + told)
