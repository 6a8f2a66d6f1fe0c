"""The inbox in the thread that reads: what it answers at once, and where it gives way instead of waiting."""

# ruff: noqa: F811  the fixture is another module's

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.dialogue.turn import FollowerLeft, Handler, QuestionUnanswered
from bot.errors import WouldWait
from bot.inbox import Inbox
from bot.messages import Choice, Inbound
from bot.store.database import Database
from bot.store.kv import MemoryKeyValue, RedisKeyValue
from bot.store.records import Records
from bot.store.tables import unanswered
from tests.test_inbox import FAILURE, Echo, database, message, records, render, written  # noqa: F401


@pytest.fixture
def memory_inbox(records: Records) -> Iterator[Callable[[Handler], Inbox]]:
    """memory_inbox(handler): an inbox whose store is this process, with a writer that runs."""
    records.start()
    yield lambda handler: Inbox(MemoryKeyValue(), records, [handler], deadline_s=120, failure=lambda: FAILURE)
    records.stop()


def test_what_need_not_wait_is_answered_at_once_and_its_repeat_too(memory_inbox: Callable[[Handler], Inbox]) -> None:
    echo = Echo()
    inbox = memory_inbox(echo)
    assert inbox.receive_at_once(message("你好", "m1"), render) == "1. 你好".encode()
    assert inbox.receive_at_once(message("你好", "m1"), render) == "1. 你好".encode()
    assert inbox.receive(message("你好", "m1"), render) == "1. 你好".encode()
    assert inbox.receive_at_once(message("再问", "m2"), render) == "2. 再问".encode()
    assert echo.sessions[1].choices == (Choice("c", "你好", "你好"),)


def test_nothing_is_answered_at_once_where_the_store_is_another_process(redis_url: str, records: Records) -> None:
    echo = Echo()
    inbox = Inbox(RedisKeyValue(redis_url), records, [echo], deadline_s=120, failure=lambda: FAILURE)
    with pytest.raises(WouldWait):
        inbox.receive_at_once(message("你好", "m1"), render)
    assert not echo.sessions
    assert inbox.receive(message("你好", "m1"), render) == "1. 你好".encode()


@pytest.mark.parametrize("second", [message("你好", "m1"), message("第二句", "m2")], ids=["repeat", "next"])
def test_at_once_gives_way_while_the_person_is_answered(
    memory_inbox: Callable[[Handler], Inbox], second: Inbound
) -> None:
    working, go_on = threading.Event(), threading.Event()

    def slow(inbound: Inbound) -> None:
        if inbound.key == "m1":
            working.set()
            assert go_on.wait(120)

    echo = Echo(slow)
    inbox = memory_inbox(echo)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(inbox.receive, message("你好", "m1"), render)
        assert working.wait(120)
        with pytest.raises(WouldWait):
            inbox.receive_at_once(second, render)
        go_on.set()
        first.result(120)
    expected = "1. 你好" if second.key == "m1" else "2. 第二句"
    assert inbox.receive(second, render) == expected.encode()


def test_at_once_gives_way_where_a_question_must_be_kept_and_nothing_has_been_done(
    memory_inbox: Callable[[Handler], Inbox], database: Database
) -> None:
    inbox = memory_inbox(Echo(events=(QuestionUnanswered("谁管井盖", ()),)))
    with pytest.raises(WouldWait):
        inbox.receive_at_once(message("谁管井盖", "m1"), render)
    assert written(database, unanswered, "question") == []
    assert inbox.receive(message("谁管井盖", "m1"), render) == "2. 谁管井盖".encode()
    assert written(database, unanswered, "question") == ["谁管井盖"]
    assert inbox.receive_at_once(message("谁管井盖", "m2"), render) == "3. 谁管井盖".encode()


def test_one_who_leaves_is_not_forgotten_at_once(memory_inbox: Callable[[Handler], Inbox]) -> None:
    inbox = memory_inbox(Echo(events=(FollowerLeft(),)))
    with pytest.raises(WouldWait):
        inbox.receive_at_once(message("", kind="event", event="unsubscribe"), render)
    assert inbox.receive(message("", kind="event", event="unsubscribe"), render)


def test_fault_of_ours_at_once_is_an_honest_reply(memory_inbox: Callable[[Handler], Inbox]) -> None:
    def broken(_inbound: Inbound) -> None:
        raise ValueError("broken")

    inbox = memory_inbox(Echo(broken))
    assert inbox.receive_at_once(message("你好", "m1"), render) == FAILURE.text.encode()
