"""A second person for plans, and for what is read back from an export."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    empty = sa.text("''")
    op.add_column("plan_proposal", sa.Column("submitted_by", sa.String(80), nullable=False, server_default=empty))
    op.create_table(
        "knowledge_parcel",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary),
        sa.Column("told", sa.Text, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("decided_by", sa.String(80), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_knowledge_parcel"),
    )
    op.create_index("ix_knowledge_parcel_state", "knowledge_parcel", ["state"])
