"""Databases for tests: migrated once a session, then copied or wiped, for to migrate takes longer than most tests."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path
from typing import Any, LiteralString, cast

import psycopg
from sqlalchemy.engine import URL

from bot.store.database import Database
from bot.store.migrations import HEAD

#: Nothing here need outlive the session; and what is counted of a table must not be what the test before left in it.
_CARELESS = ("fsync = off", "full_page_writes = off", "autovacuum = off")
#: Foreign keys do not matter where everything goes. A large table is truncated: dead rows would slow the next test.
_WIPE = """
DO $$
DECLARE it record;
BEGIN
  SET LOCAL session_replication_role = replica;
  FOR it IN SELECT oid::regclass AS name, pg_relation_size(oid) AS size FROM pg_class
            WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
            AND relname NOT IN ('alembic_version', 'live_revision') LOOP
    IF it.size > 200000 THEN EXECUTE format('TRUNCATE %s CASCADE', it.name);
    ELSIF it.size > 0 THEN EXECUTE format('DELETE FROM %s', it.name);
    END IF;
  END LOOP;
  PERFORM setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace;
END $$
"""
#: What a test has changed besides rows shows here.
_SHAPE = """
SELECT (SELECT version_num FROM alembic_version),
       (SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'i', 'S', 'v') AND relnamespace = 'public'::regnamespace),
       (SELECT count(*) FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%'),
       (SELECT datallowconn FROM pg_database WHERE datname = current_database())
"""


def migrated_file(path: Path) -> Path:
    """A SQLite file with its schema and no rows."""
    _migrate(f"sqlite:///{path}")
    return path


def _migrate(url: str) -> None:
    database = Database(url)
    database.migrate()
    database.close()


class Postgres:
    """The databases of one server: empty ones, and ones with the schema, which are wiped and lent again."""

    def __init__(self, admin: URL) -> None:
        self._url = admin.set(drivername="postgresql")
        self._free: list[str] = []
        self._template = ""
        self._shape: Any = None
        for setting in _CARELESS:
            self._do(f"ALTER SYSTEM SET {setting}")
        self._do("SELECT pg_reload_conf()")

    def url(self, name: str) -> str:
        """The address of a database."""
        return self._url.set(database=name).render_as_string(hide_password=False)

    def create(self, template: str = "") -> str:
        """A new database; returns its name."""
        name = f"test_{uuid.uuid4().hex}"
        self._do(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
        return name

    def drop(self, name: str) -> None:
        """Whoever is still in it."""
        self._do(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def lend(self) -> str:
        """A database with its schema and no rows; returns its name."""
        if not self._template:
            self._template = self.create()
            _migrate(self.url(self._template))
            with psycopg.connect(self.url(self._template)) as db:
                self._shape = db.execute(_SHAPE).fetchone()
            assert self._shape[0] == HEAD
        return self._free.pop() if self._free else self.create(self._template)

    def take_back(self, name: str) -> None:
        """To be lent again, where nothing but rows was changed."""
        try:
            self._do("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", name)
            with psycopg.connect(self.url(name), autocommit=True) as db:
                as_lent = db.execute(_SHAPE).fetchone() == self._shape
                db.execute(_WIPE)
        except psycopg.Error:
            as_lent = False
        if as_lent:
            self._free.append(name)
        else:
            self.drop(name)

    def _do(self, statement: str, *values: str) -> None:
        with psycopg.connect(self.url(str(self._url.database)), autocommit=True) as db:
            db.execute(cast(LiteralString, statement), values or None)


def copied(template: Path, path: Path) -> str:
    """The URL of a copy of a SQLite file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(template, path)
    return f"sqlite:///{path}"
