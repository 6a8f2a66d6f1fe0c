"""The ledger of who is told of an answer: a row for each asker, written before the call and closed after it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

import sqlalchemy as sa

from bot.messages import Delivery, Pushed
from bot.store.tables import answer_notice, message_log, unanswered
from bot.unanswered.asks import aware

#: Customer-service messages that a follower may get within 48 hours after writing, and those kept for emergencies.
#: Source: developers.weixin.qq.com/doc/offiaccount/Message_Management/Service_Center_messages.html
WINDOW, ALLOWED, KEPT = timedelta(hours=48), 5, 1
#: Clocks differ, and a message takes its time.
MARGIN = timedelta(minutes=30)
#: A row that is `sending` for so long was left so by a process that died: it may have arrived.
ABANDONED = timedelta(minutes=2)
#: Whoever writes again within this time gets the answer that could not be sent to them before.
KEPT_FOR = timedelta(days=30)
#: States in which a message has been taken from what WeChat allows, or may have been.
_SPENT = (Delivery.SENT, Delivery.DELIVERED, Delivery.UNKNOWN)


class Windows(Protocol):
    """What is asked of the one count of messages to people; see bot.people.windows."""

    def read(self, db: sa.Connection, channel: str, address: str) -> tuple[datetime | None, int]:
        """When a person wrote last, None for never, and how many messages they were sent since."""

    def is_taken(self, db: sa.Connection, channel: str, address: str, now: datetime, kept: int = 0) -> bool:
        """Use one of the messages that they may be sent; False where there is none beside `kept`."""

    def give_back(self, db: sa.Connection, channel: str, address: str, now: datetime) -> None:
        """One that was taken was not sent."""


class Why(StrEnum):
    """Why somebody is not told."""

    CHANNEL = "channel"  # asked on a channel that cannot be pushed to
    OUTSIDE = "outside_48h"
    QUOTA = "quota"
    QUIET = "quiet_hours"  # their 48 hours end before the morning
    TOLD = "told_already"  # they asked again and the bot answered
    LEFT = "left"


#: WeChat let nothing be sent: it does again once they have written.
_SHUT = (Why.OUTSIDE, Why.QUOTA, Why.QUIET)


@dataclass(frozen=True, slots=True)
class Notice:
    """One row of the ledger."""

    id: int
    cluster: int
    channel: str
    address: str
    entry: str


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody who asked, and when last."""

    channel: str
    address: str
    asked_at: datetime


def enrol(
    db: sa.Connection, cluster: int, entry: str, askers: Iterable[Asker], told: Iterable[Asker], at: datetime
) -> int:
    """Write rows for askers who have none yet; how many. told: those whom the bot has answered itself since."""
    c = answer_notice.c
    held = {(r.channel, r.address) for r in db.execute(sa.select(c.channel, c.address).where(c.cluster == cluster))}
    answered = {(a.channel, a.address) for a in told}
    new = [
        {
            "cluster": cluster, "channel": a.channel, "address": a.address, "entry": entry, "created_at": at, "at": at,
            **_at_first(a, answered),
        }
        for a in askers
        if (a.channel, a.address) not in held
    ]  # fmt: skip
    if new:
        db.execute(sa.insert(answer_notice), new)
    return len(new)


def _at_first(asker: Asker, answered: set[tuple[str, str]]) -> Mapping[str, str]:
    if asker.channel != "official":
        return {"state": Delivery.SKIPPED, "why": Why.CHANNEL}
    if (asker.channel, asker.address) in answered:
        return {"state": Delivery.SKIPPED, "why": Why.TOLD}
    return {"state": Delivery.CREATED, "why": ""}


def waiting(db: sa.Connection) -> list[Notice]:
    """Whom to tell, in the order in which they were written down."""
    c = answer_notice.c
    rows = db.execute(sa.select(answer_notice).where(c.state == Delivery.CREATED).order_by(c.id))
    return [Notice(r.id, r.cluster, r.channel, r.address, r.entry) for r in rows]


def reopen(db: sa.Connection, now: datetime) -> int:
    """Let those be told whom WeChat let nobody write to, and who have written since; returns how many.

    Of them, whom the bot has given that answer meanwhile are not told again.
    """
    c, m = answer_notice.c, message_log.c
    now = now.astimezone(UTC)
    shut = (c.state == Delivery.SKIPPED, c.why.in_(_SHUT), c.channel == "official", c.created_at > now - KEPT_FOR)
    theirs = (m.channel == c.channel, m.address == c.address, m.kind != "event")
    known = sa.exists().where(*theirs, m.at > c.created_at, m.entry == c.entry)
    db.execute(sa.update(answer_notice).where(*shut, known).values(why=Why.TOLD, at=now))
    back = sa.exists().where(*theirs, m.at > c.at, m.at > now - WINDOW + MARGIN)
    return db.execute(sa.update(answer_notice).where(*shut, back).values(state=Delivery.CREATED, why="")).rowcount


def reach(db: sa.Connection, notice: Notice, windows: Windows) -> tuple[datetime | None, int]:
    """When the person last wrote, None for never, and how many messages they may still be sent.

    What they asked is written at once, that they wrote a moment later: until then nothing can be taken, and they wait.
    """
    u = unanswered.c
    asked = sa.select(sa.func.max(u.at)).where(u.channel == notice.channel, u.address == notice.address)
    wrote_at, sent = windows.read(db, notice.channel, notice.address)
    asked_at = db.scalar(asked)
    found = [at for at in (wrote_at, aware(asked_at) if asked_at else None) if at]
    return max(found, default=None), ALLOWED - KEPT - sent


def is_claimed(db: sa.Connection, notice: Notice, windows: Windows, now: datetime) -> bool:
    """Take a row to send it, and a message of those allowed.

    False where another process has, the person has left, or somebody else has used the last message up.
    """
    who = (notice.channel, notice.address)
    if not windows.is_taken(db, *who, now.astimezone(UTC), KEPT):
        return False
    if _moved(db, notice, Delivery.CREATED, Delivery.SENDING, now):
        return True
    windows.give_back(db, *who, now.astimezone(UTC))
    return False


def skip(db: sa.Connection, notice: Notice, why: Why, now: datetime) -> None:
    """Tell somebody not, and say why."""
    _moved(db, notice, Delivery.CREATED, Delivery.SKIPPED, now, why=why)


def close(db: sa.Connection, notice: Notice, receipt: Pushed, windows: Windows, now: datetime) -> None:
    """Write down what became of a row that was claimed; what was not sent is not taken from what WeChat allows."""
    closed = _moved(db, notice, Delivery.SENDING, receipt.delivery, now, errcode=receipt.errcode)
    if closed and receipt.delivery not in _SPENT:
        windows.give_back(db, notice.channel, notice.address, now.astimezone(UTC))


def give_up_abandoned(db: sa.Connection, now: datetime) -> int:
    """Rows that a process left in the middle become unknown; how many."""
    c = answer_notice.c
    old = sa.update(answer_notice).where(c.state == Delivery.SENDING, c.at < (now - ABANDONED).astimezone(UTC))
    return db.execute(old.values(state=Delivery.UNKNOWN, at=now.astimezone(UTC))).rowcount


def _moved(db: sa.Connection, notice: Notice, before: Delivery, after: Delivery, now: datetime, **values: Any) -> bool:
    c = answer_notice.c
    mine = sa.update(answer_notice).where(c.id == notice.id, c.state == before)
    return db.execute(mine.values(state=after, at=now.astimezone(UTC), **values)).rowcount == 1


def is_enrolled(db: sa.Connection, cluster: int, since: datetime) -> bool:
    """Whether askers of a cluster were written down at `since` or later."""
    c = answer_notice.c
    found = sa.select(c.id).where(c.cluster == cluster, c.created_at >= since.astimezone(UTC)).limit(1)
    return db.scalar(found) is not None


def take_back(db: sa.Connection, cluster: int) -> None:
    """Forget who was to be told of an answer that no longer stands; who was told, was."""
    c = answer_notice.c
    db.execute(sa.delete(answer_notice).where(c.cluster == cluster, c.state == Delivery.CREATED))


def counted(db: sa.Connection, cluster: int) -> dict[tuple[str, str], int]:
    """How many rows of a cluster are in which state, and why."""
    c = answer_notice.c
    wanted = sa.select(c.state, c.why, sa.func.count()).where(c.cluster == cluster).group_by(c.state, c.why)
    return {(state, why): count for state, why, count in db.execute(wanted)}
