"""Several transactions of a thread as one: what is seen meanwhile, what is left after an error, who waits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from bot.errors import StoreError
from bot.store.database import Database
from bot.store.tables import metadata

thing = sa.Table("thing_of_one", sa.MetaData(), sa.Column("name", sa.String(20), primary_key=True))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    held = Database(database_url)
    assert thing.name not in metadata.tables
    with held.begin() as db:
        thing.create(db)
    yield held
    with held.begin() as db:
        thing.drop(db)
    held.close()


def put(database: Database, name: str) -> None:
    with database.begin() as db:
        db.execute(thing.insert().values(name=name))


def seen(database: Database) -> list[str]:
    with database.read() as db:
        return list(db.scalars(sa.select(thing.c.name).order_by(thing.c.name)))


def seen_by_others(database: Database) -> list[str]:
    found: list[str] = []
    other = threading.Thread(target=lambda: found.extend(seen(database)))
    other.start()
    other.join(60)
    return found


def fail(database: Database, *deeds: Callable[[], object]) -> None:
    """Do these as one, and fail then."""
    with database.as_one():
        for deed in deeds:
            deed()
        raise KeyError


def part_that_fails(database: Database, name: str) -> None:
    with database.begin() as db:
        db.execute(thing.insert().values(name=name))
        raise KeyError


def test_all_is_held_at_the_end_and_seen_by_others_only_then(database: Database) -> None:
    done: list[str] = []
    with database.as_one():
        put(database, "a")
        database.afterwards(lambda: done.extend(seen_by_others(database)))
        put(database, "b")
        assert seen(database) == ["a", "b"]
        assert seen_by_others(database) == []
        assert done == []
    assert done == ["a", "b"]


def test_nothing_is_left_after_an_error_and_nothing_is_told(database: Database) -> None:
    told: list[str] = []
    with pytest.raises(KeyError):
        fail(database, lambda: put(database, "a"), lambda: database.afterwards(lambda: told.append("a")))
    assert seen(database) == []
    put(database, "b")  # by itself again
    assert seen_by_others(database) == ["b"]
    assert told == []


def test_a_part_that_fails_takes_nothing_with_it(database: Database) -> None:
    with database.as_one():
        put(database, "a")
        with pytest.raises(StoreError):
            put(database, "a")
        with pytest.raises(KeyError):
            part_that_fails(database, "c")
        put(database, "b")
    assert seen(database) == ["a", "b"]


def test_the_first_part_may_fail_too(database: Database) -> None:
    with database.as_one():
        with pytest.raises(KeyError):
            part_that_fails(database, "a")
        put(database, "b")
    assert seen(database) == ["b"]


def test_who_has_only_read_lets_others_write(database: Database) -> None:
    with database.as_one():
        with database.begin() as db:
            db.execute(sa.select(thing)).all()
        other = threading.Thread(target=put, args=(database, "theirs"))
        other.start()
        other.join(60)
        assert seen(database) == ["theirs"]
        put(database, "mine")
    assert seen(database) == ["mine", "theirs"]


def test_before_a_long_call_all_is_held_and_what_follows_stands_by_itself(database: Database) -> None:
    found: list[list[str]] = []

    def look() -> None:
        found.append(seen_by_others(database))

    with pytest.raises(KeyError):
        fail(database, lambda: put(database, "a"), database.apart, look, lambda: put(database, "b"), look)
    assert found == [["a"], ["a", "b"]]
    assert seen(database) == ["a", "b"]


def test_one_within_another_is_a_part_of_it(database: Database) -> None:
    def inner() -> None:
        with database.as_one():
            put(database, "a")

    with pytest.raises(KeyError):
        fail(database, inner)
    assert seen(database) == []
