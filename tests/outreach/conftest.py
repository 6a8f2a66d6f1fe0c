"""An office with followers and broadcasts, and a platform that does what it is told."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.errors import Refusal, SendError
from bot.outreach import ledger
from bot.outreach.content import Level, dump
from bot.outreach.delivering import Callers, Deliverer
from bot.outreach.effects import Effects
from bot.outreach.quiet import opens
from bot.outreach.states import State
from bot.outreach.tables import batch, broadcast, delivery
from bot.people.tables import follower
from bot.sending import Message, Receipt
from bot.settings import OutreachSettings
from bot.store.database import Database

NOW = datetime(2026, 6, 16, 1, 0, tzinfo=UTC)


class Clock:
    """Time as the test sets it; every look at it takes a moment."""

    def __init__(self) -> None:
        self.now, self._lock = NOW, threading.Lock()

    def __call__(self) -> datetime:
        with self._lock:
            self.now += timedelta(milliseconds=50)
            return self.now

    def advance(self, **by: float) -> None:
        """Later, or earlier."""
        with self._lock:
            self.now += timedelta(**by)


@dataclass
class Platform:
    """A `Sender`. What it does to an address is in `answers`; else it takes the message."""

    name: str = "official.service"
    most: int = 1
    least: int = 1
    has_key: bool = False
    known_s: float = 86_400.0  # where it has keys
    by_body: bool = False
    per_minute: int = 0
    answers: dict[str, list[Refusal]] = field(default_factory=dict)  # refused so often, in turn
    always: Refusal | None = None
    refused: dict[str, int] = field(default_factory=dict)
    got: Counter[str] = field(default_factory=Counter)
    keys: list[str] = field(default_factory=list)
    calls: int = 0
    before: Callable[[int], None] = lambda _calls: None  # what happens while a call is under way
    _lock: Any = field(default_factory=threading.Lock)

    def send(self, addresses: Sequence[str], message: Message, key: str) -> Receipt:
        """See Sender."""
        assert len(key.encode()) <= 32
        with self._lock:
            self.calls += 1
            calls = self.calls
        self.before(calls)
        with self._lock:
            first = addresses[0]
            refusal = self.answers[first].pop(0) if self.answers.get(first) else self.always
            if refusal is not None:
                raise SendError("no", 12345, refusal)
            self.keys.append(key)
            self.got.update(a for a in addresses if a not in self.refused)
        return Receipt(f"m{calls}", {a: self.refused[a] for a in addresses if a in self.refused})


class Office:
    """Followers, broadcasts and workers over one database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database, self.clock, self._callers = database, clock, list[Callers]()
        self.hours = OutreachSettings()

    def follows(self, count: int, start: int = 0) -> None:
        """So many people follow: o1, o2 …"""
        people = [
            {"channel": "official", "account": "gh", "address": f"o{n}", "state": "following", "window_sent": 0}
            for n in range(start + 1, start + count + 1)
        ]
        with self.database.begin() as db:
            db.execute(sa.insert(follower), people)

    def broadcasts(self, platform: Platform, **values: Any) -> int:
        """A broadcast to everybody that has just been let go."""
        content = dump({Level.PUBLIC: Message(text="今天是安全咨询日")})
        row = {
            "title": "咨询日",
            "state": State.SENDING,
            "content": content,
            "author": "甲",
            "created_at": NOW,
        } | values
        people = sa.select(
            follower.c.id.label("follower_id"),
            sa.literal(platform.name).label("sender"),
            sa.literal("public").label("level"),
            sa.literal("").label("why"),
        )
        with self.database.begin() as db:
            key = db.execute(sa.insert(broadcast).values(row)).inserted_primary_key
            assert key
            ledger.fan_out(db, key[0], people, NOW)
            ledger.lay_batches(db, key[0], {(platform.name, "public"): (platform.least, platform.most)})
        return int(key[0])

    def worker(self, *platforms: Platform, name: str = "w1", threads: int = 4) -> Deliverer:
        """A worker that may send by these."""
        callers = Callers(threads)
        self._callers.append(callers)
        by_name = {platform.name: platform for platform in platforms}
        return Deliverer(
            self.database, by_name, Effects(), callers, account="gh", worker=name, clock=self.clock,
            opens=lambda at: opens(at, self.hours),
        )  # fmt: skip

    def works(self, worker: Deliverer) -> int:
        """Let a worker do all that may be done now; returns how many batches it took."""
        done = 0
        while batches := self.waiting():
            done += sum(worker.run(batch_id) for batch_id in batches)
        return done

    def waiting(self) -> list[int]:
        """Batches that may be taken now."""
        with self.database.begin() as db:
            return [batch_id for batch_id, _sender in ledger.waiting(db, self.clock(), 100)]

    def sets(self, broadcast_id: int, **values: Any) -> None:
        """Staff change a broadcast."""
        with self.database.begin() as db:
            db.execute(sa.update(broadcast).where(broadcast.c.id == broadcast_id).values(values))

    def stands(self, broadcast_id: int) -> Any:
        """The row of a broadcast."""
        with self.database.begin() as db:
            return db.execute(sa.select(broadcast).where(broadcast.c.id == broadcast_id)).one()

    def people(self, broadcast_id: int) -> Counter[str]:
        """People by what came of their deliveries."""
        with self.database.begin() as db:
            return Counter(db.scalars(sa.select(delivery.c.state).where(delivery.c.broadcast_id == broadcast_id)))

    def why(self, broadcast_id: int) -> Counter[str]:
        """People by why."""
        with self.database.begin() as db:
            return Counter(db.scalars(sa.select(delivery.c.why).where(delivery.c.broadcast_id == broadcast_id)))

    def batches(self, broadcast_id: int) -> list[Any]:
        """The rows of its batches."""
        with self.database.begin() as db:
            return list(db.execute(sa.select(batch).where(batch.c.broadcast_id == broadcast_id).order_by(batch.c.id)))

    def dies(self, broadcast_id: int, count: int, worker: str = "dead") -> int:
        """A worker claimed the first batch, marked so many people and was killed; returns the batch."""
        [batch_id, *_] = self.waiting()
        with self.database.begin() as db:
            claimed = ledger.claim(db, batch_id, worker, self.clock())
            assert claimed
            assert claimed.broadcast_id == broadcast_id
            ledger.mark(db, claimed, -1, count, self.clock())
        return batch_id

    def close(self) -> None:
        """End the threads."""
        for callers in self._callers:
            callers.close()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty database, on every engine in turn."""
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def clock() -> Clock:
    """Time of this test."""
    return Clock()


@pytest.fixture
def office(database: Database, clock: Clock) -> Iterator[Office]:
    """An office of this test's own."""
    office = Office(database, clock)
    yield office
    office.close()
