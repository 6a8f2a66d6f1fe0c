"""Whether two names are one person's: what two persons must do, one does not do under another name."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from bot.answers.normalise import normalise
from bot.staff.tables import staff


def same(db: sa.Connection, who: str, others: Iterable[str]) -> bool:
    """Whether `who` is one of `others`, however it is typed.

    The sign-in name and the shown name of an account are one person's, and so are accounts that show the same name.
    """
    return not _names(db, who).isdisjoint(map(_key, others))


def _names(db: sa.Connection, who: str) -> set[str]:
    """All names of a person, as they are compared."""
    mine, accounts = {_key(who)}, db.execute(sa.select(staff.c.name, staff.c.display)).all()
    while more := {_key(n) for row in accounts for n in row if mine & set(map(_key, row))} - mine:
        mine |= more
    return mine


def _key(name: str) -> str:
    return normalise(name).casefold()
