"""What a campaign plan says, read by rules: a proposal for staff to tick, fact by fact, each with its sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any


class FactKind(StrEnum):
    """What a fact of a plan is about; the same words as `kind` in knowledge/plans."""

    THEME = "theme"
    PERIOD = "period"
    EVENT = "event"
    DEADLINE = "deadline"
    ACTIVITY = "activity"
    DUTY = "duty"
    HOTLINE = "hotline"
    LAW = "law"
    DOCUMENT = "document"
    CONTACT = "contact"
    ORGANISATION = "organisation"
    REQUIREMENT = "requirement"
    ATTACHMENT = "attachment"
    GOAL = "goal"
    AUDIENCE = "audience"


class Severity(StrEnum):
    """How bad a finding is: a contradiction of facts, something missing or ambiguous, wording."""

    ERROR = "error"
    WARN = "warn"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One fact of a plan and where it stands.

    id          unique in the proposal and the same at every reading of the same file: deadline-1
    section     number of the section as printed, levels joined: 五（四）; 前言 before the first, 文末 after the last
    sentence    the document's own words, without names, telephone numbers and addresses of persons
    confidence  0 to 1
    what        the slogan, the campaign's name, what happens, what is due, the title of a law or document
    date, start, end  ISO: 2020-06-16, 2020-06 where only the month is told, 06-16 where the year is not known
    when        the time in the document's own words: 6月中旬, 活动结束后5日内
    who         who does it; to: who receives it
    limits      of format: word不超过3页, 图片不小于1M
    quantity    with unit (小时, 次, 起), comparator (>=, <=, =, range) and per (month, day, …); most: end of a range
    number      a telephone number or a document number
    recurring   "", monthly, weekly, daily, yearly, ongoing
    """

    id: str
    kind: FactKind
    section: str
    sentence: str
    confidence: float
    what: str = ""
    date: str = ""
    start: str = ""
    end: str = ""
    when: str = ""
    who: str = ""
    to: str = ""
    audience: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    quantity: float | None = None
    most: float | None = None
    unit: str = ""
    comparator: str = ""
    per: str = ""
    number: str = ""
    recurring: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of the plan: number as printed with its levels joined, and title."""

    number: str
    title: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that contradicts itself or is missing. message: plain Chinese, quotes the sentence."""

    code: str
    severity: Severity
    where: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """All that was read from one plan. None or "" where the document does not tell.

    region  full name as in settings: 广东省江门市江海区
    doc_no  the plan's own document number; issue_date ISO
    """

    title: str
    issuer: str = ""
    region: str = ""
    sector: tuple[str, ...] = ()
    year: int | None = None
    theme: str = ""
    doc_no: str = ""
    issue_date: str = ""
    facts: tuple[Fact, ...] = ()
    sections: tuple[Section, ...] = ()
    findings: tuple[Finding, ...] = ()

    def of(self, kind: FactKind) -> tuple[Fact, ...]:
        """The facts of one kind, in the order of the document."""
        return tuple(f for f in self.facts if f.kind is kind)


def to_row(proposal: Proposal) -> dict[str, Any]:
    """A proposal as JSON can hold it, without loss."""
    return asdict(proposal)


def from_row(row: Mapping[str, Any]) -> Proposal:
    """The inverse of `to_row`, also after a way through JSON. Raises KeyError, TypeError, ValueError."""
    plain = {f.name: row[f.name] for f in fields(Proposal)}
    facts = (Fact(**{**f, "kind": FactKind(f["kind"]), **_tuples(f)}) for f in row["facts"])
    findings = (Finding(**{**f, "severity": Severity(f["severity"])}) for f in row["findings"])
    return Proposal(**{
        **plain, "sector": tuple(row["sector"]), "facts": tuple(facts), "findings": tuple(findings),
        "sections": tuple(Section(**s) for s in row["sections"]),
    })  # fmt: skip


def _tuples(row: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(row[name]) for name in ("audience", "channels", "limits")}
