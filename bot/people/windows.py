"""What WeChat lets an account write to a person: messages after they wrote, and a few in the minute after a tap.

One count for all who write: broadcasts, staff, answers that come later. Conditions are over a row of `follower`.
Source: developers.weixin.qq.com, 客服消息 (since 2023-06).
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.people.tables import follower
from bot.store.database import aware

#: So long after a person wrote, so many messages.
WINDOW, ALLOWED = timedelta(hours=48), 5
#: After a tap of the menu or of an option, a scan, or following.
TAP_WINDOW, TAP_ALLOWED = timedelta(minutes=1), 3
#: What grants that, as events are called; OPTION: a tap of an option, which comes as a text.
OPTION = "option"
TAPS = frozenset({OPTION, "click", "scancode_push", "scancode_waitmsg", "scan", "subscribe"})
#: What else says that a person has the talk before them: events of taps, of answering a pop-up, of opening the talk.
SEEN = TAPS | {
    "view", "view_miniprogram", "pic_sysphoto", "pic_photo_or_album", "pic_weixin", "location_select", "location",
    "subscribe_msg_popup_event", "subscribe_msg_change_event", "enter_agent", "template_card_event",
}  # fmt: skip


def is_taken(db: sa.Connection, who: sa.ColumnElement[bool], now: datetime, kept: int = 0) -> bool:
    """Use one of the messages that a person may be written now; False where there is none, beside `kept` of the 5.

    Of two windows the one that closes first is used first, as WeChat is thought to do.
    """
    return bool(
        _add(db, sa.and_(who, _in_minute(now)), follower.c.tap_sent, 1)
        or _add(db, sa.and_(who, _in_hours(now, ALLOWED - kept)), follower.c.window_sent, 1)
    )


def give_back(db: sa.Connection, who: sa.ColumnElement[bool], now: datetime) -> None:
    """A message that was taken was not sent. Whoever has written since has all of theirs again."""
    c = follower.c
    tapped = sa.and_(who, c.tapped_at > now - TAP_WINDOW, c.tap_sent > 0)
    if not _add(db, tapped, c.tap_sent, -1):
        _add(db, sa.and_(who, c.window_sent > 0), c.window_sent, -1)


def use_up(db: sa.Connection, who: sa.ColumnElement[bool]) -> None:
    """The platform says that no more may be written."""
    db.execute(sa.update(follower).where(who).values(window_sent=ALLOWED, tap_sent=TAP_ALLOWED))


def is_open(now: datetime) -> sa.ColumnElement[bool]:
    """Whether the person of a row may be written one message now."""
    return sa.or_(_in_hours(now, ALLOWED), _in_minute(now))


def left(wrote_at: datetime | None, sent: int, tapped_at: datetime | None, tap_sent: int, now: datetime) -> int:
    """How many messages a person may be written now, by the columns of their row."""
    hours = max(0, ALLOWED - sent) if wrote_at and wrote_at > now - WINDOW else 0
    return hours + (max(0, TAP_ALLOWED - tap_sent) if tapped_at and tapped_at > now - TAP_WINDOW else 0)


class Windows:
    """The same for whoever knows people by channel and address alone."""

    def read(self, db: sa.Connection, channel: str, address: str) -> tuple[datetime | None, int]:
        """When a person wrote last, None for never, and how many messages they were sent since."""
        c = follower.c
        row = db.execute(sa.select(c.last_message_at, c.window_sent).where(_is(channel, address))).one_or_none()
        return (aware(row.last_message_at), row.window_sent) if row else (None, 0)

    def is_taken(self, db: sa.Connection, channel: str, address: str, now: datetime, kept: int = 0) -> bool:
        """See the function of that name."""
        return is_taken(db, _is(channel, address), now, kept)

    def give_back(self, db: sa.Connection, channel: str, address: str, now: datetime) -> None:
        """See the function of that name."""
        give_back(db, _is(channel, address), now)


def _is(channel: str, address: str) -> sa.ColumnElement[bool]:
    c = follower.c
    return sa.and_(c.channel == channel, c.account == "", c.address == address)


def _in_hours(now: datetime, most: int) -> sa.ColumnElement[bool]:
    c = follower.c
    return sa.and_(c.state == "following", c.last_message_at > now - WINDOW, c.window_sent < most)


def _in_minute(now: datetime) -> sa.ColumnElement[bool]:
    c = follower.c
    return sa.and_(c.state == "following", c.tapped_at > now - TAP_WINDOW, c.tap_sent < TAP_ALLOWED)


def _add(db: sa.Connection, where: sa.ColumnElement[bool], column: sa.Column[int], count: int) -> int:
    return db.execute(sa.update(follower).where(where).values({column.name: column + count})).rowcount
