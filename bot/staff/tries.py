"""Tries at a password or a code: each is counted before it is looked at, so that guessing at once gains nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.staff.tables import sign_in_failure, staff

_TRIES = 5
_LOCKED = timedelta(minutes=15)
_ADDRESS_TRIES = 30  # an office may stand behind one address
_WINDOW = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Try:
    """One try at an account, as it was counted. locks: if it is wrong too, the account stays locked."""

    id: int
    account: int | None
    locks: bool


def begin(db: sa.Connection, account: int | None, ip: str, now: datetime) -> Try | None:
    """Count a try at an account, None for a name that there is not; None: there were too many, it is not looked at."""
    f = sign_in_failure.c
    db.execute(sign_in_failure.delete().where(f.at < now - _WINDOW))
    before = db.scalar(sa.select(sa.func.count()).select_from(sign_in_failure).where(f.address == ip[:64])) or 0
    if before >= _ADDRESS_TRIES:
        return None
    number = db.execute(sign_in_failure.insert().values(address=ip[:64], at=now).returning(f.id)).scalar_one()
    if account is None:
        return Try(number, None, locks=False)
    open_now = sa.or_(staff.c.locked_until.is_(None), staff.c.locked_until <= now)
    counted = staff.update().where(staff.c.id == account, open_now).values(failures=staff.c.failures + 1)
    if db.execute(counted).rowcount != 1:
        return None
    full = staff.update().where(staff.c.id == account, staff.c.failures >= _TRIES)
    locks = db.execute(full.values(failures=0, locked_until=now + _LOCKED)).rowcount == 1
    return Try(number, account, locks)


def right(db: sa.Connection, one: Try) -> None:
    """It was no failure: as if it had not been counted."""
    db.execute(sign_in_failure.delete().where(sign_in_failure.c.id == one.id))
    mine = staff.update().where(staff.c.id == one.account)
    if one.locks:
        db.execute(mine.values(failures=_TRIES - 1, locked_until=None))
    else:
        db.execute(mine.where(staff.c.failures > 0).values(failures=staff.c.failures - 1))
