"""What is said of a statute's version, what it repeals, and its annexes."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    for name in ("note", "history", "repeals"):
        op.add_column("statute", sa.Column(name, sa.Text, nullable=False, server_default=sa.text("''")))
    op.create_table(
        "statute_annex",
        sa.Column("id", _ID, nullable=False),
        sa.Column("statute_id", _ID, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_statute_annex"),
        sa.ForeignKeyConstraint(
            ["statute_id"], ["statute.id"], name="fk_statute_annex_statute_id_statute", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("statute_id", "position", name="uq_statute_annex_statute_id_position"),
    )


def downgrade() -> None:
    op.drop_table("statute_annex")
    for name in ("repeals", "history", "note"):
        op.drop_column("statute", name)
