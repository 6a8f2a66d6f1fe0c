"""Exchanging what is live under load: two servers answer questions over HTTP while an entry changes every second.

    python -m benchmarks.swap [--seconds 60] [--database postgresql://…] [--redis redis://…]

Each version of the entry names itself in its text, its title and its source. An answer is mixed when it shows two
versions, and failed when it is none. How late a server is: of all its answers, the longest time that a newer version
had been published already when the question was sent.
"""

from __future__ import annotations

import argparse
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.callback_messages import TOKEN, Sender, varied
from bot.answers.entries import EntryKind
from bot.ingest import content
from bot.ingest.items import Item
from bot.knowledge import Desk
from bot.settings import ROOT
from bot.store.database import Database

ENTRY, QUESTION, REGION = "swap-entry", "江海区无人机巡检要登记吗", "广东省江门市江海区"
#: Of the questions asked every so many-th is about the entry that changes.
_EVERY = 4
_PAUSE_S = 0.02
_ALLOWED_S = 5.0
_SERVERS = 2


@dataclass
class Asked:
    """What one client heard. shown: when it asked about the entry, and which versions the answer names."""

    latencies_s: list[float] = field(default_factory=list)
    failed: int = 0
    shown: list[tuple[float, set[int]]] = field(default_factory=list)

    def quantile_ms(self, q: float) -> float:
        """The time below which a share q of the answers stayed, milliseconds."""
        ordered = sorted(self.latencies_s)
        return ordered[min(len(ordered) - 1, int(len(ordered) * q))] * 1000 if ordered else 0.0


class Client(threading.Thread):
    """Asks one server, one question after the other, until told to end."""

    def __init__(self, address: str, questions: Iterator[str]) -> None:
        super().__init__(daemon=True)
        self._at, self._questions = urlsplit(address), questions
        self._sender = Sender("/wechat", encrypted=False)
        self.asked = Asked()
        self.done = threading.Event()

    def run(self) -> None:
        with closing(socket.create_connection((self._at.hostname or "", self._at.port or 0), 10)) as connection:
            n = 0
            while not self.done.wait(_PAUSE_S):
                n += 1
                self._ask(connection, QUESTION if n % _EVERY == 0 else next(self._questions))

    def _ask(self, connection: socket.socket, text: str) -> None:
        [request] = self._sender.write([text])
        sent, started = time.time(), time.perf_counter()
        connection.sendall(request)
        head, body = _response(connection)
        self.asked.latencies_s.append(time.perf_counter() - started)
        if not head.startswith(b"HTTP/1.1 200") or "<Content>" not in body or "出了点问题" in body:
            self.asked.failed += 1
        elif text == QUESTION:
            self.asked.shown.append((sent, {int(n) for n in re.findall(r"第(\d+)版", body)}))


def _response(connection: socket.socket) -> tuple[bytes, str]:
    held = b""
    while b"\r\n\r\n" not in held:
        held += _some(connection)
    head, _, body = held.partition(b"\r\n\r\n")
    found = re.search(rb"(?i)content-length: (\d+)", head)
    length = int(found[1]) if found else 0
    while len(body) < length:
        body += _some(connection)
    return head, body.decode("utf-8", "replace")


def _some(connection: socket.socket) -> bytes:
    part = connection.recv(65536)
    if not part:
        raise ConnectionError("the server hung up")
    return part


def item(n: int) -> Item:
    """The n-th version of the entry."""
    questions = [QUESTION, "飞无人机要登记吗", "无人机上哪报备", "巡检无人机手续", "用无人机要不要备案"]
    return Item(EntryKind.FAQ, "swap", {
        "id": ENTRY, "title": f"无人机登记第{n}版", "questions": questions, "answer": f"按第{n}版的规定登记。",
        "region": REGION, "sources": [{"name": f"第{n}版办法"}], "reviewed": "2026-01-01",
    })  # fmt: skip


def publish_on(database: str, seconds: float) -> None:
    """Publish a version each second and print when it was; its own process, so that it does not hold up clients."""
    desk = Desk(Database(database), ROOT / "knowledge")
    until, n = time.time() + seconds, 0
    while time.time() < until:
        started, n = time.time(), n + 1
        desk.draft([item(n)], "bench")
        desk.submit(ENTRY, "bench")
        desk.publish(ENTRY, "bench")
        print(n, time.time(), flush=True)
        time.sleep(max(0.0, started + 1 - time.time()))


def lateness_s(asked: Asked, published: Sequence[tuple[int, float]]) -> float:
    """How long at most a newer version had been there when an older one was still told, seconds."""
    at = dict(published)
    late = [sent - at[max(seen) + 1] for sent, seen in asked.shown if seen and at.get(max(seen) + 1, sent) < sent]
    first = min(at.values())
    return max([*late, *(sent - first for sent, seen in asked.shown if not seen and sent > first)], default=0.0)


def wait_until_seen(clients: Sequence[Client], n: int) -> None:
    """Return when every server tells version n, or when it had time enough."""
    until = time.time() + 2 * _ALLOWED_S
    while time.time() < until and not all(c.asked.shown and n in c.asked.shown[-1][1] for c in clients):
        time.sleep(0.05)


@contextmanager
def servers(environ: dict[str, str]) -> Iterator[list[str]]:
    """Two servers on one database; yields their addresses."""
    with ExitStack() as stack:
        out = []
        for _ in range(_SERVERS):
            command = [sys.executable, "-m", "bot.cli", "serve", "--port", "0"]
            process = subprocess.Popen(command, env=environ, cwd=ROOT, stdout=subprocess.PIPE, text=True)
            stack.enter_context(process)
            stack.callback(process.terminate)
            assert process.stdout
            out.append(re.findall(r"http://\S+", process.stdout.readline())[0])
        yield out


def run(seconds: float, environ: dict[str, str], database: str) -> list[str]:
    """The lines of the report."""
    titles = [e.title for e in content.load(ROOT / "knowledge").entries if e.kind is EntryKind.FAQ]
    with servers(environ) as addresses:
        clients = [Client(a, varied(titles, seed=n)) for n, a in enumerate(addresses)]
        for client in clients:
            client.start()
        time.sleep(5)  # the first questions of a process read what the others have read
        for client in clients:
            client.asked = Asked()
        time.sleep(seconds / 2)
        before = [client.asked for client in clients]
        for client in clients:
            client.asked = Asked()
        command = [sys.executable, "-m", "benchmarks.swap", "--publish", str(seconds)]
        told = subprocess.run(
            command, env=environ | {"SWAP_DATABASE": database}, cwd=ROOT, capture_output=True, text=True, check=True
        )
        published = [(int(n), float(at)) for n, at in (line.split() for line in told.stdout.splitlines())]
        wait_until_seen(clients, published[-1][0])
        for client in clients:
            client.done.set()
            client.join(10)
    return [*_report(before, [c.asked for c in clients], published)]


def _report(before: Sequence[Asked], during: Sequence[Asked], published: Sequence[tuple[int, float]]) -> Iterator[str]:
    took = published[-1][1] - published[0][1]
    yield f"{len(published)} versions published in {took:.0f} s"
    for n, (old, new) in enumerate(zip(before, during, strict=True), 1):
        mixed = sum(len(seen) > 1 for _, seen in new.shown)
        versions = [max(seen) for _, seen in new.shown if seen]
        back = sum(b < a for a, b in zip(versions, versions[1:], strict=False))
        yield (
            f"server {n}: {len(new.latencies_s)} answers, {new.failed} failed, {mixed} mixed, {back} went back;"
            f" {len(set(versions))} versions seen, the latest after {lateness_s(new, published):.2f} s at most"
        )
        yield "".join(
            f"  {name:<7} p50 {held.quantile_ms(0.5):6.1f} ms  p99 {held.quantile_ms(0.99):6.1f} ms"
            f"  max {held.quantile_ms(1.0):6.1f} ms"
            for name, held in (("before", old), ("during", new))
        )


def main() -> None:
    """Parse, run, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--database", default="", help="postgresql://… (default: SQLite in a new folder)")
    parser.add_argument("--redis", default="", help="redis://… (default: none)")
    parser.add_argument("--publish", type=float, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.publish:
        publish_on(os.environ["SWAP_DATABASE"], args.publish)
        return
    with tempfile.TemporaryDirectory() as folder:
        given = {
            "VAR_DIR": folder,
            "WECHAT__TOKEN": TOKEN,
            "OFFICE__REGION": "广东省江门市江海区",
            "LOG_LEVEL": "WARNING",
        }
        given |= {"DATABASE_URL": args.database} if args.database else {}
        given |= {"REDIS_URL": args.redis} if args.redis else {}
        environ = {k: v for k, v in os.environ.items() if not k.startswith("SAFETYBOT_")}
        environ |= {f"SAFETYBOT_{name}": value for name, value in given.items()}
        ready = [sys.executable, "-m", "bot.cli", "ask", QUESTION]
        subprocess.run(ready, env=environ, cwd=ROOT, check=True, capture_output=True)
        database = args.database or f"sqlite:///{Path(folder) / 'safetybot.db'}"
        print("\n".join(run(args.seconds, environ, database)))


if __name__ == "__main__":
    main()
