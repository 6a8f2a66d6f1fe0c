"""The tables of staff: accounts, sessions, forms that came after a session had ended, the audit trail."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from bot.store.tables import Id, metadata

staff = Table(
    "staff",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(40), nullable=False, unique=True),
    Column("display", String(40), nullable=False),
    Column("roles", String(200), nullable=False),  # of Role, by blanks
    Column("region", String(100), nullable=False, default=""),
    Column("password", String(200), nullable=False),  # argon2id
    Column("must_change", Integer, nullable=False, default=1),  # 1: the password was given by another person
    Column("totp", String(64), nullable=False, default=""),  # secret of the second factor, base 32; empty: none yet
    Column("totp_used", Integer, nullable=False, default=0),  # number of the last time step whose code was taken
    Column("recovery", Text, nullable=False, default=""),  # digests of recovery codes that are left, one a line
    Column("failures", Integer, nullable=False, default=0),  # since the last that succeeded
    Column("locked_until", DateTime(timezone=True)),
    Column("active", Integer, nullable=False, default=1),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("signed_in_at", DateTime(timezone=True)),
)

staff_session = Table(
    "staff_session",
    metadata,
    Column("id", Id, primary_key=True),
    Column("token", String(64), nullable=False, unique=True),  # digest of what the cookie holds
    Column("staff_id", ForeignKey("staff.id", ondelete="CASCADE"), nullable=False),
    Column("csrf", String(64), nullable=False),
    Column("is_proven", Integer, nullable=False, default=0),  # 1: both factors were shown
    Column("began_at", DateTime(timezone=True), nullable=False),
    Column("seen_at", DateTime(timezone=True), nullable=False),
    Column("address", String(64), nullable=False, default=""),
    Column("notes", Text, nullable=False, default=""),  # JSON: what the next page begins with, [text, tone]
    Index(None, "staff_id"),
    Index(None, "seen_at"),
)

#: Accounts of a channel that staff have shown to be their own, by a code sent in the chat.
staff_channel = Table(
    "staff_channel",
    metadata,
    Column("staff_id", ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True),
    Column("channel", String(20), primary_key=True),
    Column("address", String(64), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("channel", "address"),
)

#: What must be sent for that; one of each of staff.
staff_code = Table(
    "staff_code",
    metadata,
    Column("staff_id", ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)

#: Failed sign-ins for a day, by what is counted: see tries.py.
sign_in_failure = Table(
    "sign_in_failure",
    metadata,
    Column("id", Id, primary_key=True),
    Column("address", String(64), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Index(None, "address", "at"),
)

#: One row while there is no account: what must be shown to make the first.
setup_code = Table("setup_code", metadata, Column("code", String(40), primary_key=True))

parked_form = Table(
    "parked_form",
    metadata,
    Column("id", Id, primary_key=True),
    Column("staff_id", ForeignKey("staff.id", ondelete="CASCADE"), nullable=False),
    Column("path", String(500), nullable=False),
    Column("fields", Text, nullable=False),  # JSON: a list of pairs
    Column("at", DateTime(timezone=True), nullable=False),
    Index(None, "staff_id"),
)

#: A form that made something, so that it makes that once however often it is sent.
sent_form = Table(
    "sent_form",
    metadata,
    Column("digest", String(64), primary_key=True),  # of who sent it, where to, its key and all that was typed
    Column("location", String(500), nullable=False),  # the page of what was made, "" where there is none
    Column("at", DateTime(timezone=True), nullable=False),
    Index(None, "at"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", String(32), nullable=False),  # ISO, UTC: the very text that was hashed
    Column("staff", String(40), nullable=False),
    Column("action", String(80), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("object_id", String(120), nullable=False),
    Column("before", Text, nullable=False),  # JSON, empty for none
    Column("after", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("address", String(64), nullable=False),
    Column("prior", String(64), nullable=False),  # hash of the row before
    Column("hash", String(64), nullable=False),  # SHA-256 of prior and all of this row
    Index(None, "staff", "id"),
    Index(None, "kind", "object_id", "id"),
    Index(None, "action", "id"),
    Index(None, "at"),
)
