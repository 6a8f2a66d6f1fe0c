"""The tables of the calendar: what fired, what staff moved, when it last ran, programmes, warnings.

Times are aware UTC.
"""

from __future__ import annotations

from sqlalchemy import Column, DateTime, ForeignKey, Index, Integer, String, Table, Text

from bot.store.tables import Id, metadata

#: One row a firing, written in the transaction that makes its broadcast. Whoever writes it has fired it.
firing = Table(
    "firing",
    metadata,
    Column("id", String(80), primary_key=True),  # reminder, its day, how long before, for whom
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("window_until", DateTime(timezone=True), nullable=False),
    Column("state", String(20), nullable=False),
    Column("broadcast_id", ForeignKey("broadcast.id", ondelete="SET NULL")),
    Column("fired_at", DateTime(timezone=True)),  # or found to be missed
    Column("why", Text, nullable=False, default=""),  # for staff
    Index(None, "due_at"),
)

#: A firing that staff put to another time.
firing_move = Table(
    "firing_move",
    metadata,
    Column("id", String(80), primary_key=True),  # of the firing
    Column("was", DateTime(timezone=True), nullable=False),  # when it would be due
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("who", String(80), nullable=False),
    Column("why", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Index(None, "due_at"),
    Index(None, "was"),
)

#: One row: when the calendar last ran. A window that closed since then was missed.
calendar_run = Table(
    "calendar_run",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("at", DateTime(timezone=True), nullable=False),
)

programme_state = Table(
    "programme_state",
    metadata,
    Column("day", String(10), primary_key=True),  # ISO
    Column("state", Text, nullable=False, default="{}"),
)

warning = Table(
    "warning",
    metadata,
    Column("id", Id, primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),  # of all the rest: pasted twice, it is kept once
    Column("issuer", String(200), nullable=False),
    Column("issued_at", DateTime(timezone=True), nullable=False),
    Column("text", Text, nullable=False),  # unchanged
    Column("regions", Text, nullable=False),  # JSON: full names
    Column("until", DateTime(timezone=True), nullable=False),
    Column("source", String(400), nullable=False),  # where staff have it from, or the feed
    Column("by", String(80), nullable=False),
    Column("broadcast_id", ForeignKey("broadcast.id", ondelete="SET NULL")),
    Column("at", DateTime(timezone=True), nullable=False),
    Index(None, "until"),
)

#: What a feed of warnings told, so that each is looked at once. item: digest of its id and time.
feed_item = Table(
    "feed_item",
    metadata,
    Column("feed", String(200), primary_key=True),
    Column("item", String(64), primary_key=True),
    Column("state", String(20), nullable=False),  # relayed, refused
    Column("why", Text, nullable=False, default=""),  # for staff
    Column("title", String(200), nullable=False, default=""),
    Column("warning_id", ForeignKey("warning.id", ondelete="SET NULL")),
    Column("at", DateTime(timezone=True), nullable=False),
    Index(None, "at"),
)

#: How each feed is.
feed_read = Table(
    "feed_read",
    metadata,
    Column("feed", String(200), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),  # when it was read last, or tried
    Column("good_at", DateTime(timezone=True)),  # when that succeeded last
    Column("items", Integer, nullable=False, default=0),  # of the last time that it did
    Column("error", Text, nullable=False, default=""),  # the last one, for staff
    Column("error_at", DateTime(timezone=True)),
)
