"""Rows for Records' writer: who asks for staff, who leaves; and the writers themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.conversations.tables import conversation, staff_message
from bot.store.records import LeavingRow

_MAX_QUESTION = 200  # characters


@dataclass(frozen=True, slots=True)
class WantedRow:
    """A person asks for staff. question: what they had asked about, "" for nothing."""

    at: datetime
    channel: str
    address: str
    question: str = ""


def ensure(db: sa.Connection, channel: str, address: str, at: datetime) -> int:
    """The number of the talk with a person; it gets one where it has none."""
    insert: Any = sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert
    new = {"channel": channel, "address": address, "question": "", "owner_name": "", "ended": "", "changed_at": at}
    db.execute(insert(conversation).values(new).on_conflict_do_nothing(index_elements=["channel", "address"]))
    return int(db.execute(sa.select(conversation.c.id).where(_is(channel, address))).scalar_one())


def _want(db: sa.Connection, rows: Sequence[WantedRow]) -> None:
    c = conversation.c
    for row in rows:
        number = ensure(db, row.channel, row.address[:64], row.at)
        values: dict[str, Any] = {"wanted_at": sa.func.coalesce(c.wanted_at, row.at), "changed_at": row.at}
        if row.question:
            values["question"] = row.question[:_MAX_QUESTION]
        db.execute(sa.update(conversation).where(c.id == number).values(values))


def _leave(db: sa.Connection, rows: Sequence[LeavingRow]) -> None:
    for row in rows:
        mine = sa.select(conversation.c.id).where(_is(row.channel, row.address[:64]))
        db.execute(sa.delete(staff_message).where(staff_message.c.conversation_id.in_(mine)))
        db.execute(sa.delete(conversation).where(_is(row.channel, row.address[:64])))


def _is(channel: str, address: str) -> sa.ColumnElement[bool]:
    return sa.and_(conversation.c.channel == channel, conversation.c.address == address)


#: For Records: what else is written with rows of a type.
WRITERS: dict[type[Any], Callable[[sa.Connection, Any], None]] = {WantedRow: _want, LeavingRow: _leave}
