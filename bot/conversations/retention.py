"""What staff sent is forgotten when it has served its time."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.conversations.tables import conversation, staff_message
from bot.store.database import Database


def forget(database: Database, before: datetime) -> None:
    """Drop what was sent before then, and talks in which nothing has happened since."""
    with database.begin() as db:
        db.execute(sa.delete(staff_message).where(staff_message.c.at < before))
        idle = (conversation.c.changed_at < before, conversation.c.owner.is_(None))
        db.execute(sa.delete(conversation).where(*idle))
