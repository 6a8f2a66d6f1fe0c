"""Reports that come early, calls that may have been carried out, the minute after a tap, telephones that said stop."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0019"

_EMPTY = sa.text("''")
_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("batch", sa.Column("asked", sa.String(64), nullable=False, server_default=_EMPTY))
    op.add_column("batch", sa.Column("asked_at", sa.DateTime(timezone=True)))
    op.create_table(
        "early_report",
        sa.Column("sender", sa.String(40), nullable=False),
        sa.Column("platform_id", sa.String(64), nullable=False),
        sa.Column("told", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sender", "platform_id", name="pk_early_report"),
    )
    op.create_index("ix_early_report_at", "early_report", ["at"])
    op.add_column("follower", sa.Column("tapped_at", sa.DateTime(timezone=True)))
    op.add_column("follower", sa.Column("tap_sent", sa.Integer, nullable=False, server_default=sa.text("0")))
    op.create_table(
        "phone_stop",
        sa.Column("id", _ID, nullable=False),
        sa.Column("follower_id", _ID, nullable=False),
        sa.Column("how", sa.String(80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_phone_stop"),
        sa.ForeignKeyConstraint(
            ["follower_id"], ["follower.id"], name="fk_phone_stop_follower_id_follower", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_phone_stop_follower_id", "phone_stop", ["follower_id"])
