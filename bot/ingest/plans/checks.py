"""What a plan gets wrong or leaves out: all checks in one list, the gravest first."""

from __future__ import annotations

from collections.abc import Iterator

from bot.ingest.plans.campaigns import Themes
from bot.ingest.plans.proposal import Finding, Proposal, Severity
from bot.ingest.plans.reading import Reading
from bot.ingest.plans.text import Source


def findings(reading: Reading, proposal: Proposal, source: Source, personal: int, known: Themes) -> list[Finding]:
    """Every finding of every check, errors first, each told once."""
    order = {Severity.ERROR: 0, Severity.WARN: 1, Severity.INFO: 2}
    return sorted(dict.fromkeys(_all(reading, proposal, source, personal, known)), key=lambda f: order[f.severity])


def _all(reading: Reading, proposal: Proposal, source: Source, personal: int, known: Themes) -> Iterator[Finding]:
    for artefact in source.artefacts:
        yield Finding(
            "CONVERSION_ARTEFACT",
            Severity.INFO,
            f"第{artefact.line}行",
            f"残留{artefact.kind}“{artefact.found[:40]}”，入库前已去掉",
        )
