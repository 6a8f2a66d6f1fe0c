"""An office that people write to through WeChat's callback: signed pushes, real database, nothing replaced."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.channels.official import Callback, CallbackLane
from bot.dialogue import Dialogue
from bot.inbox import Inbox
from bot.messages import Reply
from bot.people import PeopleDesk, PeopleFlow, followers, load_choices, units
from bot.people.followers import Person
from bot.people.units import Unit
from bot.services import PEOPLE
from bot.settings import OfficeSettings, WeChatSettings
from bot.store.database import Database
from bot.store.kv import MemoryKeyValue
from bot.store.records import Records
from tests import bases
from tests.channels.official.wire import ACCOUNT, NOW, TOKEN, Answer, environ, message, query

ALICE, BOB = "oALICE0000000000000000000001", "oBOB000000000000000000000002"
MORNING = datetime(2026, 6, 16, 1, 0, tzinfo=UTC)


@dataclass
class Office:
    """The bot as WeChat sees it, and its database."""

    database: Database
    records: Records
    lane: CallbackLane
    _count: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def says(self, text: str, who: str = ALICE) -> str:
        """What a person reads after writing; choices as lines."""
        return self.receives(Content=text, MsgId=next(self._count), FromUserName=who)

    def does(self, event: str, key: str = "", who: str = ALICE, **more: Any) -> str:
        """What a person reads after an event; "" for nothing."""
        at = NOW + next(self._count)
        return self.receives(MsgType="event", Event=event, EventKey=key, CreateTime=at, FromUserName=who, **more)

    def receives(self, **fields: Any) -> str:
        body = message(ToUserName=ACCOUNT, **fields).encode()
        started: list[str] = []
        answer = b"".join(self.lane(environ("POST", body, query()), lambda status, *_: started.append(status)))  # type: ignore[arg-type,func-returns-value]
        assert started == ["200 OK"]
        return "" if answer == b"success" else Answer(200, answer).text

    def settle(self) -> None:
        """Wait until all that may wait is written."""
        self.records.stop()
        self.records.start()

    def person(self, who: str = ALICE) -> Person | None:
        self.settle()
        with self.database.begin() as db:
            return followers.find(db, "official", who)

    def rows(self, table: sa.Table) -> list[dict[str, Any]]:
        self.settle()
        with self.database.begin() as db:
            return [dict(row._mapping) for row in db.execute(sa.select(table).order_by(*table.primary_key))]

    def unit(self, *given: Unit) -> list[units.Listed]:
        """Put units on the list; returns all of them."""
        with self.database.begin() as db:
            units.store(db, given, MORNING)
            return units.listed(db)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated database, on every engine in turn."""
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def make_office(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Iterator[Callable[[Database], Office]]:
    """Opens an office on a database."""
    made: list[Office] = []

    def make(database: Database) -> Office:
        settings, choices = OfficeSettings(name="江海区安委办", phone="0750-3860000"), load_choices(PEOPLE)
        bot = bases.speaking(bases.answerer(bases.small(tmp_path_factory.getbasetemp())), settings)
        records = Records(database, tmp_path / f"spool-{len(made)}.jsonl", followers.WRITERS)
        dialogue = Dialogue(
            lambda: bot,
            [lambda speaker: PeopleFlow(speaker, choices)],
            [lambda speaker: PeopleFlow(speaker, choices).is_sure],
        )
        desk = PeopleDesk(database, records, choices, lambda: settings, lambda: bot.base.words["people"])
        inbox = Inbox(
            MemoryKeyValue(), records, dialogue.handlers(), deadline_s=10, failure=lambda: Reply("出错了"), rooms=[desk]
        )
        callback = Callback(WeChatSettings(token=TOKEN), inbox, lambda: NOW)
        records.start()
        made.append(Office(database, records, CallbackLane(_nothing_here, callback)))
        return made[-1]

    yield make
    for office in made:
        office.records.stop()


@pytest.fixture
def office(make_office: Callable[[Database], Office], database: Database) -> Iterator[Office]:
    """An office, on every engine in turn."""
    office = make_office(database)
    yield office
    office.records.stop()  # before its database is closed


def _nothing_here(_environ: object, start_response: Callable[..., object]) -> list[bytes]:
    start_response("404 Not Found", [])
    return [b""]
