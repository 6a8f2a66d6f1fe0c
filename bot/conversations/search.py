"""Search of the message log, newest first, by key. One call looks at a bounded stretch of it, whatever is asked for:
where that ends without enough found, the answer says how far it came, and the next call goes on from there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from bot.conversations.talks import called, known, within
from bot.people.tables import follower
from bot.settings import BEIJING
from bot.store.database import aware, unhurried
from bot.store.tables import message_log

#: Rows that one call looks at. With a region each of them is looked up among the followers.
_STRETCH, _STRETCH_OF_REGION = 10_000, 4_000
#: What may be asked for: name -> the status in the log. They have an index of their own.
KINDS = {"unknown": "没答上", "choices": "拿不准", "emergency": "险情", "human": "要人工"}
_MAX_WORDS = 5

Condition = sa.ColumnElement[bool]
_M = message_log.c


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for. words: all of them, in any order; since, until: days in China, both included.

    region  people inside it only; district: the same, where the one who asks may see no others
    """

    words: str = ""
    since: date | None = None
    until: date | None = None
    region: str = ""
    kind: str = ""
    channel: str = ""
    district: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """One message. id: its number in the log."""

    id: int
    at: datetime
    name: str
    kind: str
    text: str
    status: str
    region: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """What one call found. next_key: go on from there, "" at the end; until: how far back it looked, None: all."""

    items: Sequence[Found]
    next_key: str = ""
    until: datetime | None = None


def search(db: sa.Connection, sought: Sought, key: str = "", limit: int = 50) -> Stretch:
    """The next messages after a key, "" for the newest. A key that nobody made finds from the newest."""
    unhurried(db)
    conditions = [*_conditions(sought), *_after(key)]
    floor = _floor(db, sought, conditions)
    if floor is not None:
        conditions.append(_M.at >= floor)
    rows = db.execute(_wanted(sought, conditions).limit(limit + 1)).all()
    if len(rows) > limit:
        last = rows[limit - 1]
        return Stretch([_found(r) for r in rows[:limit]], _key(last.at, last.id))
    items = [_found(r) for r in rows]
    return Stretch(items) if floor is None else Stretch(items, _key(floor, 0), aware(floor))


def _floor(db: sa.Connection, sought: Sought, conditions: Sequence[Condition]) -> datetime | None:
    """How far back this call looks at each message; None: to the end, for it is near, or what is sought is not rare."""
    regional = bool(sought.region or sought.district)
    if not (sought.words or regional):
        return None
    most = _STRETCH_OF_REGION if regional else _STRETCH
    seen = sa.select(_M.at).where(*conditions).order_by(_M.at.desc()).limit(most).subquery()
    count, floor = db.execute(sa.select(sa.func.count(), sa.func.min(seen.c.at))).one()
    return floor if count == most else None


def _wanted(sought: Sought, conditions: Sequence[Condition]) -> sa.Select[Any]:
    joined = message_log.outerjoin(follower, known(_M.channel, _M.address))
    words = [_M.text.contains(word, autoescape=True) for word in sought.words.split()[:_MAX_WORDS]]
    places = [within(region) for region in (sought.region, sought.district) if region]
    columns = (_M.id, _M.at, _M.channel, _M.address, _M.kind, _M.text, _M.status, follower.c.region)
    return (
        sa.select(*columns).select_from(joined).where(*conditions, *words, *places).order_by(_M.at.desc(), _M.id.desc())
    )


def _conditions(sought: Sought) -> Iterator[Condition]:
    if sought.kind in KINDS:
        # Written out: PostgreSQL takes the index of these only where it sees that they are meant.
        yield _M.status == sa.literal(sought.kind, literal_execute=True)
        yield sa.text("status IN ('unknown', 'choices', 'emergency', 'human')")  # type: ignore[misc]
    else:
        yield _M.kind != "event"
    if sought.channel:
        yield _M.channel == sought.channel
    if sought.since:
        yield _M.at >= _midnight(sought.since)
    if sought.until:
        yield _M.at < _midnight(sought.until + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), BEIJING).astimezone(UTC)


def _after(key: str) -> Iterator[Condition]:
    at, _, number = key.partition("~")
    try:
        then, last = datetime.fromtimestamp(int(at) / 1e6, UTC), int(number)
    except (ValueError, OverflowError, OSError):
        return
    # The first condition is what an index on time serves.
    yield _M.at <= then
    yield sa.or_(_M.at < then, _M.id < last)


def _key(at: datetime, number: int) -> str:
    then = aware(at)
    assert then is not None
    since = then - datetime.fromtimestamp(0, UTC)
    return f"{since // timedelta(microseconds=1)}~{number}"


def _found(row: sa.Row[Any]) -> Found:
    at = aware(row.at)
    assert at is not None
    return Found(row.id, at, called(row.channel, row.address), row.kind, row.text, row.status, row.region or "")


def person_of(db: sa.Connection, number: int) -> tuple[str, str] | None:
    """Channel and address of whoever wrote a message; None where there is no such message."""
    row = db.execute(sa.select(_M.channel, _M.address).where(_M.id == number)).one_or_none()
    return (row.channel, row.address) if row else None
