"""Who objects to an alert that one person let go, and who settled that."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    for name in ("objected_by", "settled_by"):
        op.add_column("broadcast", sa.Column(name, sa.String(80), nullable=False, server_default=sa.text("''")))
