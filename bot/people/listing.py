"""Followers as lists, by filters and by key; what is shown of an address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.people.scope import Condition, followers_of, inside
from bot.people.segments import WINDOW
from bot.people.tables import follower, subscription, unit
from bot.store.database import aware

#: When they wrote last -> the words of it.
WROTE = {"open": "48 小时内（现在可以回复）", "month": "30 天内", "quiet": "30 天以上没有，或从来没有"}
STATES = {"following": "关注中", "left": "已取消关注"}
CHANNEL_WORDS = {"official": "公众号", "wecom": "企业微信"}
_MONTH = timedelta(days=30)
_FEW = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What is asked of a list; "" asks nothing. wrote: of WROTE; address: the whole of it."""

    state: str = "following"
    region: str = ""
    unit: str = ""
    industry: str = ""
    post: str = ""
    audience: str = ""
    topic: str = ""
    channel: str = ""
    wrote: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One of a list. address: shortened."""

    id: int
    channel: str
    address: str
    state: str
    region: str
    unit_id: int | None
    unit: str
    industry: str
    post: str
    audience: str
    followed_at: datetime | None
    last_message_at: datetime | None
    topics: tuple[str, ...]


def page(db: sa.Connection, asked: Filter, own: str, after: int | None, now: datetime, size: int) -> list[Row]:
    """At most `size` followers, the newest first, from the key `after` on. own: the region of whoever asks."""
    c = follower.c
    conditions = [followers_of(own), *_conditions(asked, now)]
    if after is not None:
        conditions.append(c.id < after)
    keys = _keys(db, conditions, size)
    columns = (c.id, c.channel, c.address, c.state, c.region, c.unit_id, unit.c.name.label("unit"), c.industry, c.post,
               c.audience, c.followed_at, c.last_message_at)  # fmt: skip
    rows = db.execute(
        sa.select(*columns)
        .select_from(follower.outerjoin(unit, unit.c.id == c.unit_id))
        .where(c.id.in_(keys))
        .order_by(c.id.desc())
    ).all()
    topics = _topics(db, [row.id for row in rows])
    return [
        Row(r.id, r.channel, short(r.address), r.state, r.region, r.unit_id, r.unit or "", r.industry, r.post,
            r.audience, aware(r.followed_at), aware(r.last_message_at), topics.get(r.id, ()))
        for r in rows
    ]  # fmt: skip


def _keys(db: sa.Connection, conditions: Sequence[Condition], size: int) -> Sequence[int]:
    """The greatest keys of those who fulfil conditions.

    Who are few are found by what is asked, and put in order; who are many, by walking down the keys until there are
    enough. Left to choose, a planner takes one way for both, and a page of either takes ten times as long.
    """
    found = sa.select(follower.c.id).where(*conditions)
    few = db.scalars(found.limit(_FEW)).all()
    if len(few) < _FEW:
        return sorted(few, reverse=True)[:size]
    return db.scalars(found.order_by(follower.c.id.desc()).limit(size)).all()


def short(address: str) -> str:
    """An address as pages show it: enough to tell two apart, too little to write to anybody."""
    return f"…{address[-4:]}" if len(address) > 8 else f"…{address[-2:]}"


def _conditions(asked: Filter, now: datetime) -> list[Condition]:
    c = follower.c
    plain = {"state": c.state, "industry": c.industry, "post": c.post, "audience": c.audience, "channel": c.channel}
    out = [column == getattr(asked, name) for name, column in plain.items() if getattr(asked, name)]
    if asked.region:
        out.append(inside(c.region, asked.region))
    if asked.unit:
        out.append(c.unit_id == sa.select(unit.c.id).where(unit.c.name == asked.unit).scalar_subquery())
    if asked.topic:
        out.append(c.id.in_(sa.select(subscription.c.follower_id).where(subscription.c.topic == asked.topic)))
    if asked.address:
        out.append(c.address == asked.address)
    return out + _wrote(asked.wrote, now)


def _wrote(wrote: str, now: datetime) -> list[Condition]:
    last = follower.c.last_message_at
    if wrote == "open":
        return [last > now - WINDOW]
    if wrote == "month":
        return [last > now - _MONTH]
    return [sa.or_(last.is_(None), last <= now - _MONTH)] if wrote == "quiet" else []


def _topics(db: sa.Connection, ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """What people subscribed to, in the order in which they did."""
    c = subscription.c
    out: dict[int, tuple[str, ...]] = {}
    for person, topic in db.execute(
        sa.select(c.follower_id, c.topic).where(c.follower_id.in_(ids)).order_by(c.follower_id, c.since, c.topic)
    ):
        out[person] = (*out.get(person, ()), topic)
    return out
