"""Run by test_killed.py: workers that are killed at given moments, and a last one that may finish.

Arguments: a folder, the address of the platform, the number of threads, seconds after which each is killed. What a
worker needs is imported once; each is a process of its own, forked and killed with SIGKILL.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from bot.jobs.slots import slot
from bot.jobs.worker import Worker
from bot.outreach.delivering import Callers, Deliverer
from bot.outreach.effects import Effects
from bot.outreach.states import State
from bot.outreach.tables import broadcast
from bot.services import Services
from bot.settings import Settings, WeChatSettings
from bot.store.database import Database

_LONGEST_S = 60


def work(settings: Settings, threads: int) -> None:
    """Be a worker, for as long as it is let."""
    services, database = Services(settings), Database(settings.database)
    with slot(settings.var_dir) as name:
        deliverer = Deliverer(
            database,
            services.senders,
            Effects(),
            Callers(threads),
            account="gh",
            worker=name,
            clock=lambda: datetime.now(UTC),
        )
        Worker(database, deliverer, services.store, lambda: datetime.now(UTC)).start()
        while True:
            time.sleep(60)


def is_done(url: str) -> bool:
    """Whether no broadcast is being sent."""
    database = Database(url)
    try:
        with database.begin() as db:
            return db.scalar(sa.select(broadcast.c.id).where(broadcast.c.state == State.SENDING)) is None
    finally:
        database.close()


def main() -> None:
    """See above."""
    folder, url, api_base, threads, *moments = sys.argv[1:]
    wechat = WeChatSettings(app_id="wx1", secret="s", api_base=api_base, api_timeout_s=5)
    settings = replace(Settings(), var_dir=Path(folder), database_url=url, wechat=wechat)
    assert Services(settings).senders  # imported before the fork
    for moment in [*map(float, moments), None]:
        pid = os.fork()
        if not pid:
            work(settings, int(threads))
        until = time.monotonic() + (_LONGEST_S if moment is None else moment)
        while time.monotonic() < until and not (moment is None and is_done(url)):
            time.sleep(0.1 if moment is None else moment)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


if __name__ == "__main__":
    main()
