"""Finished files for staff to fetch, whichever host made them."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.create_table(
        "kept_file",
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("piece", sa.Integer, nullable=False),
        sa.Column("data", sa.LargeBinary, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", "piece", name="pk_kept_file"),
    )
    op.create_index("ix_kept_file_at", "kept_file", ["at"])
