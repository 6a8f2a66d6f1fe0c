"""Reports of platforms after a call was taken."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.errors import SendError
from bot.messages import Delivery
from bot.outreach import ledger
from bot.outreach.reconciling import JobReport, catch_up, job_finished, poll, receipt
from bot.outreach.states import State
from bot.outreach.tables import batch, broadcast_event

from .conftest import NOW, Office, Platform


def _mass(office: Office, people: int = 4) -> int:
    platform = Platform(name="official.mass", least=2, most=4, has_key=True)
    office.follows(people)
    sent = office.broadcasts(platform)
    office.works(office.worker(platform))
    return sent


def test_list_that_reached_everybody_is_delivered(office: Office) -> None:
    sent = _mass(office)
    with office.database.begin() as db:
        assert job_finished(db, JobReport("m1", "send success", 4, 4, 4, 0), NOW)
        assert not job_finished(db, JobReport("m1", "send fail"), NOW)  # once
        assert ledger.progress(db, sent)["sent"] == 4
    assert office.people(sent) == {Delivery.DELIVERED: 4}


def test_list_that_reached_some_says_how_many_and_guesses_nobody(office: Office) -> None:
    sent = _mass(office)
    with office.database.begin() as db:
        job_finished(db, JobReport("m1", "send success", 4, 3, 2, 1), NOW)
        words = db.scalars(sa.select(broadcast_event.c.why).where(broadcast_event.c.why != "")).all()
    assert office.people(sent) == {Delivery.SENT: 4}
    assert words == ["平台报告：名单4人，过滤后3人，成功2人，失败1人"]


def test_refused_list_is_failed_and_the_rest_waits_for_staff(office: Office) -> None:
    sent = _mass(office, 8)
    office.sets(sent, state=State.SENDING)
    with office.database.begin() as db:
        job_finished(db, JobReport("m1", "err(20008)"), NOW)
        assert ledger.progress(db, sent) == {"total": 8, "sent": 4, "failed": 4, "unknown": 0, "skipped": 0}
        words = " ".join(db.scalars(sa.select(broadcast_event.c.why)))
    assert "涉嫌欺诈" in words
    assert office.stands(sent).state == State.PAUSED


def test_number_that_two_batches_bear_is_reported_of_both(office: Office) -> None:
    sent = _mass(office, 8)
    with office.database.begin() as db:
        db.execute(sa.update(batch).values(platform_id="m1"))
        assert job_finished(db, JobReport("m1", "err(20008)"), NOW)
        assert ledger.progress(db, sent)["failed"] == 8


def test_report_of_somebody_elses_job_changes_nothing(office: Office) -> None:
    sent = _mass(office)
    with office.database.begin() as db:
        assert not job_finished(db, JobReport("", "send fail"), NOW)
        assert not job_finished(db, JobReport("m99", "send fail"), NOW)
    assert office.people(sent) == {Delivery.SENT: 4}


@pytest.mark.parametrize(
    ("answer", "state"), [("SEND_SUCCESS", Delivery.SENT), ("SEND_FAIL", Delivery.TECHNICAL_FAILURE)]
)
def test_lost_report_is_asked_for(office: Office, answer: str, state: Delivery) -> None:
    sent, asked = _mass(office), list[str]()

    def ask(number: str) -> str:
        asked.append(number)
        return answer

    assert poll(office.database, ask, NOW + timedelta(minutes=30)) == 0
    for _ in range(2):
        poll(office.database, ask, NOW + timedelta(minutes=41))
    assert asked == ["m1"]
    assert office.people(sent) == {state: 4}


def test_platform_that_does_not_answer_is_asked_again(office: Office) -> None:
    _mass(office)

    def away(_number: str) -> str:
        raise SendError("no answer")

    later = NOW + timedelta(hours=1)
    assert poll(office.database, away, later) == 0
    assert poll(office.database, lambda _n: "SENDING", later) == 0
    assert poll(office.database, lambda _n: "SEND_SUCCESS", later) == 1


@pytest.mark.parametrize(
    ("error", "state"),
    [
        ("", Delivery.DELIVERED),
        ("user block", Delivery.PERMANENT_FAILURE),
        ("system failed", Delivery.TECHNICAL_FAILURE),
    ],
)
def test_receipt_of_one_message(office: Office, error: str, state: Delivery) -> None:
    platform = Platform(name="official.template", has_key=True)
    office.follows(1)
    sent = office.broadcasts(platform)
    office.works(office.worker(platform))
    with office.database.begin() as db:
        assert receipt(db, platform.name, "m1", error, NOW)
        assert not receipt(db, platform.name, "m1", "", NOW)
        assert not receipt(db, platform.name, "", "", NOW)
    assert office.people(sent) == {state: 1}


def test_reports_that_come_too_early_are_taken_in_later(office: Office) -> None:
    with office.database.begin() as db:
        assert not job_finished(db, JobReport("m1", "send success", 4, 4, 4, 0), NOW)
        assert not receipt(db, "sms", "m1", "UNDELIV", NOW)
    listed = _mass(office)
    platform = Platform(name="sms")
    single = office.broadcasts(platform)
    office.works(office.worker(platform, threads=1))
    for _ in range(2):
        catch_up(office.database, NOW)
    assert office.people(listed) == {Delivery.DELIVERED: 4}
    assert office.people(single) == {Delivery.SENT: 3, Delivery.PERMANENT_FAILURE: 1}
