"""Rows that the database itself refuses, put aside as they came: they hold up no others, and nobody loses them.

Each waits for somebody to look at why; it goes when the person leaves whom it is about, and with the log of its time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.store.tables import refused_row

_WHY_CHARS = 500


def put_aside(db: sa.Connection, kind: str, held: Mapping[str, Any], why: str, now: datetime) -> None:
    """Keep a row of a kind, whatever stands in it: as JSON in ASCII every engine takes it."""
    who = _who(str(held.get("channel", "")), str(held.get("address", "")))
    row = {"kind": kind, "who": who, "held": json.dumps(held, default=str), "why": _plain(why), "at": now}
    db.execute(sa.insert(refused_row).values(**row))


def count(db: sa.Connection) -> int:
    """How many wait for somebody to look."""
    return db.scalar(sa.select(sa.func.count()).select_from(refused_row)) or 0


def forget(db: sa.Connection, channel: str, address: str) -> None:
    """A person has left: what was put aside of them goes too."""
    db.execute(sa.delete(refused_row).where(refused_row.c.who == _who(channel, address)))


def _who(channel: str, address: str) -> str:
    """Stands for a person: an address may be what was refused."""
    return hashlib.sha256(f"{channel}:{address}".encode(errors="replace")).hexdigest() if address else ""


def _plain(why: str) -> str:
    return why.encode("ascii", "backslashreplace").decode().replace("\0", "")[:_WHY_CHARS]
