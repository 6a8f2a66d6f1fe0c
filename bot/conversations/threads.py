"""What was said in a talk, by whom, in order: the message log, what the bot said to it, what staff sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.conversations import ledger
from bot.conversations.ledger import Written
from bot.conversations.tables import staff_message
from bot.conversations.talks import Talk
from bot.store.database import aware
from bot.store.tables import message_log, saying

#: Messages a page of a talk.
_PAGE = 40
_M, _S = message_log.c, staff_message.c


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was said. who: person, bot, staff, note (a line of the program); kind: of message.

    status   of the bot's turn, or the state of what staff sent
    entry    what the bot told, "" for none
    written  the row of the ledger, for what staff sent
    """

    at: datetime
    who: str
    text: str
    kind: str = "text"
    status: str = ""
    entry: str = ""
    written: Written | None = None


@dataclass(frozen=True, slots=True)
class Thread:
    """A part of a talk, oldest first. older: what came before that time is not shown, None: nothing did.

    last  numbers of the newest row of the log and of the ledger, from which `since` goes on
    """

    lines: Sequence[Line]
    older: datetime | None
    last: tuple[int, int]


def read(db: sa.Connection, talk: Talk, before: datetime | None = None) -> Thread:
    """The newest page of a talk, or the one before a time."""
    heard = _LOG.where(*_mine(talk), *([_M.at < before] if before else []))
    sent = sa.select(staff_message).where(_S.conversation_id == talk.id, *([_S.at < before] if before else []))
    rows = db.execute(heard.order_by(_M.at.desc(), _M.id.desc()).limit(_PAGE)).all()
    theirs = db.execute(sent.order_by(_S.at.desc(), _S.id.desc()).limit(_PAGE)).all()
    times = sorted((_at(row) for row in (*rows, *theirs)), reverse=True)
    older = times[_PAGE - 1] if len(times) > _PAGE else None
    lines = sorted(_lines(rows, theirs), key=lambda line: line.at)
    last = (max((r.id for r in rows), default=0), max((r.id for r in theirs), default=0))
    return Thread([line for line in lines if older is None or line.at >= older], _more(rows, theirs, older), last)


def _more(rows: Sequence[Any], theirs: Sequence[Any], older: datetime | None) -> datetime | None:
    if older:
        return older
    return min((_at(r) for r in (*rows, *theirs)), default=None) if _PAGE in (len(rows), len(theirs)) else None


def since(db: sa.Connection, talk: Talk, last: tuple[int, int], most: int = 100) -> Thread:
    """What came after those numbers."""
    rows = db.execute(_LOG.where(*_mine(talk), _M.id > last[0]).order_by(_M.id).limit(most)).all()
    mine = sa.select(staff_message).where(_S.conversation_id == talk.id, _S.id > last[1])
    theirs = db.execute(mine.order_by(_S.id).limit(most)).all()
    lines = sorted(_lines(rows, theirs), key=lambda line: line.at)
    newest = (max((r.id for r in rows), default=last[0]), max((r.id for r in theirs), default=last[1]))
    return Thread(lines, None, newest)


def last_question(db: sa.Connection, talk: Talk) -> str:
    """What the person said last in words, "" where they said nothing; words that only ask for staff aside."""
    words = (_M.kind.in_(("text", "voice")), _M.text != "", _M.intent != "human")
    return db.scalar(sa.select(_M.text).where(*_mine(talk), *words).order_by(_M.at.desc()).limit(1)) or ""


_LOG = sa.select(
    _M.id, _M.at, _M.kind, _M.text, _M.status, _M.intent, _M.entry, saying.c.text.label("said")
).select_from(message_log.outerjoin(saying, saying.c.id == _M.saying))


def _mine(talk: Talk) -> tuple[sa.ColumnElement[bool], ...]:
    return (_M.address == talk.address, _M.channel == talk.channel)


def _at(row: Any) -> datetime:
    at = aware(row.at)
    assert at is not None
    return at


def _lines(rows: Sequence[Any], theirs: Sequence[Any]) -> Iterator[Line]:
    for row in rows:
        yield from _turn(row)
    for row in theirs:
        written = ledger.read(row)
        who = "staff" if written.name else "note"
        yield Line(written.at, who, written.text, written.kind, written.state, written=written)


def _turn(row: Any) -> Iterator[Line]:
    """What the person said, and what the bot said to it: the log has one time for both."""
    at = _at(row)
    if row.kind != "event" or row.text:
        yield Line(at, "person", row.text, row.kind, row.status)
    if row.intent != "staff" and (row.said or row.kind != "event"):
        yield Line(at, "bot", row.said or "", "text", row.status, row.entry)
