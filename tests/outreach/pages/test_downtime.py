"""Today after the program was away: what was missed is told in one line or a few, and what the new year lacks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from bot.outreach.announcing import announce
from bot.settings import BEIJING
from bot.staff import Role
from tests.console.pages import NOW, Office, make_office


@pytest.fixture
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    held = make_office(tmp_path_factory.mktemp("office"))
    yield held
    held.services.close()


def test_after_months_one_line_tells_how_much_was_missed(office: Office) -> None:
    calendar = office.services.calendar
    calendar.run(NOW - timedelta(days=85), announce)
    missed = calendar.run(NOW, announce).missed
    assert len(missed) > 5
    page = office.sign_in(Role.AUTHOR).get("/staff/")
    assert f"{len(missed)} 条提醒应发未发，最近一条" in page.text
    listed = office.sign_in(Role.AUTHOR).get("/staff/outreach/calendar/list").text
    assert listed.count("应发未发") == len(missed)


def test_from_december_on_today_says_that_the_holidays_of_next_year_are_missing(office: Office) -> None:
    for day, years in (("2097-11-30", 1), ("2097-12-01", 2)):
        office.now = datetime.fromisoformat(f"{day} 09:00").replace(tzinfo=BEIJING)
        page = office.sign_in(Role.AUTHOR).get("/staff/").text
        assert page.count("年的放假调休安排，暂按周一至周五上班算") == years
