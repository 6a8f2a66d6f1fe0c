"""What staff sent is forgotten when it has served its time."""

from __future__ import annotations

from datetime import datetime

from bot.conversations.tables import conversation, staff_message
from bot.store.database import Database
from bot.store.retention import drop


def forget(database: Database, before: datetime) -> None:
    """Drop what was sent before then, and talks in which nothing has happened since."""
    drop(database, staff_message, staff_message.c.at, before)
    drop(database, conversation, conversation.c.changed_at, before, conversation.c.owner.is_(None))
