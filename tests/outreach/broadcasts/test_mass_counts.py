"""How many mass messages of the month each follower got: kept as lists end, exact when what came of them changes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from bot.outreach import ledger
from bot.outreach.ledger import months
from bot.outreach.reach import Reach
from bot.outreach.reconciling import JobReport, job_finished
from bot.outreach.tables import batch, mass_count
from bot.sending import Message, Receipt

from .conftest import APPROVER, AUTHOR, NOON, Office, Platform, words

LISTS = ("official.mass",)


def sent_by_list(office: Office, times: int) -> None:
    for n in range(times):
        office.deliver(office.started(words(f"本月第 {n} 次", channels=LISTS)).id)


def test_what_is_under_way_counts_with_what_is_done(office: Office) -> None:
    office.people(3)
    sent_by_list(office, 2)
    office.started(words(channels=LISTS, mass_left=2))  # and nobody is called yet
    assert _next(office).unreachable == {"mass_used_up": 3}


def test_a_mass_message_that_the_platform_reports_as_failed_counts_no_more(office: Office) -> None:
    office.people(3)
    sent_by_list(office, 2)
    number = office.started(words(channels=LISTS, mass_left=2)).id
    office.deliver(number)
    assert _next(office).unreachable == {"mass_used_up": 3}
    with office.database.begin() as db:
        jobs = db.execute(sa.select(batch.c.broadcast_id, batch.c.platform_id).where(batch.c.sender.in_(LISTS))).all()
        for broadcast_id, job in jobs:
            status = "err(20008)" if broadcast_id == number else "send success"
            assert job_finished(db, JobReport(job, status, 3, 3, 3, 0), NOON)
    found = _next(office)
    assert (found.people, found.unreachable) == (3, {})
    assert any("还剩 2 次" in blocker for blocker in found.blockers)


def test_followers_are_told_apart_by_what_each_got(office: Office) -> None:
    old = office.people(2)
    office.deliver(office.started(words("第一次", channels=LISTS)).id)
    later = office.people(2)
    office.deliver(office.started(words("第二次", channels=LISTS)).id)
    office.deliver(office.started(words("第三次", channels=LISTS, mass_left=2)).id)
    newest = office.people(2)
    held = office.approved(words("第四次", channels=LISTS, mass_left=2))
    examples = {row["follower_id"]: row["why"] for row in office.desk.sample(held.id, 10, NOON)}
    assert examples == {**dict.fromkeys(old, "mass_used_up"), **dict.fromkeys((*later, *newest), "")}
    office.desk.start(held.id, APPROVER, NOON)
    got = {person: row[0] for person, row in office.ledger(held.id).items()}
    assert {p for p, s in got.items() if s} == {*later, *newest}
    assert {p for p, s in got.items() if not s} == set(old)


@dataclass
class Slow(Platform):
    """Another worker takes the batch over while its first call is under way."""

    meanwhile: Callable[[], None] | None = None

    def send(self, addresses: Sequence[str], message: Message, key: str) -> Receipt:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile:
            meanwhile()
        return super().send(addresses, message, key)


def test_a_list_that_two_workers_closed_counts_once(office: Office) -> None:
    office.people(3)
    sent_by_list(office, 2)
    held = office.started(words(channels=LISTS, mass_left=2))
    slow = Slow("official.mass", most=10_000, least=2, has_key=True, per_minute=60)
    slow.meanwhile = lambda: office.deliver(held.id, NOON + timedelta(minutes=10))
    office.senders["official.mass"] = slow
    office.deliver(held.id)
    assert len(slow.calls) == 2
    urgent = office.desk.write(words("台风红色预警", urgent=True, channels=LISTS), AUTHOR, NOON)
    assert office.desk.reach(urgent.id, NOON).people == 3  # who got three may get the one that is kept


def test_lists_that_were_done_when_the_worker_was_killed_are_counted_once_by_whoever_comes(office: Office) -> None:
    office.people(3)
    sent_by_list(office, 2)
    office.deliver(office.started(words(channels=LISTS, mass_left=2)).id)
    with office.database.begin() as db:  # as `kill -9` leaves it between the end of the lists and their count
        db.execute(sa.update(batch).values(counted=None))
        db.execute(sa.delete(mass_count))
    assert _next(office).unreachable == {"mass_used_up": 3}
    for _ in range(2):
        ledger.count_done(office.database)
        with office.database.begin() as db:
            assert list(db.scalars(sa.select(mass_count.c.n))) == [3, 3, 3]
    assert _next(office).unreachable == {"mass_used_up": 3}


def _next(office: Office) -> Reach:
    """What one more mass message would reach."""
    return office.desk.reach(office.desk.write(words("再一份", channels=LISTS), AUTHOR, NOON).id, NOON)


def test_two_who_take_a_list_out_of_the_count_at_once_take_it_out_once(office: Office) -> None:
    office.people(3)
    sent_by_list(office, 2)
    with office.database.read() as db:
        of = db.scalar(sa.select(batch.c.id).where(batch.c.counted.is_not(None)).order_by(batch.c.id).limit(1))
    assert of
    second = _Second(office, of)
    with office.database.begin() as db:
        first = months.uncount(db, of)
        second.start()
        second.comes_near(db)
    second.join(60)
    assert (first, second.month) == ("2026-06", "")
    with office.database.read() as db:
        assert set(db.scalars(sa.select(mass_count.c.n))) == {1}


def test_two_who_count_a_list_at_once_count_it_once(office: Office) -> None:
    office.people(3)
    sent_by_list(office, 2)
    with office.database.begin() as db:
        of = db.scalar(sa.select(batch.c.id).where(batch.c.counted.is_not(None)).order_by(batch.c.id).limit(1)) or 0
        month = months.uncount(db, of)
    second = _Second(office, of, month)
    with office.database.begin() as db:
        months.count(db, of, NOON, month)
        second.start()
        second.comes_near(db)
    second.join(60)
    with office.database.read() as db:
        assert set(db.scalars(sa.select(mass_count.c.n))) == {2}


class _Second(threading.Thread):
    """Takes a list out of the count, or counts it for a month, while somebody else does."""

    def __init__(self, office: Office, of: int, counts: str = "") -> None:
        super().__init__(daemon=True)
        self._database, self._of, self._counts, self.month = office.database, of, counts, "?"
        self._begins = threading.Event()

    def run(self) -> None:
        self._begins.set()
        with self._database.begin() as db:
            if self._counts:
                months.count(db, self._of, NOON, self._counts)
            else:
                self.month = months.uncount(db, self._of)

    def comes_near(self, db: sa.Connection) -> None:
        """Return when it waits for us, as PostgreSQL tells; SQLite lets nobody begin meanwhile."""
        assert self._begins.wait(60)
        until = time.monotonic() + 60
        waits = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        while db.dialect.name == "postgresql" and not db.scalar(waits):
            assert time.monotonic() < until
            self.join(0.02)
