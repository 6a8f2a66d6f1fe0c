"""One message, one turn, one reply: whatever is repeated, late or broken."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.dialogue import Dialogue
from bot.dialogue.session import Session
from bot.dialogue.turn import AnswerRated, Event, FollowerLeft, Handler, Noted, QuestionUnanswered, Turn
from bot.errors import StoreError
from bot.inbox import Inbox
from bot.messages import Choice, Inbound, MessageKind, Reply
from bot.store.database import Database
from bot.store.kv import KeyValue, MemoryKeyValue, RedisKeyValue
from bot.store.records import Records, UnansweredRow
from bot.store.tables import message_log, rating, unanswered
from tests import bases

FAILURE = Reply("系统刚才出了点问题")


def message(text: str, key: str = "", *, address: str = "oAlice", kind: str = "text", event: str = "") -> Inbound:
    return Inbound(
        channel="official", account="gh_1", address=address, key=key or f"{address}:{text}:{event}", sent_at=1,
        kind=MessageKind(kind), text=text, event=event,
    )  # fmt: skip


def render(reply: Reply | None) -> bytes:
    return reply.text.encode() if reply else b""


@dataclass
class Echo:
    """A handler that says the words back with a count, and does what a test asks of it first."""

    before: Callable[[Inbound], object] = lambda _inbound: None
    events: tuple[Event, ...] = ()
    sessions: list[Session] = field(default_factory=list)

    def __call__(self, inbound: Inbound, session: Session, _now: datetime) -> Turn:
        self.sessions.append(session)
        n = len(self.sessions)
        self.before(inbound)
        after = session.offering((Choice("c", inbound.text, inbound.text),))
        return Turn(Reply(f"{n}. {inbound.text}"), after, self.events, Noted("answered", "", "e1", 0.5))


@pytest.fixture(params=["memory", "redis"])
def store(request: pytest.FixtureRequest) -> KeyValue:
    if request.param == "memory":
        return MemoryKeyValue()
    return RedisKeyValue(request.getfixturevalue("redis_url"))


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    database = Database(sqlite_url)
    yield database
    database.close()


@pytest.fixture
def records(database: Database, tmp_path: Path) -> Records:
    return Records(database, tmp_path / "spool.jsonl")


@pytest.fixture
def inbox_of(store: KeyValue, records: Records) -> Callable[..., Inbox]:
    """inbox_of(handler): an inbox with this one handler."""

    def make(
        handler: Handler, *, store: KeyValue = store, records: Records = records, deadline_s: float = 120
    ) -> Inbox:
        return Inbox(store, records, [handler], deadline_s=deadline_s, failure=lambda: FAILURE)

    return make


InboxOf = Callable[..., Inbox]


def written(database: Database, table: sa.Table, column: str) -> list[str]:
    with database.begin() as db:
        return list(db.scalars(sa.select(table.c[column]).order_by(table.c.id)))


def test_message_gets_the_rendered_reply(inbox_of: InboxOf) -> None:
    assert inbox_of(Echo()).receive(message("你好"), render) == "1. 你好".encode()


def test_repeat_gets_the_very_same_bytes_and_is_not_worked_on_again(inbox_of: InboxOf) -> None:
    echo = Echo()
    inbox = inbox_of(echo)
    replies = {inbox.receive(message("你好", "m1"), render) for _ in range(4)}
    assert replies == {"1. 你好".encode()}
    assert len(echo.sessions) == 1


def test_repeat_of_a_message_without_reply_stays_without(inbox_of: InboxOf) -> None:
    turns: list[int] = []

    def silent(_inbound: Inbound, session: Session, _now: datetime) -> Turn:
        turns.append(1)
        return Turn(None, session)

    inbox = inbox_of(silent)
    assert [inbox.receive(message("", "m1"), render) for _ in range(3)] == [b""] * 3
    assert turns == [1]


def test_same_words_under_another_key_are_another_message(inbox_of: InboxOf) -> None:
    inbox = inbox_of(Echo())
    assert inbox.receive(message("你好", "m1"), render) != inbox.receive(message("你好", "m2"), render)


def test_same_key_on_another_channel_is_another_message(inbox_of: InboxOf) -> None:
    inbox = inbox_of(Echo())
    inbox.receive(message("你好", "m1"), render)
    assert inbox.receive(replace(message("你好", "m1"), channel="web"), render) == "2. 你好".encode()


def test_repeat_that_comes_while_the_first_is_worked_on_waits_and_gets_its_bytes(inbox_of: InboxOf) -> None:
    working, go_on = threading.Event(), threading.Event()

    def slow(_inbound: Inbound) -> None:
        working.set()
        assert go_on.wait(120)

    echo = Echo(slow)
    inbox = inbox_of(echo)
    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(inbox.receive, message("你好", "m1"), render)
        assert working.wait(120)
        repeats = [pool.submit(inbox.receive, message("你好", "m1"), render) for _ in range(2)]
        go_on.set()
        assert {job.result(120) for job in (first, *repeats)} == {"1. 你好".encode()}
    assert len(echo.sessions) == 1


def test_repeat_gives_up_empty_at_its_deadline_and_a_later_one_gets_the_reply(inbox_of: InboxOf) -> None:
    working, go_on = threading.Event(), threading.Event()

    def slow(_inbound: Inbound) -> None:
        working.set()
        assert go_on.wait(120)

    echo = Echo(slow)
    inbox, hasty = inbox_of(echo), inbox_of(echo, deadline_s=0.05)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(inbox.receive, message("你好", "m1"), render)
        assert working.wait(120)
        assert hasty.receive(message("你好", "m1"), render) == b""
        go_on.set()
        first.result(120)
    assert hasty.receive(message("你好", "m1"), render) == "1. 你好".encode()
    assert len(echo.sessions) == 1


def test_second_message_of_a_person_is_worked_on_after_the_first(inbox_of: InboxOf) -> None:
    working, go_on, order = threading.Event(), threading.Event(), []

    def slow_first(inbound: Inbound) -> None:
        if inbound.text == "第一句":
            working.set()
            assert go_on.wait(120)
        order.append(inbound.text)

    echo = Echo(slow_first)
    inbox = inbox_of(echo)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(inbox.receive, message("第一句"), render)
        assert working.wait(120)
        second = pool.submit(inbox.receive, message("第二句"), render)
        go_on.set()
        assert first.result(120) == "1. 第一句".encode()
        assert second.result(120) == "2. 第二句".encode()
    assert order == ["第一句", "第二句"]
    assert echo.sessions[1].choices[0].text == "第一句", "the second turn leans on the first"


def test_two_people_are_served_side_by_side(inbox_of: InboxOf) -> None:
    together = threading.Barrier(2, timeout=120)
    inbox = inbox_of(Echo(lambda _inbound: together.wait()))
    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(inbox.receive, message("你好", address=who), render) for who in ("oAlice", "oBob")]
        assert all("你好" in job.result(120).decode() for job in jobs)


def test_same_address_at_two_accounts_is_two_people(inbox_of: InboxOf) -> None:
    echo = Echo()
    inbox = inbox_of(echo)
    inbox.receive(message("你好", "m1"), render)
    inbox.receive(replace(message("你好", "m2"), account="gh_2"), render)
    assert echo.sessions[1] == Session()


def broken(_inbound: Inbound, _session: Session, _now: datetime) -> Turn:
    raise RuntimeError("a bug of ours")


def test_failing_handler_still_gets_the_person_a_reply(inbox_of: InboxOf) -> None:
    assert inbox_of(broken).receive(message("你好"), render) == FAILURE.text.encode()


def test_repeat_of_a_failed_message_gets_the_same_reply(inbox_of: InboxOf) -> None:
    inbox = inbox_of(broken)
    assert inbox.receive(message("你好", "m1"), render) == inbox.receive(message("你好", "m1"), render)


def test_failing_event_is_answered_with_nothing(inbox_of: InboxOf) -> None:
    assert inbox_of(broken).receive(message("", kind="event", event="scan"), render) == b""


def test_person_is_served_again_after_a_failure(inbox_of: InboxOf) -> None:
    def fails_once(inbound: Inbound) -> None:
        if inbound.text == "坏":
            raise RuntimeError

    inbox = inbox_of(Echo(fails_once))
    inbox.receive(message("坏"), render)
    assert inbox.receive(message("好"), render).decode().endswith("好")


def test_session_goes_from_turn_to_turn(inbox_of: InboxOf) -> None:
    echo = Echo()
    inbox = inbox_of(echo)
    for text in ("一", "二", "三"):
        inbox.receive(message(text), render)
    assert [s.choices[0].text if s.choices else "" for s in echo.sessions] == ["", "一", "二"]
    assert echo.sessions[2].touched_at is not None


def test_unanswered_question_is_kept_before_the_reply(inbox_of: InboxOf, database: Database) -> None:
    echo = Echo(events=(QuestionUnanswered("鲨鱼咬人怎么办", (("e1", 0.1),)),))
    inbox_of(echo).receive(message("鲨鱼咬人怎么办"), render)
    assert written(database, unanswered, "question") == ["鲨鱼咬人怎么办"]


def test_rating_is_kept_before_the_reply(inbox_of: InboxOf, database: Database) -> None:
    told = AnswerRated("高温几度停工", "heat-stop", 0.9, useful=False, reason="看不懂")
    inbox_of(Echo(events=(told,))).receive(message("看不懂"), render)
    with database.begin() as db:
        row = db.execute(sa.select(rating)).one()
    assert (row.address, row.question, row.entry, row.useful, row.reason) == (
        "oAlice", "高温几度停工", "heat-stop", 0, "看不懂",
    )  # fmt: skip


class FullDisk(Records):
    """Records that cannot keep anything."""

    def keep(self, row: UnansweredRow) -> None:
        raise StoreError("spool: no space left on device")


def test_reply_does_not_promise_what_could_not_be_kept(inbox_of: InboxOf, database: Database, tmp_path: Path) -> None:
    echo = Echo(events=(QuestionUnanswered("鲨鱼咬人怎么办", ()),))
    inbox = inbox_of(echo, records=FullDisk(database, tmp_path / "x"))
    assert inbox.receive(message("鲨鱼咬人怎么办"), render) == FAILURE.text.encode()


def test_message_is_logged_with_what_came_of_it(inbox_of: InboxOf, records: Records, database: Database) -> None:
    inbox_of(Echo()).receive(message("你好" * 3000), render)
    records.start()
    records.stop()
    with database.begin() as db:
        row = db.execute(sa.select(message_log)).one()
    assert (row.channel, row.address, row.kind, row.status, row.entry) == (
        "official",
        "oAlice",
        "text",
        "answered",
        "e1",
    )
    assert row.confidence == 0.5
    assert row.took_ms > 0
    assert len(row.text) == 2000


def leaving(inbound: Inbound, session: Session, _now: datetime) -> Turn:
    if inbound.event == "unsubscribe":
        return Turn(None, Session(), (FollowerLeft(),))
    asked = (QuestionUnanswered(inbound.text, ()),)
    return Turn(Reply("好"), session.offering((Choice("c", inbound.text, inbound.text),)), asked)


def test_one_who_unfollows_is_forgotten(inbox_of: InboxOf, records: Records, database: Database) -> None:
    inbox = inbox_of(leaving)
    records.start()
    for who in ("oAlice", "oBob"):
        inbox.receive(message("鲨鱼", address=who), render)
    assert inbox.receive(message("", kind="event", event="unsubscribe"), render) == b""
    records.stop()
    assert written(database, message_log, "address") == ["oBob"]
    assert written(database, unanswered, "address") == ["", "oBob"]
    assert written(database, unanswered, "question") == ["鲨鱼", "鲨鱼"]


def test_one_who_comes_back_starts_afresh(inbox_of: InboxOf, records: Records) -> None:
    inbox = inbox_of(leaving)
    inbox.receive(message("鲨鱼"), render)
    inbox.receive(message("", kind="event", event="unsubscribe"), render)
    echo = Echo()
    inbox_of(echo).receive(message("你好"), render)
    assert echo.sessions == [Session()]


def test_message_is_answered_while_the_database_is_away(inbox_of: InboxOf, tmp_path: Path) -> None:
    records = Records(Database("sqlite:////nowhere/at/all.db"), tmp_path / "spool.jsonl")
    inbox = inbox_of(Echo(events=(QuestionUnanswered("鲨鱼", ()),)), records=records)
    assert inbox.receive(message("鲨鱼"), render) == "1. 鲨鱼".encode()
    assert "UnansweredRow" in (tmp_path / "spool.jsonl").read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["\x00", "\ud800", "'; DROP TABLE message_log; --", "😀" * 3000, "\u200b\u202e"])
def test_strange_text_is_answered_and_logged(
    inbox_of: InboxOf, records: Records, database: Database, text: str
) -> None:
    inbox = inbox_of(lambda i, s, _n: Turn(Reply("好"), s.offering((Choice("c", text, text),)), (
        QuestionUnanswered(text, ()),)))  # fmt: skip
    records.start()
    assert inbox.receive(message(text, "m1"), render).decode() == "好"
    assert inbox.receive(message(text, "m2"), render).decode() == "好"
    records.stop()
    assert len(written(database, message_log, "text")) == 2


def test_talk_leans_on_what_was_said_through_the_store(
    store: KeyValue, records: Records, database: Database, tmp_path_factory: pytest.TempPathFactory
) -> None:
    bot = bases.answerer(bases.small(tmp_path_factory.getbasetemp()))
    dialogue = Dialogue(lambda: bot)
    inbox = Inbox(store, records, dialogue.handlers(), deadline_s=120, failure=lambda: FAILURE)

    def says(text: str, key: str) -> str:
        return inbox.receive(message(text, key), render).decode()

    assert "四十度" in says("高温几度停工", "1")
    assert "（三）组织风险辨识" in says("原文", "2")
    assert says("那第二项呢", "3").endswith("（二）组织教育培训；")
    assert "哪里不合适" in says("没用", "4")
    assert "简单说" in says("2", "5")
    assert says("2", "5") == says("没用", "5"), "a repeat changes nothing"
    assert written(database, rating, "reason") == ["看不懂"]
