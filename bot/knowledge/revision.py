"""One number that changes with whatever is live, so that every process can look for changes cheaply."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from bot.ingest.holdings import today
from bot.knowledge.tables import live_revision
from bot.store.database import Database
from bot.store.tables import statute


def stamp(database: Database) -> str:
    """Changes whenever anything that is live does, and each day: laws come into force. One cheap look.

    Raises StoreError.
    """
    number = sa.select(live_revision.c.number).scalar_subquery()
    imported = sa.select(sa.func.max(statute.c.imported_at)).scalar_subquery()
    count = sa.select(sa.func.count()).select_from(statute).scalar_subquery()
    with database.begin() as db:
        return str((today(), *db.execute(sa.select(number, count, imported)).one()))


@contextmanager
def changing(database: Database, tell: Callable[[], object] | None = None) -> Iterator[sa.Connection]:
    """A transaction that changes what is live: one at a time, and all processes notice.

    tell  called when it is committed, so that they notice at once
    """
    with database.begin() as db:
        if not db.execute(sa.update(live_revision).values(number=live_revision.c.number + 1)).rowcount:
            # Its one row is gone, with a copy that was put back table by table: without it nothing would be noticed.
            db.execute(sa.insert(live_revision).values(id=1, number=1))
        yield db
    if tell:
        tell()
