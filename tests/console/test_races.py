"""Two persons, or two clicks, at the same moment: exactly one has its way, and the other is told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from bot.conversations.tables import conversation, staff_message
from bot.outreach.tables import broadcast_event
from bot.people.tables import follower
from bot.staff import Role
from bot.staff.tables import audit
from bot.store.tables import message_log
from tests.console.pages import NOW, Client, Office
from tests.console.stocked import HERE, stocked_office
from tests.databases import Postgres

B = "/staff/outreach/broadcasts"
DRAFT = {"title": "高温提醒", "public-kind": "text", "public-body": "注意补水。", "channels": ["official.service"]}


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    settings = {}
    if request.param == "postgres":
        postgres: Postgres = request.getfixturevalue("postgres")
        name = postgres.lend()
        settings = {"database_url": postgres.url(name)}
    held = stocked_office(tmp_path_factory.getbasetemp(), tmp_path_factory.mktemp("races"), **settings)
    with held.services.database.begin() as db:
        db.execute(sa.update(follower).values(last_message_at=NOW))
    yield held
    held.services.close()
    if settings:
        postgres.take_back(name)


@pytest.fixture(scope="module")
def people(office: Office) -> list[Client]:
    """An author, and four who may do everything."""
    return [office.sign_in(Role.AUTHOR), *(office.sign_in(Role.ADMINISTRATOR) for _ in range(4))]


def together(deeds: Sequence[Callable[[], TestResponse]]) -> list[TestResponse]:
    """Do these at the same moment."""
    start = threading.Barrier(len(deeds))

    def run(deed: Callable[[], TestResponse]) -> TestResponse:
        start.wait(30)
        return deed()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


def won(answers: Sequence[TestResponse]) -> list[TestResponse]:
    """Those that were done; each of the others is told in Chinese why not."""
    for answer in answers:
        assert answer.status_code in (303, 409, 422), answer.request.path
    return [answer for answer in answers if answer.status_code == 303]


def in_review(author: Client) -> str:
    made = author.post(f"{B}/new", DRAFT).location
    assert author.post(f"{made}/submit").status_code == 303
    return made


def moves(office: Office, url: str, move: str) -> int:
    c, number = broadcast_event.c, int(url.rpartition("/")[2])
    with office.services.database.begin() as db:
        return db.scalar(sa.select(sa.func.count()).where(c.broadcast_id == number, c.move == move)) or 0


def test_of_four_approvers_one_approves(office: Office, people: list[Client]) -> None:
    url = in_review(people[0])
    answers = together([lambda p=p: p.post(f"{url}/approve", {"version": "1"}) for p in people[1:]])  # type: ignore[misc]
    assert len(won(answers)) == 1
    assert moves(office, url, "approve") == 1


def test_what_is_edited_while_it_is_approved_is_not_approved(office: Office, people: list[Client]) -> None:
    url = in_review(people[0])
    other = {**DRAFT, "public-body": "换了内容。", "version": "1"}
    deeds = [lambda: people[0].post(f"{url}/edit", other), lambda: people[1].post(f"{url}/approve", {"version": "1"})]
    won(together(deeds))
    held = office.services.broadcasts.get(int(url.rpartition("/")[2]))
    if held.draft.content and "换了内容" in str(held.draft.content):
        assert not held.approver
        assert people[1].post(f"{url}/send").status_code == 409
    else:
        assert held.approver


def test_a_double_click_sends_once(office: Office, people: list[Client]) -> None:
    url = in_review(people[0])
    assert people[1].post(f"{url}/approve", {"version": "1"}).status_code == 303
    answers = together([lambda p=p: p.post(f"{url}/send") for p in (people[0], people[0], people[2], people[2])])  # type: ignore[misc]
    assert len(won(answers)) == 1
    assert moves(office, url, "start") == 1


def test_two_who_write_over_one_another_are_told(office: Office, people: list[Client]) -> None:
    url = people[0].post(f"{B}/new", DRAFT).location
    answers = together([
        lambda p=p, n=n: p.post(f"{url}/edit", {**DRAFT, "public-body": f"第{n}种写法。", "version": "1"})  # type: ignore[misc]
        for n, p in enumerate(people)
    ])  # fmt: skip
    assert len(won(answers)) == 1


def test_of_four_who_take_over_one_speaks(office: Office, people: list[Client]) -> None:
    with office.services.database.begin() as db:
        message = db.scalar(sa.select(message_log.c.id).order_by(message_log.c.id).limit(1))
    opened = people[1].get(f"/staff/conversations/open/{message}")
    assert opened.location, (message, opened.status_code, opened.text[-600:])
    talk = opened.location.partition("#")[0]
    number = int(talk.rpartition("/")[2])
    answers = together([lambda p=p: p.post(f"{talk}/take") for p in people[1:]])  # type: ignore[misc]
    assert len(won(answers)) == 1
    with office.services.database.begin() as db:
        owner = db.scalar(sa.select(conversation.c.owner).where(conversation.c.id == number))
        told = db.scalar(sa.select(sa.func.count()).select_from(staff_message))
    speaker = next(p for p in people if p.staff.id == owner)
    assert told == 1
    # A double click on the answer: once to the person, and both clicks see it done.
    sent = [lambda: speaker.post(f"{talk}/answer", {"reply": "马上来人。", "key": "same-key"})] * 3
    assert [answer.status_code for answer in together(sent)] == [303] * 3
    with office.services.database.begin() as db:
        texts = db.scalars(sa.select(staff_message.c.text).where(staff_message.c.conversation_id == number)).all()
    assert texts.count("马上来人。") == 1
    back = together([lambda: speaker.post(f"{talk}/back")] * 2)
    assert len(won(back)) == 1


def test_an_entry_is_withdrawn_and_restored_once(office: Office, people: list[Client]) -> None:
    url = "/staff/knowledge/entries/heat-stop"
    for deed in ("withdraw", "restore"):
        answers = together([lambda p=p, d=deed: p.post(f"{url}/{d}", {"reason": "核对"}) for p in people[1:]])  # type: ignore[misc]
        assert len(won(answers)) == 1, deed


def test_accounts_of_one_name_at_once(office: Office, people: list[Client]) -> None:
    given = {"name": "same", "display": "同名", "author": "y"}
    answers = together([lambda p=p: p.post("/staff/accounts/new", given) for p in people[1:]])  # type: ignore[misc]
    assert sorted(answer.status_code for answer in answers) == [200, 422, 422, 422]


def test_nothing_is_lost_from_the_trail_of_many_at_once(office: Office, people: list[Client]) -> None:
    with office.services.database.begin() as db:
        before = db.scalar(sa.select(sa.func.count()).select_from(audit)) or 0
    together([
        lambda p=p, n=n: p.post("/staff/people/units/new", {"name": f"单位{n}", "kind": "企业", "region": HERE})  # type: ignore[misc]
        for n, p in enumerate([*people, *people])
    ])  # fmt: skip
    with office.services.database.begin() as db:
        assert (db.scalar(sa.select(sa.func.count()).select_from(audit)) or 0) - before == 10
    assert office.services.trail.broken_at() is None
