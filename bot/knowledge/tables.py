"""The tables of living knowledge: versions of entries, what was done to them, plans, question sets, one revision.

Times are aware UTC. Content is JSON: an entry's fields as knowledge/README.md has them, a plan's proposal.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from bot.store.tables import Id, metadata

entry_version = Table(
    "entry_version",
    metadata,
    Column("id", Id, primary_key=True),
    Column("entry", String(80), nullable=False),
    Column("version", Integer, nullable=False),  # counts from 1 for each entry
    Column("state", String(20), nullable=False),
    Column("kind", String(20), nullable=False, default=""),
    Column("topic", String(80), nullable=False, default=""),
    Column("content", Text, nullable=False, default=""),  # "": the entry is hidden
    Column("shipped", Text, nullable=False, default=""),  # what it was laid over, "" where nothing was shipped
    Column("author", String(80), nullable=False),
    Column("reviewer", String(80), nullable=False, default=""),
    Column("why", Text, nullable=False, default=""),
    Column("at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("entry", "version"),
    Index(None, "state"),
)

knowledge_event = Table(
    "knowledge_event",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("subject", String(80), nullable=False),  # id of an entry, or plan-N
    Column("version", Integer, nullable=False),
    Column("move", String(20), nullable=False),
    Column("before", String(20), nullable=False),
    Column("after", String(20), nullable=False),
    Column("who", String(80), nullable=False),
    Column("why", Text, nullable=False, default=""),
    Index(None, "subject"),
)

plan_proposal = Table(
    "plan_proposal",
    metadata,
    Column("id", Id, primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),  # of the proposal: a second import changes nothing
    Column("state", String(20), nullable=False),
    Column("title", String(200), nullable=False),
    Column("file", String(200), nullable=False, default=""),  # the name it was imported from
    Column("proposal", Text, nullable=False),
    Column("accepted", Text, nullable=False, default="[]"),  # ids of the facts that are live
    Column("read_as", String(64), nullable=False, server_default=text("''")),  # its digest before staff corrected it
    Column("ticked", Text, nullable=False, server_default=text("''")),  # ids staff mean to accept; "": none ticked yet
    Column("submitted_by", String(80), nullable=False, server_default=text("''")),  # "": waits for nobody's review
    Column("at", DateTime(timezone=True), nullable=False),
)

plan_row = Table(
    "plan_row",
    metadata,
    Column("id", Id, primary_key=True),
    Column("plan", ForeignKey("plan_proposal.id", ondelete="CASCADE"), nullable=False),
    Column("fact", String(40), nullable=False),
    Column("kind", String(20), nullable=False),  # event, deadline, period
    Column("date", String(10), nullable=False, default=""),  # ISO; 06-16 where the year is not known
    Column("start", String(10), nullable=False, default=""),
    Column("end", String(10), nullable=False, default=""),
    Column("what", Text, nullable=False, default=""),
    Column("to", Text, nullable=False, default=""),  # who receives what is due
    Column("section", String(80), nullable=False, default=""),
    Column("sentence", Text, nullable=False, default=""),
    Column("state", String(20), nullable=False),  # live, withdrawn
    UniqueConstraint("plan", "fact"),
)

question_set = Table(
    "question_set",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(80), nullable=False, unique=True),
    Column("questions", Text, nullable=False),  # JSON lines, as `evaluate` reads them
    Column("who", String(80), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)

#: One row. `number` counts up whenever what is live changes; every process looks at it each second.
live_revision = Table(
    "live_revision",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
)

#: Work of the staff site that takes longer than a page may: reading an upload, trying questions.
knowledge_work = Table(
    "knowledge_work",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("what", String(200), nullable=False),  # the name of the file, of the entry
    Column("who", String(80), nullable=False),
    Column("state", String(20), nullable=False),  # running, done, failed
    Column("done", Integer, nullable=False, default=0),
    Column("total", Integer, nullable=False, default=0),
    Column("result", Text, nullable=False, default=""),  # JSON
    Column("at", DateTime(timezone=True), nullable=False),
    Column("until", DateTime(timezone=True), nullable=False),  # still running then: whoever did it is gone
    Index(None, "who", "id"),
)

#: Exports of another place that were checked, and wait for a second person before anything of them is live.
parcel = Table(
    "knowledge_parcel",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(200), nullable=False),  # of the file
    Column("digest", String(64), nullable=False),  # SHA-256 of it
    Column("content", LargeBinary),  # the file; None once it was decided
    Column("told", Text, nullable=False),  # JSON: lines of what it would change
    Column("state", String(20), nullable=False),  # waiting, accepted, refused
    Column("who", String(80), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("decided_by", String(80), nullable=False, default=""),
    Column("why", Text, nullable=False, default=""),
    Index(None, "state"),
)

#: What somebody is typing and has not saved: of one person, for one entry or form.
typed = Table(
    "knowledge_typed",
    metadata,
    Column("who", String(80), primary_key=True),
    Column("subject", String(80), primary_key=True),
    Column("fields", Text, nullable=False),  # JSON
    Column("at", DateTime(timezone=True), nullable=False),
)
