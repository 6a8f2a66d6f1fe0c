"""The database: one engine per process, the same schema on SQLite and PostgreSQL."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import URL, make_url

from bot.errors import RowRefusedError, StoreError
from bot.store.one import OfThread, One

log = logging.getLogger(__name__)

#: A message must be answered within 4.5 s whatever the database does; waiting for it longer helps nobody.
_BUSY_TIMEOUT_MS = 2000
_CONNECT_TIMEOUT_S = 2
#: Longer than SQLite sleeps before it looks again whether it may write.
_SLEEPS_S = 0.11
#: Migrating holds no person up, and may take longer than a message.
_MIGRATE_TIMEOUT_S = 600
#: Options of an engine: its transactions only read; they migrate, and wait for another process that does.
_READS, _MIGRATES = "safetybot_reads", "safetybot_migrates"
#: Of PostgreSQL, for work on a million rows: less, and they are sorted on disk.
_WORK_MEM = "128MB"
#: What `by_keys` keeps PostgreSQL from.
_NOT_BY_KEYS = ("enable_seqscan", "enable_bitmapscan", "enable_hashjoin", "enable_mergejoin")
#: Entries of an index that tell how it is made up: all of a million would hold up whoever writes.
_LOOKED_AT = 1000
#: Alembic's context is a global of the process; the number names our lock among those of the PostgreSQL server.
_MIGRATING = threading.Lock()
_MIGRATION_LOCK = 20_061_101


class Database:
    """A pool of connections, opened on first use.

    url  SQLAlchemy URL; sqlite:///… or postgresql://… (driven by psycopg 3)
    """

    def __init__(self, url: str) -> None:
        self.url = _with_driver(make_url(url))
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _create(self.url)
        self._reader = self.engine.execution_options(**{_READS: True})
        self._mine = OfThread()
        if self.is_sqlite:
            sa.event.listen(self.engine, "connect", _prepare_sqlite)
            sa.event.listen(self.engine, "checkout", self._check_file)
            sa.event.listen(self.engine, "begin", _begin_immediate)

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """One transaction: committed at the end, rolled back on any error.

        Raises StoreError when the database is out of reach, RowRefusedError when it refuses what is written.
        """
        one = self._mine.one
        with _failures_told(), one.begin() if one else self.engine.begin() as connection:
            yield connection

    @contextmanager
    def as_one(self) -> Iterator[None]:
        """Let all that this thread writes meanwhile be one transaction: held at the end, or nothing of it on any error.

        Nothing that takes long belongs between the first write and the end: others wait to write. Raises StoreError.
        """
        if self._mine.one:
            yield
            return
        one = self._mine.one = One(self.engine)
        try:
            yield
            self._mine.one = None
            with _failures_told():
                one.commit()
        finally:
            self._mine.one = None
            one.undo()

    def apart(self) -> None:
        """Before a call that may take long: hold what this thread has written as one, and no more as one from here."""
        if one := self._mine.one:
            self._mine.one = None
            with _failures_told():
                one.commit()

    def afterwards(self, do: Callable[[], object]) -> None:
        """Do this when what this thread has written can be seen by others: at once, unless it writes `as_one`."""
        if one := self._mine.one:
            one.afterwards(do)
        else:
            do()

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """One transaction that only reads: on SQLite it waits for nobody who writes, and nobody waits for it.

        Raises StoreError as `begin` does.
        """
        one = self._mine.one
        with _failures_told(), one.begin() if one and one.has_written else self._reader.begin() as connection:
            yield connection

    @contextmanager
    def portion(self) -> Iterator[sa.Connection]:
        """As `begin`, for work on very many rows that is done in portions, so that others may write in between."""
        started = time.monotonic()
        with self.begin() as connection:
            unhurried(connection)
            yield connection
        if self.is_sqlite:  # where whoever waits sleeps, and would find it taken by the next portion each time
            time.sleep(min(_SLEEPS_S, time.monotonic() - started))

    def line(self) -> Line:
        """Transactions one after another, of one thread; to be closed."""
        return Line(self)

    def migrate(self) -> None:
        """Bring the schema up to the newest migration. Safe to run twice, and by two processes at once.

        Raises StoreError when the database is of a newer version of the program.
        """
        if self._is_current():
            return
        from alembic import command  # 0.4 s and some MB: not for processes that find all done
        from alembic.util import CommandError

        self._make_folder()
        migrator = self.engine.execution_options(**{_MIGRATES: True})
        with _MIGRATING, _failures_told(), migrator.begin() as connection:
            if not self.is_sqlite:
                _wait_for_others(connection)
            try:
                command.upgrade(_alembic_config(connection), "head")
            except CommandError as e:
                raise StoreError(
                    f"database: {e}. A newer version of safetybot has written it: install that one, or restore the"
                    " copy from before the upgrade"
                ) from e

    def tidy(self) -> None:
        """Let SQLite see how its tables have grown, or it chooses indexes as if they were empty; and empty its log, in
        which what was erased would stay. PostgreSQL sees to both itself."""
        if not self.is_sqlite:
            return
        with self.begin() as connection:
            connection.exec_driver_sql(f"PRAGMA analysis_limit = {_LOOKED_AT}")
            connection.exec_driver_sql("ANALYZE")
        with _failures_told(), closing(self.engine.raw_connection()) as connection:
            connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()

    def _is_current(self) -> bool:
        from bot.store.migrations import HEAD

        try:
            with self.read() as connection:
                return bool(connection.scalar(sa.text("SELECT version_num FROM alembic_version")) == HEAD)
        except StoreError:
            return False

    def _check_file(self, _connection: Any, record: Any, _proxy: Any) -> None:
        # An open connection goes on writing into a file that was deleted or exchanged, and all of it is lost.
        path = Path(self.url.database or ":memory:")
        if path.name == ":memory:":
            return
        number = path.stat().st_ino if path.is_file() else 0
        if record.info.setdefault("file", number) != number or not number:
            raise sa.exc.DisconnectionError("the database file is not the one that was opened")

    def _make_folder(self) -> None:
        if self.is_sqlite and self.url.database and self.url.database != ":memory:":
            folder = Path(self.url.database).parent
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as e:
                raise StoreError(f"database: the folder {folder} cannot be made: {e.strerror}") from e


class Line:
    """One connection for thousands of transactions one after another.

    PostgreSQL answers each statement, and what waits for it must get its turn on a processor again each time, which
    takes far longer than the statement. So the connection is not asked whether it still lives, BEGIN is not waited
    for, and neither is a statement that is executed with LATER. Rows are found as with `by_keys`. SQLite
    answers at once, and looks at its file anew.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._held: sa.Connection | None = None
        self._ends = ExitStack()

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """As Database.begin; after an error the next transaction has a connection of its own."""
        if self._database.is_sqlite:
            with self._database.begin() as db:
                yield db
            return
        with _failures_told():
            connection = self._held or self._connect()
            try:
                with connection.begin():
                    connection.exec_driver_sql("BEGIN", execution_options=LATER)
                    yield connection
            except BaseException:
                self.close()
                raise

    def close(self) -> None:
        """Give the connection up."""
        if self._held is not None:
            self._held = None
            with suppress(self._database.engine.dialect.loaded_dbapi.Error):  # it may be gone
                self._ends.close()

    def _connect(self) -> sa.Connection:
        connection = self._database.engine.connect()
        driver: Any = connection.connection.driver_connection
        connection.detach()  # what is set here goes with it
        driver.autocommit = True  # or psycopg sends a BEGIN of its own, and waits for it
        self._ends.callback(connection.invalidate)
        self._ends.callback(driver.close)
        driver.execute("; ".join(f"SET {name} = off" for name in _NOT_BY_KEYS))
        sent = self._ends.enter_context(driver.pipeline())

        @sa.event.listens_for(connection, "after_cursor_execute")
        def wait(*event: Any) -> None:
            context = event[4]
            if not context.execution_options.get("later"):
                sent.sync()

        self._held = connection
        return connection


#: Of a statement of which nothing is read, not even its count: on a Line the next one that is read waits for it too.
LATER = {"later": True}


@contextmanager
def _failures_told() -> Iterator[None]:
    try:
        yield
    except (sa.exc.DataError, sa.exc.IntegrityError) as e:
        raise RowRefusedError(f"database: {type(e.orig).__name__}: {_first_line(e.orig)}") from e
    except sa.exc.DBAPIError as e:
        raise StoreError(f"database: {type(e.orig).__name__}: {_first_line(e.orig)}") from e
    except sa.exc.SQLAlchemyError as e:
        raise StoreError(f"database: {type(e).__name__}") from e


def unhurried(db: sa.Connection) -> None:
    """Let this transaction take its time: for work on a million rows, which no person waits for in a chat."""
    if db.dialect.name == "postgresql":
        limits = {"statement_timeout": f"{_MIGRATE_TIMEOUT_S}s", "work_mem": _WORK_MEM}
        db.execute(sa.text("; ".join(f"SET LOCAL {name} = '{limit}'" for name, limit in limits.items())))


def by_keys(db: sa.Connection) -> None:
    """Let PostgreSQL find rows by their keys until this transaction ends: it takes a table that has just been filled
    for an empty one, and would read all of it each time for a few hundred rows."""
    if db.dialect.name == "postgresql":
        db.execute(sa.text("; ".join(f"SET LOCAL {name} = off" for name in _NOT_BY_KEYS)))


def among(db: sa.Connection, column: sa.ColumnElement[int], numbers: Sequence[int]) -> sa.ColumnElement[bool]:
    """Whether a column holds one of many numbers; one parameter whatever their count, and the same statement."""
    if db.dialect.name == "sqlite":
        listed = sa.func.json_each(sa.literal(json.dumps(numbers))).table_valued("value")
        return column.in_(sa.select(listed.c.value))
    return column == sa.any_(sa.literal(list(numbers), postgresql.ARRAY(sa.BigInteger)))


def aware(at: datetime | None) -> datetime | None:
    """A time as it was stored: SQLite gives UTC back without saying so."""
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at


def _with_driver(url: URL) -> URL:
    return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url


def _create(url: URL) -> sa.Engine:
    if url.get_backend_name() == "sqlite":
        return sa.create_engine(url, connect_args={"timeout": _BUSY_TIMEOUT_MS / 1000})
    # What is asked here takes less time than compiling it.
    options = f"-c statement_timeout={_BUSY_TIMEOUT_MS} -c lock_timeout={_BUSY_TIMEOUT_MS} -c jit=off"
    connect = {"connect_timeout": _CONNECT_TIMEOUT_S, "options": options}
    return sa.create_engine(url, pool_pre_ping=True, pool_timeout=_CONNECT_TIMEOUT_S, connect_args=connect)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we write BEGIN IMMEDIATE ourselves, see below
    lasting = ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", f"busy_timeout={_BUSY_TIMEOUT_MS}")
    for pragma in (*lasting, "secure_delete=ON"):  # a person who has their data erased may trust that it is gone
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: sa.Connection) -> None:
    # A transaction that reads first and writes later dies of SQLITE_BUSY when another wrote in between.
    options = connection.get_execution_options()
    if options.get(_MIGRATES, False):
        connection.exec_driver_sql(f"PRAGMA busy_timeout={_MIGRATE_TIMEOUT_S * 1000}")
    connection.exec_driver_sql("BEGIN" if options.get(_READS, False) else "BEGIN IMMEDIATE")
    if options.get(_MIGRATES, False):
        connection.exec_driver_sql(f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MS}")


def _wait_for_others(connection: sa.Connection) -> None:
    """Let one process migrate at a time; on SQLite the transaction sees to that."""
    for name in ("statement_timeout", "lock_timeout"):
        connection.execute(sa.text(f"SET LOCAL {name} = '{_MIGRATE_TIMEOUT_S}s'"))
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))


def _first_line(error: BaseException | None) -> str:
    return str(error).strip().split("\n")[0]


def _alembic_config(connection: sa.Connection) -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config
