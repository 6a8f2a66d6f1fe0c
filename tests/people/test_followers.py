"""What is written of people while the database is away, and in which order it counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.people import followers, windows
from bot.people.followers import CameRow, ChoseRow
from bot.people.tables import follower
from bot.store.database import Database, aware
from bot.store.records import LeavingRow, MessageRow, Records

from .conftest import MORNING, Office


@pytest.fixture
def sqlite(sqlite_url: str) -> Iterator[Database]:
    """For what does not depend on the engine."""
    database = Database(sqlite_url)
    yield database
    database.close()


def wrote(who: str, minutes: int, channel: str = "official", kind: str = "text") -> MessageRow:
    return MessageRow(MORNING + timedelta(minutes=minutes), channel, who, kind, "", "", "", "", 0.0, 1.0)


def test_what_was_chosen_while_the_database_was_away_is_written_later(
    make_office: Callable[[Database], Office], tmp_path: Path, sqlite_url: str
) -> None:
    away = Database("sqlite:////nowhere/at/all.db")
    office = make_office(away)
    assert "查不到" in office.says("我的订阅")
    assert office.says("订阅防汛") == "收到了，几分钟内生效。"
    assert "江海区安委办" in office.does("subscribe")
    office.records.stop()
    spool = next(tmp_path.glob("spool-*.jsonl"))
    database = Database(sqlite_url)
    later = Records(database, spool, followers.WRITERS)
    later.start()
    later.stop()
    with database.begin() as db:
        person = followers.find(db, "official", "oALICE0000000000000000000001")
    database.close()
    assert person
    assert person.topics == ("防汛",)
    assert person.last_message_at


def test_an_older_message_does_not_put_the_clock_back(database: Database) -> None:
    with database.begin() as db:
        followers.touched(db, [wrote("ann", 30)])
        followers.touched(db, [wrote("ann", 5)])
        person = followers.find(db, "official", "ann")
    assert person
    assert person.last_message_at == MORNING + timedelta(minutes=30)


def test_visitors_of_the_chat_page_and_events_open_no_window(database: Database) -> None:
    with database.begin() as db:
        followers.touched(db, [wrote("visitor", 1, channel="web"), wrote("ann", 1, kind="event")])
        assert db.scalar(sa.select(sa.func.count()).select_from(follower)) == 0


def test_a_leaving_that_comes_late_does_not_take_away_one_who_came_back(database: Database) -> None:
    with database.begin() as db:
        followers.came(db, [CameRow(MORNING, "official", "ann")])
        followers.left(db, [LeavingRow(MORNING - timedelta(hours=1), "official", "ann")])
        assert followers.find(db, "official", "ann")


def test_what_people_send_cannot_break_the_writer(database: Database) -> None:
    with database.begin() as db:
        followers.chose(
            db,
            [ChoseRow(MORNING, "official", "\0\ud800" + "x" * 200, {"region": "广东省", "state": "left"}, ("防汛",))],
        )
        row = db.execute(sa.select(follower)).one()
    assert (row.state, row.region, len(row.address)) == ("following", "广东省", 64)


def test_one_who_came_back_before_the_writer_came_round_is_kept(database: Database) -> None:
    gone = LeavingRow(MORNING + timedelta(minutes=2), "official", "ann")
    with database.begin() as db:
        followers.came(db, [CameRow(MORNING, "official", "ann", anew=True)])
        followers.left(db, [gone])  # at once
        followers.touched(db, [wrote("ann", 1)])  # had waited
        followers.came(db, [CameRow(MORNING + timedelta(minutes=3), "official", "ann", anew=True)])
        followers.left(db, [gone])  # behind what had waited
        states = db.scalars(sa.select(follower.c.state).order_by(follower.c.id)).all()
    assert states == ["left", "following"]


def event(minutes: int, name: str, kind: str = "event") -> MessageRow:
    return replace(wrote("ann", minutes, kind=kind), event=name)


@pytest.mark.parametrize(
    ("name", "kind", "opened", "tapped"),
    [
        ("click", "event", True, True),
        ("option", "text", True, True),  # "知道了" under a tip
        ("scan", "event", True, True),
        ("view", "event", True, False),
        ("location", "event", True, False),  # the talk was opened
        ("subscribe_msg_popup_event", "event", True, False),
        ("templatesendjobfinish", "event", False, False),
        ("subscribe_msg_sent_event", "event", False, False),
    ],
)
def test_what_shows_that_a_person_reads_counts_as_opened_and_opens_no_long_window(
    sqlite: Database, name: str, kind: str, opened: bool, tapped: bool
) -> None:
    with sqlite.begin() as db:
        followers.touched(db, [wrote("ann", 0)])
        followers.touched(db, [event(9, name, kind)])
        row = db.execute(sa.select(follower)).one()
        at = MORNING + timedelta(minutes=9)
        free = [bool(db.scalar(sa.select(windows.is_open(at + timedelta(seconds=s))))) for s in (30, 61)]
    assert aware(row.last_message_at) == MORNING
    assert aware(row.last_opened_at) == (at if opened else MORNING)
    assert aware(row.tapped_at) == (at if tapped else None)
    assert free == [True, True]  # of what was written at first


def test_in_the_minute_after_a_tap_three_messages_may_be_written(sqlite: Database) -> None:
    with sqlite.begin() as db:
        followers.touched(db, [event(0, "click")])  # of one who never wrote
        everybody = follower.c.address == "ann"
        soon = MORNING + timedelta(seconds=20)
        assert [windows.is_taken(db, everybody, soon) for _ in range(4)] == [True, True, True, False]
        windows.give_back(db, everybody, soon)
        assert windows.is_taken(db, everybody, soon)
        assert not windows.is_taken(db, everybody, soon)
        followers.touched(db, [event(2, "option", "text")])
        assert not windows.is_taken(db, everybody, MORNING + timedelta(minutes=3, seconds=1))
        followers.touched(db, [wrote("ann", 4), event(5, "click")])
        later = MORNING + timedelta(minutes=5, seconds=1)
        assert [windows.is_taken(db, everybody, later, kept=1) for _ in range(8)] == [True] * 7 + [False]
        assert windows.is_taken(db, everybody, later)  # the one that was kept
        assert not windows.is_taken(db, everybody, later)
