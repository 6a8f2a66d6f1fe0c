"""What was written of messages is forgotten when it has served its time."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.store.database import Database
from bot.store.tables import message_log, refused_row, saying

_AT_ONCE = 5000
_A_DAY = timedelta(days=1)


def forget(database: Database, before: datetime) -> int:
    """Drop log rows from before then, and what nobody was told since; returns how many rows of the log.

    In small steps: messages are being written meanwhile.
    """
    count = drop(database, message_log, message_log.c.at, before)
    drop(database, saying, saying.c.at, before - _A_DAY)  # it names only the day
    drop(database, refused_row, refused_row.c.at, before)
    return count


def drop(
    database: Database, table: sa.Table, at: sa.Column[datetime], before: datetime, *also: sa.ColumnElement[bool]
) -> int:
    """Drop the rows of a table with an `id` whose time is before then, in small steps; returns how many."""
    old = sa.select(table.c.id).where(at < before, *also).order_by(at).limit(_AT_ONCE)
    total = 0
    while True:
        with database.portion() as db:
            count = db.execute(sa.delete(table).where(table.c.id.in_(old))).rowcount
        total += count
        if count < _AT_ONCE:
            return total
