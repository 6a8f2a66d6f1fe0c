"""What was written of messages is forgotten when it has served its time."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.store.database import Database
from bot.store.tables import message_log

_AT_ONCE = 5000


def forget(database: Database, before: datetime) -> int:
    """Drop log rows from before then; returns how many. In small steps: messages are being written meanwhile."""
    old = sa.select(message_log.c.id).where(message_log.c.at < before).order_by(message_log.c.id).limit(_AT_ONCE)
    total = 0
    while True:
        with database.begin() as db:
            count = db.execute(sa.delete(message_log).where(message_log.c.id.in_(old))).rowcount
        total += count
        if count < _AT_ONCE:
            return total
