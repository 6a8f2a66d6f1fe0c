"""Broadcasts, who let them go, the ledger of batches and deliveries, rates and quotas."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "broadcast",
        sa.Column("id", _ID, nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("urgent", sa.Integer, nullable=False),
        sa.Column("twice_ok", sa.Integer, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("audience", sa.Text, nullable=False),
        sa.Column("channels", sa.Text, nullable=False),
        sa.Column("send_at", sa.DateTime(timezone=True)),
        sa.Column("until", sa.DateTime(timezone=True)),
        sa.Column("campaign", sa.String(80), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("mass_left", sa.Integer),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("author", sa.String(80), nullable=False),
        sa.Column("approver", sa.String(80), nullable=False),
        sa.Column("approved_digest", sa.String(64), nullable=False),
        sa.Column("confirmed_by", sa.String(80), nullable=False),
        sa.Column("trouble", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_broadcast"),
    )
    op.create_index("ix_broadcast_digest", "broadcast", ["digest"])
    op.create_index("ix_broadcast_state", "broadcast", ["state"])
    op.create_table(
        "quota_use",
        sa.Column("account", sa.String(80), nullable=False),
        sa.Column("api", sa.String(40), nullable=False),
        sa.Column("period", sa.String(10), nullable=False),
        sa.Column("used", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("account", "api", "period", name="pk_quota_use"),
    )
    op.create_table(
        "rate",
        sa.Column("account", sa.String(80), nullable=False),
        sa.Column("api", sa.String(40), nullable=False),
        sa.Column("tokens", sa.Float(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("account", "api", name="pk_rate"),
    )
    op.create_table(
        "batch",
        sa.Column("id", _ID, nullable=False),
        sa.Column("broadcast_id", _ID, nullable=False),
        sa.Column("sender", sa.String(40), nullable=False),
        sa.Column("level", sa.String(20), nullable=False),
        sa.Column("target", sa.String(64)),
        sa.Column("first", _ID, nullable=False),
        sa.Column("last", _ID, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("sent", sa.Integer, nullable=False),
        sa.Column("failed", sa.Integer, nullable=False),
        sa.Column("unknown", sa.Integer, nullable=False),
        sa.Column("skipped", sa.Integer, nullable=False),
        sa.Column("platform_id", sa.String(64), nullable=False),
        sa.Column("worker", sa.String(80), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("not_before", sa.DateTime(timezone=True)),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["broadcast_id"], ["broadcast.id"], name="fk_batch_broadcast_id_broadcast", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_batch"),
    )
    op.create_index("ix_batch_broadcast_id_state", "batch", ["broadcast_id", "state"])
    op.create_index("ix_batch_platform_id", "batch", ["platform_id"])
    op.create_index("ix_batch_state_lease_until", "batch", ["state", "lease_until"])
    op.create_table(
        "broadcast_event",
        sa.Column("id", _ID, nullable=False),
        sa.Column("broadcast_id", _ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("move", sa.String(20), nullable=False),
        sa.Column("before", sa.String(20), nullable=False),
        sa.Column("after", sa.String(20), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["broadcast_id"], ["broadcast.id"], name="fk_broadcast_event_broadcast_id_broadcast", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_broadcast_event"),
    )
    op.create_index("ix_broadcast_event_broadcast_id", "broadcast_event", ["broadcast_id"])
    op.create_table(
        "delivery",
        sa.Column("broadcast_id", _ID, nullable=False),
        sa.Column("follower_id", _ID, nullable=False),
        sa.Column("sender", sa.String(40), nullable=False),
        sa.Column("level", sa.String(20), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("errcode", sa.Integer),
        sa.Column("why", sa.String(40), nullable=False),
        sa.Column("platform_id", sa.String(64)),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("broadcast_id", "follower_id", name="pk_delivery"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_delivery_platform_id",
        "delivery",
        ["platform_id"],
        sqlite_where=sa.text("platform_id IS NOT NULL"),
        postgresql_where=sa.text("platform_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_table("delivery")
    op.drop_table("broadcast_event")
    op.drop_table("batch")
    op.drop_table("rate")
    op.drop_table("quota_use")
    op.drop_table("broadcast")
