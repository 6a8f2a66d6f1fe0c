"""What messages show: pictures, videos and drafts that the platform keeps."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0021"

_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_EMPTY = sa.text("''")


def upgrade() -> None:
    op.create_table(
        "media_item",
        sa.Column("id", _ID, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("media_id", sa.String(200), nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("mime", sa.String(40), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("cover", sa.String(200), nullable=False),
        sa.Column("picture", sa.LargeBinary),
        sa.Column("region", sa.String(100), nullable=False, server_default=_EMPTY),
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name="pk_media_item"),
        sa.UniqueConstraint("media_id", name="uq_media_item_media_id"),
    )
    op.create_index("ix_media_item_kind_id", "media_item", ["kind", "id"])
    op.create_index("ix_media_item_digest", "media_item", ["digest"])
