"""The tables of people: followers on every channel, what they chose, what they allowed; units and liaison officers.

Times are aware UTC. What a person chose is emptied when they leave, the row stays as "left".
"""

from __future__ import annotations

from sqlalchemy import (
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from bot.store.tables import Id, metadata

#: Lets an index find regions by their beginning, whatever the collation of the database.
_BEGINS = {"region": "varchar_pattern_ops"}

unit = Table(
    "unit",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("kind", String(20), nullable=False, default=""),  # 企业 学校 村 社区 机关 公共场所
    Column("region", String(100), nullable=False, default=""),  # 广东省江门市蓬江区: a region begins those inside it
    Column("industry", String(40), nullable=False, default=""),
    Column("code", String(20), nullable=False, unique=True),  # typed or scanned to join
    Column("state", String(20), nullable=False, default="active"),
    # What WeChat's QR of this unit holds, asked for once: an account may have 100,000. "": not asked for.
    Column("qr_link", String(200), nullable=False, default="", server_default=text("''")),
    Index(None, "region", postgresql_ops=_BEGINS),
)

follower = Table(
    "follower",
    metadata,
    Column("id", Id, primary_key=True),
    Column("channel", String(20), nullable=False),
    Column("account", String(64), nullable=False, default=""),
    Column("address", String(64), nullable=False),  # openid, userid of WeCom, phone number
    Column("state", String(20), nullable=False, default="following"),  # following, left
    Column("followed_at", DateTime(timezone=True)),
    Column("left_at", DateTime(timezone=True)),
    Column("region", String(100), nullable=False, default=""),
    Column("unit_id", ForeignKey("unit.id", ondelete="SET NULL")),
    Column("industry", String(40), nullable=False, default=""),
    Column("post", String(40), nullable=False, default=""),
    Column("audience", String(20), nullable=False, default=""),  # 企业 农村 社区 学校 家庭 机关 公共场所
    Column("slot", String(20), nullable=False, default=""),  # morning, noon, evening; "": the office's choice
    Column("frequency", String(20), nullable=False, default=""),  # of tips: daily, weekly; "": none
    Column("last_message_at", DateTime(timezone=True)),  # opens the window of 48 hours
    Column("window_sent", Integer, nullable=False, default=0),  # customer-service messages since then
    Column("tapped_at", DateTime(timezone=True)),  # opens a window of a minute
    Column("tap_sent", Integer, nullable=False, default=0, server_default=text("0")),  # such messages since then
    Column("last_opened_at", DateTime(timezone=True)),  # something that was sent was answered or tapped
    Column("seen", Integer, nullable=False, default=0),  # number of the last full sync that listed them
    UniqueConstraint("channel", "account", "address"),
    # What audiences are counted by, all of it, so that no row has to be fetched.
    Index("ix_follower_audience", "state", "region", "industry", "audience", "post", "channel", postgresql_ops=_BEGINS),
    # What tips are chosen by: kinds of people with how many each has, five times as quick with it.
    Index("ix_follower_kind", "state", "frequency", "industry", "post", "audience", "unit_id"),
    Index(None, "unit_id"),
    Index(None, "last_message_at"),
)

subscription = Table(
    "subscription",
    metadata,
    Column("follower_id", ForeignKey("follower.id", ondelete="CASCADE"), primary_key=True),
    Column("topic", String(40), primary_key=True),
    Column("since", DateTime(timezone=True), nullable=False),
    Index(None, "topic"),
)

#: Tags (标签) that staff put on followers in WeChat's console, by name; read by a full sync.
follower_tag = Table(
    "follower_tag",
    metadata,
    Column("follower_id", ForeignKey("follower.id", ondelete="CASCADE"), primary_key=True),
    Column("tag", String(40), primary_key=True),
    Column("seen", Integer, nullable=False, default=0, server_default=text("0")),  # the last sync that listed it
    Index(None, "tag"),
)

#: A full sync of an account's followers: where it stands, so that it goes on after an interruption.
sync_run = Table(
    "sync_run",
    metadata,
    Column("id", Id, primary_key=True),
    Column("channel", String(20), nullable=False),
    Column("part", String(80), nullable=False),  # followers, tag:<id>:<name>, done
    Column("cursor", String(128), nullable=False, default=""),  # the last address of the last page that was stored
    Column("listed", Integer, nullable=False, default=0),
    Column("came", Integer, nullable=False, default=0),
    Column("left", Integer, nullable=False, default=0),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
)

#: What a person allowed of a template of subscription notices: one acceptance, one notice; or for good.
consent = Table(
    "consent",
    metadata,
    Column("follower_id", ForeignKey("follower.id", ondelete="CASCADE"), primary_key=True),
    Column("template_id", String(64), primary_key=True),
    Column("remaining", Integer, nullable=False, default=0),
    Column("long_term", Integer, nullable=False, default=0),  # 1: as often as we like
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Index(None, "template_id"),
)

#: How the owner of a telephone number consented to text messages, as the list says that brought it.
phone_consent = Table(
    "phone_consent",
    metadata,
    Column("follower_id", ForeignKey("follower.id", ondelete="CASCADE"), primary_key=True),
    Column("how", String(80), nullable=False),
    Column("since", String(10), nullable=False),  # ISO
    Column("by", String(80), nullable=False),  # who brought it
    Column("at", DateTime(timezone=True), nullable=False),
)

#: When and how the owner of a telephone number asked for no more text messages; rows are only ever added.
phone_stop = Table(
    "phone_stop",
    metadata,
    Column("id", Id, primary_key=True),
    Column("follower_id", ForeignKey("follower.id", ondelete="CASCADE"), nullable=False),
    Column("how", String(80), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Index(None, "follower_id"),
)

liaison_officer = Table(
    "liaison_officer",
    metadata,
    Column("id", Id, primary_key=True),
    Column("unit_id", ForeignKey("unit.id", ondelete="CASCADE"), nullable=False),
    Column("follower_id", ForeignKey("follower.id", ondelete="SET NULL")),
    Column("name", String(40), nullable=False, default=""),
    Column("phone", String(30), nullable=False, default=""),
    Column("code", String(20), unique=True),  # sent by the officer to make themselves known; None once used
    Column("since", DateTime(timezone=True), nullable=False),
    Column("until", DateTime(timezone=True)),  # handed over to the next; the row stays as history
    Index(None, "unit_id"),
)

#: Audiences that staff saved by name. region: whose it is; the staff of a district save their own.
segment = Table(
    "segment",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(80), nullable=False),
    Column("region", String(100), nullable=False, default=""),
    Column("rule", Text, nullable=False),  # JSON, see segments.py
    Column("by", String(80), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("people", Integer),  # when they were last counted
    Column("counted_at", DateTime(timezone=True)),
    UniqueConstraint("region", "name"),
)

#: What takes longer than a page: lists that are read in or written out, a full sync. `held` is emptied after a day.
people_task = Table(
    "people_task",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(20), nullable=False),  # of work.Kind
    Column("state", String(20), nullable=False),
    Column("by", String(80), nullable=False),
    Column("region", String(100), nullable=False, default=""),  # of whoever asked for it
    Column("name", String(200), nullable=False, default=""),  # of the file
    Column("done", Integer, nullable=False, default=0),
    Column("total", Integer, nullable=False, default=0),
    Column("told", Text, nullable=False, default=""),  # how it stands, for staff
    Column("found", Text, nullable=False, default="{}"),  # JSON: what came of it
    Column("held", LargeBinary),  # the list that was read, or the file that was written
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("touched_at", DateTime(timezone=True), nullable=False),  # one that stays untouched has died
    Column("ended_at", DateTime(timezone=True)),
    Index(None, "state"),
)

#: How many followed on a day, by channel and region: counted by the clock, so that no page counts them.
follower_count = Table(
    "follower_count",
    metadata,
    Column("day", String(10), primary_key=True),
    Column("channel", String(20), primary_key=True),
    Column("region", String(100), primary_key=True),
    Column("people", Integer, nullable=False),
)
