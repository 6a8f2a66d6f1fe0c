"""Pages of followers and units: QR of a unit, audiences by name, long work, daily counts."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0014"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("unit", sa.Column("qr_link", sa.String(200), nullable=False, server_default=sa.text("''")))
    op.create_table(
        "segment",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("region", sa.String(100), nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("people", sa.Integer),
        sa.Column("counted_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_segment"),
        sa.UniqueConstraint("region", "name", name="uq_segment_region_name"),
    )
    op.create_table(
        "people_task",
        sa.Column("id", _ID, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("region", sa.String(100), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("told", sa.Text, nullable=False),
        sa.Column("found", sa.Text, nullable=False),
        sa.Column("held", sa.LargeBinary),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_people_task"),
    )
    op.create_index("ix_people_task_state", "people_task", ["state"])
    op.create_table(
        "follower_count",
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("region", sa.String(100), nullable=False),
        sa.Column("people", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("day", "channel", "region", name="pk_follower_count"),
    )
