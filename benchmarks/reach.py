"""The reach check of a broadcast over a million people: how many are reached by which way, why the others are not.

    .venv/bin/python -m benchmarks.reach [--people N] [--url postgresql://…]

The worst case: three levels, three ways, a quarter of the people with a window, a quarter with a consent; then the same
when three mass messages went out in the month, so that each person's are counted.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from benchmarks.processor import base_ms_of
from bot.outreach import ledger
from bot.outreach.broadcasts import Broadcasts
from bot.outreach.content import Level
from bot.outreach.drafts import Draft
from bot.outreach.tables import batch, broadcast, delivery
from bot.people import segments
from bot.people.tables import consent, follower
from bot.sending import Message, Receipt
from bot.settings import OutreachSettings
from bot.store.database import Database, unhurried

NOW = datetime(2026, 6, 16, 4, 0, tzinfo=UTC)
_PAGE = 50_000


class Nobody:
    """A sender that is only asked for its limits."""

    def __init__(self, name: str, least: int = 1, most: int = 1) -> None:
        self.name, self.least, self.most = name, least, most
        self.has_key, self.per_minute = False, 60

    def send(self, *_args: object) -> Receipt:
        raise AssertionError("nothing is sent here")


def main() -> None:
    """Print seconds by the clock and of a processor, the best of five."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--url", default="")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = Database(args.url or f"sqlite:///{Path(folder) / 'reach.db'}")
        database.migrate()
        _people(database, args.people)
        senders = [Nobody("official.service"), Nobody("official.notice"), Nobody("official.mass", 2, 10_000)]
        desk = Broadcasts(database, segments, {s.name: s for s in senders}, OutreachSettings, "bench")
        said = {level: Message(text=level, template="T1", fields={"thing1": level}) for level in Level}
        number = desk.write(Draft(title="bench", content=said), "bench", NOW).id
        base_ms = base_ms_of(database)
        _measure("first of the month", desk, number, base_ms)
        for _ in range(3):
            _sent(database, args.people)
        _measure("after three mass messages", desk, number, base_ms)
        database.close()


def _people(database: Database, count: int) -> None:
    for start in range(0, count, _PAGE):
        rows = [
            {
                "id": n + 1,
                "channel": "official",
                "account": "",
                "address": f"o{n:027d}",
                "state": "following",
                "window_sent": n % 7,
                "last_message_at": NOW - timedelta(hours=n % 200),
                "audience": ("企业", "家庭", "学校")[n % 3],
                "post": "焊工" if n % 11 == 0 else "",
                "region": "广东省江门市",
            }
            for n in range(start, min(count, start + _PAGE))
        ]
        allowed = [
            {"follower_id": row["id"], "template_id": "T1", "remaining": 1, "updated_at": NOW} for row in rows[::4]
        ]
        with database.begin() as db:
            unhurried(db)
            db.execute(sa.insert(follower), rows)
            db.execute(sa.insert(consent), allowed)
    _analyse(database)


def _sent(database: Database, count: int) -> None:
    times = {"started_at": NOW, "ended_at": NOW, "created_at": NOW}
    with database.begin() as db:
        unhurried(db)
        made = sa.insert(broadcast).values(title="earlier", state="sent", author="bench", **times)
        number = db.execute(made.returning(broadcast.c.id)).scalar_one()
        told = ("official.mass", "public", "sent", "")
        at = sa.literal(NOW, sa.DateTime(timezone=True))
        rows = sa.select(sa.literal(number), follower.c.id, *map(sa.literal, told), at)
        names = ["broadcast_id", "follower_id", "sender", "level", "state", "why", "at"]
        db.execute(sa.insert(delivery).from_select(names, rows, include_defaults=False))
        whole = {"broadcast_id": number, "first": 1, "last": count, "size": count}
        made = sa.insert(batch).values(sender="official.mass", level="public", state="sent", **whole)
        one = db.execute(made.returning(batch.c.id)).scalar_one()
        began = time.perf_counter()
        ledger.count(db, one, NOW)
    print(f"counted as a batch of all ends: {time.perf_counter() - began:.2f} s")
    _analyse(database)


def _analyse(database: Database) -> None:
    with database.begin() as db:
        unhurried(db)
        db.execute(sa.text("ANALYZE"))


def _measure(label: str, desk: Broadcasts, number: int, base_ms: Callable[[], float]) -> None:
    clock, cpu = [], []
    for _ in range(5):
        began, used = time.perf_counter(), time.process_time() + base_ms() / 1000
        found = desk.reach(number, NOW)
        clock.append(time.perf_counter() - began)
        cpu.append(time.process_time() + base_ms() / 1000 - used)
    print(f"{label}: {found.people} of {found.audience}, {min(clock):.2f} s, processor {min(cpu):.2f} s")


if __name__ == "__main__":
    main()
