"""Outreach pages: the region that a broadcast keeps to, forms not saved yet, firings put to another time."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

_EMPTY = sa.text("''")


def upgrade() -> None:
    op.add_column("broadcast", sa.Column("region", sa.String(100), nullable=False, server_default=_EMPTY))
    op.create_table(
        "unsaved_form",
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("form", sa.String(40), nullable=False),
        sa.Column("fields", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("who", "form", name="pk_unsaved_form"),
    )
    op.create_table(
        "firing_move",
        sa.Column("id", sa.String(80), nullable=False),
        sa.Column("was", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_firing_move"),
    )
    op.create_index("ix_firing_move_due_at", "firing_move", ["due_at"])
    op.create_index("ix_firing_move_was", "firing_move", ["was"])
