"""What a worker leaves that is told to end, is killed, or comes back too late."""

import pytest

from bot.messages import Delivery
from bot.outreach.states import State

from .conftest import Office, Platform


def test_worker_that_is_told_to_end_gives_its_batch_back_at_once(office: Office) -> None:
    platform = Platform()
    office.follows(100)
    sent = office.broadcasts(platform)
    first, second = office.worker(platform), office.worker(platform, name="w2")
    platform.before = lambda calls: first.stop() if calls == 9 else None
    first.run(*office.waiting())
    assert platform.calls <= 20
    assert office.works(second) == 1
    assert office.people(sent) == {Delivery.SENT: 100}
    assert office.batches(sent)[0].attempts == 1  # being told to end is no failure


def test_killed_worker_leaves_unknown_what_it_was_calling(office: Office) -> None:
    platform = Platform()
    office.follows(20)
    sent = office.broadcasts(platform)
    office.dies(sent, 4)
    worker = office.worker(platform)
    assert office.works(worker) == 0  # it may live
    office.clock.advance(seconds=61)
    office.works(worker)
    assert office.people(sent) == {Delivery.SENT: 16, Delivery.UNKNOWN: 4}
    assert office.batches(sent)[0].state == "unknown"
    assert office.stands(sent).state == State.SENT


def test_killed_worker_leaves_nothing_unknown_where_the_platform_has_a_key(office: Office) -> None:
    platform = Platform(has_key=True)
    office.follows(20)
    sent = office.broadcasts(platform)
    office.dies(sent, 4)
    office.clock.advance(seconds=61)
    office.works(office.worker(platform))
    assert office.people(sent) == {Delivery.SENT: 20}


@pytest.mark.parametrize("state", [State.PAUSED, State.CANCELLED])
def test_what_a_killed_worker_left_of_a_stopped_broadcast_is_settled(office: Office, state: State) -> None:
    platform = Platform()
    office.follows(20)
    sent = office.broadcasts(platform)
    office.dies(sent, 4)
    office.sets(sent, state=state)
    office.clock.advance(seconds=61)
    assert office.worker(platform).settle_stopped(office.clock()) == 4
    rest = Delivery.SKIPPED if state is State.CANCELLED else Delivery.CREATED
    assert office.people(sent) == {Delivery.UNKNOWN: 4, rest: 16}


def test_worker_whose_lease_ran_out_calls_nobody_more(office: Office) -> None:
    platform = Platform()
    office.follows(100)
    sent = office.broadcasts(platform)
    first, second = office.worker(platform), office.worker(platform, name="w2", threads=2)
    [batch_id] = office.waiting()

    def stall(calls: int) -> None:
        if calls == 9:  # suspended for longer than its lease; another takes over and does all the rest
            office.clock.advance(seconds=120)
            second.run(batch_id)

    platform.before = stall
    first.run(batch_id)
    assert set(platform.got.values()) == {1}
    people = office.people(sent)
    assert people[Delivery.SENT] == platform.calls == 100
    assert office.stands(sent).state == State.SENT


def test_clock_that_was_ahead_holds_no_batch(office: Office) -> None:
    platform = Platform()
    office.follows(20)
    sent = office.broadcasts(platform)
    office.clock.advance(days=400)
    office.dies(sent, 4)
    office.clock.advance(days=-400)
    office.works(office.worker(platform))
    assert office.people(sent) == {Delivery.SENT: 16, Delivery.UNKNOWN: 4}
