"""Today after a plan has set another day than the one that people were told: staff read so, until that day is over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
import sqlalchemy as sa

from bot.ingest.plans.proposal import Fact, FactKind, Proposal
from bot.messages import Delivery
from bot.outreach import ledger
from bot.outreach.announcing import announce
from bot.outreach.states import State
from bot.outreach.tables import broadcast
from bot.people.tables import follower
from bot.settings import BEIJING
from bot.staff import Role
from tests.console.pages import Office, make_office


@pytest.fixture
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    held = make_office(tmp_path_factory.mktemp("office"))
    with held.services.database.begin() as db:
        db.execute(sa.insert(follower).values(channel="official", account="gh", address="o1", state="following"))
    yield held
    held.services.close()


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2027-{text}").replace(tzinfo=BEIJING)


def plan(day: str, what: str = "安全宣传咨询日活动") -> Proposal:
    told = f"{int(day[:2])}月{int(day[3:])}日开展{what}。"
    fact = Fact(id="event-1", kind=FactKind.EVENT, section="四", confidence=1.0, what=what, date=f"2027-{day}",
                sentence=told)  # fmt: skip
    return Proposal(title="活动方案", year=2027, facts=(fact,))


def accepts(office: Office, proposal: Proposal) -> int:
    held, _ = office.services.plan_desk.store(proposal, "方案.docx", "张三")
    office.services.plan_desk.accept(held.id, ["event-1"], "张三")
    return held.id


def tells(office: Office, when: str) -> list[int]:
    """The calendar runs, and what it makes reaches everybody; the numbers."""
    now = at(when)
    made = [fired.broadcast_id for fired in office.services.calendar.run(now, announce).fired]
    with office.services.database.begin() as db:
        for number in made:
            people = sa.select(
                follower.c.id.label("follower_id"), sa.literal("official.service").label("sender"),
                sa.literal("public").label("level"), sa.literal("").label("why"),
            )  # fmt: skip
            ledger.fan_out(db, number, people, now)
            ledger.lay_batches(db, number, {("official.service", "public"): (1, 1)})
            db.execute(sa.update(broadcast).values(state=State.SENDING, started_at=now).where(broadcast.c.id == number))
            [(batch, _)] = ledger.waiting(db, now, 1)
            claimed = ledger.claim(db, batch, "w", now)
            assert claimed
            ledger.mark(db, claimed, -1, 1, now)
            ledger.close_all(db, claimed, Delivery.SENT, now)
            ledger.put_back(db, claimed, now)
    return made


def today(office: Office, when: str, role: Role = Role.AUTHOR, region: str = "") -> str:
    office.now = at(when)
    return office.sign_in(role, region=region).get("/staff/").text


def test_who_was_told_the_national_day_before_a_plan_set_another(office: Office) -> None:
    numbers = tells(office, "06-09 09:00")
    assert numbers
    assert "请发一条更正" not in today(office, "06-10 09:00")
    held = accepts(office, plan("06-12"))
    office.services.calendar.run(at("06-10 09:05"), announce)
    page = today(office, "06-10 09:05")
    for number in numbers:
        assert f"推送 {number}《安全宣传咨询日》已经告诉 1 人是6月16日，现在是6月12日：请发一条更正" in page
        assert f"/staff/outreach/broadcasts/{number}" in page
    assert "请发一条更正" not in today(office, "06-10 09:05", Role.DISTRICT, "广东省江门市江海区")
    assert "请发一条更正" not in today(office, "06-17 09:00")  # that day is over
    office.services.plan_desk.withdraw(held, "张三")
    assert "请发一条更正" not in today(office, "06-10 09:10")


def test_who_was_told_the_day_of_a_plan_that_was_withdrawn_the_day_before(office: Office) -> None:
    held = accepts(office, plan("06-12"))
    assert tells(office, "06-11 09:00")
    office.services.plan_desk.withdraw(held, "张三")
    assert "是6月12日，现在是6月16日：请发一条更正" in today(office, "06-11 10:00")


def test_an_event_that_is_none_any_more_and_one_that_another_plan_has_too(office: Office) -> None:
    held = accepts(office, plan("06-25", "应急演练"))
    [*_, number] = tells(office, "06-24 09:00")
    office.services.plan_desk.withdraw(held, "张三")
    page = today(office, "06-24 10:00")
    assert f"推送 {number}《应急演练》已经告诉 1 人是6月25日，现在这一天已经撤下：请发一条更正" in page
    office.services.plan_desk.store(plan("06-25", "应急演练"), "方案.docx", "张三")
    accepts(office, Proposal(title="改过的方案", year=2027, facts=plan("06-25", "应急演练").facts))
    assert "请发一条更正" not in today(office, "06-24 10:05")


def test_what_nobody_got_is_no_trouble(office: Office) -> None:
    office.services.calendar.run(at("06-09 09:00"), announce)
    accepts(office, plan("06-12"))
    assert "请发一条更正" not in today(office, "06-10 09:05")
