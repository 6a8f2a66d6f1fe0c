"""Reports that come before the call that they report on is closed: kept for minutes, and taken in once it is.

A platform may be quicker than our ledger: its report names a number that no row bears yet. What others send by the
account is reported on too; what nobody asks for is dropped.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.messages import Delivery
from bot.outreach.tables import batch, delivery, early_report
from bot.outreach.ways import MASSES

#: A call is closed, or given up with the lease of its batch, long before.
_KEPT = timedelta(minutes=10)
_AT_ONCE = 500
#: WeChat tells no number when it takes a notice, so no report of one can be waited for.
_NUMBERED = ("official.template", "sms", *MASSES)


def keep(db: sa.Connection, sender: str, platform_id: str, told: Mapping[str, object], now: datetime) -> None:
    """Keep what is told of a number that is not known; the first counts."""
    if platform_id and sender in _NUMBERED:
        row = {"sender": sender, "platform_id": platform_id[:64], "told": json.dumps(told), "at": now}
        insert = sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert
        db.execute(insert(early_report).values(**row).on_conflict_do_nothing())


def known_now(db: sa.Connection) -> list[tuple[str, str, dict[str, object]]]:
    """Sender, number and what was told, of those that the ledger has come to know. They are kept no longer."""
    e, d, b = early_report.c, delivery.c, batch.c
    one = sa.exists().where(d.platform_id == e.platform_id, d.sender == e.sender, d.state == Delivery.SENT)
    job = sa.exists().where(b.platform_id == e.platform_id, b.sender.in_(MASSES), b.reported_at.is_(None))
    known = sa.select(early_report).where(sa.or_(one, sa.and_(e.sender.in_(MASSES), job)))
    found = [(r.sender, r.platform_id, json.loads(r.told)) for r in db.execute(known.order_by(e.at).limit(_AT_ONCE))]
    for sender, number, _told in found:
        db.execute(sa.delete(early_report).where(e.sender == sender, e.platform_id == number))
    return found


def drop_old(db: sa.Connection, now: datetime) -> None:
    """What nobody asked for is somebody else's."""
    db.execute(sa.delete(early_report).where(early_report.c.at < now - _KEPT))
