"""Those who asked are told once: in their 48 hours, by day, never twice, whatever dies meanwhile."""

from __future__ import annotations

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta

import pytest
import sqlalchemy as sa

from bot.answers import Answerer
from bot.channels.official import CustomerService
from bot.messages import Pushed
from bot.people.tables import follower
from bot.people.windows import Windows
from bot.settings import BEIJING
from bot.simulator import Fault
from bot.store.tables import answer_notice, message_log, unanswered
from bot.unanswered import Given, Teller, Told

from .conftest import ALICE, ANSWER, BOB, CAROL, SEND, House

DRONE = "无人机巡检要登记吗"


def answered(house: House, *askers: str) -> int:
    """A cluster that these people asked for, answered and live; its number."""
    for who in askers:
        house.says(who, DRONE)
    house.settle()
    [cluster] = house.desk.clusters(house.span, house.now)
    house.answer(cluster.id)
    house.publish(cluster.id)
    return cluster.id


def states(house: House) -> list[tuple[str, str, int | None]]:
    """The ledger."""
    c = answer_notice.c
    with house.services.database.begin() as db:
        return [(r.state, r.why, r.errcode) for r in db.execute(sa.select(answer_notice).order_by(c.address))]


def aged(house: House, who: str, by: timedelta) -> None:
    """As if a person had written so much earlier."""
    with house.services.database.begin() as db:
        for table in (message_log, unanswered):
            for row in db.execute(sa.select(table.c.id, table.c.at).where(table.c.address == who)).all():
                db.execute(sa.update(table).where(table.c.id == row.id).values(at=row.at - by))
        c = follower.c
        for row in db.execute(sa.select(c.id, c.last_message_at).where(c.address == who)).all():
            db.execute(sa.update(follower).where(c.id == row.id).values(last_message_at=row.last_message_at - by))


def quickly(house: House) -> Teller:
    """The teller, whose pauses take no time."""
    outbox = CustomerService(house.services.official, house.pauses.append)
    return Teller(house.services.database, house.teller.get_answerer, outbox, Windows())


def test_every_asker_gets_one_message_with_the_title_the_answer_and_its_source(on_both: House) -> None:
    answered(on_both, ALICE, BOB, ALICE)
    told = on_both.teller.tell(on_both.now)
    assert (told.enrolled, told.sent) == (2, 2)
    for who in (ALICE, BOB):
        [message] = on_both.phone(who)
        assert message.startswith("您之前问到的“无人机巡检要登记吗”")
        assert ANSWER in message
        assert "江海区无人机巡检办法" in message
    assert on_both.teller.tell(on_both.now) == Told()
    assert len(on_both.phone(ALICE)) == 1


def test_what_a_person_wrote_is_never_said_back(house: House) -> None:
    house.says(ALICE, "缢魑魍魉无人机巡检要登记吗")
    house.settle()
    [cluster] = house.desk.clusters(house.span, house.now)
    house.answer(cluster.id, examples=0)
    house.publish(cluster.id)
    house.teller.tell(house.now)
    assert "缢魑" not in house.phone(ALICE)[0]


def test_who_wrote_too_long_ago_is_on_record_as_not_reached(house: House) -> None:
    answered(house, ALICE, BOB)
    aged(house, ALICE, timedelta(hours=48))
    told = house.teller.tell(house.now)
    assert (told.sent, told.ends["outside_48h"]) == (1, 1)
    assert (house.phone(ALICE), len(house.phone(BOB))) == ([], 1)
    assert states(house)[0] == ("skipped", "outside_48h", None)


def test_who_wrote_too_long_ago_gets_the_promised_answer_when_they_write_again(on_both: House) -> None:
    house = on_both
    answered(house, ALICE, BOB)
    for who in (ALICE, BOB):
        aged(house, who, timedelta(hours=60))
    assert house.teller.tell(house.now).ends["outside_48h"] == 2
    skipped(house, house.now - timedelta(days=1))
    assert house.teller.tell(house.now) == Told()
    house.says(ALICE, "谢谢")
    house.settle()
    assert house.teller.tell(house.now).sent == 1
    [message] = house.phone(ALICE)
    assert message.startswith("您之前问到的“无人机巡检要登记吗”")
    assert house.phone(BOB) == []
    assert house.teller.tell(house.now) == Told()


def test_who_came_back_and_was_answered_by_the_bot_is_not_told_again(house: House) -> None:
    answered(house, ALICE)
    aged(house, ALICE, timedelta(hours=60))
    house.teller.tell(house.now)
    skipped(house, house.now - timedelta(days=1))
    house.services.keeper.look()
    house.says(ALICE, DRONE)
    house.settle()
    assert house.teller.tell(house.now) == Told()
    assert states(house) == [("skipped", "told_already", None)]
    assert house.phone(ALICE) == []


def skipped(house: House, at: datetime) -> None:
    """As if those who were out of reach had been passed over then."""
    with house.services.database.begin() as db:
        db.execute(sa.update(answer_notice).values(at=at.astimezone(UTC), created_at=at.astimezone(UTC)))


def test_any_later_message_keeps_a_person_within_reach(house: House) -> None:
    answered(house, ALICE)
    aged(house, ALICE, timedelta(hours=47))
    house.says(ALICE, "几度停工")
    house.settle()
    assert house.teller.tell(house.now).sent == 1


@pytest.mark.parametrize("at", [time(20, 30), time(23, 59), time(0, 0), time(7, 59)])
def test_at_night_nobody_is_told_and_in_the_morning_everybody(house: House, at: time) -> None:
    answered(house, ALICE)
    day = house.now.astimezone(BEIJING).date() + timedelta(days=at < time(12))
    told = house.teller.tell(datetime.combine(day, at, BEIJING))
    assert (told.sent, told.waiting) == (0, 1)
    assert house.phone(ALICE) == []
    morning = datetime.combine(day + timedelta(days=at > time(12)), time(8), BEIJING)
    house.later(morning - house.now)
    assert house.teller.tell(house.now).sent == 1


def test_who_cannot_be_told_after_the_night_is_not_told(house: House) -> None:
    answered(house, ALICE)
    night = datetime.combine(house.now.astimezone(BEIJING).date(), time(21), BEIJING)
    wrote = night - timedelta(hours=40)
    aged(house, ALICE, datetime.now(UTC) - wrote)
    assert house.teller.tell(night).ends == {"quiet_hours": 1}


def sent_by_others(house: House, who: str, count: int) -> None:
    """Broadcasts and staff wrote to a person, who has not written since."""
    with house.services.database.begin() as db:
        db.execute(sa.update(follower).where(follower.c.address == who).values(window_sent=count))


def test_what_is_told_counts_with_what_others_write(house: House) -> None:
    answered(house, ALICE, BOB)
    sent_by_others(house, ALICE, 3)
    house.wechat.faults.add(Fault(path=SEND, errcode=43004, times=1))
    house.teller.tell(house.now)
    c = follower.c
    with house.services.database.begin() as db:
        counts = {row.address: row.window_sent for row in db.execute(sa.select(c.address, c.window_sent))}
    told = len(house.phone(ALICE))
    assert counts == {ALICE: 3 + told, BOB: 1 - told}  # what WeChat refused to one of them is not counted


def test_one_message_is_kept_for_an_emergency(house: House) -> None:
    answered(house, ALICE)
    sent_by_others(house, ALICE, 4)
    assert house.teller.tell(house.now).ends == {"quota": 1}
    assert house.phone(ALICE) == []


def test_who_has_left_gets_nothing_and_no_address_stays(on_both: House) -> None:
    answered(on_both, ALICE, BOB, CAROL)
    night = datetime.combine(on_both.now.astimezone(BEIJING).date(), time(22), BEIJING)
    on_both.teller.tell(night)
    on_both.settle()
    for who in (ALICE, BOB):
        on_both.wechat.follow(who)
        on_both.wechat.unfollow(who)
    told = on_both.teller.tell(on_both.now)
    assert told.sent == 1
    assert [r[:2] for r in states(on_both)] == [("skipped", "left"), ("skipped", "left"), ("sent", "")]
    with on_both.services.database.begin() as db:
        assert not {ALICE, BOB} & set(db.scalars(sa.select(answer_notice.c.address)))


def test_who_asked_again_and_was_answered_is_not_told(house: House) -> None:
    answered(house, ALICE, BOB)
    house.services.keeper.look()
    assert ANSWER in house.says(ALICE, DRONE).text
    house.settle()
    told = house.teller.tell(house.now)
    assert (told.enrolled, told.sent) == (2, 1)
    assert states(house) == [("skipped", "told_already", None), ("sent", "", None)]


def test_answer_that_is_taken_back_at_night_is_not_told_and_the_next_one_is(house: House) -> None:
    number = answered(house, ALICE)
    night = datetime.combine(house.now.astimezone(BEIJING).date(), time(21), BEIJING)
    house.teller.tell(night)
    house.desk.reopen(number, "李四", "写错了", night)
    assert house.teller.tell(house.now) == Told()
    house.desk.link(number, "heat-stop", Given("李四", examples=0), house.span, house.now)
    assert house.teller.tell(house.now).sent == 1
    assert "四十度停工" in house.phone(ALICE)[0]


def test_who_asks_after_an_answer_was_taken_back_is_told_the_next_one(house: House) -> None:
    answered(house, ALICE)
    house.teller.tell(house.now)
    house.services.desk.withdraw("q-1", "李四")
    house.says(BOB, DRONE)
    house.settle()
    hour = timedelta(hours=1)
    house.desk.link(1, "heat-stop", Given("李四", examples=0), house.span, house.now + hour)
    assert house.teller.tell(house.now + 3 * hour).sent == 1
    assert (len(house.phone(ALICE)), len(house.phone(BOB))) == (1, 1)


def test_entry_that_is_withdrawn_meanwhile_is_told_to_nobody(house: House) -> None:
    answered(house, ALICE)
    night = datetime.combine(house.now.astimezone(BEIJING).date(), time(21), BEIJING)
    house.teller.tell(night)
    house.services.desk.withdraw("q-1", "李四")
    told = house.teller.tell(house.now)
    assert (told.sent, told.waiting) == (0, 1)
    assert house.phone(ALICE) == []
    assert house.teller.tell(house.now + timedelta(days=2)).ends == {"outside_48h": 1}


def test_who_asks_after_it_is_live_is_not_told_again(house: House) -> None:
    answered(house, ALICE)
    house.teller.tell(house.now)
    house.services.keeper.look()
    house.says(BOB, DRONE)
    house.settle()
    assert house.teller.tell(house.now) == Told()


def test_askers_of_the_chat_page_are_on_record_only(house: House) -> None:
    row = {"at": datetime.now(UTC), "channel": "web", "address": "v1", "question": DRONE, "candidates": "[]"}
    with house.services.database.begin() as db:
        db.execute(sa.insert(unanswered).values(**row))
    answered(house, ALICE)
    house.teller.tell(house.now)
    assert sorted(states(house)) == [("sent", "", None), ("skipped", "channel", None)]


@pytest.mark.parametrize(
    ("errcode", "state"),
    [
        (45015, "permanent_failure"),
        (45047, "permanent_failure"),
        (43004, "permanent_failure"),
        (48002, "permanent_failure"),
        (45002, "technical_failure"),
        (99999, "technical_failure"),
    ],
)
def test_refusal_of_one_is_final_and_others_are_told(house: House, errcode: int, state: str) -> None:
    answered(house, ALICE, BOB)
    house.wechat.faults.add(Fault(path=SEND, errcode=errcode, times=1))
    told = house.teller.tell(house.now)
    assert (told.sent, told.ends[state]) == (1, 1)
    assert house.teller.tell(house.now) == Told()
    assert states(house) == [(state, "", errcode), ("sent", "", None)]


@pytest.mark.parametrize("errcode", [45009, 45011, 48001, 40164])
def test_refusal_of_all_stops_the_round_and_loses_nobody(house: House, errcode: int) -> None:
    answered(house, ALICE, BOB)
    house.wechat.faults.add(Fault(path=SEND, errcode=errcode, times=1))
    told = house.teller.tell(house.now)
    assert (told.sent, told.waiting, told.halted) == (0, 2, errcode)
    assert house.teller.tell(house.now).sent == 2


def test_rejected_token_is_renewed_once(house: House) -> None:
    answered(house, ALICE, BOB)
    house.wechat.faults.add(Fault(path=SEND, errcode=40001, times=1))
    assert house.teller.tell(house.now).sent == 2
    assert len(house.wechat.recorder.all(SEND)) == 3


def test_busy_platform_is_asked_again_with_growing_pauses(house: House) -> None:
    answered(house, ALICE)
    house.wechat.faults.add(Fault(path=SEND, errcode=-1, times=2))
    assert quickly(house).tell(house.now).sent == 1
    assert house.pauses == [0.5, 1.0]


def test_platform_that_stays_busy_is_a_failure_in_the_end(house: House) -> None:
    answered(house, ALICE)
    house.wechat.faults.add(Fault(path=SEND, errcode=-1))
    assert quickly(house).tell(house.now).ends == {"temporary_failure": 1}
    assert house.phone(ALICE) == []


@pytest.mark.parametrize("fault", [{"drop": True}, {"http_status": 502}, {"body": "<html>"}])
def test_message_that_may_have_arrived_is_unknown_and_never_sent_again(house: House, fault: dict[str, object]) -> None:
    answered(house, ALICE)
    house.wechat.faults.add(Fault(path=SEND, after_acceptance=True, times=1, **fault))  # type: ignore[arg-type]
    assert house.teller.tell(house.now).ends == {"unknown": 1}
    house.later(timedelta(hours=1))
    assert house.teller.tell(house.now) == Told()
    assert len(house.phone(ALICE)) == 1


def test_without_a_token_nothing_is_sent_and_nothing_lost(house: House) -> None:
    answered(house, ALICE)
    house.wechat.faults.add(Fault(path="/cgi-bin/stable_token", drop=True, times=1))
    told = house.teller.tell(house.now)
    assert (told.sent, told.waiting, told.halted) == (0, 1, 0)
    assert house.teller.tell(house.now).sent == 1


def test_two_that_tell_at_once_send_once(on_both: House) -> None:
    people = [f"oTEST0000000000000000001{n:04d}" for n in range(8)]
    answered(on_both, *people)
    start = threading.Barrier(3)

    def tell() -> Told:
        start.wait(120)
        return on_both.teller.tell(on_both.now)

    _ = on_both.teller
    with ThreadPoolExecutor(3) as pool:
        found = [job.result(120) for job in [pool.submit(tell) for _ in range(3)]]
    assert sum(t.sent for t in found) == 8
    assert [len(on_both.phone(who)) for who in people] == [1] * 8


class Dying:
    """An outbox whose process is killed by -9 at one send: before the call, or after it and before it is written."""

    def __init__(self, inner: CustomerService, at: int, *, after: bool) -> None:
        self._inner, self._left, self._after = inner, at, after

    def send(self, address: str, text: str) -> Pushed:
        """As the one inside."""
        self._left -= 1
        if self._left < 0 and not self._after:
            os.kill(os.getpid(), signal.SIGKILL)
        receipt = self._inner.send(address, text)
        if self._left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return receipt


@pytest.mark.parametrize(("seed", "after"), [(0, False), (1, True), (3, False), (3, True), (5, True)])
def test_process_that_is_killed_while_telling_leaves_nobody_told_twice(house: House, seed: int, after: bool) -> None:
    people = [f"oTEST0000000000000000002{n:04d}" for n in range(6)]
    answered(house, *people)
    pid = os.fork()
    if pid == 0:  # a process of its own, with its own connections
        house.services.database.engine.dispose(close=False)
        outbox = Dying(CustomerService(house.services.official), seed, after=after)
        Teller(house.services.database, house.teller.get_answerer, outbox, Windows()).tell(house.now)
        os._exit(3)
    assert os.waitpid(pid, 0)[1] == signal.SIGKILL
    house.later(timedelta(minutes=1))
    assert house.teller.tell(house.now).sent == 5 - seed  # the one in the middle might still be at work
    house.later(timedelta(minutes=2))
    assert house.teller.tell(house.now).unknown == 1
    house.later(timedelta(hours=1))
    assert house.teller.tell(house.now) == Told()
    got = [len(house.phone(who)) for who in people]
    assert max(got) == 1
    assert sum(got) == (6 if after else 5)
    assert sorted(s for s, _, _ in states(house)) == ["sent"] * 5 + ["unknown"]


def test_a_round_with_nothing_to_do_asks_for_no_knowledge(house: House) -> None:
    def asked() -> Answerer:
        raise AssertionError("a worker would hold all that the bot knows")

    assert Teller(house.services.database, asked, None, Windows()).tell(house.now) == Told()


def test_asker_whose_message_is_not_written_yet_is_told_in_the_next_round(house: House) -> None:
    answered(house, ALICE)
    with house.services.database.begin() as db:
        hers = db.execute(sa.select(follower).where(follower.c.address == ALICE)).one()
        db.execute(sa.delete(follower).where(follower.c.address == ALICE))
    assert house.teller.tell(house.now).sent == 0
    with house.services.database.begin() as db:
        db.execute(sa.insert(follower).values(hers._asdict()))
    assert house.teller.tell(house.now).sent == 1
