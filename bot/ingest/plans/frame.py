"""What all entries of one plan share, and how one entry is made from a few words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from bot.answers.entries import Entry, EntryKind, Plan, Source, Verify
from bot.ingest.forms import dated
from bot.ingest.plans.proposal import Fact, FactKind, Proposal, Section

#: `Entry.fact` of what a plan does not hold: told as not known.
ABSENT = "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One plan on its way into the answers.

    label      as answers name the plan: 江门市工信局2020年“安全生产月”方案
    campaigns  names of its campaigns, the chief one first
    facts      those that were ticked
    sections   with their text, less what belongs to facts that were not ticked
    contact    whom to ask about the plan
    until      the last day that it speaks of; None where it tells no year
    """

    plan: Plan
    proposal: Proposal
    label: str
    campaigns: tuple[str, ...]
    facts: tuple[Fact, ...]
    sections: tuple[Section, ...]
    contact: str
    until: date | None

    def of(self, *kinds: FactKind) -> tuple[Fact, ...]:
        """The ticked facts of some kinds, in the order of the document."""
        return tuple(f for f in self.facts if f.kind in kinds)

    @property
    def text(self) -> str:
        """All that is known of the plan, for looking whether it speaks of something."""
        told = (" ".join((f.what, f.sentence, f.who, f.to, *f.limits, *f.audience, *f.channels)) for f in self.facts)
        return "\n".join((self.plan.title, *(f"{s.title}{s.text}" for s in self.sections), *told))

    def entry(
        self, name: str, title: str, answer: str, questions: Iterable[str], *, section: str = "", fact: str = "other",
        number: str = "",
    ) -> Entry:  # fmt: skip
        """One answer of this plan; `name` is unique in the plan and the same at every reading."""
        said: Sequence[str] = tuple(q for q in dict.fromkeys(questions) if q and q != title)
        ref = dated(self.proposal.doc_no, self.plan)
        return Entry(
            id=f"{self.plan.id}-{name}", kind=EntryKind.PLAN, title=title, answer=answer, questions=tuple(said),
            group=self.plan.id, region=self.plan.region, year=self.plan.year, section=section, fact=fact,
            sources=(Source(name=self.plan.title, issuer=self.plan.issuer, ref=ref, section=section),),
            verify=Verify.OFFICIAL, reviewed=day(self.proposal.issue_date), valid_to=self.until, number=number,
        )  # fmt: skip


def day(iso: str) -> date | None:
    """An ISO date that names a whole day; None for anything else."""
    try:
        return date.fromisoformat(iso) if len(iso) == 10 else None
    except ValueError:
        return None
