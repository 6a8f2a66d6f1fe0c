"""Two persons let a reminder go out by itself, as they let tips: what one person had approved waits to be put forward
again."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    with op.batch_alter_table("standing_order") as table:
        table.alter_column("subject", existing_type=sa.String(40), type_=sa.String(60), existing_nullable=False)
    op.execute(
        "INSERT INTO standing_order (subject, digest, what, proposer, proposed_at, approver)"
        " SELECT 'reminder:' || reminder, '', 0, who, at, '' FROM standing_approval"
    )
    op.drop_table("standing_approval")
