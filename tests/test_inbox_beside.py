"""The inbox beside others: what improves its replies, and staff who speak in its place."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.dialogue.session import Session
from bot.dialogue.turn import Handler, Heard, Noted, Turn
from bot.errors import WouldWait
from bot.inbox import Inbox
from bot.messages import Inbound, Reply
from bot.store.database import Database
from bot.store.kv import MemoryKeyValue
from bot.store.records import Records
from bot.store.tables import message_log
from tests.test_inbox import FAILURE, Echo, message, render


@pytest.fixture
def records(sqlite_url: str, tmp_path: Path) -> Iterator[Records]:
    """Kept in a database of the test's own."""
    database = Database(sqlite_url)
    yield Records(database, tmp_path / "spool.jsonl")
    database.close()


@dataclass
class Slowly:
    """Betters every reply, which takes time, and notes how much of it was left."""

    left_s: list[float] = field(default_factory=list)

    def improve(
        self, turn: Turn, _inbound: Inbound, _again: object, left_s: Callable[[], float], at_once: bool
    ) -> Turn:
        if at_once:
            raise WouldWait
        self.left_s.append(left_s())
        return replace(turn, reply=Reply("besser"))


def test_improver_knows_how_much_time_has_gone_already(records: Records) -> None:
    improver = Slowly()
    inbox = Inbox(MemoryKeyValue(), records, [Echo()], deadline_s=10, failure=lambda: FAILURE, improver=improver)
    assert inbox.receive(message("一"), render) == b"besser"
    assert inbox.receive(message("二"), render, time.monotonic() - 8) == b"besser"
    assert 5 < improver.left_s[0] <= 10
    assert improver.left_s[1] <= 2


def test_what_would_be_improved_is_not_told_at_once_and_nothing_has_been_done(records: Records) -> None:
    echo = Echo()
    inbox = Inbox(MemoryKeyValue(), records, [echo], deadline_s=10, failure=lambda: FAILURE, improver=Slowly())
    with pytest.raises(WouldWait):
        inbox.receive_at_once(message("一"), render)
    assert inbox.receive(message("一"), render) == b"besser"
    assert echo.sessions == [Session(), Session()]


@dataclass
class Listening:
    """Whom staff speak to, as a test says."""

    people: set[str]
    handlers: tuple[Handler, ...]
    asked: int = 0

    def may_hold(self, _channel: str, address: str) -> bool:
        return address in self.people

    def holds(self, _channel: str, address: str) -> bool:
        self.asked += 1
        return address in self.people


def _listen(_inbound: Inbound, session: Session, _now: datetime) -> Turn:
    return Turn(None, session, (Heard(),), Noted("staff", "staff"))


def test_person_whom_staff_speak_to_is_heard_kept_and_not_answered(records: Records) -> None:
    staff, echo = Listening({"oAlice"}, (_listen,)), Echo()
    inbox = Inbox(MemoryKeyValue(), records, [echo], deadline_s=5, failure=lambda: FAILURE, staff=staff)
    records.stop()  # nobody writes but the one who must
    assert inbox.receive(message("有人吗", "m1"), render) == b""
    with records._database.begin() as db:
        assert "有人吗" in list(db.scalars(sa.select(message_log.c.text)))
    assert inbox.receive(message("你好", "m2", address="oBob"), render) == "1. 你好".encode()
    assert staff.asked == 1


def test_who_must_not_wait_leaves_a_person_whom_staff_speak_to_to_others(records: Records) -> None:
    staff, echo = Listening({"oAlice"}, (_listen,)), Echo()
    inbox = Inbox(MemoryKeyValue(), records, [echo], deadline_s=5, failure=lambda: FAILURE, staff=staff)
    with pytest.raises(WouldWait):
        inbox.receive_at_once(message("有人吗", "m1"), render)
    assert inbox.receive_at_once(message("你好", "m2", address="oBob"), render) == "1. 你好".encode()
    assert inbox.receive(message("有人吗", "m1"), render) == b""


def test_danger_is_answered_even_where_nothing_can_be_kept(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'no' / 'bot.db'}")
    (tmp_path / "file").write_text("")
    broken = Records(database, tmp_path / "file" / "spool.jsonl")

    def card(_inbound: Inbound, session: Session, _now: datetime) -> Turn:
        return Turn(Reply("119"), session, (Heard(),))

    for handler, told in ((card, b"119"), (_listen, FAILURE.text.encode())):
        staff = Listening({"oAlice"}, (handler,))
        inbox = Inbox(MemoryKeyValue(), broken, [Echo()], deadline_s=5, failure=lambda: FAILURE, staff=staff)
        assert inbox.receive(message("着火了", "m1"), render) == told
    database.close()
