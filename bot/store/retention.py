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
    count = _drop(database, message_log, before)
    _drop(database, saying, before - _A_DAY)  # it names only the day
    _drop(database, refused_row, before)
    return count


def _drop(database: Database, table: sa.Table, before: datetime) -> int:
    old = sa.select(table.c.id).where(table.c.at < before).order_by(table.c.at).limit(_AT_ONCE)
    total = 0
    while True:
        with database.portion() as db:
            count = db.execute(sa.delete(table).where(table.c.id.in_(old))).rowcount
        total += count
        if count < _AT_ONCE:
            return total
