"""A broadcast from its ledger to the platform, through everything that can come between."""

import threading

import pytest
import sqlalchemy as sa

from bot.errors import Refusal
from bot.messages import Delivery
from bot.outreach import ledger
from bot.outreach.states import State
from bot.outreach.sweeping import sweep
from bot.outreach.tables import quota_use
from bot.people.tables import follower

from .conftest import NOW, Office, Platform


def test_everybody_gets_it_once_and_the_broadcast_is_done(office: Office) -> None:
    platform = Platform()
    office.follows(30)
    sent = office.broadcasts(platform)
    office.works(office.worker(platform))
    assert platform.got == {f"o{n}": 1 for n in range(1, 31)}
    assert office.people(sent) == {Delivery.SENT: 30}
    assert office.stands(sent).state == State.SENT
    with office.database.begin() as db:
        assert ledger.progress(db, sent) == {"total": 30, "sent": 30, "failed": 0, "unknown": 0, "skipped": 0}
        assert db.scalar(sa.select(quota_use.c.used)) == 30


def test_of_two_workers_one_gets_a_batch(office: Office) -> None:
    platform = Platform()
    office.follows(40)
    office.broadcasts(platform)
    workers = [office.worker(platform, name=name) for name in ("w1", "w2")]
    [batch_id] = office.waiting()
    took = []
    threads = [threading.Thread(target=lambda w=w: took.append(w.run(batch_id))) for w in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(took) == [False, True]
    assert set(platform.got.values()) == {1}


@pytest.mark.parametrize(
    ("refusal", "state"),
    [
        (Refusal.WINDOW_CLOSED, Delivery.PERMANENT_FAILURE),
        (Refusal.RECIPIENT_GONE, Delivery.PERMANENT_FAILURE),
        (Refusal.RECIPIENT_DECLINED, Delivery.PERMANENT_FAILURE),
        (Refusal.DUPLICATE, Delivery.SENT),
        (Refusal.UNREACHABLE, Delivery.UNKNOWN),
        (Refusal.UNKNOWN, Delivery.TECHNICAL_FAILURE),
        (Refusal.UNSUPPORTED, Delivery.TECHNICAL_FAILURE),
    ],
)
def test_refusal_of_one_person_harms_nobody_else(office: Office, refusal: Refusal, state: Delivery) -> None:
    platform = Platform(answers={"o3": [refusal]})
    office.follows(6)
    sent = office.broadcasts(platform)
    office.works(office.worker(platform))
    assert office.people(sent)[state] >= 1
    assert office.people(sent)[Delivery.SENT] == (6 if state is Delivery.SENT else 5)
    assert office.stands(sent).state == State.SENT


def test_call_that_was_surely_not_made_is_made_again_later(office: Office) -> None:
    platform = Platform(answers={"o2": [Refusal.NOT_SENT, Refusal.NOT_SENT]})
    office.follows(5)
    sent = office.broadcasts(platform)
    worker = office.worker(platform)
    assert office.works(worker) == 1
    assert office.people(sent) == {Delivery.SENT: 4, Delivery.TEMPORARY_FAILURE: 1}
    office.clock.advance(seconds=2)
    office.works(worker)
    assert office.people(sent)[Delivery.TEMPORARY_FAILURE] == 1
    office.clock.advance(seconds=7)
    office.works(worker)
    assert office.people(sent) == {Delivery.SENT: 5}
    assert set(platform.got.values()) == {1}


@pytest.mark.parametrize(("key", "twice"), [(True, 0), (False, 1)])
def test_unanswered_call_is_made_again_where_twice_does_no_harm(office: Office, key: bool, twice: int) -> None:
    platform = Platform(has_key=key, answers={"o2": [Refusal.UNREACHABLE]})
    office.follows(3)
    sent = office.broadcasts(platform, twice_ok=twice)
    worker = office.worker(platform)
    office.works(worker)
    office.clock.advance(seconds=3)
    office.works(worker)
    assert office.people(sent) == {Delivery.SENT: 3}


def test_throttled_sending_waits_and_goes_on_by_itself(office: Office) -> None:
    platform = Platform(always=Refusal.THROTTLED)
    office.follows(8)
    first, second = office.broadcasts(platform), office.broadcasts(platform)
    worker = office.worker(platform)
    assert office.works(worker) == 1  # the other broadcast waits with it
    assert platform.calls <= 8
    assert "自动继续" in office.stands(first).trouble
    assert office.stands(first).state == State.SENDING
    platform.always = None
    assert office.works(worker) == 0
    office.clock.advance(seconds=61)
    office.works(worker)
    assert [office.stands(b).state for b in (first, second)] == [State.SENT, State.SENT]
    assert set(platform.got.values()) == {2}
    assert office.stands(first).trouble == ""


def test_used_up_quota_of_the_day_waits_for_midnight_in_beijing(office: Office) -> None:
    platform = Platform(always=Refusal.QUOTA_USED_UP)
    office.follows(3)
    sent = office.broadcasts(platform, urgent=1)  # others wait until the morning
    worker = office.worker(platform)
    office.works(worker)
    platform.always = None
    office.clock.advance(hours=14)  # 23:00
    assert office.works(worker) == 0
    office.clock.advance(hours=1, minutes=1)
    office.works(worker)
    assert office.people(sent) == {Delivery.SENT: 3}


@pytest.mark.parametrize("refusal", [Refusal.ACCOUNT_BLOCKED, Refusal.TOKEN_REJECTED])
def test_blocked_account_pauses_with_words_for_staff_and_loses_nobody(office: Office, refusal: Refusal) -> None:
    platform = Platform(always=refusal)
    office.follows(50)
    sent = office.broadcasts(platform)
    worker = office.worker(platform)
    office.works(worker)
    assert platform.calls <= 8
    assert office.stands(sent).state == State.PAUSED
    assert "12345" in office.stands(sent).trouble
    platform.always = None
    office.sets(sent, state=State.SENDING)
    with office.database.begin() as db:
        ledger.let_go(db, broadcast_id=sent)
    office.works(worker)
    assert office.people(sent) == {Delivery.SENT: 50}


def test_bad_content_pauses_at_once(office: Office) -> None:
    platform = Platform(always=Refusal.BAD_CONTENT)
    office.follows(50)
    sent = office.broadcasts(platform)
    office.works(office.worker(platform))
    assert platform.calls <= 8
    assert office.stands(sent).state == State.PAUSED


def test_ten_refusals_in_a_row_for_no_known_reason_pause(office: Office) -> None:
    platform = Platform(always=Refusal.UNKNOWN)
    office.follows(60)
    sent = office.broadcasts(platform)
    office.works(office.worker(platform))
    assert 10 <= platform.calls <= 18
    assert office.stands(sent).state == State.PAUSED
    assert office.people(sent)[Delivery.CREATED] >= 42


@pytest.mark.parametrize("state", [State.PAUSED, State.CANCELLED])
def test_staff_stop_a_broadcast_while_it_is_sent(office: Office, state: State) -> None:
    platform = Platform()
    office.follows(200)
    sent = office.broadcasts(platform)
    platform.before = lambda calls: office.sets(sent, state=state) if calls == 9 else None
    office.works(office.worker(platform))
    assert platform.calls <= 20  # those that were under way
    people = office.people(sent)
    assert people[Delivery.SENT] == platform.calls
    assert people[Delivery.SKIPPED if state is State.CANCELLED else Delivery.CREATED] == 200 - platform.calls
    assert office.stands(sent).state == state


def test_paused_broadcast_goes_on_where_it_stopped(office: Office) -> None:
    platform = Platform()
    office.follows(100)
    sent = office.broadcasts(platform)
    platform.before = lambda calls: office.sets(sent, state=State.PAUSED) if calls == 9 else None
    worker = office.worker(platform)
    office.works(worker)
    office.sets(sent, state=State.SENDING)
    office.works(worker)
    assert office.people(sent) == {Delivery.SENT: 100}
    assert set(platform.got.values()) == {1}


def test_failure_that_comes_after_the_cancel_is_not_left_open(office: Office) -> None:
    platform = Platform(always=Refusal.NOT_SENT)
    office.follows(4)
    sent = office.broadcasts(platform)
    platform.before = lambda calls: office.sets(sent, state=State.CANCELLED) if calls == 1 else None
    office.works(office.worker(platform))
    assert office.people(sent) == {Delivery.SKIPPED: 4}
    assert office.batches(sent)[0].state == "cancelled"


def test_nothing_is_sent_after_the_end(office: Office) -> None:
    platform = Platform()
    office.follows(100)
    sent = office.broadcasts(platform, until=NOW.replace(hour=3))
    platform.before = lambda calls: office.clock.advance(hours=3) if calls == 9 else None
    office.works(office.worker(platform))
    people = office.people(sent)
    assert people[Delivery.SENT] == platform.calls <= 20
    assert people[Delivery.SKIPPED] == 100 - platform.calls
    assert office.why(sent)["expired"] == 100 - platform.calls
    assert office.stands(sent).state == State.SENT


def test_broadcast_without_an_end_ends_after_three_days(office: Office) -> None:
    platform = Platform(always=Refusal.NOT_SENT)
    office.follows(2)
    sent = office.broadcasts(platform)
    worker = office.worker(platform)
    office.works(worker)
    office.clock.advance(days=3, hours=1)
    office.works(worker)
    assert office.people(sent) == {Delivery.SKIPPED: 2}
    assert office.stands(sent).state == State.SENT


def test_platform_that_is_away_is_tried_on_and_staff_are_told(office: Office) -> None:
    platform = Platform(always=Refusal.NOT_SENT)
    office.follows(3)
    sent = office.broadcasts(platform)
    worker = office.worker(platform)
    for _ in range(8):
        office.works(worker)
        office.clock.advance(minutes=10)
    assert "没有应答" in office.stands(sent).trouble
    platform.always = None
    office.works(worker)
    assert office.people(sent) == {Delivery.SENT: 3}


def test_person_who_left_meanwhile_is_not_called(office: Office) -> None:
    platform = Platform()
    office.follows(5)
    sent = office.broadcasts(platform)
    with office.database.begin() as db:
        db.execute(sa.update(follower).where(follower.c.address.in_(["o1", "o2", "o3", "o4"])).values(state="left"))
    office.works(office.worker(platform, threads=2))
    assert platform.got == {"o5": 1}
    assert office.why(sent)["left"] == 4


def test_rate_is_kept_and_waiting_for_it_is_no_failure(office: Office) -> None:
    platform = Platform(per_minute=600)
    office.follows(14)
    sent = office.broadcasts(platform)
    before = office.clock.now
    office.works(office.worker(platform))
    assert office.people(sent) == {Delivery.SENT: 14}
    assert (office.clock.now - before).total_seconds() >= 0.4  # ten at once, then ten a second
    assert office.batches(sent)[0].attempts == 1


def test_windows_are_used_up_by_what_was_taken(office: Office) -> None:
    platform = Platform(answers={"o2": [Refusal.WINDOW_CLOSED], "o3": [Refusal.RECIPIENT_GONE]})
    office.follows(3)
    office.broadcasts(platform)
    office.works(office.worker(platform))
    with office.database.begin() as db:
        rows = db.execute(sa.select(follower.c.window_sent, follower.c.state).order_by(follower.c.id)).all()
    assert [tuple(row) for row in rows] == [(1, "following"), (5, "following"), (0, "left")]


def test_cancelled_before_anybody_was_called(office: Office) -> None:
    platform = Platform()
    office.follows(5)
    sent = office.broadcasts(platform)
    office.sets(sent, state=State.CANCELLED)
    sweep(office.database, worker := office.worker(platform), office.clock())
    assert office.people(sent) == {Delivery.SKIPPED: 5}
    assert office.works(worker) == 0
    assert office.batches(sent)[0].state == "cancelled"


def test_database_that_goes_away_meanwhile_costs_no_result(office: Office) -> None:
    if office.database.is_sqlite:
        pytest.skip("a file has no server that could be restarted")
    platform = Platform()
    office.follows(100)
    sent = office.broadcasts(platform)
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "

    def cut(calls: int) -> None:
        if calls in (9, 30, 55):
            with office.database.begin() as db:
                db.exec_driver_sql(others + "pg_backend_pid()")

    platform.before = cut
    office.works(office.worker(platform))
    assert office.people(sent) == {Delivery.SENT: 100}
    assert set(platform.got.values()) == {1}
