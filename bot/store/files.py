"""Finished files for staff to fetch, in pieces in the database: whichever host made one, every host hands it out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import BinaryIO

import sqlalchemy as sa

from bot.store.database import Database
from bot.store.tables import kept_file

#: No longer than whoever asked for a file needs to fetch it.
KEPT = timedelta(days=1)
#: Bytes of a piece: in memory one at a time, and SQLite is written to by others in between.
_PIECE = 256 << 10
_C = kept_file.c


def keep(database: Database, name: str, file: BinaryIO, now: datetime) -> int:
    """Keep a file under a name that no other has; returns its bytes. Raises StoreError.

    Its pieces come one by one: nobody is told of the name before this returns.
    """
    size, piece = 0, 0
    while data := file.read(_PIECE):
        row = {"name": name, "piece": piece, "data": data, "at": now.astimezone(UTC)}
        with database.begin() as db:
            db.execute(sa.insert(kept_file).values(row))
        size, piece = size + len(data), piece + 1
    return size


def size_of(database: Database, name: str) -> int:
    """The bytes of a file; 0 where it is gone."""
    with database.read() as db:
        return db.scalar(sa.select(sa.func.sum(sa.func.length(_C.data))).where(_C.name == name)) or 0


def pieces(database: Database, name: str) -> Iterator[bytes]:
    """A file, piece by piece: no transaction stays open while the network is waited for."""
    piece = 0
    while True:
        with database.read() as db:
            data = db.scalar(sa.select(_C.data).where(_C.name == name, _C.piece == piece))
        if data is None:
            return
        yield bytes(data)
        piece += 1


def tidy(database: Database, now: datetime) -> None:
    """Drop what has served its time."""
    with database.begin() as db:
        db.execute(sa.delete(kept_file).where(_C.at < (now - KEPT).astimezone(UTC)))
