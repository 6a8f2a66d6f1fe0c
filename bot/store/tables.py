"""The tables of the foundation: statutes, the message log, questions without an answer, files to be fetched.

A capability's own tables stand in its own folder; all share this MetaData, which the migrations are compared with.
Times are aware UTC.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: SQLite numbers rows only in a column that is INTEGER exactly.
Id = BigInteger().with_variant(Integer, "sqlite")

statute = Table(
    "statute",
    metadata,
    Column("id", Id, primary_key=True),
    Column("title", String(200), nullable=False),
    Column("level", String(40), nullable=False, default=""),
    Column("issuer", String(200), nullable=False, default=""),
    Column("version", String(20), nullable=False, default=""),  # the day it was passed or last amended, ISO
    Column("effective", String(20), nullable=False, default=""),  # in force since, ISO
    Column("status", String(40), nullable=False, default=""),
    Column("region", String(100), nullable=False, default="全国"),
    Column("excerpt", Integer, nullable=False, default=0),  # 1: not all articles are held
    Column("origin", String(200), nullable=False, default=""),  # the file or package it was imported from
    Column("digest", String(64), nullable=False),  # of the text, so that a re-import changes nothing
    Column("imported_at", DateTime(timezone=True), nullable=False),
    Column("note", Text, nullable=False, default="", server_default=text("''")),  # 备注: what replaced it, since when
    Column(
        "history", Text, nullable=False, default="", server_default=text("''")
    ),  # 题注: when it was passed and amended
    Column(
        "repeals", Text, nullable=False, default="", server_default=text("''")
    ),  # titles it puts an end to, one a line
    UniqueConstraint("title", "version"),
)

article = Table(
    "article",
    metadata,
    Column("id", Id, primary_key=True),
    Column("statute_id", ForeignKey("statute.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),  # order in the text, from 0
    Column("number", String(40), nullable=False),
    Column("passage", String(40), nullable=False, default=""),  # the id that a JSONL of passages gave it
    Column("chapter", String(200), nullable=False, default=""),
    Column("text", Text, nullable=False),
    UniqueConstraint("statute_id", "position"),
)

statute_annex = Table(
    "statute_annex",
    metadata,
    Column("id", Id, primary_key=True),
    Column("statute_id", ForeignKey("statute.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("title", String(200), nullable=False),  # 附录, 附表1
    Column("text", Text, nullable=False),
    UniqueConstraint("statute_id", "position"),
)

#: What went wrong, or asks for staff: what is looked for in the message log.
NOTEWORTHY = text("status IN ('unknown', 'choices', 'emergency', 'human')")

message_log = Table(
    "message_log",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("address", String(64), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("text", Text, nullable=False, default=""),
    Column("status", String(20), nullable=False, default=""),
    Column("intent", String(40), nullable=False, default=""),
    Column("entry", String(80), nullable=False, default=""),
    Column("confidence", Float, nullable=False, default=0.0),
    Column("took_ms", Float, nullable=False, default=0.0),
    Column("saying", String(24), nullable=False, default="", server_default=text("''")),  # what the bot said to it
    Index(None, "address"),
    Index(None, "at"),
    Index(None, "status", "at", sqlite_where=NOTEWORTHY, postgresql_where=NOTEWORTHY),
)

#: What the bot said, each text once: in a campaign most replies are the same few.
saying = Table(
    "saying",
    metadata,
    Column("id", String(24), primary_key=True),  # a digest of the text
    Column("text", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),  # said last on this day
    Index(None, "at"),
)

unanswered = Table(
    "unanswered",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("address", String(64), nullable=False),  # emptied when the person leaves
    Column("question", Text, nullable=False),
    Column("candidates", Text, nullable=False, default="[]"),  # JSON: the rejected ones, with scores
    Column("status", String(20), nullable=False, default="", server_default=text("''")),  # unknown, or choices
    Column("region", String(100), nullable=False, default="", server_default=text("''")),  # where the person is
    Index(None, "at"),
    Index(None, "address"),
)

rating = Table(
    "rating",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("address", String(64), nullable=False),  # emptied when the person leaves
    Column("question", Text, nullable=False),  # as it was understood
    Column("entry", String(240), nullable=False, default=""),  # what was told: id of the entry, else law and article
    Column("confidence", Float, nullable=False, default=0.0),
    Column("useful", Integer, nullable=False),  # 1 or 0
    Column("reason", String(100), nullable=False, default=""),  # one of those offered, where it was not useful
    Column("words", Text, nullable=False, default="", server_default=text("''")),  # … or why in the person's own
    Index(None, "at"),
    Index(None, "address"),
)

#: Rows that the database refused, for somebody to look at: see refused.py.
refused_row = Table(
    "refused_row",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(80), nullable=False),  # its name in records.py
    Column("who", String(64), nullable=False),  # a digest of channel and address, "" where it is about nobody
    Column("held", Text, nullable=False),  # JSON: its fields
    Column("why", Text, nullable=False),  # in the database's words
    Column("at", DateTime(timezone=True), nullable=False),
    Index(None, "who"),
    Index(None, "at"),
)

#: The ledger of what askers are told: a row is written before the call to the platform and closed after it.
answer_notice = Table(
    "answer_notice",
    metadata,
    Column("id", Id, primary_key=True),
    Column("cluster", BigInteger, nullable=False),
    Column("channel", String(20), nullable=False),
    Column("address", String(64), nullable=False),  # made nameless when the person leaves
    Column("entry", String(80), nullable=False),
    Column("state", String(20), nullable=False),
    Column("why", String(100), nullable=False, default=""),
    Column("errcode", Integer),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),  # of the last change
    UniqueConstraint("cluster", "channel", "address"),
    Index(None, "channel", "address"),
    Index(None, "state"),
)

#: A file that was made for somebody of staff, in pieces; see files.py.
kept_file = Table(
    "kept_file",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("piece", Integer, primary_key=True, autoincrement=False),  # from 0
    Column("data", LargeBinary, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Index(None, "at"),
)
