"""Rows that the database refused, put aside for somebody to look at."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "refused_row",
        sa.Column("id", _ID, nullable=False),
        sa.Column("kind", sa.String(80), nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("held", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_refused_row"),
    )
    op.create_index("ix_refused_row_who", "refused_row", ["who"])
    op.create_index("ix_refused_row_at", "refused_row", ["at"])
