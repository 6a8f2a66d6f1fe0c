"""Sending that has begun keeps the quiet hours, whatever has held it up till then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import Refusal
from bot.messages import Delivery
from bot.outreach.states import State

from .conftest import Office, Platform

EVENING = datetime(2026, 6, 16, 12, 0, tzinfo=UTC)  # 20:00 in Beijing


def at(office: Office, hour: int, minute: int = 0, day: int = 16) -> None:
    """Beijing's clock shows a time in June."""
    office.clock.now = datetime(2026, 6, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


def test_mass_message_held_for_its_quota_waits_until_the_quiet_hours_are_over(office: Office) -> None:
    platform = Platform(name="official.mass", least=2, most=10, has_key=True, always=Refusal.QUOTA_USED_UP)
    office.follows(4)
    at(office, 20)
    sent = office.broadcasts(platform, started_at=EVENING)
    worker = office.worker(platform)
    office.works(worker)
    platform.always = None
    for hour in (0, 3, 7):
        at(office, hour, 1, day=17)
        office.works(worker)
        assert platform.calls == 1, hour
    assert "静默时段，06月17日 08:00 自动继续" in office.stands(sent).trouble
    at(office, 8, 0, day=17)
    office.works(worker)
    assert office.people(sent) == {Delivery.SENT: 4}
    assert not office.stands(sent).trouble


@pytest.mark.parametrize("many", [False, True])
def test_what_was_not_sent_before_the_night_is_sent_in_the_morning(office: Office, many: bool) -> None:
    platform = Platform(least=2, most=10, has_key=True) if many else Platform()
    office.follows(4)
    at(office, 20)
    sent = office.broadcasts(platform, started_at=EVENING)
    at(office, 23)  # nobody worked meanwhile
    worker = office.worker(platform)
    office.works(worker)
    assert (platform.calls, office.stands(sent).state) == (0, State.SENDING)
    at(office, 8, 0, day=17)
    office.works(worker)
    assert office.people(sent) == {Delivery.SENT: 4}


def test_sending_that_runs_into_the_night_stops_at_its_beginning(office: Office) -> None:
    platform = Platform()
    office.follows(8)
    at(office, 20, 29)
    sent = office.broadcasts(platform, started_at=EVENING)
    platform.before = lambda calls: at(office, 20, 30) if calls == 2 else None
    office.works(office.worker(platform, threads=1))
    assert platform.calls < 8
    assert office.people(sent)[Delivery.CREATED] > 0
    at(office, 8, day=17)
    office.works(office.worker(platform))
    assert office.people(sent) == {Delivery.SENT: 8}
    assert set(platform.got.values()) == {1}


def test_urgent_one_goes_on_at_night_though_others_wait(office: Office) -> None:
    platform = Platform()
    office.follows(3)
    at(office, 20)
    tip, alert = office.broadcasts(platform), office.broadcasts(platform, urgent=1)
    at(office, 23)
    office.works(office.worker(platform))
    assert office.people(tip) == {Delivery.CREATED: 3}
    assert office.people(alert) == {Delivery.SENT: 3}
