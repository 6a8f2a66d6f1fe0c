"""What a plan gets wrong or leaves out: every check in one list. An error is a sure contradiction, never a guess."""

from __future__ import annotations

from collections.abc import Iterator

from bot.ingest.plans.checks import bodies, campaign, days, form, gaps, numbers, theme, wording
from bot.ingest.plans.checks.given import Given
from bot.ingest.plans.proposal import Finding, Severity

__all__ = ["Given", "findings"]

_CHECKS = (
    theme.check,
    campaign.check,
    days.check,
    numbers.check,
    form.check,
    gaps.check,
    bodies.check,
    wording.check,
)
_ORDER = {Severity.ERROR: 0, Severity.WARN: 1, Severity.INFO: 2}


def findings(given: Given) -> list[Finding]:
    """Every finding of every check, errors first, each told once."""
    return sorted(dict.fromkeys(_all(given)), key=lambda f: _ORDER[f.severity])


def _all(given: Given) -> Iterator[Finding]:
    for check in _CHECKS:
        yield from check(given)
