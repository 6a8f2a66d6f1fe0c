"""The table of what messages show: pictures, videos and their covers, drafts of picture and text at the platform."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Index, Integer, LargeBinary, String, Table, Text, text

from bot.store.tables import Id, metadata

media_item = Table(
    "media_item",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(10), nullable=False),  # of MediaKind
    Column("media_id", String(200), nullable=False, unique=True),  # the platform's
    Column("url", Text, nullable=False, default=""),  # where clients of the platform see it
    Column("name", String(200), nullable=False),  # of the file, or the titles of a draft
    Column("mime", String(40), nullable=False, default=""),
    Column("size", Integer, nullable=False, default=0),  # bytes
    Column("digest", String(64), nullable=False, default=""),  # SHA-256 of the file
    Column("cover", String(200), nullable=False, default=""),  # of a draft: media_id of its picture
    Column("picture", LargeBinary),  # for pages; of pictures and covers alone
    Column("region", String(100), nullable=False, server_default=text("''")),  # of who handed it in
    Column("who", String(80), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True)),  # None: kept for good
    Index(None, "kind", "id"),
    Index(None, "digest"),
)
