"""Questions of one meaning, what staff did with them, who was told; region and status of a question, own words."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_EMPTY = sa.text("''")


def upgrade() -> None:
    op.add_column("unanswered", sa.Column("status", sa.String(20), nullable=False, server_default=_EMPTY))
    op.add_column("unanswered", sa.Column("region", sa.String(100), nullable=False, server_default=_EMPTY))
    op.add_column("rating", sa.Column("words", sa.Text, nullable=False, server_default=_EMPTY))
    op.create_table(
        "question_cluster",
        sa.Column("id", _ID, autoincrement=False, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("entry", sa.String(80), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_question_cluster"),
    )
    op.create_index("ix_question_cluster_state", "question_cluster", ["state"])
    op.create_table(
        "cluster_question",
        sa.Column("id", _ID, nullable=False),
        sa.Column("cluster", _ID, nullable=False),
        sa.Column("digest", sa.String(32), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("candidates", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cluster_question"),
        sa.ForeignKeyConstraint(
            ["cluster"], ["question_cluster.id"], name="fk_cluster_question_cluster_question_cluster",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("digest", name="uq_cluster_question_digest"),
    )  # fmt: skip
    op.create_index("ix_cluster_question_cluster", "cluster_question", ["cluster"])
    _notices()


def _notices() -> None:
    op.create_table(
        "answer_notice",
        sa.Column("id", _ID, nullable=False),
        sa.Column("cluster", sa.BigInteger, nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("entry", sa.String(80), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("why", sa.String(100), nullable=False),
        sa.Column("errcode", sa.Integer),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_answer_notice"),
        sa.UniqueConstraint("cluster", "channel", "address", name="uq_answer_notice_cluster_channel_address"),
    )
    op.create_index("ix_answer_notice_channel_address", "answer_notice", ["channel", "address"])
    op.create_index("ix_answer_notice_state", "answer_notice", ["state"])


def downgrade() -> None:
    for table in ("answer_notice", "cluster_question", "question_cluster"):
        op.drop_table(table)
    for table, column in (("rating", "words"), ("unanswered", "region"), ("unanswered", "status")):
        op.drop_column(table, column)
