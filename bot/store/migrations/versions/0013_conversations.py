"""Talks with staff: who speaks, what staff sent, what the bot said; an index for what went wrong in the log."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "saying",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_saying"),
    )
    op.create_index("ix_saying_at", "saying", ["at"])
    op.add_column("message_log", sa.Column("saying", sa.String(24), nullable=False, server_default=sa.text("''")))
    noteworthy = sa.text("status IN ('unknown', 'choices', 'emergency', 'human')")
    op.create_index(
        "ix_message_log_status_at",
        "message_log",
        ["status", "at"],
        sqlite_where=noteworthy,
        postgresql_where=noteworthy,
    )
    op.create_table(
        "conversation",
        sa.Column("id", _ID, nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("wanted_at", _TIME),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("owner", sa.BigInteger),
        sa.Column("owner_name", sa.String(80), nullable=False),
        sa.Column("taken_at", _TIME),
        sa.Column("staff_at", _TIME),
        sa.Column("ended_at", _TIME),
        sa.Column("ended", sa.String(20), nullable=False),
        sa.Column("changed_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_conversation"),
        sa.UniqueConstraint("channel", "address", name="uq_conversation_channel_address"),
    )
    for column in ("owner", "wanted_at", "changed_at"):
        op.create_index(f"ix_conversation_{column}", "conversation", [column])
    _create_staff_message()


def _create_staff_message() -> None:
    op.create_table(
        "staff_message",
        sa.Column("id", _ID, nullable=False),
        sa.Column("conversation_id", _ID, nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("staff_id", sa.BigInteger),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("why", sa.String(20), nullable=False),
        sa.Column("errcode", sa.Integer),
        sa.Column("closed_at", _TIME),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name="fk_staff_message_conversation_id_conversation",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_staff_message"),
        sa.UniqueConstraint("key", name="uq_staff_message_key"),
    )  # fmt: skip
    op.create_index("ix_staff_message_conversation_id_at", "staff_message", ["conversation_id", "at"])
    op.create_index("ix_staff_message_state", "staff_message", ["state"])
    op.create_index("ix_staff_message_at", "staff_message", ["at"])
