"""In which sync somebody was last seen with a tag: who lost it is told apart without emptying it first."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.add_column("follower_tag", sa.Column("seen", sa.Integer, nullable=False, server_default=sa.text("0")))
