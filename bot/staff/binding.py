"""The accounts of WeChat and WeCom that staff have shown to be their own: by a code that they send in the chat.

A code holds for ten minutes and serves once. Of the six characters there are 887 million: whoever sends codes at
random will hardly meet one that lives, and would get no more than test messages by it.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.staff.tables import staff, staff_channel, staff_code
from bot.staff.trail import Entry, Trail
from bot.store.database import Database, aware

#: Letters and digits that nobody confuses.
_SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_CHARS = 6
LIFE = timedelta(minutes=10)
#: Of whom a follower may be one of staff, as staff call them.
CHANNELS = {"official": "公众号", "wecom": "企业微信"}
#: Of an address, in the audit trail: enough to tell two apart.
_SHOWN_CHARS = 6


@dataclass(frozen=True, slots=True)
class Binding:
    """An account of a channel that belongs to one of staff. address: openid, or WeCom's userid."""

    channel: str
    address: str
    at: datetime


class Bindings:
    """Whose account is whose. Methods raise StoreError without a database."""

    def __init__(self, database: Database, trail: Trail) -> None:
        self._database, self._trail = database, trail

    def code(self, staff_id: int, now: datetime) -> str:
        """A new code for one of staff; the one before is worth nothing any more."""
        made = "".join(secrets.choice(_SIGNS) for _ in range(CODE_CHARS))
        c = staff_code.c
        with self._database.begin() as db:
            db.execute(sa.delete(staff_code).where(sa.or_(c.staff_id == staff_id, c.expires_at <= now)))
            row = {"staff_id": staff_id, "digest": _digest(made), "expires_at": now + LIFE}
            db.execute(sa.insert(staff_code).values(**row))
        return made

    def waits(self, staff_id: int, now: datetime) -> bool:
        """Whether a code of one of staff is worth something now."""
        c = staff_code.c
        with self._database.read() as db:
            return db.scalar(sa.select(c.staff_id).where(c.staff_id == staff_id, c.expires_at > now)) is not None

    def claim(self, code: str, channel: str, address: str, now: datetime) -> str:
        """Bind the account that a code came from; returns whose it is now, "" for no such code."""
        c = staff_code.c
        with self._database.begin() as db:
            taken = sa.delete(staff_code).where(c.digest == _digest(code.upper()), c.expires_at > now)
            found = db.execute(taken.returning(c.staff_id)).scalar_one_or_none()
            who = db.execute(sa.select(staff).where(staff.c.id == found, staff.c.active == 1)).one_or_none()
            if who is None:
                return ""
            of = staff_channel.c
            mine = sa.and_(of.staff_id == who.id, of.channel == channel)
            theirs = sa.and_(of.channel == channel, of.address == address)
            db.execute(sa.delete(staff_channel).where(sa.or_(mine, theirs)))
            db.execute(sa.insert(staff_channel).values(staff_id=who.id, channel=channel, address=address, at=now))
            told = {"channel": channel, "address": f"{address[:_SHOWN_CHARS]}…"}
            self._trail.write(Entry(staff=who.name, action="staff.bind", kind="staff", after=told, at=now), db)
        return str(who.display)

    def of(self, staff_id: int) -> list[Binding]:
        """The accounts of one of staff."""
        c = staff_channel.c
        wanted = sa.select(c.channel, c.address, c.at).where(c.staff_id == staff_id).order_by(c.channel)
        with self._database.read() as db:
            return [Binding(row.channel, row.address, aware(row.at) or row.at) for row in db.execute(wanted)]

    def unbind(self, staff_id: int, channel: str) -> bool:
        """Forget an account; False where there was none."""
        c = staff_channel.c
        with self._database.begin() as db:
            return db.execute(sa.delete(staff_channel).where(c.staff_id == staff_id, c.channel == channel)).rowcount > 0


def forget(db: sa.Connection, channel: str, address: str) -> None:
    """The one behind an address wants nothing kept, or follows no more."""
    c = staff_channel.c
    db.execute(sa.delete(staff_channel).where(c.channel == channel, c.address == address))


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
