"""What nobody else sees to."""

from datetime import timedelta

import pytest

from bot.messages import Delivery
from bot.outreach.states import State
from bot.outreach.sweeping import sweep

from .conftest import NOW, Office, Platform


def test_batch_of_a_worker_that_is_gone_waits_again(office: Office) -> None:
    platform = Platform(has_key=True)
    office.follows(9)
    sent = office.broadcasts(platform)
    office.dies(sent, 3)
    assert office.waiting() == []
    office.clock.advance(seconds=61)
    assert len(office.waiting()) == 1


@pytest.mark.parametrize("state", [State.SENDING, State.PAUSED])
def test_what_has_run_out_is_not_sent_any_more(office: Office, state: State) -> None:
    platform = Platform()
    office.follows(9)
    sent = office.broadcasts(platform, until=NOW + timedelta(hours=2), state=state)
    worker = office.worker(platform)
    sweep(office.database, worker, NOW + timedelta(hours=1))
    assert office.people(sent) == {Delivery.CREATED: 9}
    sweep(office.database, worker, NOW + timedelta(hours=2))
    assert office.people(sent) == {Delivery.SKIPPED: 9}
    assert office.stands(sent).state == (State.SENT if state is State.SENDING else State.PAUSED)


def test_cancelled_one_is_settled(office: Office) -> None:
    platform = Platform(name="official.mass", least=2, most=4)
    office.follows(9)
    sent = office.broadcasts(platform, state=State.CANCELLED)
    sweep(office.database, office.worker(platform), NOW)
    assert office.people(sent) == {Delivery.SKIPPED: 9}
    assert {b.state for b in office.batches(sent)} == {"cancelled"}


def test_broadcast_that_reaches_nobody_is_finished(office: Office) -> None:
    sent = office.broadcasts(Platform())
    sweep(office.database, office.worker(), NOW)
    assert office.stands(sent).state == State.SENT
