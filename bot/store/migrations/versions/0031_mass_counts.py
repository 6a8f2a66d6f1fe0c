"""How many mass messages of a month each follower got; which batches are counted in it. Batches of before are counted
in the ledger, as they were."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("batch", sa.Column("counted", sa.String(7)))
    op.create_table(
        "mass_count",
        sa.Column("follower_id", _ID, autoincrement=False, nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("follower_id", name="pk_mass_count"),
    )
