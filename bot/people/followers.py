"""Followers: they come, write, choose and leave. Rows for Records' writer, and the writers themselves.

A person is known by channel and address; `account` stays empty where an address names one person anywhere, as an
openid does.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.people import consents, windows
from bot.people.tables import consent, follower, follower_tag, liaison_officer, subscription, unit
from bot.staff import binding
from bot.store.database import aware
from bot.store.records import LeavingRow, MessageRow

#: Channels whose people can be written to. Whoever asks on the chat page is nobody's follower.
CHANNELS = frozenset({"official", "wecom"})
#: What a person may choose, one column each; emptied when they leave.
CHOSEN = ("region", "industry", "post", "audience", "slot", "frequency")


@dataclass(frozen=True, slots=True)
class CameRow:
    """A person follows the account, or a follower scanned a QR.

    unit_code  of the QR they scanned, "" for none
    anew       they follow from now on
    """

    at: datetime
    channel: str
    address: str
    unit_code: str = ""
    anew: bool = False


@dataclass(frozen=True, slots=True)
class ChoseRow:
    """What a person chose: columns of CHOSEN, topics begun and ended, a unit by its code.

    stop_all  nothing is to be sent any more: all topics end, and the frequency of tips
    unit_code "" leaves the unit as it is, "-" leaves it
    """

    at: datetime
    channel: str
    address: str
    fields: Mapping[str, str] = field(default_factory=dict)
    begin: Sequence[str] = ()
    end: Sequence[str] = ()
    stop_all: bool = False
    unit_code: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of a follower."""

    id: int
    state: str
    followed_at: datetime | None
    region: str
    unit: str
    industry: str
    post: str
    audience: str
    slot: str
    frequency: str
    last_message_at: datetime | None
    topics: tuple[str, ...] = ()
    consents: int = 0
    officer_of: tuple[str, ...] = ()


def find(db: sa.Connection, channel: str, address: str) -> Person | None:
    """A person by their address, None where we do not know them."""
    c = follower.c
    row = db.execute(
        sa.select(
            c.id, c.state, c.followed_at, c.region, unit.c.name.label("unit"), c.industry, c.post, c.audience, c.slot,
            c.frequency, c.last_message_at,
        )
        .select_from(follower.outerjoin(unit))
        .where(_is(channel, address))
    ).one_or_none()  # fmt: skip
    if row is None:
        return None
    held = {**row._mapping, "unit": row.unit or ""}
    for name in ("followed_at", "last_message_at"):
        held[name] = aware(held[name])
    topics = sa.select(subscription.c.topic).where(subscription.c.follower_id == row.id).order_by(subscription.c.since)
    allowed = sa.select(sa.func.count()).where(
        consent.c.follower_id == row.id, (consent.c.remaining > 0) | (consent.c.long_term == 1)
    )
    offices = (
        sa.select(unit.c.name)
        .join(liaison_officer)
        .where(liaison_officer.c.follower_id == row.id, liaison_officer.c.until.is_(None))
    )
    return Person(
        **held,
        topics=tuple(db.scalars(topics)),
        consents=db.scalar(allowed) or 0,
        officer_of=tuple(db.scalars(offices)),
    )


def ensure(db: sa.Connection, channel: str, address: str, at: datetime) -> int:
    """The id of a follower, who is added where we did not know them."""
    _upsert(db, [(channel, address, at)], wrote=False)
    found: int = db.execute(sa.select(follower.c.id).where(_is(channel, address))).scalar_one()
    return found


def ensure_all(db: sa.Connection, channel: str, addresses: Sequence[str], at: datetime) -> None:
    """Add the followers among these whom we did not know."""
    if addresses:
        _upsert(db, [(channel, address, at) for address in addresses], wrote=False)


def came(db: sa.Connection, rows: Sequence[CameRow]) -> None:
    """Write down who came; one who was there already stays as they are, but joins the unit of the QR."""
    c = follower.c
    for row in rows:
        person = ensure(db, row.channel, row.address, row.at)
        if row.anew:  # a message that was written late may have made them before, as one who is leaving
            mine = sa.and_(c.id == person, sa.or_(c.followed_at.is_(None), c.followed_at < row.at))
            db.execute(sa.update(follower).where(mine).values(followed_at=row.at, **BACK))
        if row.unit_code:
            join(db, person, row.unit_code)


def join(db: sa.Connection, person: int, code: str) -> bool:
    """Let a person join a unit by its code; what they chose of region and industry stays. False: no such unit."""
    found = db.execute(
        sa.select(unit.c.id, unit.c.region, unit.c.industry, unit.c.kind).where(
            unit.c.code == code, unit.c.state == "active"
        )
    ).one_or_none()
    if found is None:
        return False
    c = follower.c
    values: dict[str, Any] = {"unit_id": found.id}
    audience = "农村" if found.kind == "村" else found.kind
    for column, value in ((c.region, found.region), (c.industry, found.industry), (c.audience, audience)):
        values[column.name] = sa.case((column == "", value), else_=column)
    db.execute(sa.update(follower).where(c.id == person).values(values))
    return True


def touched(db: sa.Connection, rows: Sequence[MessageRow]) -> None:
    """Note when people wrote last, which opens their window anew, and when they tapped. One statement a batch for most.

    A tapped option comes as a text, and opens the window of a tap alone.
    """
    ours = [r for r in rows if r.channel in CHANNELS]
    latest = {(r.channel, r.address): r.at for r in ours if r.kind != "event" and r.event != windows.OPTION}
    if latest:
        _upsert(db, [(*who, at) for who, at in latest.items()], wrote=True)
    for row in ours:
        if row.event in windows.SEEN:
            values: dict[str, Any] = {"last_opened_at": row.at}
            if row.event in windows.TAPS:
                _upsert(db, [(row.channel, row.address, row.at)], wrote=False)
                values |= {"tapped_at": row.at, "tap_sent": 0}
            db.execute(sa.update(follower).where(_is(row.channel, row.address)).values(values))


def chose(db: sa.Connection, rows: Sequence[ChoseRow]) -> None:
    """Write down what people chose."""
    for row in rows:
        person = ensure(db, row.channel, row.address, row.at)
        values: dict[str, Any] = {name: row.fields[name] for name in CHOSEN if name in row.fields}
        if row.stop_all:
            values["frequency"] = ""
        if row.unit_code == "-":
            values["unit_id"] = None
        if values:
            db.execute(sa.update(follower).where(follower.c.id == person).values(values))
        if row.unit_code not in ("", "-"):
            join(db, person, row.unit_code)
        mine = subscription.c.follower_id == person
        gone = mine if row.stop_all else sa.and_(mine, subscription.c.topic.in_(row.end))
        db.execute(sa.delete(subscription).where(gone))
        known = set(db.scalars(sa.select(subscription.c.topic).where(mine)))
        if new := [t for t in row.begin if t not in known]:
            db.execute(sa.insert(subscription), [{"follower_id": person, "topic": t, "since": row.at} for t in new])


def left(db: sa.Connection, rows: Sequence[LeavingRow]) -> None:
    """Empty what people chose and allowed. Whoever does not stay keeps a row without their address, for the figures."""
    for row in rows:
        c = follower.c
        # A row that waited in the spool says nothing of one who has come back since.
        who = sa.and_(_is(row.channel, row.address), sa.or_(c.followed_at.is_(None), c.followed_at <= row.at))
        person, gone = db.scalar(sa.select(c.id).where(who)), _name_of_one_gone(row)
        if person is None:
            continue
        if db.scalar(sa.select(c.id).where(_is(row.channel, gone))):
            # This leaving was carried out before; a message of theirs that was written late has made them anew.
            db.execute(sa.delete(follower).where(c.id == person))
            continue
        for table in (subscription, consent, follower_tag):
            db.execute(sa.delete(table).where(table.c.follower_id == person))
        binding.forget(db, row.channel, row.address)
        officer = liaison_officer.c.follower_id == person
        db.execute(sa.update(liaison_officer).where(officer).values(follower_id=None))
        values: dict[str, Any] = dict.fromkeys(CHOSEN, "") | {"unit_id": None, "last_opened_at": None}
        if not row.stays:
            values |= {
                "state": "left", "address": gone, "left_at": row.at, "last_message_at": None,
                "window_sent": 0, "tapped_at": None, "tap_sent": 0,
            }  # fmt: skip
        db.execute(sa.update(follower).where(c.id == person).values(values))


#: PostgreSQL holds no NUL, and no engine half a character.
_REFUSED = re.compile("[\0\ud800-\udfff]")
#: Known to nobody: what stands for an address that is gone must not lead back to it.
_KEY = secrets.token_bytes(32)


def _name_of_one_gone(row: LeavingRow) -> str:
    """Stands in place of the address; the same for the same leaving, as long as this process lives."""
    held = f"{row.channel}:{row.address}:{row.at}".encode(errors="replace")
    return f"left-{hashlib.blake2b(held, key=_KEY, digest_size=16).hexdigest()}"


def _stored(address: str) -> str:
    """An address as every engine takes it: one that is refused would come back from the spool for ever."""
    return address[:64] if address.isascii() and "\0" not in address else _REFUSED.sub("", address)[:64]


def _is(channel: str, address: str) -> sa.ColumnElement[bool]:
    c = follower.c
    return sa.and_(c.channel == channel, c.account == "", c.address == _stored(address))


#: The columns of one of whom nothing is known yet.
NEW = {
    "account": "", "state": "following", "region": "", "industry": "", "post": "", "audience": "", "slot": "",
    "frequency": "", "window_sent": 0, "tap_sent": 0, "seen": 0,
}  # fmt: skip


#: Of one whom a platform refused as gone, and who is heard of again. Who left by themselves has no address any more.
BACK: dict[str, Any] = {"state": sa.literal_column("'following'"), "left_at": sa.null()}


def _upsert(db: sa.Connection, rows: Sequence[tuple[str, str, datetime]], *, wrote: bool) -> None:
    """Add people who are new, by channel, address and time; note that they wrote then, unless they did so later."""
    statement, order, time_of = _upsertion(db.dialect, wrote)
    held = [
        {"channel": channel, "address": _stored(address), "at": time_of(at) if time_of else at}
        for channel, address, at in rows
    ]
    # Past SQLAlchemy's own handling of parameters, as Records does: this runs beside each message.
    db.exec_driver_sql(statement, [tuple(map(r.__getitem__, order)) for r in held] if order else held)


@lru_cache(maxsize=8)
def _upsertion(dialect: sa.Dialect, wrote: bool) -> tuple[str, tuple[str, ...], Callable[[datetime], Any] | None]:
    """The statement, the order of its parameters (() where they go by name), and how a time is written."""
    insert: Any = sqlite.insert if dialect.name == "sqlite" else postgresql.insert
    now = sa.bindparam("at", type_=follower.c.followed_at.type)
    times = ("followed_at", "last_message_at", "last_opened_at") if wrote else ("followed_at",)
    plain: dict[str, Any] = {name: sa.literal_column(repr(value)) for name, value in NEW.items()}
    who: dict[str, Any] = {name: sa.bindparam(name) for name in ("channel", "address")}
    statement = insert(follower).inline().values({**plain, **who, **dict.fromkeys(times, now)})
    key = ["channel", "account", "address"]
    if wrote:
        new, last = statement.excluded, follower.c.last_message_at
        statement = statement.on_conflict_do_update(
            index_elements=key,
            set_={**{name: new[name] for name in (*times[1:], "window_sent")}, **BACK},
            where=sa.or_(last.is_(None), last < new.last_message_at),
        )
    else:
        statement = statement.on_conflict_do_nothing(index_elements=key)
    compiled = statement.compile(dialect=dialect)
    order = tuple(compiled.positiontup or ()) if compiled.positional else ()
    return str(compiled), order, now.type.dialect_impl(dialect).bind_processor(dialect)


#: For Records: what else is written with rows of a type.
WRITERS: dict[type[Any], Callable[[sa.Connection, Any], None]] = {
    MessageRow: touched,
    LeavingRow: left,
    CameRow: came,
    ChoseRow: chose,
    consents.ConsentRow: lambda db, rows: consents.changed(db, rows, ensure),
}
