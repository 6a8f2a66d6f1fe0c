"""An office with followers of two districts, a platform that takes everything, and people who sign in to its pages."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.outreach.states import State
from bot.people.tables import follower, unit
from bot.sending import Message, Receipt
from bot.staff import Role
from tests.console.pages import NOW, Client, Office, make_office

CITY, EAST, WEST = "广东省江门市", "广东省江门市江海区", "广东省江门市蓬江区"
HOME = "/staff/outreach"
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


@dataclass
class Platform:
    """A sender that takes everything."""

    name: str
    most: int = 1
    least: int = 1
    has_key: bool = False
    per_minute: int = 0

    def send(self, addresses: Any, message: Message, key: str) -> Receipt:
        return Receipt(f"job-{key}")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    held = make_office(tmp_path_factory.mktemp("office"))
    held.services.__dict__["senders"] = {
        "official.service": Platform("official.service"),
        "official.mass": Platform("official.mass", most=10_000, least=2, has_key=True, per_minute=60),
    }
    with held.services.database.begin() as db:
        db.execute(sa.insert(unit).values(id=1, name="=cmd|'/C calc'!A1", code="U1"))
        rows = [
            {
                "id": n, "channel": "official", "account": "gh", "address": f"o{n:027d}", "state": "following",
                "window_sent": 0, "region": EAST if n <= 6 else WEST, "last_message_at": NOW - timedelta(hours=1),
                "unit_id": 1 if n == 1 else None,
            }
            for n in range(1, 11)
        ]  # fmt: skip
        db.execute(sa.insert(follower), rows)
    yield held
    held.services.close()


@pytest.fixture(scope="module")
def author(office: Office) -> Client:
    return office.sign_in(Role.AUTHOR)


@pytest.fixture(scope="module")
def approver(office: Office) -> Client:
    return office.sign_in(Role.APPROVER)


@pytest.fixture(scope="module")
def district(office: Office) -> Client:
    return office.sign_in(Role.DISTRICT, region=EAST)


def form(text: str = "今天高温，午间别在太阳下干活。", **values: Any) -> dict[str, Any]:
    return {"title": "防暑提醒", "public-kind": "text", "public-body": text, "channels": ["official.service"], **values}


def written(client: Client, **values: Any) -> int:
    """The number of a new broadcast."""
    answer = client.post(f"{HOME}/broadcasts/new", form(**values))
    assert answer.status_code == 303, answer.text
    return int(answer.location.rpartition("/")[2])


def does(client: Client, number: int, verb: str, **values: Any) -> Any:
    return client.post(f"{HOME}/broadcasts/{number}/{verb}", values)


def finished() -> None:
    """Wait for work that a page has begun."""
    for thread in threading.enumerate():
        if thread.name.startswith("people-"):
            thread.join()


def state(office: Office, number: int) -> State:
    return office.services.broadcasts.get(number).state


def text_of(client: Client, url: str) -> str:
    answer = client.get(HOME + url)
    assert answer.status_code == 200, (url, answer.status_code, answer.text[:300])
    return answer.text
