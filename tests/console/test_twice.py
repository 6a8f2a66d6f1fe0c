"""A form that makes something makes it once, however often it is sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa

from bot.outreach.tables import broadcast
from bot.people.tables import segment, unit
from bot.staff import Role
from bot.staff.tables import staff
from tests.console.pages import Client, Office, make_office
from tests.outreach.pages.conftest import Platform

NEW = "/staff/outreach/broadcasts/new"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    held = make_office(tmp_path_factory.mktemp("twice"))
    held.services.__dict__["senders"] = {"official.service": Platform("official.service")}
    yield held
    held.services.close()


@pytest.fixture(scope="module")
def boss(office: Office) -> Client:
    return office.sign_in(Role.ADMINISTRATOR)


def key(client: Client, url: str) -> str:
    """The key of the form on a page."""
    return re.findall(r'name="form_key" value="([\w-]+)"', client.get(url).text)[-1]


def count(office: Office, table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
    with office.services.database.read() as db:
        return db.scalar(sa.select(sa.func.count()).select_from(table).where(*where)) or 0


def draft(title: str, **values: Any) -> dict[str, Any]:
    return {
        "title": title,
        "public-kind": "text",
        "public-body": "今天高温。",
        "channels": ["official.service"],
        **values,
    }


def test_a_broadcast_sent_twice_is_one_and_the_second_shows_it(office: Office, boss: Client) -> None:
    form = draft("发两遍", form_key=key(boss, NEW))
    first, second = boss.post(NEW, form), boss.post(NEW, form)
    assert (first.status_code, second.status_code) == (303, 303)
    assert second.location == first.location
    assert "没有重复办理" in boss.get(second.location).text
    assert count(office, broadcast, broadcast.c.title == "发两遍") == 1


def test_who_goes_back_and_types_something_else_sends_another(office: Office, boss: Client) -> None:
    name = key(boss, NEW)
    assert boss.post(NEW, draft("甲", form_key=name)).location != boss.post(NEW, draft("乙", form_key=name)).location
    assert boss.post(NEW, draft("甲", form_key=key(boss, NEW))).status_code == 303
    assert count(office, broadcast, broadcast.c.title == "甲") == 2  # another form, as it was shown again


def test_two_at_once_make_one(office: Office, boss: Client) -> None:
    form, together = draft("同时", form_key=key(boss, NEW)), Barrier(3)

    def send(_: int) -> str | None:
        mine = Client(office.app, boss.staff, boss.word, boss.csrf)
        together.wait()
        return mine.post(NEW, form).location

    with ThreadPoolExecutor(3) as pool:
        assert len(set(pool.map(send, range(3)))) == 1
    assert count(office, broadcast, broadcast.c.title == "同时") == 1


def test_a_form_that_was_refused_may_be_sent_again(office: Office, boss: Client) -> None:
    url = "/staff/people/units/new"
    form = {"name": "", "form_key": key(boss, url)}
    assert [boss.post(url, form).status_code for _ in range(2)] == [422, 422]


def test_an_account_is_made_once_and_its_password_is_asked_for_where_it_is_set(office: Office, boss: Client) -> None:
    url = "/staff/accounts/new"
    form = {"name": "twice", "display": "两次", "author": "y", "form_key": key(boss, url)}
    first, second = boss.post(url, form), boss.post(url, form)
    assert (first.status_code, second.status_code, second.location) == (200, 303, "/staff/accounts")
    assert "请在这里打开重设" in boss.get("/staff/accounts").text
    assert count(office, staff, staff.c.name == "twice") == 1


@pytest.mark.parametrize(
    ("url", "form", "table"),
    [
        ("/staff/people/units/new", {"name": "江海某厂", "kind": "企业"}, unit),
        ("/staff/people/segments/new", {"name": "车间的人"}, segment),
    ],
)
def test_what_else_is_made_is_made_once(
    office: Office, boss: Client, url: str, form: dict[str, Any], table: sa.Table
) -> None:
    form = {**form, "form_key": key(boss, url)}
    before = count(office, table)
    first, second = boss.post(url, form), boss.post(url, form)
    assert (first.status_code, second.status_code) == (303, 303), first.text
    assert (second.location, count(office, table)) == (first.location, before + 1)


def test_a_file_is_told_by_what_is_in_it(boss: Client) -> None:
    url = "/staff/people/units/import"
    name = key(boss, url)

    def given(data: bytes) -> Any:
        return boss.post(
            url, {"file": (BytesIO(data), "units.csv"), "form_key": name}, content_type="multipart/form-data"
        )

    answers = [given(data) for data in (b"x", b"x", b"y")]
    assert [a.status_code for a in answers] == [303, 303, 303]
    assert answers[0].location == answers[1].location != answers[2].location
