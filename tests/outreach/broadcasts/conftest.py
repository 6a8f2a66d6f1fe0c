"""An office with followers, senders that keep what they are given, and two persons who broadcast."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.errors import Refusal, SendError
from bot.outreach.broadcasts import Broadcasts
from bot.outreach.content import Level
from bot.outreach.delivering import Callers, Deliverer
from bot.outreach.drafts import Broadcast, Draft
from bot.outreach.tables import batch, delivery
from bot.people.tables import consent, follower, liaison_officer, unit
from bot.sending import Message, Receipt
from bot.settings import BEIJING, OutreachSettings
from bot.staff.tables import staff
from bot.store.database import Database

#: A Tuesday morning.
NOON = datetime(2026, 6, 16, 12, 0, tzinfo=BEIJING).astimezone(UTC)
AUTHOR, APPROVER = "张三", "李四"


class Columns:
    """Rules for people by a column, no more than these tests need."""

    def where(self, rule: object, now: datetime, /, *, whole: bool = False) -> sa.ColumnElement[bool]:
        assert isinstance(rule, Mapping)
        asked = [rule] if "field" in rule else rule.get("all", [])
        columns = [follower.c[r["field"]].in_(r["values"]) for r in asked if r["field"] != "tag"]
        return sa.and_(follower.c.state == "following", *columns)

    def words(self, rule: object, /) -> str:
        return f"规则 {rule}"


@dataclass
class Platform:
    """A sender that keeps every call."""

    name: str
    most: int = 1
    least: int = 1
    has_key: bool = False
    per_minute: int = 0
    calls: list[tuple[tuple[str, ...], Message]] = field(default_factory=list)
    refusal: Refusal | None = None

    def send(self, addresses: Sequence[str], message: Message, key: str) -> Receipt:
        if self.refusal:
            raise SendError("refused", 1, self.refusal)
        self.calls.append((tuple(addresses), message))
        return Receipt(f"job-{key}")

    @property
    def reached(self) -> list[str]:
        return [address for addresses, _ in self.calls for address in addresses]


class Nothing:
    """Hooks of delivery that leave people as they are."""

    def taken(self, *_args: object) -> None: ...

    def refused(self, *_args: object) -> None: ...


@dataclass
class Office:
    """What a test acts with."""

    database: Database
    settings: OutreachSettings = field(default_factory=OutreachSettings)
    senders: dict[str, Platform] = field(default_factory=dict)

    @property
    def desk(self) -> Broadcasts:
        return Broadcasts(self.database, Columns(), self.senders, lambda: self.settings, "gh")

    def people(self, count: int = 1, **values: Any) -> list[int]:
        """Followers of the official account, who never wrote and allowed nothing."""
        with self.database.begin() as db:
            first = (db.scalar(sa.select(sa.func.max(follower.c.id))) or 0) + 1
            base = {"channel": "official", "account": "", "state": "following", "window_sent": 0, **values}
            rows = [
                {**base, "id": n, "address": values.get("address", f"o{n:027d}")} for n in range(first, first + count)
            ]
            db.execute(sa.insert(follower), rows)
        return [row["id"] for row in rows]

    def account(self, name: str, display: str) -> None:
        """One who works here."""
        with self.database.begin() as db:
            row = {"name": name, "display": display, "roles": "author", "password": "-", "created_at": NOON}
            db.execute(sa.insert(staff).values(**row))

    def writers(self, count: int = 1, **values: Any) -> list[int]:
        """Followers who wrote an hour ago."""
        return self.people(count, last_message_at=NOON - timedelta(hours=1), **values)

    def consents(self, people: list[int], template: str) -> None:
        with self.database.begin() as db:
            rows = [{"follower_id": n, "template_id": template, "remaining": 1, "updated_at": NOON} for n in people]
            db.execute(sa.insert(consent), rows)

    def officer(self, person: int) -> None:
        with self.database.begin() as db:
            of = db.execute(sa.insert(unit).values(name=f"单位{person}", code=f"C{person}")).inserted_primary_key
            assert of
            db.execute(sa.insert(liaison_officer).values(unit_id=of[0], follower_id=person, since=NOON))

    def approved(self, draft: Draft, at: datetime = NOON) -> Broadcast:
        held = self.desk.write(draft, AUTHOR, at)
        self.desk.submit(held.id, AUTHOR, "", at)
        return self.desk.approve(held.id, held.version, APPROVER, "", at)

    def started(self, draft: Draft, at: datetime = NOON) -> Broadcast:
        return self.desk.start(self.approved(draft, at).id, APPROVER, at)

    def deliver(self, number: int, at: datetime = NOON) -> None:
        """Do what a worker does."""
        callers, ticks = Callers(2), itertools.count()  # time must pass: lists have a rate
        clock = lambda: at + timedelta(seconds=next(ticks))  # noqa: E731
        worker = Deliverer(self.database, self.senders, Nothing(), callers, account="gh", worker="w", clock=clock)
        with self.database.begin() as db:
            batches = list(db.scalars(sa.select(batch.c.id).where(batch.c.broadcast_id == number)))
        for one in batches:
            worker.run(one)
        callers.close()

    def ledger(self, number: int) -> dict[int, tuple[str, str, str, str]]:
        """follower -> sender, level, state, why."""
        c = delivery.c
        rows = sa.select(c.follower_id, c.sender, c.level, c.state, c.why).where(c.broadcast_id == number)
        with self.database.begin() as db:
            return {row[0]: (row[1], row[2], row[3], row[4]) for row in db.execute(rows)}


def words(text: str = "高温天气，注意防暑。", **values: Any) -> Draft:
    """A draft of one text to everybody."""
    return replace(Draft(title="防暑提醒", content={Level.PUBLIC: Message(text=text)}), **values)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def office(database: Database) -> Office:
    platforms = [
        Platform("official.service"),
        Platform("official.notice"),
        Platform("official.mass", most=10_000, least=2, has_key=True, per_minute=60),
        Platform("official.tag", most=0, least=1, has_key=True, per_minute=60),
        Platform("wecom.app", most=1000, has_key=True),
        Platform("wecom.robot", per_minute=20),
        Platform("sms"),
    ]
    return Office(database, senders={p.name: p for p in platforms})
