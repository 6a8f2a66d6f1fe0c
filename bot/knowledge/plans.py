"""Campaign plans: a proposal is stored, its ticked facts become live, and are taken back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from bot.answers.cities import in_full
from bot.answers.entries import Entry, Plan
from bot.errors import KnowledgeError
from bot.ingest.plans.proposal import Fact, FactKind, Proposal, from_row, to_row
from bot.knowledge.plan_corrections import corrected, region_fault
from bot.knowledge.revision import changing
from bot.knowledge.states import PlanState
from bot.knowledge.tables import knowledge_event, plan_proposal, plan_row
from bot.knowledge.versions import Event, dump, events
from bot.store.database import Database

#: Facts of these kinds are rows of the calendar and of the deadlines.
ROW_KINDS = (FactKind.EVENT, FactKind.DEADLINE, FactKind.PERIOD)


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """A plan as it is kept.

    accepted  ids of the facts that are live, or were when it was withdrawn
    ticked    ids that staff mean to accept; None where nobody has ticked yet
    submitted_by  who put what is ticked to review, "" for nobody
    """

    id: int
    state: PlanState
    title: str
    file: str
    proposal: Proposal
    accepted: tuple[str, ...]
    at: datetime
    ticked: tuple[str, ...] | None = None
    submitted_by: str = ""

    @property
    def seen(self) -> str:
        """Names exactly what is submitted: the facts as they stand, and which of them are ticked."""
        return hashlib.sha256((dump(to_row(self.proposal)) + dump(self.ticked or ())).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A row of the calendar or of the deadlines; dates as in bot/ingest/plans/proposal.py. id: stays over changes."""

    id: int
    plan: int
    fact: str
    kind: FactKind
    date: str
    start: str
    end: str
    what: str
    to: str
    section: str
    sentence: str


class ClashError(KnowledgeError):
    """Somebody else was quicker: what was typed would overwrite what they saved."""


class PlanDesk:
    """The plans of one office.

    tell    called when something that is live was changed
    places  that the office knows by their full names, its own first
    """

    def __init__(
        self, database: Database, tell: Callable[[], object] | None = None, places: Callable[[], Sequence[str]] = tuple
    ) -> None:
        self._database, self._tell, self._places = database, tell, places

    def store(self, proposal: Proposal, file: str, by: str) -> tuple[StoredPlan, bool]:
        """Keep a proposal; the same one again is found, not kept twice. Returns it, and whether anything is new.

        Where the same file gave another proposal that nobody has accepted, the new one takes its place.
        """
        read_as = _digest(proposal)
        proposal = replace(proposal, region=in_full(proposal.region, self._places()))
        content, digest = dump(to_row(proposal)), _digest(proposal)
        with changing(self._database) as db:
            held = sa.or_(plan_proposal.c.digest.in_((digest, read_as)), plan_proposal.c.read_as.in_((digest, read_as)))
            row = db.execute(sa.select(plan_proposal).where(held)).first()
            if row:
                return _stored(row), False
            values = {"digest": digest, "state": PlanState.PROPOSED, "title": proposal.title[:200], "file": file[:200],
                      "proposal": content, "accepted": "[]", "at": datetime.now(UTC), "ticked": "",
                      "read_as": read_as if read_as != digest else "", "submitted_by": ""}  # fmt: skip
            if earlier := _earlier(db, proposal, file):
                mine = plan_proposal.c.id == earlier
                row = db.execute(sa.update(plan_proposal).where(mine).values(values).returning(plan_proposal)).one()
            else:
                row = db.execute(sa.insert(plan_proposal).values(values).returning(plan_proposal)).one()
            _note(db, row.id, "import", PlanState.PROPOSED if earlier else "", PlanState.PROPOSED, by, file)
            return _stored(row), True

    def plans(self) -> list[StoredPlan]:
        """All that are kept, oldest first."""
        with self._database.begin() as db:
            return [_stored(row) for row in db.execute(sa.select(plan_proposal).order_by(plan_proposal.c.id))]

    def submitted(self, by: str) -> int:
        """How many wait for the review of this person: others submitted them."""
        theirs = plan_proposal.c.submitted_by.not_in(("", by))
        with self._database.read() as db:
            return db.scalar(sa.select(sa.func.count()).where(theirs)) or 0

    def count(self, state: PlanState) -> int:
        """How many are in a state, and not submitted."""
        c = plan_proposal.c
        wanted = sa.select(sa.func.count()).where(c.state == state, c.submitted_by == "")
        with self._database.read() as db:
            return db.scalar(wanted) or 0

    def plan(self, number: int) -> StoredPlan:
        """One of them. Raises KnowledgeError where there is none of that number."""
        with self._database.begin() as db:
            return _stored(_row(db, number))

    def accept(self, number: int, ids: Collection[str], by: str, why: str = "") -> bool:
        """Make the named facts live, and no others of this plan; False where they were already."""
        with changing(self._database, self._tell) as db:
            held = _stored(_row(db, number))
            ids = select(held.proposal, ids)
            if held.state is PlanState.ACCEPTED and held.accepted == ids:
                return False
            _accept(db, held, ids, by, why)
            return True

    def submit(self, number: int, by: str) -> None:
        """Put what is ticked to review by another person. Raises KnowledgeError where nothing is, or it is live."""
        with changing(self._database) as db:
            held = _stored(_row(db, number))
            if not held.ticked:
                raise KnowledgeError("一项也没有勾选，没有可以审核的。要整份停用，请审核的同事“撤回”")
            if held.state is PlanState.ACCEPTED and held.ticked == held.accepted:
                raise KnowledgeError("勾选的和正在生效的一样，不用再审核")
            told_by(dump(to_row(held.proposal)), dump(held.ticked))  # what cannot be told is refused here
            _set(db, number, submitted_by=by)
            _note(db, number, "submit", held.state, held.state, by, f"{len(held.ticked)} 项")

    def give_back(self, number: int, by: str, why: str) -> None:
        """Return what is in review to whoever submitted it."""
        with changing(self._database) as db:
            held = _stored(_row(db, number))
            if not held.submitted_by:
                raise KnowledgeError("这份方案没有在等审核，可能已经采用或退回了")
            _set(db, number, submitted_by="")
            _note(db, number, "return", held.state, held.state, by, why)

    def accept_submitted(self, number: int, seen: str, by: str) -> tuple[str, ...]:
        """Make live what another person submitted; returns the ids. seen: see StoredPlan.

        Raises KnowledgeError where it is not what was read any more, or where this one has written or submitted it.
        """
        with changing(self._database, self._tell) as db:
            held = _stored(_row(db, number))
            if not held.submitted_by or held.ticked is None:
                raise KnowledgeError("这份方案没有提交审核，或者提交以后又改过，请重新打开这一页看看")
            if held.seen != seen:
                raise KnowledgeError("您看过以后内容或勾选又改了，请重新看过再采用")
            if by in _writers(db, number):
                raise KnowledgeError("这份方案的勾选或更正是您自己做的，请另一位同事审核采用")
            _accept(db, held, held.ticked, by, "")
            return held.ticked

    def correct(
        self, number: int, facts: Mapping[str, Mapping[str, str]], ticked: Collection[str], by: str, seen: str = "",
        region: str | None = None,
    ) -> None:  # fmt: skip
        """Keep what staff corrected of facts, by id and field, and what they ticked; what is live stays as it is.

        seen    see StoredPlan: what they began with, "" for whatever it is
        region  of the whole plan; None: as it was read

        Raises ClashError where it is not that any more, KnowledgeError for a fact that the plan does not have, a field
        that is none, or a value it cannot have.
        """
        with changing(self._database, self._tell) as db:
            row = _row(db, number)
            held = _stored(row)
            if seen not in ("", held.seen):
                raise ClashError("您填写的时候，别的同事改了这份方案")
            unknown = {*facts, *ticked} - {f.id for f in held.proposal.facts}
            if unknown:
                raise KnowledgeError(f"方案里没有这些事项：{'、'.join(sorted(unknown))}，请重新打开这一页")
            if region is not None and region != held.proposal.region and (fault := region_fault(region)):
                raise KnowledgeError(f"地区：{fault}")
            new = replace(
                held.proposal, facts=tuple(corrected(f, facts.get(f.id, {})) for f in held.proposal.facts),
                region=held.proposal.region if region is None else region,
            )  # fmt: skip
            ids = dump([f.id for f in held.proposal.facts if f.id in ticked])
            values = {"ticked": ids, "submitted_by": ""}
            if new != held.proposal:
                if held.state is PlanState.ACCEPTED:
                    raise KnowledgeError("这份方案正在生效，不能改内容：请先撤回，改好后再采用")
                values |= {
                    "proposal": dump(to_row(new)), "digest": _digest(new), "read_as": row.read_as or row.digest,
                }  # fmt: skip
                changed = [f.id for f in new.facts if f not in held.proposal.facts]
                changed += ["地区"] if new.region != held.proposal.region else []
                _note(db, number, "correct", held.state, held.state, by, "、".join(changed))
            db.execute(sa.update(plan_proposal).where(plan_proposal.c.id == number).values(values))

    def history(self, number: int) -> list[Event]:
        """What was done with a plan, oldest first."""
        with self._database.begin() as db:
            return events(db, f"plan-{number}")

    def withdraw(self, number: int, by: str, why: str = "") -> bool:
        """Take a plan's facts out of the answers, the calendar and the deadlines; False where they were not live."""
        with changing(self._database, self._tell) as db:
            held = _stored(_row(db, number))
            if held.state is not PlanState.ACCEPTED:
                return False
            _set(db, number, state=PlanState.WITHDRAWN, submitted_by="")
            _write_rows(db, number, [])
            _note(db, number, "withdraw", held.state, PlanState.WITHDRAWN, by, why)
            return True

    def rows(self) -> list[PlanRow]:
        """What is live for the calendar and the deadlines, by plan, in the order of its facts."""
        wanted = sa.select(plan_row).where(plan_row.c.state == "live").order_by(plan_row.c.plan, plan_row.c.id)
        with self._database.begin() as db:
            return [
                PlanRow(
                    r.id, r.plan, r.fact, FactKind(r.kind), r.date, r.start, r.end, r.what, r.to, r.section, r.sentence
                )
                for r in db.execute(wanted)
            ]


def _digest(proposal: Proposal) -> str:
    return hashlib.sha256(dump(to_row(proposal)).encode()).hexdigest()


def bring(db: sa.Connection, proposal: Proposal, state: PlanState, accepted: Sequence[str], file: str, by: str) -> bool:
    """Take over a plan from another place; False where it is here already, just so."""
    content, ticked, digest = dump(to_row(proposal)), dump(list(accepted)), _digest(proposal)
    row = db.execute(sa.select(plan_proposal).where(plan_proposal.c.digest == digest)).first()
    if row and (row.state, row.accepted) == (state, ticked):
        return False
    values = {"state": state, "accepted": ticked}
    if row:
        db.execute(sa.update(plan_proposal).where(plan_proposal.c.id == row.id).values(values))
        number = row.id
    else:
        values |= {"digest": digest, "title": proposal.title[:200], "file": file[:200], "proposal": content}
        number = db.execute(
            sa.insert(plan_proposal).values(**values, at=datetime.now(UTC)).returning(plan_proposal.c.id)
        ).scalar_one()
    live = [f for f in proposal.facts if f.id in accepted and f.kind in ROW_KINDS]
    _write_rows(db, number, live if state is PlanState.ACCEPTED else [])
    _note(db, number, "import", row.state if row else "", state, by, file)
    return True


def select(proposal: Proposal, only: Collection[str] = (), kinds: Collection[str] = ()) -> tuple[str, ...]:
    """Ids of the facts that are named, or of the kinds named, or of all; in the order of the plan.

    Raises KnowledgeError for an id or kind that the plan does not have.
    """
    known = {f.id for f in proposal.facts}
    if wrong := [name for name in only if name not in known]:
        raise KnowledgeError(f"方案里没有这些事项：{'、'.join(wrong)}；用 safetybot plan show 查看编号")
    if wrong := [kind for kind in kinds if kind not in list(FactKind)]:
        raise KnowledgeError(f"没有这些类别：{'、'.join(wrong)}；可用：{'、'.join(FactKind)}")
    chosen = [f.id for f in proposal.facts if f.id in only or f.kind in kinds or not (only or kinds)]
    if not chosen:
        raise KnowledgeError("没有选中任何事项")
    return tuple(chosen)


@lru_cache(maxsize=256)
def told_by(proposal: str, accepted: str) -> tuple[Plan, tuple[Entry, ...]]:
    """What the accepted facts of a plan answer; both arguments as they are stored."""
    from bot.ingest.plans.answers import to_knowledge

    return to_knowledge(from_row(json.loads(proposal)), tuple(json.loads(accepted)))


def _write_rows(db: sa.Connection, number: int, facts: list[Fact]) -> None:
    """The rows of these facts are live, those of others withdrawn; a row keeps its id."""
    mine = plan_row.c.plan == number
    db.execute(sa.update(plan_row).where(mine).values(state="withdrawn"))
    held = set(db.scalars(sa.select(plan_row.c.fact).where(mine)))
    for fact in facts:
        values = {"kind": fact.kind, "date": fact.date, "start": fact.start, "end": fact.end, "what": fact.what,
                  "to": fact.to, "section": fact.section, "sentence": fact.sentence, "state": "live"}  # fmt: skip
        if fact.id in held:
            db.execute(sa.update(plan_row).where(mine, plan_row.c.fact == fact.id).values(values))
        else:
            db.execute(sa.insert(plan_row).values(plan=number, fact=fact.id, **values))


def _earlier(db: sa.Connection, proposal: Proposal, file: str) -> int | None:
    """The number of what was read from this file before and nobody has accepted; None where there is none."""
    wanted = (plan_proposal.c.state == PlanState.PROPOSED, plan_proposal.c.file == file[:200])
    rows = db.execute(sa.select(plan_proposal).where(*wanted).order_by(plan_proposal.c.id.desc()))
    return next((row.id for row in rows if file and _same_document(_stored(row).proposal, proposal)), None)


#: Of the sentences of the shorter of two proposals, how many the other must have, for both to be of one document.
_SAME_SENTENCES = 0.6


def _same_document(a: Proposal, b: Proposal) -> bool:
    """Whether two proposals were read from one document; plans of two years or units share a name and many words."""
    if a.year and b.year and a.year != b.year or a.issuer and b.issuer and a.issuer != b.issuer:
        return False
    ours, theirs = ({s for f in p.facts if (s := "".join(f.sentence.split()))} for p in (a, b))
    return bool(ours and theirs) and len(ours & theirs) >= _SAME_SENTENCES * min(len(ours), len(theirs))


def _accept(db: sa.Connection, held: StoredPlan, ids: tuple[str, ...], by: str, why: str) -> None:
    told_by(dump(to_row(held.proposal)), dump(ids))  # what cannot be told is refused here
    _set(db, held.id, state=PlanState.ACCEPTED, accepted=dump(ids), ticked="", submitted_by="")
    _write_rows(db, held.id, [f for f in held.proposal.facts if f.id in ids and f.kind in ROW_KINDS])
    _note(db, held.id, "accept", held.state, PlanState.ACCEPTED, by, why or "、".join(ids))


def _set(db: sa.Connection, number: int, **values: Any) -> None:
    db.execute(sa.update(plan_proposal).where(plan_proposal.c.id == number).values(values))


def _writers(db: sa.Connection, number: int) -> set[str]:
    """Who corrected or submitted a plan since it was accepted or read last."""
    found: set[str] = set()
    for event in events(db, f"plan-{number}"):
        if event.move in ("accept", "import"):
            found = set()
        elif event.move in ("correct", "submit"):
            found.add(event.who)
    return found


def _row(db: sa.Connection, number: int) -> Any:
    row = db.execute(sa.select(plan_proposal).where(plan_proposal.c.id == number)).first()
    if row is None:
        raise KnowledgeError(f"没有编号为 {number} 的方案；用 safetybot plan list 查看")
    return row


def _stored(row: Any) -> StoredPlan:
    proposal, accepted = from_row(json.loads(row.proposal)), tuple(json.loads(row.accepted))
    ticked = tuple(json.loads(row.ticked)) if row.ticked else None
    return StoredPlan(
        row.id, PlanState(row.state), row.title, row.file, proposal, accepted, row.at, ticked, row.submitted_by
    )


def _note(db: sa.Connection, number: int, move: str, before: str, after: str, who: str, why: str) -> None:
    values = {"at": datetime.now(UTC), "subject": f"plan-{number}", "version": 0, "move": move, "before": before,
              "after": after, "who": who, "why": why}  # fmt: skip
    db.execute(sa.insert(knowledge_event).values(values))
