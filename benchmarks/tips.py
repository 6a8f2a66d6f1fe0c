"""The tips of a day for a million people: planned and handed over, and how long whoever else writes waits meanwhile.

python -m benchmarks.tips [--people 1000000] [--postgres]

Everybody gets tips, in thirty kinds and more. The first day writes everybody down; before the second a twentieth change
kind, and another twentieth has opened nothing for two weeks.
"""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import sqlalchemy as sa

from benchmarks.people import databases, fill
from bot.errors import StoreError
from bot.outreach.tables import quota_use
from bot.people.tables import follower
from bot.services import Services
from bot.settings import Settings, WeChatSettings
from bot.store.database import Database, unhurried

#: A Tuesday at 8:10 in Beijing.
DAY = datetime(2026, 6, 16, 0, 10, tzinfo=UTC)
_EVERY_S = 0.02
_T = TypeVar("_T")


def main() -> None:
    """See above."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--postgres", action="store_true")
    args = parser.parse_args()
    with databases(args.postgres) as held, TemporaryDirectory() as folder:
        for engine, database in held.items():
            print(engine)
            database.migrate()
            fill(database, args.people)
            wechat = WeChatSettings(app_id="wx1", secret="0" * 32)
            url = database.url.render_as_string(hide_password=False)
            services = Services(Settings(var_dir=Path(folder), database_url=url, wechat=wechat))
            days(services)
            services.close()


def days(services: Services) -> None:
    """Two days of tips."""
    database, rounds = services.database, services.tip_rounds
    _all_want_tips(database)
    rounds.propose("甲", DAY)
    rounds.approve("乙", DAY)
    measure("first day planned", database, lambda: rounds.plan(DAY))
    sent = measure("first day handed over", database, lambda: rounds.send(DAY))
    print(f"  {sent.people:,} people in {len(sent.begun)} broadcasts{sent.why_not}{sent.hindered[:1] or ''}")
    _some_change(database)
    measure("second day planned", database, lambda: rounds.plan(DAY + timedelta(days=15)))


def measure(what: str, database: Database, work: Callable[[], _T]) -> _T:
    """Do it while another writes a row again and again; print how long both took."""
    waits, done = list[float](), threading.Event()

    def write() -> None:
        while not done.wait(_EVERY_S):
            started = time.perf_counter()
            while not _writes(database):
                pass
            waits.append(time.perf_counter() - started)

    other = threading.Thread(target=write)
    other.start()
    started, cpu = time.perf_counter(), time.process_time()
    result = work()
    took, cpu = time.perf_counter() - started, time.process_time() - cpu
    done.set()
    other.join()
    print(f"  {what}: {took:.1f} s, {cpu:.1f} s of the processor (ours); another waited {max(waits):.2f} s at most")
    return result


def _writes(database: Database) -> bool:
    try:
        with database.begin() as db:
            db.execute(sa.update(quota_use).values(used=quota_use.c.used + 1))
    except StoreError:
        return False
    return True


def _all_want_tips(database: Database) -> None:
    with database.begin() as db:
        unhurried(db)
        db.execute(sa.update(follower).values(frequency="daily", last_opened_at=DAY, last_message_at=DAY))


def _some_change(database: Database) -> None:
    n = follower.c.id % 20
    with database.begin() as db:
        unhurried(db)
        db.execute(sa.update(follower).where(n == 1).values(industry="渔业"))
        db.execute(sa.update(follower).where(n == 2).values(last_opened_at=DAY - timedelta(days=30)))


if __name__ == "__main__":
    main()
