"""How far a broadcast is, by what its batches keep: exact whenever nobody is at work, and nobody counts a million."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from bot.errors import Refusal
from bot.messages import Delivery
from bot.outreach import ledger, outcome, reconciling
from bot.outreach.states import Batch, State
from bot.outreach.sweeping import sweep
from bot.outreach.tables import batch, broadcast, delivery
from bot.people.tables import follower
from bot.store.database import Database

from .conftest import NOW, Office, Platform

TEMPLATE = {"name": "official.template", "has_key": True}


def scanned(office: Office, sent: int) -> Counter[tuple[str, str]]:
    """The ledger, row by row."""
    with office.database.begin() as db:
        rows = db.execute(sa.select(delivery.c.state, delivery.c.why).where(delivery.c.broadcast_id == sent))
        return Counter((state, why) for state, why in rows)


def kept(office: Office, sent: int) -> Counter[tuple[str, str]]:
    """What a page is told."""
    with office.database.read() as db:
        return Counter({key: number for key, number in ledger.tallies.of_broadcast(db, sent).items() if number})


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    """What is asked of the database meanwhile."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    sa.event.listen(database.engine, "before_cursor_execute", note)
    yield asked
    sa.event.remove(database.engine, "before_cursor_execute", note)


def laid(office: Office, platform: Platform, unreached: int = 0) -> int:
    """A broadcast in many small batches; nothing reaches the last of the people."""
    sent = office.broadcasts(platform, state=State.DRAFT)
    with office.database.begin() as db:
        db.execute(sa.delete(batch).where(batch.c.broadcast_id == sent))
        last = sa.select(delivery.c.follower_id).where(delivery.c.broadcast_id == sent)
        lost = delivery.c.follower_id.in_(last.order_by(delivery.c.follower_id.desc()).limit(unreached))
        gone = {"sender": "", "state": Delivery.SKIPPED, "why": "no_channel"}
        db.execute(sa.update(delivery).where(delivery.c.broadcast_id == sent, lost).values(gone))
        people = sa.select(delivery.c.follower_id).where(delivery.c.sender != "", delivery.c.broadcast_id == sent)
        ids = list(db.scalars(people.order_by(delivery.c.follower_id)))
        row = {"broadcast_id": sent, "sender": platform.name, "level": "public", "state": Batch.CREATED}
        parts = [ids[n : n + 20] for n in range(0, len(ids), 20)]
        db.execute(sa.insert(batch), [{**row, "first": p[0], "last": p[-1], "size": len(p)} for p in parts])
        ledger.tallies.note_unreached(db, sent)
        db.execute(sa.update(broadcast).where(broadcast.c.id == sent).values(state=State.SENDING))
    return sent


def test_looking_reads_no_row_of_the_ledger(office: Office) -> None:
    office.follows(100)
    sent = laid(office, platform := Platform(answers={"o3": [Refusal.RECIPIENT_GONE]}), unreached=7)
    with statements(office.database) as before:
        assert kept(office, sent) == {("created", ""): 93, ("skipped", "no_channel"): 7}
    office.works(office.worker(platform))
    with statements(office.database) as after, office.database.read() as db:
        found = outcome.progress(db, sent)
    assert found.people == {Delivery.SENT: 92, Delivery.PERMANENT_FAILURE: 1, Delivery.SKIPPED: 7}
    assert found.problems == {"no_channel": 7, "recipient_gone": 1}
    assert (found.total, found.open, found.held.state) == (100, 0, State.SENT)
    assert not [statement for statement in before + after if "delivery" in statement]


def test_while_people_are_called_nobody_is_missing_and_what_is_shown_is_seconds_old(office: Office) -> None:
    office.follows(100)
    seen: list[tuple[int, int]] = []

    def look(_calls: int) -> None:
        with office.database.read() as db:
            found = outcome.progress(db, sent)
        seen.append((found.total, found.total - found.open))

    sent = laid(office, platform := Platform(before=look))
    office.works(office.worker(platform, threads=1))
    assert {total for total, _done in seen} == {100}
    done = [done for _total, done in seen]
    assert done == sorted(done)
    # A look takes 50 ms of the test's clock; a batch of 20 is counted at its end at the latest.
    assert all(so_far >= n // 20 * 20 for n, so_far in enumerate(done))


def test_reports_count_at_once_and_the_sweep_counts_them_for_good(office: Office) -> None:
    office.follows(60)
    sent = laid(office, platform := Platform(**TEMPLATE))
    office.works(office.worker(platform))
    with office.database.begin() as db:
        for n in range(1, 31):
            assert reconciling.receipt(db, platform.name, f"m{n}", "user block" if n % 3 == 0 else "", NOW)
    wanted = {("sent", ""): 30, ("delivered", ""): 20, ("permanent_failure", "user block"): 10}
    assert kept(office, sent) == scanned(office, sent) == wanted
    sweep(office.database, office.worker(platform), office.clock())
    with statements(office.database) as asked:
        assert kept(office, sent) == wanted
    assert not [statement for statement in asked if "delivery" in statement]
    assert sum(row.failed for row in office.batches(sent)) == 10


def test_batch_whose_people_all_failed_after_it_was_taken_is_no_success(office: Office) -> None:
    office.follows(20)
    sent = laid(office, platform := Platform(**TEMPLATE))
    office.works(office.worker(platform))
    with office.database.begin() as db:
        for n in range(1, 21):
            reconciling.receipt(db, platform.name, f"m{n}", "system failed", NOW)
    sweep(office.database, office.worker(platform), office.clock())
    assert [row.state for row in office.batches(sent)] == [Batch.FAILED]


def test_worker_that_was_only_thought_to_be_dead_is_counted_after_another_has_ended(office: Office) -> None:
    office.follows(20)
    other = Platform()

    def meanwhile(calls: int) -> None:
        if calls == 1:  # its lease runs out in the middle of its first call; another ends the batch
            office.clock.advance(minutes=5)
            office.works(office.worker(other, name="w2"))
            assert kept(office, sent) == scanned(office, sent)

    sent = laid(office, platform := Platform(before=meanwhile))
    office.works(office.worker(platform, threads=1))
    assert kept(office, sent) == scanned(office, sent)
    assert scanned(office, sent) == {("sent", ""): 20}
    sweep(office.database, office.worker(other, name="w2"), office.clock())
    assert [(row.state, row.sent, row.unknown) for row in office.batches(sent)] == [(Batch.SENT, 20, 0)]


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_in_between_it_is_what_stands_in_the_ledger(office: Office, seed: int) -> None:
    dice = random.Random(seed)
    office.follows(120)
    refusals = [Refusal.RECIPIENT_GONE, Refusal.WINDOW_CLOSED, Refusal.UNREACHABLE, Refusal.THROTTLED]
    answers = {f"o{n}": [dice.choice(refusals)] for n in dice.sample(range(1, 121), 40)}
    platform = Platform(answers=answers, **TEMPLATE)
    sent = laid(office, platform, unreached=dice.randint(0, 20))
    for turn in range(8):
        worker = office.worker(platform, name=f"w{turn}")
        for batch_id in dice.sample(waiting := office.waiting(), min(len(waiting), dice.randint(0, 3))):
            worker.run(batch_id)
        match dice.choice(["dies", "leaves", "report", "pause", "sweep", "nothing"]):
            case "dies" if office.waiting():
                office.dies(sent, dice.randint(1, 15), f"dead{turn}")
            case "leaves":
                with office.database.begin() as db:
                    him = follower.c.address == f"o{dice.randint(1, 120)}"
                    db.execute(sa.update(follower).where(him).values(state="left"))
            case "report":
                with office.database.begin() as db:
                    for n in dice.sample(range(1, 200), 20):
                        reconciling.receipt(db, platform.name, f"m{n}", dice.choice(["", "user block"]), NOW)
            case "pause":
                office.sets(sent, state=State.PAUSED)
                sweep(office.database, worker, office.clock())
                office.sets(sent, state=State.SENDING)
            case "sweep":
                sweep(office.database, worker, office.clock())
        office.clock.advance(minutes=dice.choice([0, 1, 3]))
        told, row = kept(office, sent), scanned(office, sent)
        assert told.total() == row.total() == 120
        if not any(held.state == Batch.SENDING for held in office.batches(sent)):
            assert told == row
    office.clock.advance(minutes=3)
    office.sets(sent, state=dice.choice([State.CANCELLED, State.SENDING]))
    for _ in range(12):
        office.works(worker)
        sweep(office.database, worker, office.clock())
        office.clock.advance(minutes=10)
    assert kept(office, sent) == scanned(office, sent)
    assert not {state for state, _why in scanned(office, sent)} & {"created", "sending", "temporary_failure"}


def test_broadcasts_of_before_are_counted_by_looking_and_then_by_the_sweep(office: Office) -> None:
    office.follows(50)
    sent = laid(office, platform := Platform(), unreached=5)
    office.works(office.worker(platform))
    with office.database.begin() as db:  # as the migration leaves them
        db.execute(sa.update(batch).values(tally="", stale=1))
        db.execute(sa.update(broadcast).values(unreached=None))
    assert kept(office, sent) == scanned(office, sent)
    sweep(office.database, office.worker(platform), office.clock())
    assert kept(office, sent) == scanned(office, sent)
    assert {row.stale for row in office.batches(sent)} == {0}
    with statements(office.database) as asked:
        kept(office, sent)
    assert not [statement for statement in asked if "delivery" in statement]
