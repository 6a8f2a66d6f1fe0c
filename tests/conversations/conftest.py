"""A small office on WeChat with staff who speak to people: the stand-in of WeChat before it, over real HTTP."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.conversations import TalkDesk
from bot.conversations.tables import conversation, staff_message
from bot.people.tables import follower
from bot.store.tables import message_log
from tests.unanswered.conftest import ALICE, BOB, CAROL, SEND, House, built, house, on_both, opened

__all__ = ["ALICE", "BOB", "CAROL", "SEND", "Room", "built", "house", "on_both", "opened"]

HERE, ELSEWHERE = "广东省江门市江海区", "广东省江门市新会区"


@dataclass(frozen=True)
class Member:
    """One of staff."""

    id: int
    display: str
    region: str = ""


WANG, LI = Member(1, "王同事"), Member(2, "李同事")


@dataclass
class Room:
    """The office as staff see it. Its clock is the real one, to which `later` adds."""

    house: House
    ahead: timedelta = timedelta()
    _keys: Any = field(default_factory=lambda: itertools.count(1))

    @property
    def desk(self) -> TalkDesk:
        return self.house.services.talks

    @property
    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def says(self, text: str, who: str = ALICE) -> str:
        """What a follower reads at once after writing, "" for nothing."""
        told = self.house.says(who, text)
        self.house.settle()
        return told.text

    def number(self, who: str = ALICE) -> int:
        """The number of the talk with one who has written."""
        with self.house.services.database.begin() as db:
            newest = sa.select(sa.func.max(message_log.c.id)).where(message_log.c.address == who)
            message = db.scalar(newest)
        assert message
        return self.desk.opened(message, WANG, self.now)

    def taken(self, who: str = ALICE, staff: Member = WANG) -> int:
        """The number of a talk that this one has taken over."""
        number = self.number(who)
        self.desk.take(number, staff, self.now)
        return number

    def answers(self, number: int, text: str = "请到街道安监所登记。", staff: Member = WANG, key: str = "") -> str:
        """The state of an answer."""
        return self.desk.answer(number, staff, text, key or f"form-{next(self._keys):08d}", self.now).state

    def phone(self, who: str = ALICE) -> list[str]:
        """What staff sent, as it stands on a follower's telephone."""
        held = [record.body for record in self.house.wechat.recorder.all(SEND) if not record.errcode]
        return [str(body["text"]["content"]) for body in held if body["touser"] == who]

    def lives_in(self, region: str, who: str = ALICE) -> None:
        with self.house.services.database.begin() as db:
            db.execute(sa.update(follower).where(follower.c.address == who).values(region=region))

    def wrote_earlier(self, by: timedelta, who: str = ALICE) -> None:
        """As if a follower had written so much earlier."""
        with self.house.services.database.begin() as db:
            mine = follower.c.address == who
            at = db.scalar(sa.select(follower.c.last_message_at).where(mine))
            db.execute(sa.update(follower).where(mine).values(last_message_at=at - by))

    def rows(self, table: sa.Table) -> list[dict[str, Any]]:
        with self.house.services.database.begin() as db:
            return [dict(row._mapping) for row in db.execute(sa.select(table).order_by(table.c.id))]

    def talks(self) -> list[dict[str, Any]]:
        return self.rows(conversation)

    def sent(self) -> list[dict[str, Any]]:
        return self.rows(staff_message)


@pytest.fixture
def room(house: House) -> Room:
    """The office on SQLite."""
    return Room(house)


@pytest.fixture
def both(on_both: House) -> Room:
    """The office on every database in turn."""
    return Room(on_both)
