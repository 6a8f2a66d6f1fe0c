"""The tables of questions of one meaning: what staff did with them, and which questions belong together.

Times are aware UTC. Who was told is in the ledger `answer_notice` of bot/store/tables.py: it must forget who leaves.
"""

from __future__ import annotations

from sqlalchemy import Column, DateTime, ForeignKey, Index, Integer, String, Table, Text

from bot.store.tables import Id, metadata

question_cluster = Table(
    "question_cluster",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=False),
    Column("state", String(20), nullable=False),
    Column("entry", String(80), nullable=False, default=""),
    Column("version", Integer, nullable=False, default=0),  # of the entry that answers; 0: the shipped one as it came
    Column("who", String(80), nullable=False, default=""),
    Column("why", Text, nullable=False, default=""),
    Column("revision", Integer, nullable=False, default=0),  # counts what staff did: who comes second is told
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),  # of the last thing that staff did
    Index(None, "state"),
)

cluster_question = Table(
    "cluster_question",
    metadata,
    Column("id", Id, primary_key=True),
    Column("cluster", ForeignKey("question_cluster.id", ondelete="CASCADE"), nullable=False),
    Column("digest", String(32), nullable=False, unique=True),
    Column("text", Text, nullable=False),  # normalised, personal data struck out
    Column("candidates", Text, nullable=False, default="[]"),  # JSON, as in `unanswered`
    Index(None, "cluster"),
)
