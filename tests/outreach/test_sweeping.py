"""What nobody else sees to."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.errors import OutreachError
from bot.outreach.states import Delivery, State
from bot.outreach.sweeping import sweep
from bot.outreach.tables import broadcast

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
    sweep(office.database, worker, None, NOW + timedelta(hours=1))
    assert office.people(sent) == {Delivery.CREATED: 9}
    sweep(office.database, worker, None, NOW + timedelta(hours=2))
    assert office.people(sent) == {Delivery.SKIPPED: 9}
    assert office.stands(sent).state == (State.SENT if state is State.SENDING else State.PAUSED)


def test_cancelled_one_is_settled(office: Office) -> None:
    platform = Platform(name="official.mass", least=2, most=4)
    office.follows(9)
    sent = office.broadcasts(platform, state=State.CANCELLED)
    sweep(office.database, office.worker(platform), None, NOW)
    assert office.people(sent) == {Delivery.SKIPPED: 9}
    assert {b.state for b in office.batches(sent)} == {"cancelled"}


def test_broadcast_that_reaches_nobody_is_finished(office: Office) -> None:
    sent = office.broadcasts(Platform())
    sweep(office.database, office.worker(), None, NOW)
    assert office.stands(sent).state == State.SENT


def test_scheduled_one_is_started_once_when_its_time_has_come(office: Office) -> None:
    later = office.broadcasts(Platform(), state=State.SCHEDULED, send_at=NOW + timedelta(hours=1))
    started = []

    def start(db: sa.Connection, broadcast_id: int, who: str, now: datetime) -> None:
        started.append((broadcast_id, who, now))
        db.execute(sa.update(broadcast).where(broadcast.c.id == broadcast_id).values(state=State.PAUSED))

    for minutes in (59, 60, 61):
        sweep(office.database, office.worker(), start, NOW + timedelta(minutes=minutes))
    assert started == [(later, "system", NOW + timedelta(minutes=60))]


def test_why_a_scheduled_one_cannot_start_is_told_and_the_others_start(office: Office) -> None:
    bad = office.broadcasts(Platform(), state=State.SCHEDULED, send_at=NOW)
    office.broadcasts(Platform(), state=State.SCHEDULED, send_at=NOW)
    started = []

    def start(_db: sa.Connection, broadcast_id: int, _who: str, _now: datetime) -> None:
        if broadcast_id == bad:
            raise OutreachError("群发额度已用完")
        started.append(broadcast_id)

    sweep(office.database, office.worker(), start, NOW)
    assert len(started) == 1
    assert office.stands(bad).trouble == "群发额度已用完"
