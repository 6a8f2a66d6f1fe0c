"""A row that the database will not have holds up no others: it is put aside, told of, and goes with its person."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.errors import StoreError
from bot.store import refused, retention
from bot.store.database import Database
from bot.store.records import MessageRow, Records, Writer
from bot.store.tables import message_log, refused_row, statute
from tests.store.conftest import Outage

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
MESSAGE = MessageRow(NOON, "official", "oAlice", "text", "你好", "answered", "", "st-greeting", 0.9, 1.5)


@dataclass(frozen=True)
class Law:
    """A row of another room."""

    at: datetime
    title: str | None
    region: str = "全国"
    channel: str = "official"
    address: str = "oAlice"


def write(db: sa.Connection, rows: Sequence[Law]) -> None:
    """Its writer; it trusts what it is given."""
    for row in rows:
        if row.region == "nowhere":
            raise LookupError("no such region")
        held = {"title": row.title, "region": row.region, "digest": "0", "imported_at": row.at}
        db.execute(sa.insert(statute).values(held))


WRITERS: dict[type[object], Writer] = {Law: write}
#: What a database refuses, and whether only PostgreSQL does.
BAD = {
    "twice": (Law(NOON, "甲法"), False),
    "null": (Law(NOON, None), False),
    "half a character": (Law(NOON, "法\ud83d"), False),
    "a writer's fault": (Law(NOON, "丙法", "nowhere"), False),
    "too long": (Law(NOON, "长" * 201), True),
    "nul": (Law(NOON, "法\0"), True),
}


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    return tmp_path / "var" / "spool.jsonl"


@pytest.fixture
def records(database: Database, spool: Path) -> Records:
    made = Records(database, spool, WRITERS)
    assert made.write(Law(NOON, "甲法"))
    return made


@pytest.fixture(params=BAD)
def bad(request: pytest.FixtureRequest, database: Database) -> Law:
    row, only_postgresql = BAD[request.param]
    if only_postgresql and database.is_sqlite:
        pytest.skip("SQLite takes it")
    return row


def texts(database: Database, table: sa.Table, column: str) -> list[str]:
    with database.begin() as db:
        return list(db.scalars(sa.select(table.c[column]).order_by(table.c.id)))


def aside(database: Database) -> list[Law]:
    with database.begin() as db:
        rows = db.scalars(sa.select(refused_row.c.held).order_by(refused_row.c.id)).all()
    held = [json.loads(row) for row in rows]
    return [Law(**{**row, "at": datetime.fromisoformat(row["at"])}) for row in held]


def test_whoever_waits_for_a_bad_row_learns_that_it_was_not_done(
    records: Records, database: Database, spool: Path, bad: Law, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR), pytest.raises(StoreError, match="refused"):
        records.write(bad)
    assert aside(database) == [bad]
    assert not spool.exists()
    assert [record.message for record in caplog.records] == ["a row that the database refuses was put aside"]
    assert records.write(Law(NOON, "乙法")), "it was no outage"


def test_among_many_rows_only_the_bad_ones_are_put_aside(records: Records, database: Database, bad: Law) -> None:
    records.start()
    for n in range(200):
        records.note(replace(MESSAGE, text=str(n)))
        if n in (0, 70, 71, 199):
            records._add(bad)
    records.stop()
    assert texts(database, message_log, "text") == [str(n) for n in range(200)]
    assert aside(database) == [bad] * 4
    assert texts(database, statute, "title") == ["甲法"]


def test_bad_row_in_the_spool_does_not_block_it(
    records: Records, database: Database, outage: Outage, spool: Path, bad: Law
) -> None:
    outage.begin()
    for row in (bad, Law(NOON, "乙法"), bad, replace(MESSAGE, text="后来")):
        assert not records.write(row)
    outage.end()
    later = Records(database, spool, WRITERS)
    later.start()
    later.stop()
    assert texts(database, statute, "title") == ["甲法", "乙法"]
    assert texts(database, message_log, "text") == ["后来"]
    assert aside(database) == [bad] * 2
    assert not spool.stat().st_size


def test_what_was_put_aside_of_a_person_goes_when_they_leave(records: Records, database: Database) -> None:
    for address in ("oAlice", "oBob", "o\0\ud83d"):
        with pytest.raises(StoreError):
            records.write(Law(NOON, None, address=address))
    records.erase("official", "oAlice")
    records.erase("official", "o\0\ud83d")
    assert [row.address for row in aside(database)] == ["oBob"]


def test_what_was_put_aside_is_kept_no_longer_than_the_log(records: Records, database: Database) -> None:
    with pytest.raises(StoreError):
        records.write(Law(NOON, None))
    retention.forget(database, datetime.now(UTC) - timedelta(days=90))
    with database.begin() as db:
        assert refused.count(db) == 1
    retention.forget(database, datetime.now(UTC) + timedelta(days=1))
    with database.begin() as db:
        assert refused.count(db) == 0


@pytest.mark.parametrize("go", [3, 2001, 4100])
def test_outage_in_the_middle_of_a_long_spool_writes_nothing_twice(
    tmp_path: Path, go: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, spool = Database(f"sqlite:///{tmp_path}/bot.db"), tmp_path / "spool.jsonl"
    gone = Records(Database("sqlite:////nowhere/at/all.db"), spool, WRITERS)
    for n in range(3):
        assert not gone.write(Law(NOON, str(n)))
    gone._spool.add([Law(NOON, str(n)) for n in range(3, 5000)])
    database.migrate()
    writing = _failing_after(go)
    first = Records(database, spool, {Law: writing})
    first.start()
    first.stop()
    done = len(texts(database, statute, "title"))
    assert done == go // 2000 * 2000, "whole portions"
    second = Records(database, spool, WRITERS)
    second.start()
    second.stop()
    assert texts(database, statute, "title") == [str(n) for n in range(5000)]
    assert aside(database) == []
    database.close()


def _failing_after(count: int) -> Callable[[sa.Connection, Sequence[Law]], None]:
    """A writer that loses its database after so many rows."""
    left = [count]

    def writing(db: sa.Connection, rows: Sequence[Law]) -> None:
        for row in rows:
            left[0] -= 1
            if left[0] < 0:
                raise StoreError("away")
            write(db, [row])

    return writing
