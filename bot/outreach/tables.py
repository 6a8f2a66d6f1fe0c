"""The tables of broadcasts: what is sent, who let it go, and the ledger, one row a person and one a call.

Times are aware UTC. A delivery is written before the call that carries it and closed after; after a crash these rows,
and nothing else, say what is left.
"""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Float, ForeignKey, Index, Integer, String, Table, Text, text

from bot.store.tables import Id, metadata

broadcast = Table(
    "broadcast",
    metadata,
    Column("id", Id, primary_key=True),
    Column("title", String(200), nullable=False),
    Column("state", String(20), nullable=False),
    Column("version", Integer, nullable=False, default=1),  # counts edits; an approval names the one it read
    Column("urgent", Integer, nullable=False, default=0),
    Column("twice_ok", Integer, nullable=False, default=0),  # 1: a message that comes twice is better than none
    Column("content", Text, nullable=False, default="{}"),  # JSON: level -> message
    Column("audience", Text, nullable=False, default="{}"),  # JSON: a rule, see bot/people/segments.py
    Column("region", String(100), nullable=False, server_default=text("''")),  # no audience leaves it, see scope.py
    Column("channels", Text, nullable=False, default="[]"),  # JSON: names of senders that may be used
    Column("send_at", DateTime(timezone=True)),
    Column("until", DateTime(timezone=True)),  # not sent any more after this
    Column("campaign", String(80), nullable=False, default=""),  # plan-N, or the calendar's firing
    Column("reason", Text, nullable=False, default=""),  # why the same goes to the same people within a day
    Column("mass_left", Integer),  # mass messages left this month when the author allowed to use the last one
    Column("digest", String(64), nullable=False, default=""),  # of the content, to find the same again
    Column("author", String(80), nullable=False),
    Column("approver", String(80), nullable=False, default=""),
    Column("approved_digest", String(64), nullable=False, default=""),  # of all that was approved
    Column("confirmed_by", String(80), nullable=False, default=""),  # of an urgent one, afterwards
    Column("objected_by", String(80), nullable=False, default="", server_default=text("''")),  # instead
    Column("settled_by", String(80), nullable=False, default="", server_default=text("''")),  # that objection
    Column("trouble", Text, nullable=False, default=""),  # why it pauses, and what to do, for staff
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("started_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    Column("unreached", Text),  # JSON: who is in no batch, as a batch's tally; None: not counted yet
    Index(None, "state"),
    Index(None, "digest"),
)

#: What staff typed into a form and have not saved.
unsaved_form = Table(
    "unsaved_form",
    metadata,
    Column("who", String(80), primary_key=True),
    Column("form", String(40), primary_key=True),
    Column("fields", Text, nullable=False),  # JSON: name -> values
    Column("at", DateTime(timezone=True), nullable=False),
)

#: Who did what, in order; rows are only ever added.
broadcast_event = Table(
    "broadcast_event",
    metadata,
    Column("id", Id, primary_key=True),
    Column("broadcast_id", ForeignKey("broadcast.id", ondelete="CASCADE"), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("who", String(80), nullable=False),
    Column("move", String(20), nullable=False),
    Column("before", String(20), nullable=False),
    Column("after", String(20), nullable=False),
    Column("why", Text, nullable=False, default=""),
    Index(None, "broadcast_id"),
)

#: People that are sent to together: in one call where the platform takes lists, else one after another. Those whose
#: follower_id lies between `first` and `last`, with this sender and level. The counts are of deliveries that are final.
batch = Table(
    "batch",
    metadata,
    Column("id", Id, primary_key=True),
    Column("broadcast_id", ForeignKey("broadcast.id", ondelete="CASCADE"), nullable=False),
    Column("sender", String(40), nullable=False),
    Column("level", String(20), nullable=False),
    Column("target", String(64)),  # the tag of a mass message to all under it, "" to all; None: to a list of people
    Column("first", Id, nullable=False),
    Column("last", Id, nullable=False),
    Column("size", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("sent", Integer, nullable=False, default=0),
    Column("failed", Integer, nullable=False, default=0),
    Column("unknown", Integer, nullable=False, default=0),
    Column("skipped", Integer, nullable=False, default=0),
    Column("platform_id", String(64), nullable=False, default=""),  # of the job, by which events name it
    Column("worker", String(80), nullable=False, default=""),
    Column("lease_until", DateTime(timezone=True)),
    Column("not_before", DateTime(timezone=True)),
    Column("attempts", Integer, nullable=False, default=0),
    Column("reported_at", DateTime(timezone=True)),  # the platform told what came of the job
    # A call for all of them that may have been carried out, though nobody answered: a digest of whom it named, and when
    # it was made first. "": there was none.
    Column("asked", String(64), nullable=False, default="", server_default=text("''")),
    Column("asked_at", DateTime(timezone=True)),
    # JSON: how many came to what, and why; "": nobody was called yet. See ledger/tallies.py.
    Column("tally", Text, nullable=False, default="", server_default=text("''")),
    Column("stale", Integer, nullable=False, default=0, server_default=text("0")),  # 1: it is to be counted anew
    Column("counted", String(7)),  # of a mass message: the month it stands for in mass_count; None: it does not
    Index(None, "broadcast_id", "state"),
    Index(None, "state", "lease_until"),
    Index("ix_batch_stale", "stale", sqlite_where=text("stale = 1"), postgresql_where=text("stale = 1")),
    Index(None, "platform_id"),
)

#: The fate of a broadcast for one person, by one sender: "" where none can reach them. The address stands with the
#: follower alone, and goes with them.
delivery = Table(
    "delivery",
    metadata,
    Column("broadcast_id", Id, primary_key=True),
    Column("follower_id", Id, primary_key=True),
    Column("sender", String(40), nullable=False),
    Column("level", String(20), nullable=False),
    Column("state", String(20), nullable=False),
    Column("errcode", Integer),
    Column("why", String(40), nullable=False, default=""),  # a Refusal, or why nobody can reach them
    Column("platform_id", String(64)),
    Column("at", DateTime(timezone=True), nullable=False),
    Index(
        "ix_delivery_platform_id",
        "platform_id",
        sqlite_where=text("platform_id IS NOT NULL"),
        postgresql_where=text("platform_id IS NOT NULL"),
    ),
    sqlite_with_rowid=False,
)

#: How many mass messages of a month a follower got, by the batches that are counted; see ledger/months.py.
mass_count = Table(
    "mass_count",
    metadata,
    Column("follower_id", Id, primary_key=True, autoincrement=False),
    Column("month", String(7), nullable=False),  # 2026-06, by Beijing's clock: the latest they got any in
    Column("n", Integer, nullable=False),
)

#: What a platform told of a message or a job that the ledger does not know yet: it may come before the call is closed.
early_report = Table(
    "early_report",
    metadata,
    Column("sender", String(40), primary_key=True),
    Column("platform_id", String(64), primary_key=True),
    Column("told", Text, nullable=False),  # JSON, see early.py
    Column("at", DateTime(timezone=True), nullable=False),
    Index(None, "at"),
)

#: Calls that may still be made at this moment, by account and interface; they grow with time up to a limit.
rate = Table(
    "rate",
    metadata,
    Column("account", String(80), primary_key=True),
    Column("api", String(40), primary_key=True),
    Column("tokens", Float, nullable=False),
    Column("at", Float, nullable=False),  # unix seconds
)

#: What was used of a quota. period: 2026-06-16 or 2026-06, by Beijing's clock.
quota_use = Table(
    "quota_use",
    metadata,
    Column("account", String(80), primary_key=True),
    Column("api", String(40), primary_key=True),
    Column("period", String(10), primary_key=True),
    Column("used", Integer, nullable=False),
)
