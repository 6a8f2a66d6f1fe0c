"""Finished files: kept in the database, fetched by whichever host is asked, gone after a day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO

from bot.store import files
from bot.store.database import Database

NOW = datetime(2026, 6, 1, 1, 0, tzinfo=UTC)
LARGE = bytes(range(256)) * 4000  # several pieces, the last one short


def test_a_file_that_one_host_made_another_hands_out(database: Database, database_url: str) -> None:
    assert files.keep(database, "outcome-1", BytesIO(LARGE), NOW) == len(LARGE)
    files.keep(database, "outcome-2", BytesIO(b"small"), NOW)
    other = Database(database_url)
    assert files.size_of(other, "outcome-1") == len(LARGE)
    assert b"".join(files.pieces(other, "outcome-1")) == LARGE
    assert list(files.pieces(other, "outcome-2")) == [b"small"]
    other.close()


def test_a_file_goes_after_a_day(database: Database) -> None:
    files.keep(database, "old", BytesIO(b"x"), NOW)
    files.tidy(database, NOW + timedelta(hours=23))
    assert files.size_of(database, "old") == 1
    files.tidy(database, NOW + timedelta(hours=25))
    assert files.size_of(database, "old") == 0
    assert list(files.pieces(database, "old")) == []
