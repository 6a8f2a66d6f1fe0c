"""All that a process does beside answering: it delivers batches and runs the schedule."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from bot.jobs.schedule import JOBS
from bot.jobs.scheduler import Scheduler
from bot.jobs.slots import slot
from bot.jobs.worker import Worker
from bot.office import Office
from bot.outreach.delivering import Callers, Deliverer
from bot.outreach.effects import Effects
from bot.outreach.quiet import opens
from bot.sending import Sender
from bot.store.database import Database
from bot.store.kv import KeyValue
from bot.switches import Function


class House(Protocol):
    """What a crew needs of the Services."""

    @property
    def database(self) -> Database:
        """See Services."""

    @property
    def store(self) -> KeyValue:
        """See Services."""

    @property
    def office(self) -> Office:
        """See Services."""

    @property
    def senders(self) -> Mapping[str, Sender]:
        """See Services."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How a crew works.

    threads  that call platforms
    account  whose rates and quotas count
    jobs_url  database of the firings, SQLAlchemy's
    """

    threads: int
    account: str
    folder: Path
    jobs_url: str


class Crew:
    """Starts and ends together. clock: aware UTC."""

    def __init__(self, house: House, terms: Terms, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._stack = contextlib.ExitStack()
        name = self._stack.enter_context(slot(terms.folder))
        self._callers = Callers(terms.threads)
        self.deliverer = Deliverer(
            house.database,
            house.senders,
            Effects(),
            self._callers,
            account=terms.account,
            worker=name,
            clock=clock,
            opens=lambda at: opens(at, house.office.settings.outreach),
        )
        may_send = lambda: house.office.is_on(Function.BROADCASTS)  # noqa: E731
        self._worker = Worker(house.database, self.deliverer, house.store, clock, may_send)
        self._scheduler = Scheduler(house, JOBS, url=terms.jobs_url, name=name)

    def start(self) -> None:
        """Begin; returns at once."""
        self._worker.start()
        self._scheduler.start()

    def end(self) -> None:
        """Begin nothing more. Returns at once; may be called from a signal handler."""
        self._scheduler.end()
        self._worker.end()

    def stop(self) -> None:
        """End, with everything that was begun done or put back."""
        self.end()
        self._worker.stop()
        self._scheduler.stop()
        self._callers.close()
        self._stack.close()
