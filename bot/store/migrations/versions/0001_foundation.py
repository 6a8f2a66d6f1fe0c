"""Statutes and their articles, the message log, unanswered questions."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "statute",
        sa.Column("id", _ID, nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("level", sa.String(40), nullable=False),
        sa.Column("issuer", sa.String(200), nullable=False),
        sa.Column("version", sa.String(20), nullable=False),
        sa.Column("effective", sa.String(20), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("region", sa.String(100), nullable=False),
        sa.Column("excerpt", sa.Integer, nullable=False),
        sa.Column("origin", sa.String(200), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_statute"),
        sa.UniqueConstraint("title", "version", name="uq_statute_title_version"),
    )
    op.create_table(
        "article",
        sa.Column("id", _ID, nullable=False),
        sa.Column("statute_id", _ID, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("passage", sa.String(40), nullable=False),
        sa.Column("chapter", sa.String(200), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_article"),
        sa.ForeignKeyConstraint(
            ["statute_id"], ["statute.id"], name="fk_article_statute_id_statute", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("statute_id", "position", name="uq_article_statute_id_position"),
    )
    op.create_table(
        "message_log",
        sa.Column("id", _ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("intent", sa.String(40), nullable=False),
        sa.Column("entry", sa.String(80), nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("took_ms", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_message_log"),
    )
    op.create_index("ix_message_log_address", "message_log", ["address"])
    op.create_index("ix_message_log_at", "message_log", ["at"])
    op.create_table(
        "unanswered",
        sa.Column("id", _ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("candidates", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_unanswered"),
    )
    op.create_index("ix_unanswered_at", "unanswered", ["at"])
    op.create_index("ix_unanswered_address", "unanswered", ["address"])


def downgrade() -> None:
    for table in ("unanswered", "message_log", "article", "statute"):
        op.drop_table(table)
