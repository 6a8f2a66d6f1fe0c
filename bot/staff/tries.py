"""Tries at a password or a code: each is counted before it is looked at, so that guessing at once gains nothing.

Counted are those at an account, wherever they come from; those from one place, at whatever account; and those from the
neighbourhood of a place, for whoever has many addresses. A place is an address, of IPv6 the 64 bits that one home has.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.peers import network_of
from bot.staff.tables import sign_in_failure, staff

_TRIES = 5
_LOCKED = timedelta(minutes=15)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_PLACE_TRIES = 30  # an office may stand behind one address
_AROUND_TRIES = 120
#: Of one account a day: a lock of a quarter of an hour alone would let 480 go on, day after day.
_ACCOUNT_TRIES = 40


@dataclass(frozen=True, slots=True)
class Try:
    """One try at an account, as it was counted. locks: if it is wrong too, the account stays locked."""

    ids: tuple[int, ...]
    account: int | None
    locks: bool


def begin(db: sa.Connection, account: int | None, ip: str, now: datetime) -> Try | None:
    """Count a try at an account, None for a name that there is not; None: there were too many, it is not looked at."""
    f = sign_in_failure.c
    db.execute(sign_in_failure.delete().where(f.at < now - _DAY))
    limits = {network_of(ip): (_PLACE_TRIES, _HOUR), f"around {network_of(ip, wide=True)}": (_AROUND_TRIES, _HOUR)}
    if account is not None:
        limits[f"account {account}"] = (_ACCOUNT_TRIES, _DAY)
    for key, (most, within) in limits.items():
        counted = sa.select(sa.func.count()).where(f.address == key, f.at > now - within)
        if (db.scalar(counted) or 0) >= most:
            return None
    rows = sign_in_failure.insert().values([{"address": key, "at": now} for key in limits]).returning(f.id)
    ids = tuple(db.scalars(rows))
    if account is None:
        return Try(ids, None, locks=False)
    open_now = sa.or_(staff.c.locked_until.is_(None), staff.c.locked_until <= now)
    counted_up = staff.update().where(staff.c.id == account, open_now).values(failures=staff.c.failures + 1)
    if db.execute(counted_up).rowcount != 1:
        return None
    full = staff.update().where(staff.c.id == account, staff.c.failures >= _TRIES)
    locks = db.execute(full.values(failures=0, locked_until=now + _LOCKED)).rowcount == 1
    return Try(ids, account, locks)


def right(db: sa.Connection, one: Try) -> None:
    """It was no failure: as if it had not been counted."""
    db.execute(sign_in_failure.delete().where(sign_in_failure.c.id.in_(one.ids)))
    mine = staff.update().where(staff.c.id == one.account)
    if one.locks:
        db.execute(mine.values(failures=_TRIES - 1, locked_until=None))
    else:
        db.execute(mine.where(staff.c.failures > 0).values(failures=staff.c.failures - 1))


def forgive(db: sa.Connection, account: int) -> None:
    """An administrator lets somebody in anew."""
    db.execute(sign_in_failure.delete().where(sign_in_failure.c.address == f"account {account}"))
