"""What is live: the shipped content, with what the database holds laid over it."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from bot.answers.base import Base
from bot.answers.entries import Entry, EntryKind, Knowledge, Plan
from bot.answers.overlay import LaidOver
from bot.answers.synonyms import Pair, parse
from bot.errors import ContentError
from bot.ingest.items import Item, to_entry
from bot.knowledge.states import PlanState, State
from bot.knowledge.tables import entry_version, plan_proposal
from bot.knowledge.versions import DANGERS, LISTS, SYNONYMS
from bot.store.database import Database

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Overlay:
    """What the database lays over the shipped content.

    entries  by id; None where a shipped entry is hidden
    plans    accepted ones; their facts are among the entries
    digest   names all this
    synonyms, dangers   the office's own words; no base is built of them
    """

    entries: Mapping[str, Entry | None]
    plans: tuple[Plan, ...]
    digest: str
    synonyms: tuple[Pair, ...] = ()
    dangers: tuple[Pair, ...] = ()

    def over(self, shipped: Knowledge) -> Knowledge:
        """The whole content, for a base to be built from."""
        plans = {p.id: p for p in (*shipped.plans, *self.plans)}
        return replace(shipped, entries=self.entries_over(shipped.entries), plans=tuple(plans.values()))

    def entries_over(self, shipped: Sequence[Entry]) -> tuple[Entry, ...]:
        """All entries that are live: the shipped ones, edited or hidden, then those of the office's own."""
        ids = {e.id for e in shipped}
        kept = [self.entries.get(e.id, e) for e in shipped]
        added = [e for name, e in self.entries.items() if name not in ids]
        return tuple(e for e in (*kept, *added) if e)

    def laid_over(self, base: Base, below: Below) -> Base:
        """A base with this over it. below: what the shipped content has where `base` was built with another overlay."""
        wanted = {name: self.entries.get(name, below.entries.get(name)) for name in {*self.entries, *below.entries}}
        changed = {name: e for name, e in wanted.items() if base.entry_by_id(name) != e}
        plans = {p.id: p for p in base.plans if p.id not in below.plans}
        plans |= {p.id: p for p in (*(p for p in below.plans.values() if p), *self.plans)}
        if not changed and list(plans.values()) == base.plans:
            return base
        gone = [name for name, e in changed.items() if e is None]
        return LaidOver(base, gone, [e for e in changed.values() if e], list(plans.values()))

    def below(self, shipped: Knowledge) -> Below:
        """What the shipped content has where this lies over it."""
        entries, plans = {e.id: e for e in shipped.entries}, {p.id: p for p in shipped.plans}
        return Below({name: entries.get(name) for name in self.entries}, {p.id: plans.get(p.id) for p in self.plans})


@dataclass(frozen=True, slots=True)
class Below:
    """What the shipped content has for some ids of entries and plans; None where it has nothing."""

    entries: Mapping[str, Entry | None]
    plans: Mapping[str, Plan | None]


EMPTY = Overlay({}, (), hashlib.sha256(b"[]").hexdigest()[:12])


def read(database: Database) -> Overlay:
    """What is live now. Raises StoreError."""
    with database.begin() as db:
        versions = db.execute(
            sa.select(entry_version).where(entry_version.c.state == State.LIVE).order_by(entry_version.c.entry)
        ).all()
        accepted = db.execute(
            sa.select(plan_proposal.c.id, plan_proposal.c.digest, plan_proposal.c.proposal, plan_proposal.c.accepted)
            .where(plan_proposal.c.state == PlanState.ACCEPTED)
            .order_by(plan_proposal.c.digest)
        ).all()
    said = {row.kind: row for row in versions if row.kind in LISTS}
    versions = [row for row in versions if row.kind not in LISTS]
    entries: dict[str, Entry | None] = {}
    plans: list[Plan] = []
    for row in accepted:
        with _left_out_if_unreadable(f"plan-{row.id}"):
            from bot.knowledge.plans import told_by  # what reads plans takes 0.3 s to import: only where there is one

            plan, facts = told_by(row.proposal, row.accepted)
            plans.append(plan)
            entries |= {e.id: e for e in facts}
    for row in versions:
        with _left_out_if_unreadable(row.entry):
            entries[row.entry] = _entry(row)
    names = [[r.entry, r.kind, r.topic, r.content] for r in versions] + [[r.digest, r.accepted] for r in accepted]
    digest = hashlib.sha256(json.dumps(names).encode()).hexdigest()[:12] if names else EMPTY.digest
    return Overlay(entries, tuple(plans), digest, _pairs(said.get(SYNONYMS)), _pairs(said.get(DANGERS)))


def dangers(database: Database) -> tuple[Pair, ...]:
    """The office's own words of danger that are live, and nothing else. Raises StoreError."""
    c = entry_version.c
    with database.read() as db:
        return _pairs(db.execute(sa.select(entry_version).where(c.entry == DANGERS, c.state == State.LIVE)).first())


def _pairs(row: Any) -> tuple[Pair, ...]:
    """What a version of a list says; nothing where there is none."""
    if row is not None:
        with _left_out_if_unreadable(row.entry):
            return tuple(parse(json.loads(row.content)["pairs"]))
    return ()


@contextmanager
def _left_out_if_unreadable(subject: str) -> Iterator[None]:
    """One row that another version of the program wrote must not keep all others from being told."""
    try:
        yield
    except (ContentError, KeyError, TypeError, ValueError) as e:
        log.error("what is stored cannot be read and is left out", extra={"subject": subject, "error": repr(e)})


def _entry(row: Any) -> Entry | None:
    return _written(row.kind, row.topic, row.content) if row.content else None


@lru_cache(maxsize=8192)
def _written(kind: str, topic: str, content: str) -> Entry:
    """What a version says never changes, and all of them are read whenever one does."""
    return to_entry(Item(EntryKind(kind), topic, json.loads(content)))[0]
