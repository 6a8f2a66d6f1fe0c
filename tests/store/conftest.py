"""Databases that may go away and come back."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import URL, make_url

from bot.store.database import Database


class Outage:
    """Takes a database away under the feet of those who use it, and gives it back."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)

    def begin(self) -> None:
        """From now on nobody reaches the database."""
        if self._url.get_backend_name() == "sqlite":
            file = Path(str(self._url.database))
            for part in file.parent.glob(file.name + "*"):
                part.rename(part.with_name("away-" + part.name))
            file.mkdir()
        else:
            self._admin("ALTER DATABASE {} WITH ALLOW_CONNECTIONS false")
            self._admin("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'", quoted=False)

    def end(self) -> None:
        """The database is back as it was."""
        if self._url.get_backend_name() == "sqlite":
            file = Path(str(self._url.database))
            file.rmdir()
            for part in file.parent.glob(f"away-{file.name}*"):
                part.rename(part.with_name(part.name.removeprefix("away-")))
        else:
            self._admin("ALTER DATABASE {} WITH ALLOW_CONNECTIONS true")

    def _admin(self, statement: str, *, quoted: bool = True) -> None:
        name = str(self._url.database)
        with psycopg.connect(_dsn(self._url.set(database="postgres")), autocommit=True) as db:
            db.execute(statement.format(f'"{name}"' if quoted else name))  # type: ignore[arg-type]


def _dsn(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.fixture
def outage(database_url: str) -> Iterator[Outage]:
    """Power over the database of `database`; it is back after the test."""
    power = Outage(database_url)
    yield power
    with contextlib.suppress(OSError):
        power.end()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated database, on every engine in turn."""
    database = Database(database_url)
    yield database
    database.close()
