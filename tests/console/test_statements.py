"""What pages ask of the database: few statements, and as many whether a list has three rows or forty."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count

import pytest
import sqlalchemy as sa

from benchmarks.page_routes import unnamed
from bot.conversations.tables import Kind, conversation, staff_message
from bot.outreach.content import Level, dump
from bot.outreach.tables import broadcast, delivery
from bot.people.tables import follower, subscription, unit
from bot.sending import Message
from bot.staff import Entry, Role
from bot.store.tables import message_log
from tests.console.pages import Office, office  # noqa: F401

#: Page -> statements, the session's own included.
MOST = {
    "/staff/": 32,
    "/staff/today/live": 32,
    "/staff/people/followers": 4,
    "/staff/people/followers?topic=高温&wrote=open": 4,
    "/staff/people/units": 2,
    "/staff/people/officers": 2,
    "/staff/people/segments": 2,
    "/staff/conversations/": 5,
    "/staff/conversations/search?words=电焊": 4,
    "/staff/outreach/broadcasts": 6,
    "/staff/outreach/calendar": 6,
    "/staff/outreach/calendar/list": 13,
    "/staff/knowledge/": 4,
    "/staff/audit/": 4,
}
_numbers = count(1)


@contextmanager
def asked(office: Office) -> Iterator[list[str]]:  # noqa: F811
    """What is asked of the database meanwhile."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    engine = office.services.database.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    yield statements
    sa.event.remove(engine, "before_cursor_execute", note)


def add_rows(office: Office, more: int) -> None:  # noqa: F811
    """So many more of everything that these lists show."""
    now = office.now
    for n in (next(_numbers) for _ in range(more)):
        with office.services.database.begin() as db:
            db.execute(sa.insert(unit).values(id=n, name=f"单位{n}", code=f"C{n}", region="广东省江门市"))
            who = {"channel": "official", "address": f"oPerson{n:04d}"}
            written = {"last_message_at": now, "followed_at": now, "unit_id": n, "region": "广东省江门市"}
            db.execute(sa.insert(follower).values(id=n, **who, **written))
            db.execute(sa.insert(subscription).values(follower_id=n, topic="高温", since=now))
            said = {"at": now - timedelta(minutes=n), "kind": "text", "text": "电焊要什么证", "status": "unknown"}
            db.execute(sa.insert(message_log).values(**who, **said))
            asked_for = {"wanted_at": now, "changed_at": now, "question": "找人"}
            db.execute(sa.insert(conversation).values(id=n, **who, **asked_for))
            answer = {"kind": Kind.ANSWER, "text": "请到三楼办理。", "state": "sent"}
            db.execute(sa.insert(staff_message).values(conversation_id=n, key=f"k{n}", at=now, **answer))
            times = {"created_at": now, "started_at": now}
            content = dump({Level.PUBLIC: Message(text="高温天气请避开正午作业")})
            held = {"title": f"第{n}次", "content": content, "author": "别人"}
            state = ("in_review", "sent", "approved")[n % 3]
            db.execute(sa.insert(broadcast).values(id=n, state=state, **held, **times))
            sent = {"sender": "official.mass", "level": "public", "state": "sent", "at": now}
            db.execute(sa.insert(delivery).values(broadcast_id=n, follower_id=n, **sent))
        office.services.trail.write(Entry(staff="staff1", action="unit.change", at=now))


@pytest.fixture(scope="module")
def counted(office: Office) -> list[dict[str, int]]:  # noqa: F811
    """Page -> statements, with three rows of everything and with forty."""
    client = office.sign_in(Role.ADMINISTRATOR)
    found: list[dict[str, int]] = []
    for more in (3, 37):
        add_rows(office, more)
        counts = {}
        for url in MOST:
            assert client.get(url).status_code == 200  # what is asked once in a process is asked here
            with asked(office) as statements:
                client.get(url)
            counts[url] = len(statements)
        found.append(counts)
    return found


@pytest.mark.parametrize("url", MOST)
def test_page_asks_little_of_the_database(counted: list[dict[str, int]], url: str) -> None:
    assert counted[1][url] <= MOST[url]


@pytest.mark.parametrize("url", MOST)
def test_longer_list_asks_no_more(counted: list[dict[str, int]], url: str) -> None:
    few, many = counted
    assert many[url] <= few[url]


def test_benchmark_times_every_page(office: Office) -> None:  # noqa: F811
    assert unnamed(office.app) == []
