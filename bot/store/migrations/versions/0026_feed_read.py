"""How the feeds of official warnings are: when each was read, and what went wrong."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "feed_read",
        sa.Column("feed", sa.String(200), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("good_at", _TIME),
        sa.Column("items", sa.Integer, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("error_at", _TIME),
        sa.PrimaryKeyConstraint("feed", name="pk_feed_read"),
    )
    op.create_index("ix_feed_item_at", "feed_item", ["at"])
