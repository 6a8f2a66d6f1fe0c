"""Versions of entries and what was done to them, campaign plans and their rows, question sets, the live revision."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "entry_version",
        sa.Column("id", _ID, nullable=False),
        sa.Column("entry", sa.String(80), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("topic", sa.String(80), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("shipped", sa.Text, nullable=False),
        sa.Column("author", sa.String(80), nullable=False),
        sa.Column("reviewer", sa.String(80), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_entry_version"),
        sa.UniqueConstraint("entry", "version", name="uq_entry_version_entry_version"),
    )
    op.create_index("ix_entry_version_state", "entry_version", ["state"])
    op.create_table(
        "knowledge_event",
        sa.Column("id", _ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("move", sa.String(20), nullable=False),
        sa.Column("before", sa.String(20), nullable=False),
        sa.Column("after", sa.String(20), nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_knowledge_event"),
    )
    op.create_index("ix_knowledge_event_subject", "knowledge_event", ["subject"])
    _plans()
    op.create_table(
        "question_set",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("questions", sa.Text, nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_question_set"),
        sa.UniqueConstraint("name", name="uq_question_set_name"),
    )
    revision_row = op.create_table(
        "live_revision",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_live_revision"),
    )
    op.bulk_insert(revision_row, [{"id": 1, "number": 0}])


def _plans() -> None:
    op.create_table(
        "plan_proposal",
        sa.Column("id", _ID, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("file", sa.String(200), nullable=False),
        sa.Column("proposal", sa.Text, nullable=False),
        sa.Column("accepted", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_plan_proposal"),
        sa.UniqueConstraint("digest", name="uq_plan_proposal_digest"),
    )
    op.create_table(
        "plan_row",
        sa.Column("id", _ID, nullable=False),
        sa.Column("plan", _ID, nullable=False),
        sa.Column("fact", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("date", sa.String(10), nullable=False),
        sa.Column("start", sa.String(10), nullable=False),
        sa.Column("end", sa.String(10), nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("to", sa.Text, nullable=False),
        sa.Column("section", sa.String(80), nullable=False),
        sa.Column("sentence", sa.Text, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_plan_row"),
        sa.ForeignKeyConstraint(
            ["plan"], ["plan_proposal.id"], name="fk_plan_row_plan_plan_proposal", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("plan", "fact", name="uq_plan_row_plan_fact"),
    )


def downgrade() -> None:
    tables = ("live_revision", "question_set", "plan_row", "plan_proposal", "knowledge_event", "entry_version")
    for table in tables:
        op.drop_table(table)
