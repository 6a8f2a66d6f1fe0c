"""The tips of a day for many people: by kinds, one a day each, none again within 90 days whatever people change."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.errors import OutreachError
from bot.ingest.tips import load
from bot.outreach.choosing import REST
from bot.outreach.head_counts import head_counts, keep_head_count, read_head_count
from bot.outreach.tables import delivery
from bot.outreach.tip_tables import tip_day, tip_past, tip_reader
from bot.outreach.tips import Segment, TipDesk
from bot.people.tables import follower, unit
from bot.settings import ROOT
from bot.store.database import Database

TIPS = load(ROOT / "knowledge")
MONDAY = datetime(2027, 5, 3, 0, 30, tzinfo=UTC)
DESK = TipDesk(TIPS)


@pytest.fixture
def people(database_url: str) -> Iterator[Database]:
    """Two builders, a builder who leads a team, a villager at noon, one who wants a tip a week, one who wants none."""
    database = Database(database_url)
    with database.begin() as db:
        _follow(db, 1, industry="建筑")
        _follow(db, 2, industry="建筑")
        _follow(db, 3, industry="建筑", post="班组长")
        _follow(db, 4, audience="农村", slot="noon")
        _follow(db, 5, audience="家庭", frequency="weekly")
        _follow(db, 6, frequency="")
    yield database
    database.close()


def _follow(db: sa.Connection, number: int, **facts: Any) -> None:
    row = {"id": number, "channel": "official", "address": f"o{number}", "frequency": "daily", **facts}
    db.execute(sa.insert(follower).values(**row, last_opened_at=MONDAY))


def _change(database: Database, number: int, **facts: Any) -> None:
    with database.begin() as db:
        db.execute(sa.update(follower).where(follower.c.id == number).values(**facts))


def _send(database: Database, now: datetime, desk: TipDesk = DESK) -> dict[int, str]:
    """Plan the day and send all its slots; who got which tip."""
    out: dict[int, str] = {}
    with database.begin() as db:
        desk.plan(db, now)
        for slot in ("morning", "noon"):
            for segment in desk.segments(db, now, slot):
                got = db.scalars(segment.people).all()
                assert len(got) == segment.count
                assert not out.keys() & set(got)
                out |= dict.fromkeys(got, segment.tip)
                desk.hand_over(db, now, segment, 0)
    return out


def _slot(database: Database, now: datetime, slot: str) -> list[Segment]:
    with database.begin() as db:
        DESK.plan(db, now)
        return DESK.segments(db, now, slot)


def test_people_of_one_kind_get_the_same_tip_in_one_segment(people: Database) -> None:
    builders, leader = sorted(
        (s for s in _slot(people, MONDAY, "morning") if "农村" not in s.text), key=lambda s: (-s.count, s.text)
    )[:2]
    assert builders.count == 2
    assert builders.text.startswith("【安全提示】")
    assert leader.count == 1


def test_more_people_than_are_written_down_at_once_are_parted(people: Database) -> None:
    desk = TipDesk(TIPS, most=2)
    with people.begin() as db:
        for number in range(100, 107):
            _follow(db, number, industry="建筑")
        desk.plan(db, MONDAY)
        segments = desk.segments(db, MONDAY, "morning")
        found = [db.scalars(desk.people(s.key)).all() for s in segments]
    assert max(s.count for s in segments) == 2
    assert [len(got) for got in found] == [s.count for s in segments]
    assert len({person for got in found for person in got}) == sum(s.count for s in segments)
    assert set(_send(people, MONDAY, desk)) == set(_send(people, MONDAY + timedelta(days=1))) | {5}


def test_team_leaders_get_the_questions_of_the_meeting(people: Database) -> None:
    meetings = [s for s in _slot(people, MONDAY, "morning") if s.text.startswith("【班前会】")]
    assert [s.count for s in meetings] == [1]
    assert meetings[0].text.count("？") == 3


def test_slots_are_those_that_people_chose_and_morning_for_the_others(people: Database) -> None:
    with people.begin() as db:
        DESK.plan(db, MONDAY)
        assert [db.scalars(s.people).all() for s in DESK.segments(db, MONDAY, "noon")] == [[4]]
        assert DESK.segments(db, MONDAY, "evening") == []
        with pytest.raises(OutreachError, match="没有叫 night 的时段"):
            DESK.segments(db, MONDAY, "night")


def test_weekly_ones_are_sent_on_monday_only(people: Database) -> None:
    assert 5 in _send(people, MONDAY)
    assert all(5 not in _send(people, MONDAY + timedelta(days=n)) for n in range(1, 7))
    assert 5 in _send(people, MONDAY + timedelta(days=7))


def test_planning_again_changes_nothing_and_adds_who_came_since(people: Database) -> None:
    first = _send(people, MONDAY)
    with people.begin() as db:
        _follow(db, 7, industry="渔业")
        before = db.execute(sa.select(tip_day.c.kind, tip_day.c.tip)).all()
    again = _send(people, MONDAY)
    with people.begin() as db:
        after = db.execute(sa.select(tip_day.c.kind, tip_day.c.tip)).all()
    assert set(again) == {7}
    assert set(before) < set(after)
    assert 1 in first


def test_nobody_gets_two_tips_on_a_day_even_after_a_change(people: Database) -> None:
    assert 1 in _send(people, MONDAY)
    _change(people, 1, industry="化工", slot="noon")
    assert 1 not in _send(people, MONDAY)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the same statements as above, many times
def test_no_tip_comes_back_within_90_days_however_people_change(people: Database) -> None:
    last: dict[tuple[int, str], int] = {}
    changes: dict[int, dict[str, str]] = {
        5: {"industry": "化工"}, 9: {"industry": "建筑"}, 20: {"post": "焊工"}, 31: {"post": ""},
        45: {"industry": "", "audience": "家庭"}, 60: {"industry": "建筑", "audience": ""}, 80: {"audience": "农村"},
    }  # fmt: skip
    for n in range(100):
        if n in changes:
            _change(people, 1, **changes[n])
        now = MONDAY + timedelta(days=n)
        with people.begin() as db:
            db.execute(sa.update(follower).values(last_opened_at=now))
        sent = _send(people, now)
        assert {1, 2, 3, 4} <= set(sent)
        for person, tip in sent.items():
            assert n - last.get((person, tip), -REST.days) >= REST.days, (n, person, tip)
            last[person, tip] = n


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the same statements as above, many times
def test_unopened_for_14_days_becomes_weekly_and_is_told_once(people: Database) -> None:
    texts: list[str] = []
    days = []
    for n in range(36):
        now = MONDAY + timedelta(days=n)
        with people.begin() as db:
            db.execute(sa.update(follower).where(follower.c.id != 1).values(last_opened_at=now))
            DESK.plan(db, now)
            for segment in DESK.segments(db, now, "morning"):
                if 1 in db.scalars(segment.people).all():
                    texts.append(segment.text)
                    days.append(n)
                row = {"follower_id": 1, "sender": "official.service", "level": "public", "state": "sent", "at": now}
                if "改为每周" in segment.text:
                    db.execute(sa.insert(delivery).values(broadcast_id=n, **row))
                DESK.hand_over(db, now, segment, n)
    assert days == [*range(15), 21, 28, 35]
    assert [n for n, text in zip(days, texts, strict=True) if "改为每周" in text] == [21]


def test_who_wants_a_daily_tip_again_gets_one(people: Database) -> None:
    with people.begin() as db:
        DESK.plan(db, MONDAY)
        DESK.plan(db, MONDAY + timedelta(days=20))
        assert db.scalar(sa.select(follower.c.frequency).where(follower.c.id == 1)) == "weekly"
    later = MONDAY + timedelta(days=22)
    _change(people, 1, frequency="daily", last_opened_at=later)
    assert 1 in _send(people, later + timedelta(days=1))


def test_of_those_who_left_nothing_is_kept(people: Database) -> None:
    _send(people, MONDAY)
    _change(people, 1, industry="化工")
    _send(people, MONDAY + timedelta(days=1))
    _change(people, 1, state="left")
    assert 1 not in _send(people, MONDAY + timedelta(days=2))
    with people.begin() as db:
        for table in (tip_reader, tip_past):
            assert db.scalar(sa.select(sa.func.count()).where(table.c.follower_id == 1)) == 0


def test_an_industry_may_come_from_the_unit(people: Database) -> None:
    with people.begin() as db:
        db.execute(sa.insert(unit).values(id=1, name="甲厂", kind="企业", industry="渔业", code="A1"))
        _follow(db, 8, unit_id=1)
        DESK.plan(db, MONDAY)
        kind = db.scalar(sa.select(tip_reader.c.kind).where(tip_reader.c.follower_id == 8))
    assert kind == "daily/渔业//"


def test_what_is_older_than_90_days_is_forgotten(people: Database) -> None:
    _send(people, MONDAY)
    with people.begin() as db:
        DESK.plan(db, MONDAY + REST)
        old = sa.select(sa.func.count()).where(tip_day.c.day == str(MONDAY.date()))
        assert db.scalar(old) == 0


def test_any_number_of_people_of_many_kinds_is_a_few_hundred_segments(people: Database) -> None:
    industries = sorted({name for tip in TIPS for name in tip.industries})
    posts = sorted({name for tip in TIPS for name in tip.posts})
    rows = [
        {
            "id": 100 + n, "channel": "web", "address": f"w{n}", "frequency": "daily", "last_opened_at": MONDAY,
            "industry": industries[n % len(industries)], "post": posts[n // 7 % len(posts)],
        }
        for n in range(2000)
    ]  # fmt: skip
    with people.begin() as db:
        db.execute(sa.insert(follower), rows)
    sent = Counter(_send(people, MONDAY).values())
    assert sum(sent.values()) == 2005
    assert len(sent) < 300


@pytest.mark.parametrize(
    ("text", "people_there"),
    [
        ("到岗12人", 12), ("到岗 12", 12), ("到岗十二人", 12), ("今天到岗：8个人。", 8), ("实到二十三人", 23),
        ("到岗人数为105", 105), ("本班到岗一百零五人", 105), ("到岗0人", 0), ("到岗了吗", None), ("12", None),
        ("到岗12人，缺2人", 12), ("到岗要几个人", None), ("", None),
    ],
)  # fmt: skip
def test_head_count_is_read_from_one_line(text: str, people_there: int | None) -> None:
    assert read_head_count(text) == people_there


def test_the_last_head_count_of_a_day_counts(people: Database) -> None:
    with people.begin() as db:
        db.execute(sa.insert(unit).values(id=1, name="甲厂", kind="企业", code="A1"))
        db.execute(sa.update(follower).where(follower.c.id == 3).values(unit_id=1))
        keep_head_count(db, 3, 11, MONDAY)
        keep_head_count(db, 3, 12, MONDAY)
        keep_head_count(db, 2, 5, MONDAY)
        keep_head_count(db, 3, 9, MONDAY + timedelta(days=1))
        assert head_counts(db, date(2027, 5, 3)) == {"甲厂": (1, 12), "": (1, 5)}
        with pytest.raises(OutreachError, match="到岗人数 200000 不对"):
            keep_head_count(db, 3, 200_000, MONDAY)
