"""Tips reach people: let go by two persons, one a day whatever runs beside, in their slot, not at night."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.answers.normalise import core, normalise
from bot.errors import OutreachError
from bot.ingest.tips import load
from bot.outreach.broadcasts import Broadcasts
from bot.outreach.tables import delivery
from bot.outreach.tip_rounds import SEEN, TipRounds, TipSegments, open_slot
from bot.outreach.tip_tables import tip_reader
from bot.outreach.tips import TipDesk
from bot.people import phrases, segments
from bot.people.tables import consent, follower
from bot.settings import BEIJING, ROOT, OutreachSettings
from bot.store.database import Database
from bot.store.tables import metadata
from tests.outreach.broadcasts.conftest import Platform

TIPS = load(ROOT / "knowledge")


def at(text: str) -> datetime:
    """A moment of a Monday in Beijing."""
    return datetime.fromisoformat(f"2027-05-03 {text}").replace(tzinfo=BEIJING)


@pytest.fixture
def both(database_url: str) -> Iterator[Database]:
    """On every engine in turn."""
    yield from opened(database_url)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """For what does not depend on the engine."""
    yield from opened(f"sqlite:///{tmp_path / 'test.db'}")


def opened(url: str) -> Iterator[Database]:
    database = Database(url)
    metadata.create_all(database.engine)
    yield database
    database.close()


def rounds(database: Database, **settings: Any) -> TipRounds:
    held, desk = OutreachSettings(**settings), TipDesk(TIPS)
    rules = TipSegments(segments, lambda: desk)
    ways = {name: Platform(name) for name in ("official.service", "official.notice")}
    return TipRounds(database, desk, TIPS, Broadcasts(database, rules, ways, lambda: held, "gh"), lambda: held)


def follow(database: Database, number: int, **facts: Any) -> None:
    wrote = at("07:00")
    row = {"id": number, "channel": "official", "address": f"o{number}", "frequency": "daily", "window_sent": 0}
    with database.begin() as db:
        db.execute(sa.insert(follower).values(**row | {"last_message_at": wrote, "last_opened_at": wrote} | facts))


def got(database: Database) -> dict[int, str]:
    """follower -> sender, of all that was laid out."""
    with database.begin() as db:
        rows = db.execute(sa.select(delivery.c.follower_id, delivery.c.sender)).all()
    assert len(rows) == len({row[0] for row in rows})
    return {row[0]: row[1] for row in rows}


def approved(database: Database, **settings: Any) -> TipRounds:
    made = rounds(database, **settings)
    made.propose("张三", at("06:00"))
    made.approve("李四", at("06:01"))
    return made


def test_nothing_goes_out_before_two_persons_let_it(database: Database) -> None:
    made = rounds(database)
    follow(database, 1)
    assert "还没有人提交" in made.send(at("08:00")).why_not
    made.propose("张三", at("07:00"))
    assert "等另一人批准" in made.send(at("08:00")).why_not
    with pytest.raises(OutreachError, match="须由另一人批准"):
        made.approve("张三", at("07:00"))
    made.approve("李四", at("07:00"))
    assert made.standing().words == "张三 提交，李四 批准，自动发"
    assert made.send(at("08:00")).people == 1
    assert made.withdraw()
    assert made.send(at("08:05")).why_not


def test_an_edited_tip_ends_the_approval(database: Database) -> None:
    made = approved(database)
    changed = (replace(TIPS[0], text=TIPS[0].text + "！"), *TIPS[1:])
    other = replace(made, tips=changed)
    assert "内容改过" in other.standing().words
    with pytest.raises(OutreachError, match="还没有人提交"):
        other.approve("王五", at("07:00"))


def test_each_gets_one_tip_in_their_slot(both: Database) -> None:
    made = approved(both)
    follow(both, 1, industry="建筑")
    follow(both, 2, industry="建筑", slot="noon")
    follow(both, 3, audience="家庭", slot="evening")
    follow(both, 4, frequency="")
    made.plan(at("05:00"))
    assert [made.send(at(time)).people for time in ("07:59", "08:00", "08:05", "11:30", "12:00", "18:00", "20:30")] == [
        0, 1, 0, 0, 1, 1, 0,
    ]  # fmt: skip
    assert got(both) == dict.fromkeys((1, 2, 3), "official.service")


def test_a_night_that_was_missed_is_planned_in_the_morning(database: Database) -> None:
    made = approved(database)
    follow(database, 1)
    assert made.send(at("09:40")).people == 1


def test_a_slot_that_was_missed_is_not_caught_up_at_night(database: Database) -> None:
    made = approved(database)
    follow(database, 1)
    assert made.send(at("23:00")).people == 0
    assert open_slot(at("11:00")) == ""


def test_who_cannot_be_reached_yet_gets_it_when_they_write_within_the_slot(database: Database) -> None:
    made = approved(database)
    follow(database, 1, last_message_at=None)
    first = made.send(at("08:00"))
    assert first.people == 0
    assert "没有一个人能收到" in first.hindered[0][1]
    with database.begin() as db:
        db.execute(sa.update(follower).values(last_message_at=at("08:02")))
    assert made.send(at("08:05")).people == 1


def test_a_notice_reaches_those_who_allowed_it_with_the_beginning_of_the_tip(database: Database) -> None:
    made = approved(database, tip_template="T1", tip_field="thing3")
    follow(database, 1, last_message_at=None)
    with database.begin() as db:
        row = {"follower_id": 1, "template_id": "T1", "remaining": 1, "updated_at": at("07:00")}
        db.execute(sa.insert(consent).values(row))
    (number,) = made.send(at("08:00")).begun
    assert got(database) == {1: "official.notice"}
    desk = made.broadcasts
    assert isinstance(desk, Broadcasts)
    message = desk.get(number).draft.content["public"]  # type: ignore[index]
    assert len(message.fields["thing3"]) <= 20
    assert message.taps == (SEEN,)


def test_of_two_that_run_beside_each_other_one_sends(both: Database) -> None:
    one, other = approved(both), rounds(both)
    follow(both, 1)
    one.plan(at("05:00"))
    with both.begin() as db:
        segments_seen = other.desk.segments(db, at("08:00"), "morning")
    assert one.send(at("08:00")).people == 1
    assert [other._send(s, "morning", "李四", at("08:00")) for s in segments_seen] == [None]
    assert len(got(both)) == 1


def test_staff_see_who_a_tip_was_for_afterwards(database: Database) -> None:
    made = approved(database)
    follow(database, 1, post="班组长")
    (number,) = made.send(at("08:00")).begun
    desk = made.broadcasts
    assert isinstance(desk, Broadcasts)
    held = desk.get(number)
    assert desk.words(held).startswith("2027-05-03 早上收每日提示 tip-")
    assert (held.approver, held.draft.campaign) == ("李四", "tips-2027-05-03-morning")
    assert [e.who for e in desk.history(number)] == ["每日提示", "每日提示", "李四", "每日提示"]
    with database.begin() as db:
        assert db.scalar(sa.select(tip_reader.c.handed)) == "2027-05-03"


def test_the_next_day_brings_another(database: Database) -> None:
    made = approved(database)
    follow(database, 1)
    made.send(at("08:00"))
    with database.begin() as db:
        db.execute(sa.delete(delivery))
        db.execute(sa.update(follower).values(last_message_at=at("08:00")))
    assert made.send(at("08:00") + timedelta(days=1)).people == 1


def test_that_tips_are_weekly_now_is_told_by_the_first_that_comes_whole(both: Database) -> None:
    """Neither a notice, which holds twenty characters, nor a tip that reached nobody has told them."""
    made = approved(both, tip_template="T1", tip_field="thing3")
    follow(both, 1)
    follow(both, 2, last_message_at=None)
    follow(both, 3, last_message_at=None)
    with both.begin() as db:
        row = {"follower_id": 2, "template_id": "T1", "remaining": 1, "updated_at": at("07:00")}
        db.execute(sa.insert(consent).values(row))
    made.plan(at("05:00") - timedelta(days=1))
    with both.begin() as db:
        db.execute(sa.update(follower).values(frequency="weekly"))
        db.execute(sa.update(tip_reader).values(slowed="2027-05-02"))
    assert made.send(at("08:00")).people == 3
    assert got(both) == {1: "official.service", 2: "official.notice", 3: ""}
    with both.begin() as db:
        c = tip_reader.c
        assert dict(db.execute(sa.select(c.follower_id, c.told)).all()) == {1: "2027-05-03", 2: "", 3: ""}


def test_one_word_brings_the_daily_tip_back() -> None:
    for words in ("每天", "改成每天", "好的，改成每天", "我想每天收", "继续每天发", "改每天", "恢复每天"):
        assert phrases.TURN.fullmatch(core(normalise(words))), words
    for words in ("收到", "知道了", "改安全帽的颜色行吗", "每天上班戴安全帽吗"):
        assert not phrases.TURN.fullmatch(core(normalise(words))), words
