"""A talk with one person as staff see it: who speaks, where the person is, what may still be sent to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import sqlalchemy as sa

from bot.conversations.tables import conversation
from bot.people.scope import sees
from bot.people.tables import follower, unit
from bot.people.windows import ALLOWED, TAP_WINDOW, WINDOW, left
from bot.store.database import aware

#: Clocks differ, and a message takes its time.
_MARGIN = timedelta(minutes=5)
#: Channel -> how staff call who writes there.
CHANNELS = {"official": "公众号粉丝", "wecom": "企业微信成员", "web": "网页访客"}


class Member(Protocol):
    """What is asked of one of staff; see bot.staff."""

    @property
    def id(self) -> int:
        """Their number."""

    @property
    def display(self) -> str:
        """Their name as others read it."""

    @property
    def region(self) -> str:
        """Whose people they see, "" for everybody's."""


@dataclass(frozen=True, slots=True)
class Talk:
    """One row, with what is known of the person. region: "" where they told none, or are nobody's follower.

    sent      customer-service messages since they wrote last
    tap_sent  those since they tapped last
    unit_region  of the unit that they belong to, None for none
    """

    id: int
    channel: str
    address: str
    wanted_at: datetime | None
    question: str
    owner: int | None
    owner_name: str
    taken_at: datetime | None
    staff_at: datetime | None
    ended_at: datetime | None
    ended: str
    region: str
    follows: bool
    wrote_at: datetime | None
    sent: int
    tapped_at: datetime | None = None
    tap_sent: int = 0
    unit_region: str | None = None

    @property
    def name(self) -> str:
        """The person as staff call them."""
        return called(self.channel, self.address)

    def is_seen_by(self, staff: Member) -> bool:
        """Whether the person is one of those whom this one of staff sees."""
        return sees(staff.region, self.region, self.unit_region)

    def is_of(self, staff: Member) -> bool:
        """Whether this one speaks."""
        return self.owner == staff.id


@dataclass(frozen=True, slots=True)
class Allowance:
    """What may be sent now. why: it may not be, "" if it may; left: messages, None for no limit, until a time."""

    why: str
    left: int | None = None
    until: datetime | None = None


def called(channel: str, address: str) -> str:
    """A person without their address, which is nobody's to read."""
    tail = address[-4:] if len(address) > 8 else address[-2:]
    return f"{CHANNELS.get(channel, channel)} …{tail}"


def known(channel: Any, address: Any) -> sa.ColumnElement[bool]:
    """The condition that joins `follower` to a table with these columns."""
    return sa.and_(follower.c.channel == channel, follower.c.account == "", follower.c.address == address)


_C, _F = conversation.c, follower.c
#: What Talk is made of.
SELECT = sa.select(
    _C.id, _C.channel, _C.address, _C.wanted_at, _C.question, _C.owner, _C.owner_name, _C.taken_at, _C.staff_at,
    _C.ended_at, _C.ended, _F.region, unit.c.region.label("unit_region"), _F.state, _F.last_message_at, _F.window_sent,
    _F.tapped_at, _F.tap_sent,
).select_from(
    conversation.outerjoin(follower, known(_C.channel, _C.address)).outerjoin(unit, unit.c.id == _F.unit_id)
)  # fmt: skip


def read(row: Any) -> Talk:
    """One row of SELECT."""
    held = row._mapping
    times: dict[str, Any] = {n: aware(held[n]) for n in ("wanted_at", "taken_at", "staff_at", "ended_at")}
    same = {n: held[n] for n in ("id", "channel", "address", "question", "owner", "owner_name", "ended")}
    return Talk(
        **same, **times, region=row.region or "", unit_region=row.unit_region, follows=row.state == "following",
        wrote_at=aware(row.last_message_at), sent=row.window_sent or 0, tapped_at=aware(row.tapped_at),
        tap_sent=row.tap_sent or 0,
    )  # fmt: skip


def find(db: sa.Connection, number: int) -> Talk | None:
    """A talk by its number."""
    row = db.execute(SELECT.where(_C.id == number)).one_or_none()
    return read(row) if row else None


def allowance(talk: Talk, ways: frozenset[str], now: datetime) -> Allowance:
    """What may be sent to a person. ways: names of the senders that are set up."""
    if talk.channel == "web":
        return Allowance("")
    if talk.channel == "wecom":
        return Allowance("" if "wecom.app" in ways else "没有设置企业微信应用，发不出去。")
    if "official.service" not in ways:
        return Allowance("没有设置公众号（wechat.app_id、wechat.secret），发不出去。")
    if not talk.follows:
        return Allowance("对方没有关注公众号，发不出去。")
    wrote_at = talk.wrote_at if talk.wrote_at and now <= talk.wrote_at + WINDOW - _MARGIN else None
    until = talk.wrote_at + WINDOW if talk.wrote_at else None
    if count := left(wrote_at, talk.sent, talk.tapped_at, talk.tap_sent, now):
        still = wrote_at is not None and talk.sent < ALLOWED
        return Allowance("", count, until if still or not talk.tapped_at else talk.tapped_at + TAP_WINDOW)
    if wrote_at is None:
        return Allowance("对方最近48小时没有来信，微信不许再发。对方再发一句话，就又能回复了。", 0, until)
    return Allowance("对方上次来信后已经发了5条，微信不许再发。对方再发一句话，就又能发5条。", 0, until)
