"""Which answers would change: question sets kept by staff, answered as things are and as they would be."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.answers import Answerer, Asked, Outcome
from bot.answers.regions import covers
from bot.errors import KnowledgeError
from bot.ingest.evaluation import Question, figures, judge, parse_questions, read_questions
from bot.ingest.items import to_entry
from bot.knowledge import live
from bot.knowledge.desk import Desk
from bot.knowledge.keeper import Keeper
from bot.knowledge.live import Overlay
from bot.knowledge.states import State
from bot.knowledge.tables import question_set
from bot.messages import numbered
from bot.settings import BEIJING
from bot.store.database import Database

Figures = Mapping[str, tuple[float, int]]


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions that staff keep to try changes on."""

    name: str
    questions: tuple[Question, ...]
    who: str


class QuestionSets:
    """The question sets of one office."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, path: Path, by: str) -> QuestionSet:
        """Keep the questions of a file under its name, in place of those that had it. Raises ContentError."""
        found = QuestionSet(path.stem[:80], tuple(read_questions(path)), by)
        with self._database.begin() as db:
            write(db, found)
        return found

    def all(self) -> list[QuestionSet]:
        """All of them, by name."""
        with self._database.begin() as db:
            rows = db.execute(sa.select(question_set).order_by(question_set.c.name)).all()
        return [QuestionSet(r.name, tuple(parse_questions(r.questions, Path(r.name))), r.who) for r in rows]

    def remove(self, name: str) -> None:
        """Keep one no more. Raises KnowledgeError where there is none."""
        with self._database.begin() as db:
            if not db.execute(sa.delete(question_set).where(question_set.c.name == name)).rowcount:
                raise KnowledgeError(f"没有叫 {name} 的问题集；用 safetybot knowledge regression list 查看")


def write(db: sa.Connection, held: QuestionSet) -> None:
    """Store a question set, in place of one of its name."""
    db.execute(sa.delete(question_set).where(question_set.c.name == held.name))
    text = lines(held.questions)
    db.execute(sa.insert(question_set).values(name=held.name, questions=text, who=held.who, at=datetime.now(UTC)))


def lines(questions: Iterable[Question]) -> str:
    """Questions as a file holds them."""
    return "".join(json.dumps(dict(q.row), ensure_ascii=False) + "\n" for q in questions)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as a person would read it."""

    text: str
    citations: tuple[tuple[str, str], ...]
    rejected: bool
    intent: str
    entry: str

    def shown(self) -> str:
        """In one line."""
        return f"{' '.join(self.text.split())}"


@dataclass(frozen=True, slots=True)
class Change:
    """One question, answered as things are and as they would be."""

    question: str
    old: Answer
    new: Answer

    @property
    def changed(self) -> bool:
        """Whether a person would read anything else."""
        return (self.old.text, self.old.citations) != (self.new.text, self.new.citations)


@dataclass(frozen=True, slots=True)
class Comparison:
    """All questions, and the figures of `evaluate`: share right and to how many questions a figure applies."""

    changes: tuple[Change, ...]
    before: Figures
    after: Figures

    def as_row(self) -> dict[str, Any]:
        """As JSON holds it."""
        changes = [{**asdict(c), "changed": c.changed} for c in self.changes]
        return {"changes": changes, "before": dict(self.before), "after": dict(self.after)}


def compare(keeper: Keeper, desk: Desk, database: Database, entry: str | None, more: Sequence[str] = ()) -> Comparison:
    """What would change if the open version of `entry` were live; None: of all entries.

    more  questions to try besides those of the question sets, asked where the entry holds
    Raises KnowledgeError where there is nothing to try, or no question to try it with.
    """
    questions = [q for held in QuestionSets(database).all() for q in held.questions]
    if more:
        text = "".join(json.dumps({"q": q}, ensure_ascii=False) + "\n" for q in more)
        questions += parse_questions(text, Path("more"))
    if not questions:
        raise KnowledgeError("还没有试答用的问题集：safetybot knowledge regression add FILE.jsonl")
    overlay = live.read(database)
    now, then = keeper.trial(overlay), keeper.trial(_as_if_live(overlay, desk, entry))
    here = now.office.region
    place = _where_it_holds(desk, entry, here) if entry else here
    places = [place if n >= len(questions) - len(more) else here for n in range(len(questions))]
    changes = [
        Change(q.q, _answer(now, q.q, at), _answer(then, q.q, at)) for q, at in zip(questions, places, strict=True)
    ]
    return Comparison(
        tuple(changes),
        _figures(questions, (c.old for c in changes)),
        _figures(questions, (c.new for c in changes)),
    )


def _as_if_live(overlay: Overlay, desk: Desk, entry: str | None) -> Overlay:
    wanted = [v for v in desk.versions(State.DRAFT, State.IN_REVIEW) if entry in (None, v.entry)]
    if not wanted:
        raise KnowledgeError(f"{entry or '所有条目'}：没有草稿，也没有待审核的版本")
    entries = {**overlay.entries, **{v.entry: to_entry(v.item())[0] for v in wanted}}
    return replace(overlay, entries=entries, digest="trial")


def _where_it_holds(desk: Desk, entry: str, here: str) -> str:
    """The office's own place, or that of an entry which does not hold there."""
    region = to_entry(desk.item(entry)[0])[0].region
    return here if covers(region, here) else region


def _answer(answerer: Answerer, text: str, region: str) -> Answer:
    outcome: Outcome = answerer.answer(Asked(text, datetime.now(BEIJING).date(), region))
    shown = "\n".join(p for p in (outcome.text, numbered(outcome.choices)) if p)
    citations = tuple((c.law, c.article) for c in outcome.citations)
    return Answer(shown, citations, outcome.rejected, outcome.intent, outcome.entry)


def _figures(questions: list[Question], answers: Iterable[Answer]) -> Figures:
    judged = [
        ("", judge(q.row, {
            "answer": a.text, "rejected": a.rejected, "intent": a.intent or None,
            "citations": [{"law": law, "article": article} for law, article in a.citations],
        }))
        for q, a in zip(questions, answers, strict=True)
    ]  # fmt: skip
    return figures(judged).get("all", {})
