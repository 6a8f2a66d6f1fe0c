"""The tables of talks with staff: one row for each person whom staff looked at or who asked for them, and the ledger
of what staff sent. What people write stands in the message log.

Times are aware UTC. Both go with the person.
"""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from bot.store.tables import Id, metadata


class Kind(StrEnum):
    """What a row of the ledger is."""

    ANSWER = "answer"  # written by staff
    TAKEN = "taken"  # the line that a person of the office is there now
    RETURNED = "returned"  # the line that the bot answers again


class End(StrEnum):
    """Why a talk went back to the bot."""

    STAFF = "staff"
    IDLE = "idle"  # staff wrote nothing for too long
    DAY = "day"  # the working day ended


conversation = Table(
    "conversation",
    metadata,
    Column("id", Id, primary_key=True),
    Column("channel", String(20), nullable=False),
    Column("address", String(64), nullable=False),
    Column("wanted_at", DateTime(timezone=True)),  # asked for a person, and nobody has written yet
    Column("question", Text, nullable=False, default=""),  # what they had asked about, in their words
    Column("owner", BigInteger),  # id of the staff who speaks, None: the bot does
    Column("owner_name", String(80), nullable=False, default=""),
    Column("taken_at", DateTime(timezone=True)),
    Column("staff_at", DateTime(timezone=True)),  # when staff wrote last, or took over
    Column("ended_at", DateTime(timezone=True)),
    Column("ended", String(20), nullable=False, default=""),  # an End
    Column("changed_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("channel", "address"),
    Index(None, "owner"),
    Index(None, "wanted_at"),
    Index(None, "changed_at"),
)

#: Written before the call to the platform and closed after it. state: a Delivery.
staff_message = Table(
    "staff_message",
    metadata,
    Column("id", Id, primary_key=True),
    Column("conversation_id", ForeignKey("conversation.id", ondelete="CASCADE"), nullable=False),
    Column("key", String(64), nullable=False, unique=True),  # of the form it was written in: sent twice it is one
    Column("at", DateTime(timezone=True), nullable=False),
    Column("staff_id", BigInteger),  # None: written by the program
    Column("name", String(80), nullable=False, default=""),
    Column("kind", String(20), nullable=False),
    Column("text", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Column("why", String(20), nullable=False, default=""),  # a Refusal, or why it was skipped
    Column("errcode", Integer),
    Column("closed_at", DateTime(timezone=True)),
    Index(None, "conversation_id", "at"),
    Index(None, "state"),
    Index(None, "at", "kind"),  # answers are counted by day
)
