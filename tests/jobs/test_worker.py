"""Workers take batches off the ledger by themselves."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.jobs.slots import slot
from bot.jobs.worker import CHANGED, Worker
from bot.outreach import ledger
from bot.outreach.content import Level, dump
from bot.outreach.delivering import Callers, Deliverer
from bot.outreach.effects import Effects
from bot.outreach.states import State
from bot.outreach.tables import batch, broadcast
from bot.people.tables import follower
from bot.sending import Message, Receipt
from bot.store.database import Database
from bot.store.kv import MemoryKeyValue


class Platform:
    """Takes everything; waits for `go` first."""

    least, has_key, per_minute = 1, False, 0

    def __init__(self, name: str, most: int = 1) -> None:
        self.name, self.most, self.got, self.go = name, most, list[str](), threading.Event()
        self.called, self.all = threading.Event(), threading.Event()
        self.go.set()

    def send(self, addresses: list[str], _message: Message, _key: str) -> Receipt:
        """See Sender."""
        self.called.set()
        assert self.go.wait(120)
        self.got += addresses
        if len(self.got) == 5:
            self.all.set()
        return Receipt()


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    """A database with five followers."""
    database = Database(sqlite_url)
    with database.begin() as db:
        people = [{"channel": "official", "account": "gh", "address": f"o{n}", "window_sent": 0} for n in range(5)]
        db.execute(sa.insert(follower).values(state="following"), people)
    yield database
    database.close()


Starts = Callable[..., Worker]


@pytest.fixture
def starts(database: Database) -> Iterator[Starts]:
    """Starts workers, and ends them after the test."""
    running = list[tuple[Worker, Callers]]()

    def start(
        *platforms: Platform,
        store: MemoryKeyValue | None = None,
        name: str = "w1",
        may_send: Callable[[], bool] = lambda: True,
    ) -> Worker:
        callers = Callers(2)
        deliverer = Deliverer(
            database, {p.name: p for p in platforms}, Effects(), callers, account="gh", worker=name, clock=now
        )
        worker = Worker(database, deliverer, store or MemoryKeyValue(), now, may_send)
        worker.start()
        running.append((worker, callers))
        return worker

    yield start
    for worker, callers in running:
        worker.stop()
        callers.close()


def now() -> datetime:
    return datetime.now(UTC)


def broadcasts(database: Database, sender: str, urgent: int = 0, most: int = 1) -> int:
    """A broadcast that has just been let go."""
    people = sa.select(
        follower.c.id.label("follower_id"),
        sa.literal(sender).label("sender"),
        sa.literal("public").label("level"),
        sa.literal("").label("why"),
    )
    row = {"title": "t", "state": State.SENDING, "content": dump({Level.PUBLIC: Message(text="注意")}), "author": "甲"}
    with database.begin() as db:
        key = db.execute(sa.insert(broadcast).values(**row, urgent=urgent, created_at=now())).inserted_primary_key
        assert key
        ledger.fan_out(db, key[0], people, now())
        ledger.lay_batches(db, key[0], {(sender, "public"): (1, most)})
    return int(key[0])


def test_worker_sends_what_is_let_go_while_it_runs(database: Database, starts: Starts) -> None:
    platform, store = Platform("sms"), MemoryKeyValue()
    starts(platform, store=store)
    broadcasts(database, "sms")
    CHANGED.give(store)
    assert platform.all.wait(120)


def test_slow_list_holds_up_no_other_sender(database: Database, starts: Starts) -> None:
    slow, quick = Platform("official.mass", most=10), Platform("official.service")
    slow.go.clear()
    starts(slow, quick)
    broadcasts(database, "official.mass", most=10)
    assert slow.called.wait(120)
    broadcasts(database, "official.service")
    assert quick.all.wait(120)
    assert not slow.got
    slow.go.set()


def test_worker_leaves_alone_what_it_has_no_sender_for(database: Database, starts: Starts) -> None:
    platform = Platform("official.service")
    other = broadcasts(database, "wecom.app")
    starts(platform)
    broadcasts(database, "official.service")
    assert platform.all.wait(120)
    with database.begin() as db:
        assert db.scalar(sa.select(batch.c.state).where(batch.c.broadcast_id == other)) == "created"


class Switch:
    """Says whether sending is on; knows that it was asked since it was turned."""

    def __init__(self, on: bool) -> None:
        self._on, self._asked = on, threading.Semaphore(0)

    def __call__(self) -> bool:
        self._asked.release()
        return self._on

    def turn(self, on: bool) -> None:
        """Returns when whoever asks has seen it: the second question comes after what followed from the first."""
        self._on = on
        while self._asked.acquire(blocking=False):
            pass
        assert self._asked.acquire(timeout=120)
        assert self._asked.acquire(timeout=120)


def test_nothing_begins_while_the_switch_is_off_and_all_is_sent_once_afterwards(
    database: Database, starts: Starts
) -> None:
    platform, switch = Platform("sms"), Switch(False)
    starts(platform, may_send=switch)
    broadcasts(database, "sms")
    switch.turn(False)
    assert not platform.called.is_set()
    switch.turn(True)
    assert platform.all.wait(120)
    assert sorted(platform.got) == [f"o{n}" for n in range(5)]


def test_a_batch_under_way_stops_where_it_is_and_goes_on(database: Database, starts: Starts) -> None:
    platform, switch = Platform("sms"), Switch(True)
    platform.go.clear()
    starts(platform, may_send=switch)
    broadcasts(database, "sms")
    assert platform.called.wait(120)
    switch.turn(False)
    platform.go.set()
    switch.turn(False)
    assert len(platform.got) <= 2  # the calls that were under way
    switch.turn(True)
    assert platform.all.wait(120)
    assert sorted(platform.got) == [f"o{n}" for n in range(5)]


def test_urgent_one_goes_first(database: Database) -> None:
    broadcasts(database, "sms")
    urgent = broadcasts(database, "sms", urgent=1)
    with database.begin() as db:
        [(first, _sender)] = ledger.waiting(db, now(), 1)
        assert db.scalar(sa.select(batch.c.broadcast_id).where(batch.c.id == first)) == urgent


def test_worker_that_comes_again_need_not_wait_for_its_lease(database: Database, starts: Starts) -> None:
    platform = Platform("sms")
    broadcasts(database, "sms")
    with database.begin() as db:
        [(batch_id, _sender)] = ledger.waiting(db, now(), 1)
        ledger.claim(db, batch_id, "w1", now())  # and was killed
    starts(platform, name="w1")
    assert platform.all.wait(120)


def test_names_of_running_processes_differ_and_come_again(tmp_path: Path) -> None:
    with slot(tmp_path) as first, slot(tmp_path) as second:
        assert first != second
    with slot(tmp_path) as again:
        assert again == first
