"""Menus that staff wrote for the consultation day, beside the everyday ones."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    op.add_column("menu_version", sa.Column("of_day", sa.Integer, nullable=False, server_default=sa.text("0")))
