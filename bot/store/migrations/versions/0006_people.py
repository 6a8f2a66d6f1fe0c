"""Followers, what they chose and allowed, units, liaison officers."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "unit",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("region", sa.String(100), nullable=False),
        sa.Column("industry", sa.String(40), nullable=False),
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_unit"),
        sa.UniqueConstraint("code", name="uq_unit_code"),
        sa.UniqueConstraint("name", name="uq_unit_name"),
    )
    op.create_index("ix_unit_region", "unit", ["region"])
    op.create_table(
        "follower",
        sa.Column("id", _ID, nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("followed_at", sa.DateTime(timezone=True)),
        sa.Column("left_at", sa.DateTime(timezone=True)),
        sa.Column("region", sa.String(100), nullable=False),
        sa.Column("unit_id", _ID),
        sa.Column("industry", sa.String(40), nullable=False),
        sa.Column("post", sa.String(40), nullable=False),
        sa.Column("audience", sa.String(20), nullable=False),
        sa.Column("slot", sa.String(20), nullable=False),
        sa.Column("frequency", sa.String(20), nullable=False),
        sa.Column("last_message_at", sa.DateTime(timezone=True)),
        sa.Column("window_sent", sa.Integer, nullable=False),
        sa.Column("last_opened_at", sa.DateTime(timezone=True)),
        sa.Column("seen", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_follower_unit_id_unit", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_follower"),
        sa.UniqueConstraint("channel", "account", "address", name="uq_follower_channel_account_address"),
    )
    op.create_index("ix_follower_last_message_at", "follower", ["last_message_at"])
    op.create_index(
        "ix_follower_state_region_industry_audience_post",
        "follower",
        ["state", "region", "industry", "audience", "post"],
    )
    op.create_index("ix_follower_unit_id", "follower", ["unit_id"])
    op.create_table(
        "consent",
        sa.Column("follower_id", _ID, nullable=False),
        sa.Column("template_id", sa.String(64), nullable=False),
        sa.Column("remaining", sa.Integer, nullable=False),
        sa.Column("long_term", sa.Integer, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["follower_id"], ["follower.id"], name="fk_consent_follower_id_follower", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("follower_id", "template_id", name="pk_consent"),
    )
    op.create_index("ix_consent_template_id", "consent", ["template_id"])
    op.create_table(
        "liaison_officer",
        sa.Column("id", _ID, nullable=False),
        sa.Column("unit_id", _ID, nullable=False),
        sa.Column("follower_id", _ID),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("phone", sa.String(30), nullable=False),
        sa.Column("code", sa.String(20)),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["follower_id"], ["follower.id"], name="fk_liaison_officer_follower_id_follower", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name="fk_liaison_officer_unit_id_unit", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_liaison_officer"),
        sa.UniqueConstraint("code", name="uq_liaison_officer_code"),
    )
    op.create_index("ix_liaison_officer_unit_id", "liaison_officer", ["unit_id"])
    op.create_table(
        "subscription",
        sa.Column("follower_id", _ID, nullable=False),
        sa.Column("topic", sa.String(40), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["follower_id"], ["follower.id"], name="fk_subscription_follower_id_follower", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("follower_id", "topic", name="pk_subscription"),
    )
    op.create_index("ix_subscription_topic", "subscription", ["topic"])
    op.create_table(
        "follower_tag",
        sa.Column("follower_id", _ID, nullable=False),
        sa.Column("tag", sa.String(40), nullable=False),
        sa.ForeignKeyConstraint(
            ["follower_id"], ["follower.id"], name="fk_follower_tag_follower_id_follower", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("follower_id", "tag", name="pk_follower_tag"),
    )
    op.create_index("ix_follower_tag_tag", "follower_tag", ["tag"])
    op.create_table(
        "sync_run",
        sa.Column("id", _ID, nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("part", sa.String(80), nullable=False),
        sa.Column("cursor", sa.String(128), nullable=False),
        sa.Column("listed", sa.Integer, nullable=False),
        sa.Column("came", sa.Integer, nullable=False),
        sa.Column("left", sa.Integer, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_sync_run"),
    )


def downgrade() -> None:
    op.drop_table("sync_run")
    op.drop_table("follower_tag")
    op.drop_table("subscription")
    op.drop_table("liaison_officer")
    op.drop_table("consent")
    op.drop_table("follower")
    op.drop_table("unit")
