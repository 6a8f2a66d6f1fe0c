"""One call a person: ours beside the usual way, a thread a call with requests and a commit a message, in the same run.

    python -m benchmarks.calling [--people 20000] [--calls 256] [--tls]

Both keep their connections, write each person down before the call and after it in SQLite, and call a platform in
another process that answers after 20 ms. The usual way gets 64 threads: with more it is slower.
"""

from __future__ import annotations

import argparse
import os
import queue
import sqlite3
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import requests
import sqlalchemy as sa

from benchmarks.sending import fan_out, follow, platform
from bot.outreach import ledger
from bot.outreach.delivering import Callers, Deliverer
from bot.outreach.effects import Effects
from bot.outreach.states import State
from bot.outreach.tables import broadcast
from bot.sending import Sender
from bot.store.database import Database

_THREADS = 64


def main() -> None:
    """Print messages a second and us of the processor a message, of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--calls", type=int, default=256)
    parser.add_argument("--tls", action="store_true", help="over https, with a certificate of this run (needs openssl)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        certificate = _certificate(Path(folder)) if args.tls else ""
        with platform(certificate) as port:
            base = f"http{'s' if args.tls else ''}://127.0.0.1:{port}"
            _measure("ours", args.people, _ours(Path(folder), base, args))
            _measure("requests, threads, a commit a message", args.people, _usual(Path(folder), base, args.people))


def _certificate(folder: Path) -> str:
    file = folder / "platform.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "1", "-nodes"]
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-keyout",
        str(file),
        "-out",
        str(folder / "c"),
        *subject,
    ]
    subprocess.run(command, check=True, capture_output=True)
    file.write_text(file.read_text() + (folder / "c").read_text())
    os.environ["SSL_CERT_FILE"] = os.environ["REQUESTS_CA_BUNDLE"] = str(folder / "c")
    return str(file)


def _measure(name: str, people: int, work: Callable[[], None]) -> None:
    began, cpu = time.perf_counter(), time.process_time()
    work()
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    print(f"{name}: {people / took:.0f}/s, {cpu / people * 1e6:.0f} us of the processor a message")


def _ours(folder: Path, base: str, args: argparse.Namespace) -> Callable[[], None]:
    database = Database(f"sqlite:///{folder}/ours.db")
    database.migrate()
    follow(database, args.people)
    number = fan_out(database, "official.notice")
    with database.begin() as db:
        db.execute(sa.update(broadcast).where(broadcast.c.id == number).values(state=State.SENDING))
    callers, now = Callers(args.calls), lambda: datetime.now(UTC)
    worker = Deliverer(database, _senders(base), Effects(), callers, account="gh", worker="w", clock=now)

    def work() -> None:
        while True:
            with database.begin() as db:
                batches = ledger.waiting(db, now(), 1)
            if not batches:
                callers.close()
                return
            worker.run(batches[0][0])

    return work


def _senders(base: str) -> Mapping[str, Sender]:
    from bot.channels.official.senders import senders
    from bot.store.kv import MemoryKeyValue
    from bot.tokens import TokenKeeper

    return senders(base, 5, TokenKeeper(MemoryKeyValue(), "wx0", lambda _force: ("t", 7200.0)))


def _usual(folder: Path, base: str, people: int) -> Callable[[], None]:
    file = folder / "usual.db"
    with sqlite3.connect(file) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("CREATE TABLE sent (who INTEGER PRIMARY KEY, state TEXT)")
        db.executemany("INSERT INTO sent VALUES (?, 'created')", ((n,) for n in range(people)))
    left: queue.SimpleQueue[int] = queue.SimpleQueue()
    for n in range(people):
        left.put(n)

    def call() -> None:
        db, session = sqlite3.connect(file, timeout=60), requests.Session()
        db.execute("PRAGMA synchronous=NORMAL")
        while True:
            try:
                who = left.get_nowait()
            except queue.Empty:
                return
            for state in ("sending", "sent"):
                with db:
                    db.execute("UPDATE sent SET state = ? WHERE who = ?", (state, who))
                if state == "sending":
                    body = {"touser": f"o{who:027d}", "template_id": "t", "data": {}}
                    url = f"{base}/cgi-bin/message/subscribe/bizsend?access_token=t"
                    assert session.post(url, json=body, timeout=30).json()["errcode"] == 0

    def work() -> None:
        threads = [threading.Thread(target=call) for _ in range(_THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return work


if __name__ == "__main__":
    main()
