"""Pages of the knowledge: long work with its progress, what is typed and not saved, corrections of plans."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "knowledge_work",
        sa.Column("id", _ID, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("what", sa.String(200), nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("until", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_knowledge_work"),
    )
    op.create_index("ix_knowledge_work_who_id", "knowledge_work", ["who", "id"])
    op.create_table(
        "knowledge_typed",
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("fields", sa.Text, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("who", "subject", name="pk_knowledge_typed"),
    )
    op.add_column("plan_proposal", sa.Column("read_as", sa.String(64), nullable=False, server_default=sa.text("''")))
    op.add_column("plan_proposal", sa.Column("ticked", sa.Text, nullable=False, server_default=sa.text("''")))
