"""What staff changed: every change is a row that stays. The newest row of a key holds."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Integer, String, Table, Text, UniqueConstraint

from bot.store.tables import Id, metadata

office_change = Table(
    "office_change",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", String(80), nullable=False),
    Column("version", Integer, nullable=False),  # 1, 2, … of this key: of two people at once one wins
    Column("value", Text),  # JSON; NULL: the default holds again
    Column("who", String(80), nullable=False),
    Column("why", String(400), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("key", "version"),
)
