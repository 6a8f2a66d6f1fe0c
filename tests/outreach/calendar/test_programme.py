"""The consultation day: the account is dressed for it and back, and thanks go out once with true figures."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

import pytest
import sqlalchemy as sa

from bot.errors import SendError
from bot.ingest.plans.proposal import Fact, FactKind, Proposal
from bot.knowledge.plans import PlanDesk
from bot.outreach import drafts
from bot.outreach.announcing import announce
from bot.outreach.programme import Programme
from bot.store.database import Database
from bot.store.tables import answer_notice, message_log, unanswered

from .conftest import Opens, beijing

LOCAL = Proposal(
    title="方案", year=2027,
    facts=(Fact(id="event-1", kind=FactKind.EVENT, section="四", confidence=1.0, what="安全宣传咨询日活动",
                date="2027-06-12", sentence="6月12日开展安全宣传咨询日活动。"),),
)  # fmt: skip


@dataclass
class Account:
    """An account that shows what it was told to; `refuses` as a platform that is down."""

    shown: list[str] = field(default_factory=list)
    refuses: bool = False

    def dress(self, day: date, now: datetime) -> None:
        self._show(str(day))

    def undress(self, day: date, now: datetime) -> str:
        self._show("usual")
        return "已换回"

    def _show(self, what: str) -> None:
        if self.refuses:
            raise SendError("down")
        self.shown.append(what)


@pytest.fixture
def programme(database: Database, opens: Opens) -> Programme:
    return Programme(database, opens(database))


def ask(database: Database, at: str, address: str, status: str) -> None:
    row = {"at": drafts.utc(beijing(at)), "channel": "official", "address": address, "kind": "text", "status": status}
    with database.begin() as db:
        db.execute(sa.insert(message_log).values(**row))


def test_the_national_day_is_fixed_and_a_plan_may_set_another_here(
    database: Database, plans: PlanDesk, programme: Programme
) -> None:
    assert programme.days(2030) == [date(2030, 6, 16)]  # a Sunday
    assert programme.is_on(beijing("2027-06-16 00:00"))
    held, _ = plans.store(LOCAL, "方案.docx", "张三")
    plans.accept(held.id, ["event-1"], "张三")
    assert programme.days(2027) == [date(2027, 6, 12)]
    assert not programme.is_on(beijing("2027-06-16 12:00"))
    plans.withdraw(held.id, "张三")
    assert programme.days(2027) == [date(2027, 6, 16)]


def test_the_account_is_dressed_for_the_day_once_and_back(programme: Programme) -> None:
    account = Account()
    for now in ("06-15 23:59", "06-16 00:00", "06-16 23:59", "06-17 00:00", "06-17 00:01", "06-18 08:00"):
        programme.run(beijing(f"2027-{now}"), announce, account)
    assert account.shown == ["2027-06-16", "usual"]


def test_the_account_is_undressed_when_the_plan_of_the_day_is_withdrawn(
    database: Database, plans: PlanDesk, programme: Programme
) -> None:
    account = Account()
    held, _ = plans.store(LOCAL, "方案.docx", "张三")
    plans.accept(held.id, ["event-1"], "张三")
    programme.run(beijing("2027-06-12 08:00"), announce, account)
    plans.withdraw(held.id, "张三")
    for _ in range(2):
        programme.run(beijing("2027-06-12 09:00"), announce, account)
    plans.accept(held.id, ["event-1"], "张三")
    programme.run(beijing("2027-06-12 10:00"), announce, account)
    assert account.shown == ["2027-06-12", "usual", "2027-06-12"]


def test_after_downtime_over_midnight_it_is_undressed(programme: Programme) -> None:
    account = Account()
    programme.run(beijing("2027-06-16 08:00"), announce, account)
    programme.run(beijing("2027-06-20 08:00"), announce, account)
    assert account.shown == ["2027-06-16", "usual"]


def test_a_platform_that_refuses_is_asked_again(programme: Programme) -> None:
    account = Account(refuses=True)
    programme.run(beijing("2027-06-16 00:00"), announce, account)
    account.refuses = False
    programme.run(beijing("2027-06-16 00:01"), announce, account)
    assert account.shown == ["2027-06-16"]


def test_a_crash_while_it_is_dressed_is_made_good_even_days_later(programme: Programme) -> None:
    account = Account(refuses=True)  # or the process died in the middle: nobody knows what is shown
    programme.run(beijing("2027-06-16 23:59"), announce, account)
    assert programme.states()["2027-06-16"]["trouble"] == "down"
    account.refuses = False
    programme.run(beijing("2027-06-19 08:00"), announce, account)
    assert account.shown == ["usual"]


def test_an_undressing_that_fails_comes_again(programme: Programme) -> None:
    account = Account()
    programme.run(beijing("2027-06-16 08:00"), announce, account)
    account.refuses = True
    programme.run(beijing("2027-06-17 00:00"), announce, account)
    account.refuses = False
    programme.run(beijing("2027-06-17 00:01"), announce, account)
    programme.run(beijing("2027-06-17 00:02"), announce, account)
    assert account.shown == ["2027-06-16", "usual"]


def test_the_local_day_takes_the_reminders_of_the_national_one(
    database: Database, plans: PlanDesk, programme: Programme
) -> None:
    held, _ = plans.store(LOCAL, "方案.docx", "张三")
    plans.accept(held.id, ["event-1"], "张三")
    found = programme.calendar.firings(beijing("2027-06-01 00:00"), beijing("2027-06-30 00:00"))
    public = [(f.send_day.day, f.texts["public"]) for f in found if f.audience.who == ("公众",)]
    assert [(day, text.split("\n")[0]) for day, text in public] == [
        (12, "今天是6月12日，星期六，请来提问。主题是“测试用的主题”。")
    ]
    officers = [(f.send_day.day, f.reminder) for f in found if f.audience.who == ("联络员",)]
    assert len(officers) == len({day for day, _ in officers})  # once a day, by the calendar or by the plan


def test_what_prepares_the_day_is_not_the_day(plans: PlanDesk, programme: Programme) -> None:
    fact = Fact(id="event-1", kind=FactKind.EVENT, section="四", confidence=1.0, what="咨询日筹备会",
                date="2027-06-10", sentence="6月10日召开咨询日筹备会。")  # fmt: skip
    held, _ = plans.store(Proposal(title="方案", year=2027, facts=(fact,)), "方案.docx", "张三")
    plans.accept(held.id, ["event-1"], "张三")
    assert programme.days(2027) == [date(2027, 6, 16)]


def test_thanks_with_figures_go_to_review_once_on_the_next_day(database: Database, programme: Programme) -> None:
    for at, who, status in (
        ("2027-06-15 23:59", "x", "answered"), ("2027-06-16 00:00", "a", "answered"),
        ("2027-06-16 09:00", "a", "unknown"), ("2027-06-16 23:59", "b", "choices"),
        ("2027-06-16 12:00", "c", "small_talk"), ("2027-06-17 00:00", "y", "answered"),
    ):  # fmt: skip
        ask(database, at, who, status)
    assert programme.run(beijing("2027-06-17 08:59"), announce) is None
    fired = programme.run(beijing("2027-06-17 09:00"), announce)
    assert fired
    assert "共有2人问了3个问题。有1个问题没能当场答上" in fired.firing.texts["public"]
    for now in ("06-17 09:01", "06-17 18:59", "06-17 21:00", "06-18 09:00"):
        assert programme.run(beijing(f"2027-{now}"), announce) is None
    with database.begin() as db:
        assert len(drafts.listed(db)) == 1


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ((), "有2个问题没能当场答上，工作人员正在办"),
        (("a",), "其中1人已收到答复，其余的工作人员正在办"),
        (("a", "b"), "有2个问题没能当场答上，提问的人后来都已收到答复。平时"),
    ],
)
def test_thanks_say_who_still_waits_and_no_more(
    database: Database, programme: Programme, told: tuple[str, ...], words: str
) -> None:
    for who in ("a", "b"):
        ask(database, "2027-06-16 09:00", who, "unknown")
        asked = {
            "at": drafts.utc(beijing("2027-06-16 09:00")),
            "question": "问",
            "candidates": "[]",
            "status": "unknown",
        }
        when = drafts.utc(beijing("2027-06-16 15:00"))
        answered = {"cluster": 1, "entry": "e", "state": "sent", "created_at": when, "at": when}
        with database.begin() as db:
            db.execute(sa.insert(unanswered).values(channel="official", address=who, region="", **asked))
            if who in told:
                db.execute(sa.insert(answer_notice).values(channel="official", address=who, **answered))
    fired = programme.run(beijing("2027-06-17 09:00"), announce)
    assert fired
    assert words in fired.firing.texts["public"]


def test_nobody_is_thanked_where_nobody_asked(programme: Programme) -> None:
    assert programme.run(beijing("2027-06-17 09:00"), announce) is None
