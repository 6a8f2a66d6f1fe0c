"""Batches keep how many of their people came to what; what is there already is counted by the next sweep."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.add_column("batch", sa.Column("tally", sa.Text, nullable=False, server_default=sa.text("''")))
    op.add_column("batch", sa.Column("stale", sa.Integer, nullable=False, server_default=sa.text("0")))
    op.execute("UPDATE batch SET stale = 1")
    stale = sa.text("stale = 1")
    op.create_index("ix_batch_stale", "batch", ["stale"], sqlite_where=stale, postgresql_where=stale)
    op.add_column("broadcast", sa.Column("unreached", sa.Text))
