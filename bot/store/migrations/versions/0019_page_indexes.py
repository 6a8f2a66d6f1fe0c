"""Indexes of pages and audiences: regions by their beginning on PostgreSQL too, channels, answers of staff by day."""

from alembic import op

revision = "0019"
down_revision = "0018"

_BEGINS = {"region": "varchar_pattern_ops"}


def upgrade() -> None:
    op.drop_index("ix_follower_state_region_industry_audience_post", "follower")
    op.create_index(
        "ix_follower_audience", "follower", ["state", "region", "industry", "audience", "post", "channel"],
        postgresql_ops=_BEGINS,
    )  # fmt: skip
    op.drop_index("ix_unit_region", "unit")
    op.create_index("ix_unit_region", "unit", ["region"], postgresql_ops=_BEGINS)
    op.drop_index("ix_staff_message_at", "staff_message")
    op.create_index("ix_staff_message_at_kind", "staff_message", ["at", "kind"])
