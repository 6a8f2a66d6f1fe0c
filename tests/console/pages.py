"""The staff site for tests: a real app over a fresh database, and people who are signed in.

from tests.console.pages import Office, office  # noqa: F401

def test_x(office: Office) -> None:
    author = office.sign_in(Role.AUTHOR)
    assert "…" in author.get("/staff/…").text
    author.post("/staff/…", {"title": "…"})   # with the token of the form
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from bot.app import create_app
from bot.console import Console
from bot.services import Services
from bot.settings import ConsoleSettings, OfficeSettings, Settings
from bot.staff import Role, Staff
from tests.bases import built_var

#: A Monday morning at the office.
NOW = datetime(2026, 6, 1, 1, 0, tzinfo=UTC)
PASSWORD = "correct-horse-battery"
_TOKEN = re.compile(r'name="csrf" value="([^"]+)"')


@dataclass
class Client:
    """Somebody's browser, signed in."""

    app: Flask
    staff: Staff
    word: str
    csrf: str

    def __post_init__(self) -> None:
        self.browser = self.app.test_client()
        self.browser.set_cookie("staff", self.word, path="/staff")

    def get(self, url: str, **options: Any) -> TestResponse:
        """A page."""
        return self.browser.get(url, **options)

    def post(self, url: str, data: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        """Send a form of our own. A value may be a list, or (file, name)."""
        return self.browser.post(url, data={"csrf": self.csrf, **(data or {})}, **options)

    def part(self, url: str) -> TestResponse:
        """A part of a page, as htmx asks for it."""
        return self.browser.get(url, headers={"HX-Request": "true"})


@dataclass
class Office:
    """An app with its services; its clock stands at `now` until it is moved."""

    services: Services
    now: datetime = NOW
    made: int = 0
    clients: list[Client] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.app = create_app(self.services)
        self.app.testing = True
        self.console: Console = self.app.extensions["safetybot.console"]
        self.console.clock = lambda: self.now

    def sign_in(self, *roles: Role, region: str = "", name: str = "") -> Client:
        """A new person with these roles, signed in."""
        self.made += 1
        accounts = self.services.accounts
        name = name or f"staff{self.made}"
        made, _ = accounts.add(name, f"同事{self.made}", set(roles), region, self.now)
        with self.services.database.begin() as db:
            from bot.staff.tables import staff

            db.execute(staff.update().where(staff.c.id == made.id).values(must_change=0))
        word = self.services.sessions.begin(made.id, is_proven=True, address="127.0.0.1", now=self.now)
        session = self.services.sessions.find(word, self.now)
        assert session is not None
        return Client(self.app, made, word, session.csrf)

    def pass_time(self, **by: float) -> None:
        """Move the clock."""
        self.now += timedelta(**by)


def make_office(folder: Path, **settings: Any) -> Office:
    """An office over a database in this folder; the second factor is off unless `console` says otherwise."""
    if not (folder / "index").exists():  # it takes 20 s to build
        shutil.copytree(built_var() / "index", folder / "index", copy_function=os.link)
    if not (folder / "safetybot.db").exists():
        shutil.copy(built_var() / "safetybot.db", folder)
    office = OfficeSettings(name="江海区应急管理局", region="广东省江门市江海区", phone="0750-3860000")
    held = Settings(var_dir=folder, office=office, console=ConsoleSettings(second_factor=False))
    return Office(Services(replace(held, **settings)))


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One office for the tests of a module: what one leaves, the next finds."""
    held = make_office(tmp_path_factory.mktemp("office"))
    yield held
    held.services.close()


def token_of(response: TestResponse) -> str:
    """The token of the first form of a page."""
    found = _TOKEN.search(response.text)
    assert found, response.text[:500]
    return found[1]
