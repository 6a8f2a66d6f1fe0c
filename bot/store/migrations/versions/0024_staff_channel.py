"""The accounts of WeChat and WeCom that staff have shown to be their own."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "staff_channel",
        sa.Column("staff_id", _ID, nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("staff_id", "channel", name="pk_staff_channel"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_staff_channel_staff_id_staff", ondelete="CASCADE"),
        sa.UniqueConstraint("channel", "address", name="uq_staff_channel_channel_address"),
    )
    op.create_table(
        "staff_code",
        sa.Column("staff_id", _ID, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("staff_id", name="pk_staff_code"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_staff_code_staff_id_staff", ondelete="CASCADE"),
        sa.UniqueConstraint("digest", name="uq_staff_code_digest"),
    )
