"""Reports of what was sent, as WeChat pushes them: signed, through the callback, the inbox and into the ledger."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.channels.official import Callback, CallbackLane
from bot.messages import Delivery
from bot.outreach import reports
from bot.outreach.content import Level
from bot.outreach.drafts import Draft
from bot.outreach.outcome import because
from bot.outreach.reconciling import poll
from bot.outreach.states import Move, State
from bot.outreach.sweeping import sweep
from bot.outreach.tables import broadcast_event, delivery
from bot.people.tables import consent, follower
from bot.sending import Message
from bot.services import Services
from bot.settings import Settings, WeChatSettings
from bot.store.records import Records
from tests import bases
from tests.channels.official.wire import ACCOUNT, APP_ID, NOW, TOKEN, environ, message, query

from .conftest import NOW as WORKDAY
from .conftest import Clock, Office, Platform

OPERATOR = "oOPERATOR0000000000000000001"
COUNTS: dict[str, Any] = {"TotalCount": 4, "FilterCount": 4, "SentCount": 4, "ErrorCount": 0}


class Account(Office):
    """An office behind WeChat's callback, with everything that `Services` joins."""

    def __init__(self, services: Services) -> None:
        super().__init__(services.database, Clock())
        self.services, self._count = services, itertools.count(1)
        callback = Callback(services.settings.wechat, services.inbox, lambda: NOW)
        self._lane = CallbackLane(lambda *_: [], callback)

    def reports(self, event: str = "MASSSENDJOBFINISH", at: int = 0, who: str = OPERATOR, **told: Any) -> None:
        """WeChat pushes an event, and gets the empty answer. at: unix seconds, each its own unless given."""
        when = at or NOW + next(self._count)
        fields: dict[str, Any] = {
            "ToUserName": ACCOUNT,
            "FromUserName": who,
            "CreateTime": when,
            "MsgType": "event",
            "Event": event,
        }
        body = message(**fields, **told).encode()
        started: list[str] = []
        answer = self._lane(environ("POST", body, query()), lambda status, *_: started.append(status))  # type: ignore[arg-type]
        assert (started, b"".join(answer)) == (["200 OK"], b"success")

    def sends(self, name: str = "official.mass", people: int = 4, most: int = 4) -> int:
        """A broadcast that the platform has taken: job m1, m2 …"""
        many = name == "official.mass"
        platform = Platform(name=name, least=2 if many else 1, most=most if many else 1, has_key=many)
        self.follows(people)
        number = self.broadcasts(platform)
        self.works(self.worker(platform))
        return number

    def words(self) -> list[str]:
        """What staff read of the platform's reports."""
        with self.database.begin() as db:
            why = broadcast_event.c.why
            return list(db.scalars(sa.select(why).where(why != "").order_by(broadcast_event.c.id)))


@pytest.fixture
def account(tmp_path: Path, sqlite_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account of this test's own, on SQLite."""
    settings = Settings(wechat=WeChatSettings(token=TOKEN, app_id=APP_ID), var_dir=tmp_path, database_url=sqlite_url)
    services = Services(settings)
    services.__dict__["keeper"] = bases.Fixed(bases.small(tmp_path_factory.getbasetemp()), settings)
    account = Account(services)
    yield account
    account.close()
    services.close()


def test_mass_message_that_reached_everybody_is_delivered_once(account: Account) -> None:
    sent = account.sends()
    for _ in range(2):
        account.reports(MsgID="m1", Status="send success", **COUNTS)
    assert account.people(sent) == {Delivery.DELIVERED: 4}
    assert account.words() == ["平台报告：名单4人，过滤后4人，成功4人，失败0人"]
    [*_, told] = account.services.broadcasts.history(sent)
    assert (told.who, told.move, told.why) == ("system", Move.REPORT, account.words()[0])
    account.reports(MsgID="m1", Status="send fail", **COUNTS)
    assert account.people(sent) == {Delivery.DELIVERED: 4}


def test_refused_mass_message_has_failed_and_staff_read_why(account: Account) -> None:
    sent = account.sends(people=8)
    account.sets(sent, state=State.SENDING)
    for _ in range(2):
        account.reports(MsgID="m1", Status="err(20001)", TotalCount=4, FilterCount=0, SentCount=0, ErrorCount=0)
    assert account.people(sent) == {Delivery.TECHNICAL_FAILURE: 4, Delivery.SENT: 4}
    assert account.why(sent)["err(20001)"] == 4
    assert because("err(20001)") == "涉嫌政治"
    assert account.stands(sent).state == State.PAUSED
    assert "平台没有发出这一批：涉嫌政治（err(20001)）" in account.words()


def test_number_of_a_refusal_may_be_a_new_one(account: Account) -> None:
    sent = account.sends()
    account.reports(MsgID="m1", Status="ERR (20431)")
    assert account.people(sent) == {Delivery.TECHNICAL_FAILURE: 4}
    assert "平台没有发出这一批：原因不明（err(20431)）" in account.words()


@pytest.mark.parametrize("counts", [{}, {"SentCount": 4}, {"TotalCount": "many", "SentCount": "-1", "ErrorCount": ""}])
def test_nobody_is_taken_to_be_reached_where_counts_are_missing(account: Account, counts: dict[str, Any]) -> None:
    sent = account.sends()
    account.reports(MsgID="m1", Status="send success", **counts)
    assert account.people(sent) == {Delivery.SENT: 4}
    assert account.words() == ["平台报告：已发出，没有给出人数"]


@pytest.mark.parametrize(
    "told",
    [
        {"MsgID": "m99", "Status": "send fail"},  # a job of WeChat's console
        {"MsgID": "", "Status": "send fail"},
        {"Status": "send fail"},
        {"MsgID": "m1"},
        {"MsgID": "m1", "Status": "正在发送"},
        {"MsgID": "m1", "Status": "err(x)"},
    ],
)
def test_what_is_not_ours_or_says_nothing_changes_nothing(account: Account, told: dict[str, Any]) -> None:
    sent = account.sends()
    account.reports(**told)
    assert (account.people(sent), account.words()) == ({Delivery.SENT: 4}, [])


@pytest.mark.parametrize(
    ("name", "event", "status", "state"),
    [
        ("official.mass", "MASSSENDJOBFINISH", "err(20001)", Delivery.TECHNICAL_FAILURE),
        ("official.template", "TEMPLATESENDJOBFINISH", "success", Delivery.DELIVERED),
        ("official.template", "TEMPLATESENDJOBFINISH", "failed:user block", Delivery.PERMANENT_FAILURE),
    ],
)
def test_report_that_comes_before_the_call_is_closed_is_heard(
    account: Account, name: str, event: str, status: str, state: Delivery
) -> None:
    most = 4 if name == "official.mass" else 1
    platform = Platform(name=name, least=min(2, most), most=most, has_key=most > 1)
    platform.before = lambda calls: account.reports(event, MsgID=f"m{calls}", Status=status)
    account.follows(4)
    sent, worker = account.broadcasts(platform), account.worker(platform, threads=1)
    account.works(worker)
    assert account.people(sent) == {Delivery.SENT: 4}
    for _ in range(2):
        sweep(account.database, worker, account.clock())
    assert account.people(sent) == {state: 4}


def test_report_of_what_somebody_else_sent_is_not_kept_for_long(account: Account) -> None:
    platform = Platform(name="official.template")
    worker = account.worker(platform)
    account.reports("TEMPLATESENDJOBFINISH", MsgID="m1", Status="success")
    account.reports(MsgID="m1", Status="send success")
    account.clock.now = datetime.now(UTC) + timedelta(minutes=11)
    sweep(account.database, worker, account.clock())
    account.clock.now = WORKDAY
    sent = account.sends("official.template", people=1)
    sweep(account.database, worker, account.clock())
    assert account.people(sent) == {Delivery.SENT: 1}


def test_lost_report_is_asked_for_by_the_clock(account: Account) -> None:
    sent = account.sends()
    poll(account.database, lambda _number: "SEND_FAIL", account.clock() + timedelta(hours=1))
    assert account.people(sent) == {Delivery.TECHNICAL_FAILURE: 4}


def test_two_jobs_that_end_in_the_same_second_are_both_heard(account: Account) -> None:
    sent = account.sends(people=8)
    for number in ("m1", "m2"):
        account.reports(at=NOW, MsgID=number, Status="send success", **COUNTS)
    assert account.people(sent) == {Delivery.DELIVERED: 8}


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("success", Delivery.DELIVERED),
        ("failed:user block", Delivery.PERMANENT_FAILURE),
        ("failed: system failed", Delivery.TECHNICAL_FAILURE),
        ("", Delivery.SENT),
        ("later", Delivery.SENT),
    ],
)
def test_receipt_of_a_template_message(account: Account, status: str, state: Delivery) -> None:
    sent = account.sends("official.template", people=1)
    for _ in range(2):
        account.reports("TEMPLATESENDJOBFINISH", who="o1", MsgID="m1", Status=status)
    account.reports("TEMPLATESENDJOBFINISH", who="o1", MsgID="m7", Status="failed:user block")
    assert account.people(sent) == {state: 1}
    assert all(because(why) != why for why in account.why(sent) if why)


@pytest.mark.parametrize(("code", "state"), [("0", Delivery.DELIVERED), ("43101", Delivery.PERMANENT_FAILURE)])
def test_receipt_of_a_notice_is_heard_beside_its_consent(account: Account, code: str, state: Delivery) -> None:
    sent = account.sends("official.notice", people=1)
    accepted = "<List><TemplateId>T1</TemplateId><SubscribeStatusString>accept</SubscribeStatusString></List>"
    account.reports("subscribe_msg_popup_event", who="o1", SubscribeMsgPopupEvent=accepted)
    told = f"<List><TemplateId>T1</TemplateId><MsgID>m1</MsgID><ErrorCode>{code}</ErrorCode></List>"
    account.reports("subscribe_msg_sent_event", who="o1", SubscribeMsgSentEvent=told)
    assert account.people(sent) == {state: 1}
    with account.database.begin() as db:
        assert db.scalar(sa.select(consent.c.remaining)) == (1 if code == "0" else 0)


def test_notice_without_a_number_is_nobodys(account: Account) -> None:
    sent = account.sends("official.notice", people=1)
    with account.database.begin() as db:
        db.execute(sa.update(delivery).values(platform_id=None))  # bizsend answers without one
    told = "<List><TemplateId>T1</TemplateId><MsgID>m1</MsgID><ErrorCode>0</ErrorCode></List>"
    account.reports("subscribe_msg_sent_event", who="o1", SubscribeMsgSentEvent=told)
    assert account.people(sent) == {Delivery.SENT: 1}


def test_while_the_database_is_away_receipts_wait_and_jobs_are_asked_for_later(account: Account) -> None:
    template = account.sends("official.template", people=1)
    with account.database.begin() as db:
        db.execute(sa.text("ALTER TABLE delivery RENAME TO elsewhere"))
        db.execute(sa.text("ALTER TABLE batch RENAME TO elsewhere_too"))
    account.reports("TEMPLATESENDJOBFINISH", who="o1", MsgID="m1", Status="success")
    account.reports(MsgID="m1", Status="send fail")
    with account.database.begin() as db:
        db.execute(sa.text("ALTER TABLE elsewhere RENAME TO delivery"))
        db.execute(sa.text("ALTER TABLE elsewhere_too RENAME TO batch"))
    later = Records(account.database, account.services.settings.var_dir / "spool.jsonl", reports.WRITERS)
    later.start()
    later.stop()
    assert account.people(template) == {Delivery.DELIVERED: 1}


@pytest.mark.parametrize("deed", ["start", "resume", "alert"])
def test_idle_workers_are_told_when_there_is_something_to_send(account: Account, deed: str) -> None:
    sender, at = Platform(), datetime(2026, 6, 16, 4, tzinfo=UTC)
    account.services.__dict__["senders"] = {sender.name: sender}
    desk, store = account.services.broadcasts, account.services.store
    account.follows(1)
    with account.database.begin() as db:
        db.execute(sa.update(follower).values(account="", last_message_at=at))
    draft = Draft(title="暴雨预警", content={Level.PUBLIC: Message(text="请避开低洼处。")}, urgent=True)
    held = desk.write(draft, "甲", at)
    if deed != "alert":
        desk.submit(held.id, "甲", "", at)
        desk.approve(held.id, held.version, "乙", "", at)
    if deed == "resume":
        desk.start(held.id, "甲", at)
        desk.pause(held.id, "甲", "", at)
    before = store.get("outreach:changed")
    if deed == "start":
        desk.start(held.id, "甲", at)
    else:
        getattr(desk, deed)(held.id, "甲", "预警已发布", at)
    assert store.get("outreach:changed") != before
