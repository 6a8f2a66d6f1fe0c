"""What is written of people while the database is away, and in which order it counts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from bot.people import followers
from bot.people.followers import CameRow, ChoseRow
from bot.people.tables import follower
from bot.store.database import Database
from bot.store.records import LeavingRow, MessageRow, Records

from .conftest import MORNING, Office


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
