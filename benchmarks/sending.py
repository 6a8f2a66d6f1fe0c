"""Broadcasts: how fast people are written down, called one by one and by lists, and what kill -9 costs.

    python -m benchmarks.sending [--people 100000] [--database URL] [--redis URL] [--lists] [--kills N] [--sender NAME]

The worker is `safetybot worker`, the platform another process that answers after 20 ms. Without --database in SQLite.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from benchmarks.sending_platform import DELAY_S
from bot.outreach import ledger
from bot.outreach.content import Level, dump
from bot.outreach.states import State
from bot.outreach.tables import broadcast
from bot.people import segments
from bot.people.tables import consent, follower
from bot.sending import Message
from bot.settings import ROOT
from bot.store.database import Database, unhurried

_MASS = "official.mass"
_AT_ONCE = 20_000
_TICK = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """See above."""
    args = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        url = args.database or f"sqlite:///{folder}/bench.db"
        database = Database(url)
        database.migrate()
        follow(database, args.people)
        sent = fan_out(database, args.sender)
        with platform() as port:
            _send(database, sent, environment(folder, url, args.redis, port), args)
            print(json.loads(urllib.request.urlopen(f"http://127.0.0.1:{port}/got").read()))
        with database.begin() as db:
            print(ledger.progress(db, sent))
        database.close()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--database", default="", help="postgresql://…, an empty database")
    parser.add_argument("--redis", default="")
    parser.add_argument("--lists", action="store_true", help="mass messages by lists of 10,000 instead of single calls")
    parser.add_argument("--kills", type=int, default=0, help="kill -9 the worker so often, at random moments")
    parser.add_argument("--threads", type=int, default=256)
    parser.add_argument("--sender", default="official.notice")
    parser.add_argument("--only-fan-out", action="store_true")
    args = parser.parse_args()
    args.sender = _MASS if args.lists else args.sender
    return args


def follow(database: Database, count: int) -> None:
    """So many people follow, and allow one notice each."""
    people = {"channel": "official", "account": "gh", "state": "following", "window_sent": 0}
    for start in range(0, count, _AT_ONCE):
        rows = [{**people, "address": f"o{n:027d}"} for n in range(start, min(count, start + _AT_ONCE))]
        with database.begin() as db:
            db.execute(sa.insert(follower), rows)
    allowed = (sa.literal("t"), sa.literal(1), sa.literal(0), sa.literal(datetime.now(UTC), sa.DateTime(timezone=True)))
    columns = ["follower_id", "template_id", "remaining", "long_term", "updated_at"]
    with database.begin() as db:
        unhurried(db)
        db.execute(sa.insert(consent).from_select(columns, sa.select(follower.c.id, *allowed), include_defaults=False))


def fan_out(database: Database, sender: str) -> int:
    """A broadcast to everybody, written down."""
    now = datetime.now(UTC)
    content = dump({Level.PUBLIC: Message(text="今天下午有雷雨，高处作业请停。", template="t")})
    row = {"title": "雷雨", "state": State.PAUSED, "content": content, "author": "甲", "created_at": now}
    told = {"sender": sender, "level": "public", "why": ""}
    columns = (sa.literal(value).label(name) for name, value in told.items())
    everybody = segments.where({}, now, whole=True)  # and in order, as planner.Plan gives them
    people = sa.select(follower.c.id.label("follower_id"), *columns).where(everybody).order_by(follower.c.id)
    calls = (2, 10_000) if sender == _MASS else (1, 1)
    started, cpu = time.perf_counter(), time.process_time()
    with database.begin() as db:
        key = db.execute(sa.insert(broadcast).values(row)).inserted_primary_key
        assert key
        count = ledger.fan_out(db, key[0], people, now)
        written, cpu_written = time.perf_counter() - started, time.process_time() - cpu
        batches = ledger.lay_batches(db, key[0], {(sender, "public"): calls})
    took, cpu = time.perf_counter() - started, time.process_time() - cpu
    print(
        f"fan-out: {count} people in {written:.2f} s ({cpu_written:.2f} s of our processor);"
        f" with their {batches} batches and the commit {took:.2f} s ({cpu:.2f} s)"
    )
    return int(key[0])


def environment(folder: str, url: str, redis: str, port: int) -> dict[str, str]:
    mine = {k: v for k, v in os.environ.items() if not k.startswith("SAFETYBOT_")}
    settings = {
        "VAR_DIR": folder,
        "DATABASE_URL": url,
        "REDIS_URL": redis,
        "WECHAT__APP_ID": "wx0000000000000001",
        "WECHAT__SECRET": "0" * 32,
        "WECHAT__API_BASE": f"http://127.0.0.1:{port}",
    }
    return {**mine, **{f"SAFETYBOT_{name}": value for name, value in settings.items()}}


@contextmanager
def platform(certificate: str = "") -> Iterator[int]:
    """The platform, running; its port. certificate: a file with certificate and key, for https."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.sending_platform", str(port), certificate], cwd=ROOT)
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield port
    finally:
        process.kill()
        process.wait()


def _send(database: Database, sent: int, env: dict[str, str], args: argparse.Namespace) -> None:
    if args.only_fan_out:
        return
    process = worker(env, args.threads)
    with database.begin() as db:
        db.execute(sa.update(broadcast).where(broadcast.c.id == sent).values(state=State.SENDING, urgent=1))
    started, cpu = time.perf_counter(), _cpu_s(process.pid)
    dice, killed = random.Random(4), 0
    while not _is_done(database):
        if killed < args.kills:
            time.sleep(dice.uniform(0.2, 3))
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed += 1
            process = worker(env, args.threads)
        time.sleep(0.2)
    took = time.perf_counter() - started
    print(f"sent: {took:.1f} s, {args.people / took:.0f}/s at {DELAY_S * 1000:.0f} ms a call; killed {killed} times")
    if not killed:
        spent = _cpu_s(process.pid) - cpu
        print(f"worker: {spent / args.people * 1e6:.0f} us of the processor a person, {_peak_mb(process.pid):.0f} MB")
    started = time.perf_counter()
    process.terminate()
    process.wait()
    print(f"worker ended {time.perf_counter() - started:.1f} s after SIGTERM")


def worker(env: dict[str, str], threads: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "bot.cli", "worker", "--threads", str(threads)]
    process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    if not process.stdout.readline():
        raise SystemExit("the worker did not start")
    return process


def _is_done(database: Database) -> bool:
    with database.begin() as db:
        return db.scalar(sa.select(broadcast.c.id).where(broadcast.c.state == State.SENDING)) is None


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def _peak_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    main()
