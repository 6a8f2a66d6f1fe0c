"""The tables of the menu: every menu that was written, shown or found, and what may go out by itself.

Times are aware UTC.
"""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Index, Integer, String, Table, Text, text

from bot.store.tables import Id, metadata

#: Every menu that staff wrote, and every one that was found in its place, so that it can be put back.
menu_version = Table(
    "menu_version",
    metadata,
    Column("id", Id, primary_key=True),
    Column("state", String(20), nullable=False),  # proposed, publishing, published, found, discarded
    Column("buttons", Text, nullable=False),  # JSON in WeChat's shape; [] for no menu
    Column("digest", String(64), nullable=False),
    Column("why", Text, nullable=False, default=""),
    Column("author", String(80), nullable=False),
    Column("written_at", DateTime(timezone=True), nullable=False),
    Column("publisher", String(80), nullable=False, default=""),
    Column("published_at", DateTime(timezone=True)),  # the last time that it was put up
    Column("kept_for", String(10), unique=True),  # the consultation day, ISO, after which it is put back
    # 1: written for the consultation day, and published for it: the newest is put up on that day
    Column("of_day", Integer, nullable=False, default=0, server_default=text("0")),
    Column("shown_for", String(10), unique=True),  # the consultation day on which it was put up by itself
    Index(None, "state"),
)

#: What may go out by itself, as somebody put it forward and another person approved it: another text needs both again.
standing_order = Table(
    "standing_order",
    metadata,
    Column("subject", String(60), primary_key=True),  # tips, day-menu, reminder:ID
    Column("digest", String(64), nullable=False),  # "": one person let it, before two were asked
    Column("what", Integer, nullable=False, default=0),  # how many things it covers, for staff
    Column("proposer", String(80), nullable=False),
    Column("proposed_at", DateTime(timezone=True), nullable=False),
    Column("approver", String(80), nullable=False, default=""),
    Column("approved_at", DateTime(timezone=True)),
)
