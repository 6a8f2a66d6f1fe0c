"""What was asked in vain: questions without an answer, offers that nobody picked from, answers of no use, hand-offs."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from bot.answers.normalise import core, normalise
from bot.answers.regions import Gazetteer
from bot.settings import BEIJING
from bot.store.database import Database
from bot.store.tables import message_log, rating, unanswered
from bot.unanswered.masking import masked

#: A pick, or a wish to speak to staff, so long after a question still belongs to it.
_SAME_TALK = timedelta(minutes=30)
#: Of a message log row that tells a question, and not a word on an answer.
_QUESTIONS = ("answered", "choices", "unknown", "out_of_scope", "several")


class Kind(StrEnum):
    """Why staff should look at a question."""

    UNANSWERED = "unanswered"
    OFFERED = "offered"  # choices were offered, none was picked
    USELESS = "useless"  # answered, and rated 没用
    HANDED_OFF = "handed_off"  # then the person wanted to speak to staff


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time: from `start` until before `end`, both aware."""

    start: datetime
    end: datetime

    @classmethod
    def days(cls, first: date, last: date) -> Span:
        """Whole days in China, both included."""
        start, end = (datetime.combine(d, time(), BEIJING) for d in (first, last + timedelta(days=1)))
        return cls(start.astimezone(UTC), end.astimezone(UTC))


@dataclass(frozen=True, slots=True)
class Ask:
    """One person's question that helped nobody.

    key   names all questions of the same words
    text  as it is compared: normalised, personal data struck out
    near  ids of the entries that were considered, with confidence
    why   in the person's words, where they said why an answer was of no use
    """

    at: datetime
    channel: str
    address: str
    kind: Kind
    question: str
    key: str
    text: str
    near: tuple[tuple[str, float], ...] = ()
    region: str = ""
    why: str = ""

    @property
    def person(self) -> tuple[str, str]:
        """Channel and address; the address is "" of somebody who has left."""
        return self.channel, self.address


def read(database: Database, span: Span, gazetteer: Gazetteer) -> list[Ask]:
    """All of a span, in order of time."""
    with database.begin() as db:
        found = [*_questions(db, span), *_useless(db, span), *_handed_off(db, span)]
    # Outside the transaction: on SQLite nobody else could write meanwhile.
    found.sort(key=lambda row: (row[0], row[1], row[2], row[3], row[4]))
    return [_ask(*row, gazetteer) for row in found]


_Row = tuple[datetime, str, str, Kind, str, tuple[tuple[str, float], ...], str, str]


def _questions(db: sa.Connection, span: Span) -> Iterator[_Row]:
    picks = _picks(db, span)
    c = unanswered.c
    for row in db.execute(sa.select(unanswered).where(*_within(c.at, span)).order_by(c.id)):
        near, at = _near(row.candidates), aware(row.at)
        ids = {name for name, _ in near}
        later = picks.get((row.channel, row.address), ())
        if any(at < then <= at + _SAME_TALK and entry in ids for then, entry in later):
            continue
        kind = Kind.OFFERED if row.status == "choices" else Kind.UNANSWERED
        yield at, row.channel, row.address, kind, row.question, near, row.region, ""


def _picks(db: sa.Connection, span: Span) -> dict[tuple[str, str], list[tuple[datetime, str]]]:
    """When which entries were told, of the people whose questions are looked at."""
    m, u = message_log.c, unanswered.c
    until = (span.end + _SAME_TALK).astimezone(UTC)
    asked = sa.select(u.id).where(u.channel == m.channel, u.address == m.address, *_within(u.at, span))
    wanted = sa.select(m.channel, m.address, m.at, m.entry).where(
        m.at >= span.start.astimezone(UTC), m.at < until, m.entry != "", m.status == "answered", m.address != "",
        asked.exists(),
    )  # fmt: skip
    out: dict[tuple[str, str], list[tuple[datetime, str]]] = defaultdict(list)
    for row in db.execute(wanted):
        out[row.channel, row.address].append((aware(row.at), row.entry))
    return out


def _useless(db: sa.Connection, span: Span) -> Iterator[_Row]:
    c = rating.c
    for row in db.execute(sa.select(rating).where(*_within(c.at, span), c.useful == 0).order_by(c.id)):
        near = ((row.entry, 1.0),) if row.entry else ()
        yield aware(row.at), row.channel, row.address, Kind.USELESS, row.question, near, "", row.words or row.reason


def _handed_off(db: sa.Connection, span: Span) -> Iterator[_Row]:
    asked, wish = message_log.alias("asked"), message_log.c
    before = (
        sa.select(sa.func.max(asked.c.id))
        .where(
            asked.c.channel == wish.channel, asked.c.address == wish.address, asked.c.id < wish.id,
            asked.c.status.in_(_QUESTIONS),
        )
        .scalar_subquery()
    )  # fmt: skip
    wishes = sa.select(wish.at, before.label("asked")).where(
        *_within(wish.at, span), wish.intent == "human", wish.address != ""
    )
    held = wishes.subquery()
    rows = db.execute(
        sa.select(held.c.at.label("then"), message_log).join(message_log, wish.id == held.c.asked).order_by(wish.id)
    )
    for row in rows:
        at = aware(row.at)
        if aware(row.then) - at <= _SAME_TALK:
            near = ((row.entry, row.confidence),) if row.entry else ()
            yield aware(row.then), row.channel, row.address, Kind.HANDED_OFF, row.text, near, "", ""


def _within(column: sa.ColumnElement[Any], span: Span) -> tuple[sa.ColumnElement[bool], ...]:
    return column >= span.start.astimezone(UTC), column < span.end.astimezone(UTC)


def aware(at: datetime) -> datetime:
    """A time as the database gives it: SQLite forgets that it is UTC."""
    return at if at.tzinfo else at.replace(tzinfo=UTC)


@lru_cache(maxsize=4096)
def _near(candidates: str) -> tuple[tuple[str, float], ...]:
    return tuple((str(name), float(score)) for name, score in json.loads(candidates or "[]"))


def _ask(
    at: datetime, channel: str, address: str, kind: Kind, question: str, near: tuple[tuple[str, float], ...],
    region: str, why: str, gazetteer: Gazetteer,
) -> Ask:  # fmt: skip
    shown, text, key, named = _compared(question)
    return Ask(
        at, channel, address, kind, shown, key, text, near, region or gazetteer.find(named), masked(why)
    )  # fmt: skip


@lru_cache(maxsize=8192)
def _compared(question: str) -> tuple[str, str, str, str]:
    """The question as staff see it, as it is compared, its key, and normalised for places to be found in it."""
    shown = masked(question)
    level = normalise(shown)
    text = core(level)
    bare = "".join(c for c in text if c.isalnum()) or text
    return shown, text, hashlib.sha256(bare.encode()).hexdigest()[:32], level


def distinct(asks: Iterable[Ask]) -> list[Ask]:
    """One of each wording: the most asked first, then the earlier."""
    first: dict[str, Ask] = {}
    count: dict[str, int] = defaultdict(int)
    for ask in asks:
        held = first.setdefault(ask.key, ask)
        if not held.near and ask.near:
            first[ask.key] = ask
        count[ask.key] += 1
    return sorted(first.values(), key=lambda a: (-count[a.key], a.at, a.key))
