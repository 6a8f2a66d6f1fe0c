"""The tables of tips: who belongs to which kind of people, what each kind got on a day, who got something else.

People of one kind get the same tip on a day, so that one row a kind and day says what all of them were sent. A kind is
written frequency/industry/post/audience. Days are Beijing's, 2026-06-16.
"""

from __future__ import annotations

from sqlalchemy import Column, DateTime, ForeignKey, Index, Integer, String, Table

from bot.store.tables import Id, metadata

_DAY = String(10)
_KIND = String(160)

tip_day = Table(
    "tip_day",
    metadata,
    Column("kind", _KIND, primary_key=True),
    Column("day", _DAY, primary_key=True),
    Column("tip", String(80), nullable=False),
    Index(None, "day"),
)

tip_reader = Table(
    "tip_reader",
    metadata,
    Column("follower_id", ForeignKey("follower.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", _KIND, nullable=False),
    Column("since", _DAY, nullable=False),  # of this kind
    Column("paced", _DAY, nullable=False),  # daily or weekly since then
    Column("slowed", _DAY, nullable=False, default=""),  # from daily to weekly, because nothing was opened
    Column("told", _DAY, nullable=False, default=""),  # … and said so
    Column("handed", _DAY, nullable=False, default=""),  # the last day a tip went out: one a day
    Index(None, "kind"),
)

#: Kinds that a person belonged to before, while a tip of then may not come again.
tip_past = Table(
    "tip_past",
    metadata,
    Column("id", Id, primary_key=True),
    Column("follower_id", ForeignKey("follower.id", ondelete="CASCADE"), nullable=False),
    Column("kind", _KIND, nullable=False),
    Column("first", _DAY, nullable=False),
    Column("last", _DAY, nullable=False),
    Index(None, "follower_id"),
    Index(None, "kind"),
)

#: Who got another tip than their kind, because they knew that one.
tip_own = Table(
    "tip_own",
    metadata,
    Column("follower_id", ForeignKey("follower.id", ondelete="CASCADE"), primary_key=True),
    Column("day", _DAY, primary_key=True),
    Column("tip", String(80), nullable=False),
    Index(None, "day"),
)

#: How many came to work, as the team leader answered after the meeting; the last answer of a day counts.
head_count = Table(
    "head_count",
    metadata,
    Column("follower_id", ForeignKey("follower.id", ondelete="CASCADE"), primary_key=True),
    Column("day", _DAY, primary_key=True),
    Column("people", Integer, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Index(None, "day"),
)
