"""The log is searched by words, kind, day, place and person, newest first, by key, a stretch at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.conversations import ledger, threads
from bot.conversations import search as searching
from bot.conversations.ledger import Draft
from bot.conversations.rows import ensure
from bot.conversations.search import Sought, Stretch, search
from bot.conversations.tables import Kind
from bot.conversations.talks import find
from bot.messages import Delivery
from bot.people import followers
from bot.people.followers import ChoseRow
from bot.store.database import Database
from bot.store.records import MessageRow, Records, together

NOON = datetime(2026, 6, 16, 4, 0, tzinfo=UTC)
ALICE, BOB = "oALICE0000000000000000000001", "oBOB000000000000000000000002"
HERE, ELSEWHERE = "广东省江门市江海区", "吉林省"


@pytest.fixture
def records(database_url: str, tmp_path: Path) -> Iterator[Records]:
    database = Database(database_url)
    database.migrate()
    held = Records(database, tmp_path / "spool.jsonl", together(followers.WRITERS))
    held.database = database  # type: ignore[attr-defined]
    yield held
    database.close()


def said(
    text: str, minutes: int, who: str = ALICE, status: str = "answered", reply: str = "", **more: str
) -> MessageRow:
    held = {"channel": "official", "kind": "text", "intent": "", "entry": ""} | more
    at = NOON + timedelta(minutes=minutes)
    return MessageRow(at=at, address=who, text=text, status=status, confidence=1.0, took_ms=1.0, said=reply, **held)


def keep(records: Records, rows: Sequence[object]) -> Database:
    for row in rows:
        assert records.write(row)
    return records.database  # type: ignore[attr-defined,no-any-return]


def texts(database: Database, sought: Sought, key: str = "", limit: int = 50) -> list[str]:
    with database.begin() as db:
        return [found.text for found in search(db, sought, key, limit).items]


@pytest.fixture
def log(records: Records) -> Database:
    rows = [
        said("煤气罐放阳台行吗", 0),
        said("楼道能停电动车吗", 1, BOB),
        said("100%会罚吗", 2, BOB, "unknown"),
        said("我家着火了", 3, status="emergency"),
        said("转人工", 4, status="human", intent="human"),
        said("", 5, kind="event"),
        said("电动车 阳台充电", 24 * 60, BOB),
        ChoseRow(NOON, "official", ALICE, {"region": HERE}),
        ChoseRow(NOON, "official", BOB, {"region": ELSEWHERE}),
    ]
    return keep(records, rows)


def test_words_are_found_in_any_order_and_signs_stand_for_themselves(log: Database) -> None:
    assert texts(log, Sought(words="阳台")) == ["电动车 阳台充电", "煤气罐放阳台行吗"]
    assert texts(log, Sought(words="阳台 电动车")) == ["电动车 阳台充电"]
    assert texts(log, Sought(words="0%")) == ["100%会罚吗"]
    assert texts(log, Sought(words="%_")) == []


def test_kinds_days_and_places_narrow_it(log: Database) -> None:
    assert texts(log, Sought(kind="unknown")) == ["100%会罚吗"]
    assert texts(log, Sought(kind="emergency")) == ["我家着火了"]
    assert texts(log, Sought(kind="human")) == ["转人工"]
    assert texts(log, Sought(since=date(2026, 6, 17))) == ["电动车 阳台充电"]
    assert len(texts(log, Sought(until=date(2026, 6, 16)))) == 5
    assert "煤气罐放阳台行吗" in texts(log, Sought(region=HERE))
    assert set(texts(log, Sought(district=HERE))) == {"煤气罐放阳台行吗", "我家着火了", "转人工"}
    assert texts(log, Sought(district=HERE, region=ELSEWHERE)) == []
    assert texts(log, Sought(channel="web")) == []


def test_addresses_are_shortened(log: Database) -> None:
    with log.begin() as db:
        found = search(db, Sought())
    assert all(ALICE not in str(f) and BOB not in str(f) for f in found.items)


def test_pages_follow_one_another_by_key_and_miss_nobody(records: Records) -> None:
    database = keep(records, [said(f"第{n}句", n // 3) for n in range(20)])
    seen, key = [], ""
    while True:
        with database.begin() as db:
            found = search(db, Sought(), key, 3)
        seen += [f.text for f in found.items]
        key = found.next_key
        if not key:
            break
    assert sorted(seen) == sorted(f"第{n}句" for n in range(20))
    assert len(seen) == 20


@pytest.mark.parametrize("key", ["", "x", "1~", "~1", "99999999999999999999999~1", "'; DROP TABLE message_log"])
def test_key_that_nobody_made_does_no_harm(log: Database, key: str) -> None:
    with log.begin() as db:
        assert isinstance(search(db, Sought(), key), Stretch)


def test_stretch_without_a_find_says_how_far_it_came_and_goes_on(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "_STRETCH", 5)
    database = keep(records, [said("要找的" if n == 0 else f"别的{n}", n // 2) for n in range(16)])
    keys, key, found = 0, "", Stretch(())
    while not found.items:
        with database.begin() as db:
            found = search(db, Sought(words="要找的"), key)
        keys, key = keys + 1, found.next_key
        if not found.items:
            assert found.until
    assert [f.text for f in found.items] == ["要找的"]
    assert keys >= 3


def test_a_channel_that_few_use_is_looked_for_a_stretch_at_a_time(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "_STRETCH", 5)
    database = keep(records, [said("网页上说的", 0, channel="web"), *(said(f"公众号{n}", 1 + n) for n in range(12))])
    seen, key, calls = [], "", 0
    while calls < 9:
        with database.begin() as db:
            found = search(db, Sought(channel="web", since=date(2026, 6, 1)), key)
        seen += [one.text for one in found.items]
        key, calls = found.next_key, calls + 1
        if not key:
            break
    assert (seen, calls) == (["网页上说的"], 3)


def test_thread_shows_what_the_bot_said_and_pages_backwards(records: Records) -> None:
    rows = [said(f"第{n}问", n, reply="先关阀门。" if n % 2 else "") for n in range(60)]
    database = keep(records, rows)
    with database.begin() as db:
        talk = find(db, ensure(db, "official", ALICE, NOON))
        assert talk
        newest = threads.read(db, talk)
        older = threads.read(db, talk, newest.older)
    asked = [line.text for line in (*older.lines, *newest.lines) if line.who == "person"]
    assert asked == [f"第{n}问" for n in range(60)]
    assert older.older is None
    assert {line.text for line in newest.lines if line.who == "bot"} == {"", "先关阀门。"}


def test_answers_given_are_searched_too_unless_only_people_are_meant(records: Records) -> None:
    database = keep(records, [said("几度停工", 0, reply="四十度停工"), said("四十度吗", 1, BOB)])
    assert texts(database, Sought(words="四十度")) == ["四十度吗", "几度停工"]
    assert texts(database, Sought(words="停工 四十度")) == ["几度停工"]
    assert texts(database, Sought(words="四十度", speaker="person")) == ["四十度吗"]
    with database.begin() as db:
        shown = [found.said for found in search(db, Sought(words="四十度")).items]
    assert shown == ["", "四十度停工"]


def test_what_staff_wrote_is_found_page_by_page(records: Records) -> None:
    database = keep(records, [said("在吗", 0), ChoseRow(NOON, "official", ALICE, {"region": HERE})])
    with database.begin() as db:
        number = ensure(db, "official", ALICE, NOON)
        talk = find(db, number)
        assert talk
        for n in range(5):
            draft = Draft(f"k{n}", Kind.ANSWER, f"第{n}条回复", (1, "王同事"))
            ledger.write(db, talk, draft, Delivery.SENT, "", NOON + timedelta(minutes=n // 2))
        ledger.write(db, talk, Draft("note", Kind.TAKEN, "接待回复"), Delivery.SENT, "", NOON)
    seen, key = list[str](), ""
    while True:
        with database.begin() as db:
            part = search(db, Sought(words="回复", speaker="staff"), key, 2)
        seen, key = [*seen, *(found.text for found in part.items)], part.next_key
        if not key:
            break
    assert seen == [f"第{n}条回复" for n in (4, 3, 2, 1, 0)]
    assert texts(database, Sought(words="第1条", speaker="staff", district=HERE)) == ["第1条回复"]
    assert texts(database, Sought(words="第1条", speaker="staff", district=ELSEWHERE)) == []
