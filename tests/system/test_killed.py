"""kill -9 of workers, `serve`, PostgreSQL and Redis in the middle of a broadcast: nobody lost, nobody told twice."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from bot.messages import Delivery
from bot.outreach.states import State
from bot.outreach.tables import delivery
from bot.people.tables import follower
from bot.store.database import Database
from tests.conftest import RedisServer
from tests.outreach.conftest import Clock, Office, Platform
from tests.small_office import furnish

THREADS = 8  # as in zygote.py
KILLS = 13  # in each of four cases
PATIENCE_S = 120.0


class WeChat(ThreadingHTTPServer):
    """Takes messages, some milliseconds each, and knows a repeat by its key."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: Counter[str] = Counter()
        self.seen: set[str] = set()
        self.changed = threading.Condition()

    def take(self, path: str, body: dict[str, str]) -> dict[str, object]:
        """The answer to one call."""
        if path.endswith("stable_token"):
            return {"access_token": "t", "expires_in": 7200}
        with self.changed:
            key = body.get("client_msg_id")
            if key and key in self.seen:
                return {"errcode": 45065, "errmsg": "client_msg_id exist"}
            self.seen.add(key or "")
            self.got[body["touser"]] += 1
            self.changed.notify_all()
        time.sleep(0.004)  # the message is out, the answer is not: a kill now leaves the caller in the dark
        return {"errcode": 0, "errmsg": "ok", "msgid": 1}

    def reaches(self, count: int) -> None:
        """Wait until so many messages are out."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.got.total() >= count, PATIENCE_S), self.got.total()

    def handle_error(self, _request: object, _address: object) -> None:
        """Callers that were killed hang up."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: WeChat

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        data = json.dumps(self.server.take(self.path.split("?")[0], body)).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
        self.wfile.write(head.encode() + data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def wechat() -> Iterator[WeChat]:
    """A running platform."""
    server = WeChat()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An office's content; later its index too."""
    folder = tmp_path_factory.mktemp("home")
    furnish(folder / "knowledge")
    return folder


@pytest.fixture(scope="module")
def zygote(home: Path) -> Iterator[subprocess.Popen[str]]:
    """What all processes of these tests are forked from."""
    # -P: what stands beside it must not stand for modules of the same name.
    command = [sys.executable, "-P", str(Path(__file__).with_name("zygote.py")), str(home)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    yield process
    process.communicate(timeout=PATIENCE_S)


@dataclass
class Machine:
    """Starts processes of one office and kills them."""

    zygote: subprocess.Popen[str]
    order: dict[str, str]

    def starts(self, what: str) -> int:
        """A worker, or all that `serve` is; its number."""
        assert self.zygote.stdin
        assert self.zygote.stdout
        self.zygote.stdin.write(json.dumps({"what": what, **self.order}) + "\n")
        self.zygote.stdin.flush()
        return int(self.zygote.stdout.readline())

    def kills(self, pid: int) -> None:
        """As the kernel does it: no farewell. Returns when it is gone."""
        os.kill(pid, signal.SIGKILL)
        while _is_there(pid):
            time.sleep(0.002)


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """On every engine in turn."""
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def office(database: Database) -> Iterator[Office]:
    """Followers and a broadcast."""
    office = Office(database, Clock())
    yield office
    office.close()


@pytest.fixture
def machine(zygote: subprocess.Popen[str], home: Path, wechat: WeChat, tmp_path: Path, database_url: str) -> Machine:
    """Where the office's processes run."""
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "index").symlink_to(home / "index")
    api = f"http://127.0.0.1:{wechat.server_port}"
    order = {"folder": str(tmp_path / "var"), "database": database_url, "redis": "", "api": api}
    return Machine(zygote, order)


def ends(office: Office, broadcast_id: int) -> None:
    """Wait until the broadcast is being sent no more."""
    until = time.monotonic() + PATIENCE_S
    while office.stands(broadcast_id).state == State.SENDING and time.monotonic() < until:
        time.sleep(0.05)


def fates(office: Office, broadcast_id: int) -> dict[str, str]:
    """What is written of everybody, by address."""
    with office.database.begin() as db:
        rows = db.execute(
            sa.select(follower.c.address, delivery.c.state)
            .join(delivery, delivery.c.follower_id == follower.c.id)
            .where(delivery.c.broadcast_id == broadcast_id)
        )
        return {row.address: row.state for row in rows}


def is_right(office: Office, wechat: WeChat, broadcast_id: int, in_flight: int) -> None:
    """The ledger says what the platform saw: nobody twice, nobody lost; so many at most are not known of."""
    told = fates(office, broadcast_id)
    assert office.stands(broadcast_id).state == State.SENT
    assert max(wechat.got.values()) == 1
    assert set(told.values()) <= {Delivery.SENT, Delivery.UNKNOWN}
    unknown = {who for who, state in told.items() if state == Delivery.UNKNOWN}
    assert len(unknown) <= in_flight
    assert told.keys() - wechat.got.keys() <= unknown


@pytest.mark.parametrize("sender", ["official.template", "official.service"])
def test_killed_workers_and_servers_lose_nobody_and_tell_nobody_twice(
    office: Office, wechat: WeChat, machine: Machine, sender: str
) -> None:
    dice = random.Random(f"{sender} {office.database.is_sqlite}")
    steps = [dice.randint(1, 80) for _ in range(KILLS)]
    office.follows(sum(steps) + KILLS * THREADS + 50)
    sent = office.broadcasts(Platform(name=sender), started_at=datetime.now(UTC), urgent=1)
    for turn, step in enumerate(steps):
        before = wechat.got.total()
        pid = machine.starts(("worker", "serve", "worker")[turn % 3])
        wechat.reaches(before + step)
        time.sleep(dice.uniform(0, 0.01))  # anywhere between two calls, or in one
        machine.kills(pid)
    assert office.stands(sent).state == State.SENDING, "all kills came in the middle"
    last = machine.starts("worker")
    ends(office, sent)
    machine.kills(last)
    is_right(office, wechat, sent, KILLS * THREADS)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_crashes_of_postgresql_and_redis_lose_nobody_and_tell_nobody_twice(
    office: Office, wechat: WeChat, machine: Machine, own_redis: RedisServer
) -> None:
    dice = random.Random(5)
    steps = [dice.randint(30, 80) for _ in range(6)]
    office.follows(sum(steps) + 300)
    sent = office.broadcasts(Platform(name="official.service"), started_at=datetime.now(UTC), urgent=1)
    machine.order["redis"] = own_redis.url
    pid = machine.starts("worker")
    for turn, step in enumerate(steps):
        wechat.reaches(wechat.got.total() + step)
        if turn % 2:
            own_redis.kill()
            wechat.reaches(wechat.got.total() + 20)  # it goes on without
            own_redis.start()
        else:
            crash(office.database)
    ends(office, sent)
    machine.kills(pid)
    is_right(office, wechat, sent, 0)


def crash(database: Database) -> None:
    """PostgreSQL loses a process to SIGKILL: it ends all others, forgets its memory and recovers from its log."""
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url) as db:
        os.kill(db.info.backend_pid, signal.SIGKILL)
