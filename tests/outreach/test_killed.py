"""kill -9 of real workers at 52 random moments, against a platform over real HTTP: nobody lost, nobody told twice."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.messages import Delivery
from bot.outreach.states import State
from bot.outreach.tables import delivery
from bot.people.tables import follower

from .conftest import Office, Platform

_THREADS = 8
_KILLS = 13  # in each of four cases
_PEOPLE = 2500


class _WeChat(ThreadingHTTPServer):
    """Takes messages, some milliseconds each, and knows a repeat by its key."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: Counter[str] = Counter()
        self.seen: set[str] = set()
        self.lock = threading.Lock()

    def take(self, path: str, body: dict[str, str]) -> dict[str, object]:
        """The answer to one call."""
        if path.endswith("stable_token"):
            return {"access_token": "t", "expires_in": 7200}
        with self.lock:
            key = body.get("client_msg_id")
            if key and key in self.seen:
                return {"errcode": 45065, "errmsg": "client_msg_id exist"}
            self.seen.add(key or "")
            self.got[body["touser"]] += 1
        time.sleep(0.008)  # the message is out, the answer is not: a kill now leaves the caller in the dark
        return {"errcode": 0, "errmsg": "ok", "msgid": 1}

    def handle_error(self, _request: object, _address: object) -> None:
        """Callers that were killed hang up."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _WeChat

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        data = json.dumps(self.server.take(self.path.split("?")[0], body)).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
        self.wfile.write(head.encode() + data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def wechat() -> Iterator[_WeChat]:
    """A running platform."""
    server = _WeChat()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("sender", ["official.template", "official.service"])
def test_kill_loses_nobody_and_tells_nobody_twice(
    office: Office, wechat: _WeChat, tmp_path: Path, database_url: str, sender: str
) -> None:
    office.follows(_PEOPLE)
    sent = office.broadcasts(Platform(name=sender), started_at=datetime.now(UTC))
    address = f"http://127.0.0.1:{wechat.server_port}"
    dice = random.Random(f"{sender} {office.database.is_sqlite}")
    moments = [f"{dice.uniform(0.05, 0.3):.3f}" for _ in range(_KILLS)]
    script = Path(__file__).with_name("killing.py")
    # -P: the folder of tests beside it must not stand for the standard library's calendar.
    command = [sys.executable, "-P", str(script), str(tmp_path), database_url, address, str(_THREADS), *moments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr

    fates = _fates(office, sent)
    assert office.stands(sent).state == State.SENT
    assert max(wechat.got.values()) == 1
    assert set(fates.values()) <= {Delivery.SENT, Delivery.UNKNOWN}
    unknown = {who for who, state in fates.items() if state == Delivery.UNKNOWN}
    assert len(unknown) <= _KILLS * _THREADS
    assert fates.keys() - wechat.got.keys() <= unknown


def _fates(office: Office, broadcast_id: int) -> dict[str, str]:
    """What is written of everybody, by address."""
    with office.database.begin() as db:
        rows = db.execute(
            sa.select(follower.c.address, delivery.c.state)
            .join(delivery, delivery.c.follower_id == follower.c.id)
            .where(delivery.c.broadcast_id == broadcast_id)
        )
        return {row.address: row.state for row in rows}
