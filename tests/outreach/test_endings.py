"""How calls, batches and broadcasts end where it is not plain."""

from __future__ import annotations

import contextlib

import pytest
import sqlalchemy as sa

from bot.errors import Refusal
from bot.messages import Delivery
from bot.outreach import ledger
from bot.outreach.states import Move, State
from bot.outreach.sweeping import sweep
from bot.outreach.tables import broadcast_event, delivery
from bot.people.tables import follower
from bot.store.database import among

from .conftest import NOW, Office, Platform


def test_all_who_are_written_down_are_counted(office: Office) -> None:
    office.follows(7)
    sent = office.broadcasts(Platform())
    people = sa.select(
        follower.c.id.label("follower_id"),
        sa.literal("sms").label("sender"),
        sa.literal("public").label("level"),
        sa.literal("").label("why"),
    )
    with office.database.begin() as db:
        db.execute(sa.delete(delivery).where(delivery.c.broadcast_id == sent))
        assert ledger.fan_out(db, sent, people, NOW) == 7


def test_the_end_is_on_record_once(office: Office) -> None:
    office.follows(3)
    sent = office.broadcasts(Platform())
    office.works(office.worker(Platform()))
    with office.database.begin() as db:
        assert not ledger.finish(db, sent, NOW)
        rows = db.execute(sa.select(broadcast_event).where(broadcast_event.c.broadcast_id == sent)).all()
    assert [(r.who, r.move, r.before, r.after) for r in rows] == [("system", Move.FINISH, State.SENDING, State.SENT)]


def test_a_robot_that_takes_no_more_for_now_holds_up_no_other(office: Office) -> None:
    platform = Platform(name="wecom.robot", answers={"o2": [Refusal.RECIPIENT_BUSY]})
    office.follows(4)
    first, second = office.broadcasts(platform), office.broadcasts(platform)
    worker = office.worker(platform)
    office.works(worker)
    assert office.people(first) == {Delivery.SENT: 3, Delivery.TEMPORARY_FAILURE: 1}
    assert office.people(second) == {Delivery.SENT: 4}
    assert not office.stands(first).trouble
    office.clock.advance(seconds=61)
    office.works(worker)
    assert office.people(first) == {Delivery.SENT: 4}


def test_a_list_refused_for_its_content_after_a_call_without_answer_is_unknown(office: Office) -> None:
    platform = Platform(
        name="official.mass", most=10, least=2, has_key=True, answers={"o1": [Refusal.UNREACHABLE, Refusal.BAD_CONTENT]}
    )
    office.follows(3)
    sent = office.broadcasts(platform)
    worker = office.worker(platform)
    office.works(worker)
    office.clock.advance(seconds=61)
    office.works(worker)
    assert office.people(sent) == {Delivery.UNKNOWN: 3}
    assert office.stands(sent).state == State.SENT


def test_a_list_refused_for_its_content_at_once_waits_for_staff(office: Office) -> None:
    platform = Platform(name="official.mass", most=10, least=2, has_key=True, answers={"o1": [Refusal.BAD_CONTENT]})
    office.follows(3)
    sent = office.broadcasts(platform)
    office.works(office.worker(platform))
    assert office.people(sent) == {Delivery.TEMPORARY_FAILURE: 3}
    assert office.stands(sent).state == State.PAUSED


def test_many_numbers_are_one_parameter(office: Office) -> None:
    office.follows(5)
    with office.database.begin() as db:
        found = db.scalars(sa.select(follower.c.address).where(among(db, follower.c.id, [2, 4, 99])))
        assert sorted(found) == ["o2", "o4"]
        assert db.scalar(sa.select(sa.func.count()).where(among(db, follower.c.id, []))) == 0


@pytest.mark.parametrize("between", [[Refusal.UNREACHABLE], [Refusal.UNREACHABLE, Refusal.THROTTLED]])
@pytest.mark.parametrize("twice_ok", [0, 1])
def test_list_known_by_its_body_is_not_called_again_without_one_who_left(
    office: Office, between: list[Refusal], twice_ok: int
) -> None:
    platform = Platform(name="wecom.app", most=1000, has_key=True, by_body=True, known_s=14_400)
    platform.answers["o1"] = list(between)
    office.follows(4)
    sent = office.broadcasts(platform, twice_ok=twice_ok)
    worker = office.worker(platform)
    for _ in between:
        office.works(worker)
        office.clock.advance(seconds=61)
    with office.database.begin() as db:
        db.execute(sa.update(follower).where(follower.c.address == "o3").values(state="left", address="left-1"))
    office.works(worker)
    if twice_ok:
        assert office.people(sent) == {Delivery.SENT: 3, Delivery.SKIPPED: 1}
    else:
        assert platform.calls == len(between)
        assert office.people(sent) == {Delivery.UNKNOWN: 3, Delivery.SKIPPED: 1}
    assert office.stands(sent).state == State.SENT


def test_list_known_by_its_body_is_called_again_as_it_was(office: Office) -> None:
    platform = Platform(name="wecom.app", most=1000, has_key=True, by_body=True, answers={"o1": [Refusal.UNREACHABLE]})
    office.follows(4)
    sent = office.broadcasts(platform)
    worker = office.worker(platform)
    office.works(worker)
    office.clock.advance(seconds=61)
    office.works(worker)
    assert office.people(sent) == {Delivery.SENT: 4}


@pytest.mark.parametrize("refusal", [Refusal.NOT_SENT, Refusal.THROTTLED])
def test_list_that_was_surely_not_taken_goes_to_those_who_are_left(office: Office, refusal: Refusal) -> None:
    platform = Platform(name="wecom.app", most=1000, has_key=True, by_body=True, answers={"o1": [refusal]})
    office.follows(4)
    sent = office.broadcasts(platform)
    worker = office.worker(platform)
    office.works(worker)
    with office.database.begin() as db:
        db.execute(sa.update(follower).where(follower.c.address == "o3").values(state="left"))
    office.clock.advance(seconds=61)
    office.works(worker)
    assert office.people(sent) == {Delivery.SENT: 3, Delivery.SKIPPED: 1}


@pytest.mark.parametrize("cut_off", [False, True])
@pytest.mark.parametrize("name", ["wecom.app", "official.mass"])
def test_list_is_unknown_once_the_platform_has_forgotten_the_first_call(
    office: Office, name: str, cut_off: bool
) -> None:
    platform = Platform(name=name, least=2, most=1000, has_key=True, known_s=3600)
    office.follows(4)
    sent = office.broadcasts(platform)

    def dies(_calls: int) -> None:
        raise SystemExit

    platform.answers = {} if cut_off else {"o1": [Refusal.UNREACHABLE]}
    platform.before = dies if cut_off else platform.before
    with contextlib.suppress(SystemExit):
        office.works(office.worker(platform))
    platform.before = lambda _calls: None
    office.clock.advance(hours=2)
    office.works(office.worker(platform, name="w2"))
    assert office.people(sent) == {Delivery.UNKNOWN: 4}
    assert not platform.got


def test_platform_that_is_away_leaves_few_in_the_dark_and_the_others_for_later(office: Office) -> None:
    platform = Platform(always=Refusal.UNREACHABLE)
    office.follows(200)
    sent, worker = office.broadcasts(platform), office.worker(platform)
    office.works(worker)
    lost = office.people(sent)[Delivery.UNKNOWN]
    assert 10 <= lost <= 20
    assert "一直重试" in office.stands(sent).trouble
    assert office.stands(sent).state == State.SENDING
    office.clock.advance(seconds=30)
    assert office.works(worker) == 0
    platform.always = None
    office.clock.advance(seconds=60)
    office.works(worker)
    assert office.people(sent) == {Delivery.UNKNOWN: lost, Delivery.SENT: 200 - lost}
    assert not office.stands(sent).trouble


@pytest.mark.parametrize("end", ["cancelled", "expired"])
@pytest.mark.parametrize("then", [None, Refusal.THROTTLED, Refusal.NOT_SENT])
def test_who_may_have_been_told_is_unknown_and_not_unsent_when_nobody_asks_again(
    office: Office, end: str, then: Refusal | None
) -> None:
    answers = {"o2": [Refusal.UNREACHABLE, *([then] if then else [])], "o3": [Refusal.NOT_SENT] * 2}
    platform = Platform(name="official.template", has_key=True, answers=answers)
    office.follows(4)
    sent = office.broadcasts(platform)
    office.works(office.worker(platform))
    if then:
        office.clock.advance(minutes=1)
        office.works(office.worker(platform))
    assert office.people(sent) == {Delivery.SENT: 2, Delivery.TEMPORARY_FAILURE: 2}
    if end == "cancelled":
        office.sets(sent, state=State.CANCELLED)
    else:
        office.clock.advance(days=4)
    sweep(office.database, office.worker(platform), office.clock())
    assert office.people(sent) == {Delivery.SENT: 2, Delivery.UNKNOWN: 1, Delivery.SKIPPED: 1}
    assert office.why(sent) == {"": 2, "unreachable": 1, end: 1}


def test_a_list_that_may_have_been_told_is_unknown_when_it_is_cancelled(office: Office) -> None:
    platform = Platform(name="official.mass", least=2, most=10_000, has_key=True, always=Refusal.UNREACHABLE)
    office.follows(4)
    sent = office.broadcasts(platform)
    office.works(office.worker(platform))
    platform.always = Refusal.THROTTLED
    office.clock.advance(minutes=1)
    office.works(office.worker(platform))
    office.sets(sent, state=State.CANCELLED)
    sweep(office.database, office.worker(platform), office.clock())
    assert office.people(sent) == {Delivery.UNKNOWN: 4}
