"""Tips: who belongs to which kind of people, what each kind got on a day, head counts of team leaders."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _of_follower(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_follower_id_follower"
    return sa.ForeignKeyConstraint(["follower_id"], ["follower.id"], name=name, ondelete="CASCADE")


def upgrade() -> None:
    op.create_table(
        "tip_day",
        sa.Column("kind", sa.String(160), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("tip", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("kind", "day", name="pk_tip_day"),
    )
    op.create_index("ix_tip_day_day", "tip_day", ["day"])
    op.create_table(
        "tip_reader",
        sa.Column("follower_id", _ID, nullable=False),
        sa.Column("kind", sa.String(160), nullable=False),
        sa.Column("since", sa.String(10), nullable=False),
        sa.Column("paced", sa.String(10), nullable=False),
        sa.Column("slowed", sa.String(10), nullable=False),
        sa.Column("told", sa.String(10), nullable=False),
        sa.Column("handed", sa.String(10), nullable=False),
        _of_follower("tip_reader"),
        sa.PrimaryKeyConstraint("follower_id", name="pk_tip_reader"),
    )
    op.create_index("ix_tip_reader_kind", "tip_reader", ["kind"])
    op.create_table(
        "tip_past",
        sa.Column("id", _ID, nullable=False),
        sa.Column("follower_id", _ID, nullable=False),
        sa.Column("kind", sa.String(160), nullable=False),
        sa.Column("first", sa.String(10), nullable=False),
        sa.Column("last", sa.String(10), nullable=False),
        _of_follower("tip_past"),
        sa.PrimaryKeyConstraint("id", name="pk_tip_past"),
    )
    op.create_index("ix_tip_past_follower_id", "tip_past", ["follower_id"])
    op.create_index("ix_tip_past_kind", "tip_past", ["kind"])
    op.create_table(
        "tip_own",
        sa.Column("follower_id", _ID, nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("tip", sa.String(80), nullable=False),
        _of_follower("tip_own"),
        sa.PrimaryKeyConstraint("follower_id", "day", name="pk_tip_own"),
    )
    op.create_index("ix_tip_own_day", "tip_own", ["day"])
    op.create_table(
        "head_count",
        sa.Column("follower_id", _ID, nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("people", sa.Integer, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        _of_follower("head_count"),
        sa.PrimaryKeyConstraint("follower_id", "day", name="pk_head_count"),
    )
    op.create_index("ix_head_count_day", "head_count", ["day"])
