"""What people think of answers."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "rating",
        sa.Column("id", _ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("entry", sa.String(240), nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("useful", sa.Integer, nullable=False),
        sa.Column("reason", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rating"),
    )
    op.create_index("ix_rating_at", "rating", ["at"])
    op.create_index("ix_rating_address", "rating", ["address"])


def downgrade() -> None:
    op.drop_table("rating")
