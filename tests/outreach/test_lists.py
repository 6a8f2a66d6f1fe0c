"""Broadcasts by the list: one call for many people."""

import pytest
import sqlalchemy as sa

from bot.errors import Refusal
from bot.messages import Delivery
from bot.outreach.states import State
from bot.people.tables import follower

from .conftest import Office, Platform


def test_list_is_one_call_and_its_tail_gets_company(office: Office) -> None:
    platform = Platform(name="official.mass", least=2, most=4, has_key=True, refused={"o3": 40003})
    office.follows(9)
    sent = office.broadcasts(platform)
    office.works(office.worker(platform))
    assert platform.calls == 3
    assert [b.size for b in office.batches(sent)] == [4, 3, 2]
    assert office.people(sent) == {Delivery.SENT: 8, Delivery.PERMANENT_FAILURE: 1}
    assert {b.platform_id for b in office.batches(sent)} == {"m1", "m2", "m3"}
    with office.database.begin() as db:
        assert db.scalar(sa.select(follower.c.state).where(follower.c.address == "o3")) == "left"


def test_person_who_is_left_alone_on_a_list_is_told_apart(office: Office) -> None:
    platform = Platform(name="official.mass", least=2, most=4, has_key=True)
    office.follows(2)
    sent = office.broadcasts(platform)
    with office.database.begin() as db:
        db.execute(sa.update(follower).where(follower.c.address == "o1").values(state="left"))
    office.works(office.worker(platform))
    assert platform.calls == 0
    assert office.why(sent) == {"left": 1, "too_few": 1}
    assert office.stands(sent).state == State.SENT


@pytest.mark.parametrize("refusal", [Refusal.UNKNOWN, Refusal.BAD_CONTENT, Refusal.RECIPIENT_GONE])
def test_refused_list_stops_the_broadcast_and_gives_up_nobody(office: Office, refusal: Refusal) -> None:
    platform = Platform(name="official.mass", least=2, most=4, has_key=True, always=refusal)
    office.follows(12)
    sent = office.broadcasts(platform)
    office.works(office.worker(platform))
    assert platform.calls == 1
    assert office.stands(sent).state == State.PAUSED
    assert office.people(sent) == {Delivery.TEMPORARY_FAILURE: 4, Delivery.CREATED: 8}


def test_repeat_of_a_list_carries_the_same_key(office: Office) -> None:
    platform = Platform(name="official.mass", least=2, most=4, has_key=True)
    office.follows(4)
    sent = office.broadcasts(platform)
    office.dies(sent, 4)
    office.clock.advance(seconds=61)
    platform.always = Refusal.DUPLICATE
    office.works(office.worker(platform))
    assert office.people(sent) == {Delivery.SENT: 4}
