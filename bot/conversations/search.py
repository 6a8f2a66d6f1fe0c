"""Search of what people wrote and were answered, and of what staff wrote, newest first, by key.

One call looks at a bounded stretch, whatever is asked for: where that ends without enough found, the answer says how
far it came, and the next call goes on from there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from bot.conversations.tables import Kind, conversation, staff_message
from bot.conversations.talks import called, known
from bot.people.scope import followers_of, inside
from bot.people.tables import follower
from bot.settings import BEIJING
from bot.store.database import aware, unhurried
from bot.store.tables import message_log, saying

#: Rows that one call looks at. With a region each of them is looked up among the followers.
_STRETCH, _STRETCH_OF_REGION = 10_000, 4_000
#: What may be asked for: name -> the status in the log. They have an index of their own.
KINDS = {"unknown": "没答上", "choices": "拿不准", "emergency": "险情", "human": "要人工"}
#: Whose words are looked for: name -> what pages call it.
SPEAKERS = {"": "群众和机器人", "person": "只查群众", "staff": "工作人员"}
_MAX_WORDS = 5

Condition = sa.ColumnElement[bool]
_M, _S, _C = message_log.c, staff_message.c, conversation.c


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for. words: all of them, in any order; since, until: days in China, both included.

    region   people inside it only
    district  only people whom staff of this one see
    speaker  of SPEAKERS; of staff neither situation is known
    """

    words: str = ""
    since: date | None = None
    until: date | None = None
    region: str = ""
    kind: str = ""
    channel: str = ""
    district: str = ""
    speaker: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """One message. id: its number in the log, or of the talk where staff wrote it.

    said  what the bot answered, where the words that are looked for stand in it
    by    who of staff wrote it, "" for a person
    """

    id: int
    at: datetime
    name: str
    kind: str
    text: str
    status: str
    region: str
    said: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Stretch:
    """What one call found. next_key: go on from there, "" at the end; until: how far back it looked, None: all."""

    items: Sequence[Found]
    next_key: str = ""
    until: datetime | None = None


def search(db: sa.Connection, sought: Sought, key: str = "", limit: int = 50) -> Stretch:
    """The next messages after a key, "" for the newest. A key that nobody made finds from the newest."""
    unhurried(db)
    if sought.speaker == "staff":
        return _search_staff(db, sought, key, limit)
    conditions = [*_conditions(sought), *_after(_M, key)]
    floor = _floor(db, sought, conditions)
    if sought.channel:
        conditions.append(_M.channel == sought.channel)
    if floor is not None:
        conditions.append(_M.at >= floor)
    rows = db.execute(_wanted(sought, conditions).limit(limit + 1)).all()
    if len(rows) > limit:
        last = rows[limit - 1]
        return Stretch([_found(r, sought) for r in rows[:limit]], _key(last.at, last.id))
    items = [_found(r, sought) for r in rows]
    return Stretch(items) if floor is None else Stretch(items, _key(floor, 0), aware(floor))


def _search_staff(db: sa.Connection, sought: Sought, key: str, limit: int) -> Stretch:
    """What staff wrote: so little beside the log that all of it may be looked at."""
    conditions = [_S.kind == Kind.ANSWER, *_times(_S, sought), *_after(_S, key), *_places(sought)]
    conditions += [_S.text.contains(word, autoescape=True) for word in _words(sought)]
    if sought.channel:
        conditions.append(_C.channel == sought.channel)
    columns = (_S.id, _S.at, _S.text, _S.name, _S.conversation_id, _C.channel, _C.address, follower.c.region)
    joined = staff_message.join(conversation).outerjoin(follower, known(_C.channel, _C.address))
    wanted = sa.select(*columns).select_from(joined).where(*conditions).order_by(_S.at.desc(), _S.id.desc())
    rows: Sequence[Any] = db.execute(wanted.limit(limit + 1)).all()
    items = [_found_staff(row) for row in rows[:limit]]
    return Stretch(items, _key(rows[limit - 1].at, rows[limit - 1].id) if len(rows) > limit else "")


def _floor(db: sa.Connection, sought: Sought, conditions: Sequence[Condition]) -> datetime | None:
    """How far back this call looks at each message; None: to the end, for it is near, or what is sought is not rare.

    conditions  without words, places and channel, which may be rare and have no index
    """
    regional = bool(sought.region or sought.district)
    if not (sought.words or regional or sought.channel):
        return None
    most = _STRETCH_OF_REGION if regional else _STRETCH
    seen = sa.select(_M.at).where(*conditions).order_by(_M.at.desc()).limit(most).subquery()
    count, floor = db.execute(sa.select(sa.func.count(), sa.func.min(seen.c.at))).one()
    return floor if count == most else None


def _wanted(sought: Sought, conditions: Sequence[Condition]) -> sa.Select[Any]:
    joined, words = message_log.outerjoin(follower, known(_M.channel, _M.address)), _words(sought)
    columns: list[Any] = [_M.id, _M.at, _M.channel, _M.address, _M.kind, _M.text, _M.status, follower.c.region]
    if words and sought.speaker != "person":
        joined = joined.outerjoin(saying, saying.c.id == _M.saying)
        columns.append(saying.c.text.label("said"))
    else:
        columns.append(sa.literal(None).label("said"))
    return (
        sa.select(*columns)
        .select_from(joined)
        .where(*conditions, *(_holds(word, sought) for word in words), *_places(sought))
        .order_by(_M.at.desc(), _M.id.desc())
    )


def _words(sought: Sought) -> list[str]:
    return sought.words.split()[:_MAX_WORDS]


def _holds(word: str, sought: Sought) -> Condition:
    """Whether a word stands in what was written, or in what was answered."""
    written = _M.text.contains(word, autoescape=True)
    return written if sought.speaker == "person" else sa.or_(written, saying.c.text.contains(word, autoescape=True))


def _places(sought: Sought) -> Iterator[Condition]:
    if sought.region:
        yield inside(follower.c.region, sought.region)
    if sought.district:
        yield followers_of(sought.district)


def _conditions(sought: Sought) -> Iterator[Condition]:
    if sought.kind in KINDS:
        # Written out: PostgreSQL takes the index of these only where it sees that they are meant.
        yield _M.status == sa.literal(sought.kind, literal_execute=True)
        yield sa.text("status IN ('unknown', 'choices', 'emergency', 'human')")  # type: ignore[misc]
    else:
        yield _M.kind != "event"
    yield from _times(_M, sought)


def _times(c: Any, sought: Sought) -> Iterator[Condition]:
    if sought.since:
        yield c.at >= _midnight(sought.since)
    if sought.until:
        yield c.at < _midnight(sought.until + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), BEIJING).astimezone(UTC)


def _after(c: Any, key: str) -> Iterator[Condition]:
    at, _, number = key.partition("~")
    try:
        then, last = datetime.fromtimestamp(int(at) / 1e6, UTC), int(number)
    except (ValueError, OverflowError, OSError):
        return
    # The first condition is what an index on time serves.
    yield c.at <= then
    yield sa.or_(c.at < then, c.id < last)


def _key(at: datetime, number: int) -> str:
    then = aware(at)
    assert then is not None
    since = then - datetime.fromtimestamp(0, UTC)
    return f"{since // timedelta(microseconds=1)}~{number}"


def _found(row: sa.Row[Any], sought: Sought) -> Found:
    at = aware(row.at)
    assert at is not None
    said = row.said or ""
    shown = said if any(word in said for word in _words(sought)) else ""
    name = called(row.channel, row.address)
    return Found(row.id, at, name, row.kind, row.text, row.status, row.region or "", shown)


def _found_staff(row: sa.Row[Any]) -> Found:
    at = aware(row.at)
    assert at is not None
    name = called(row.channel, row.address)
    return Found(row.conversation_id, at, name, "text", row.text, "", row.region or "", by=row.name or "工作人员")


def person_of(db: sa.Connection, number: int) -> tuple[str, str] | None:
    """Channel and address of whoever wrote a message; None where there is no such message."""
    row = db.execute(sa.select(_M.channel, _M.address).where(_M.id == number)).one_or_none()
    return (row.channel, row.address) if row else None
