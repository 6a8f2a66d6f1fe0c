"""Menus and what may go out by itself; items of warning feeds; why a phone number may be written to."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "menu_version",
        sa.Column("id", _ID, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("buttons", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("author", sa.String(80), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("publisher", sa.String(80), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("kept_for", sa.String(10), nullable=True),
        sa.Column("shown_for", sa.String(10), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_menu_version"),
        sa.UniqueConstraint("kept_for", name="uq_menu_version_kept_for"),
        sa.UniqueConstraint("shown_for", name="uq_menu_version_shown_for"),
    )
    op.create_index("ix_menu_version_state", "menu_version", ["state"])
    op.create_table(
        "standing_order",
        sa.Column("subject", sa.String(40), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("what", sa.Integer, nullable=False),
        sa.Column("proposer", sa.String(80), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approver", sa.String(80), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("subject", name="pk_standing_order"),
    )
