"""The calendar: firings, what staff approved for good, its last run, programmes, warnings."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "firing",
        sa.Column("id", sa.String(80), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("window_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("broadcast_id", _ID),
        sa.Column("fired_at", sa.DateTime(timezone=True)),
        sa.Column("why", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["broadcast_id"], ["broadcast.id"], name="fk_firing_broadcast_id_broadcast", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_firing"),
    )
    op.create_index("ix_firing_due_at", "firing", ["due_at"])
    op.create_table(
        "standing_approval",
        sa.Column("reminder", sa.String(40), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("reminder", name="pk_standing_approval"),
    )
    op.create_table(
        "calendar_run",
        sa.Column("id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_calendar_run"),
    )
    op.create_table(
        "programme_state",
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_programme_state"),
    )
    op.create_table(
        "warning",
        sa.Column("id", _ID, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("issuer", sa.String(200), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("regions", sa.Text, nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(400), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("broadcast_id", _ID),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["broadcast_id"], ["broadcast.id"], name="fk_warning_broadcast_id_broadcast", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_warning"),
        sa.UniqueConstraint("digest", name="uq_warning_digest"),
    )
    op.create_index("ix_warning_until", "warning", ["until"])


def downgrade() -> None:
    for table in ("warning", "programme_state", "calendar_run", "standing_approval", "firing"):
        op.drop_table(table)
