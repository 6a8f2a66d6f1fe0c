"""Requests that are answered by the thread that reads the connections, and those that go to another."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from bot.draining import DrainingServer
from bot.errors import AT_ONCE, CAME_AT, WouldWait

PATIENCE_S = 120.0
Serve = Callable[[Any], http.client.HTTPConnection]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """serve(app): a connection to a server of its own that tries /fast at once."""
    running: list[tuple[DrainingServer, threading.Thread, http.client.HTTPConnection]] = []

    def start(app: Any) -> http.client.HTTPConnection:
        listener = socket.create_server(("127.0.0.1", 0))
        server = DrainingServer(app, listener, threads=2, max_body_bytes=1 << 20, at_once="/fast")
        thread = threading.Thread(target=server.run)
        thread.start()
        connection = http.client.HTTPConnection(*listener.getsockname()[:2], timeout=PATIENCE_S)
        running.append((server, thread, connection))
        return connection

    yield start
    for server, thread, connection in running:
        connection.close()
        server.stop()
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


class App:
    """Says who asked how, and with which body; does first what a test wants."""

    def __init__(self, first: Callable[[dict[str, Any]], object] = lambda _environ: None) -> None:
        self.first = first

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body = environ["wsgi.input"].read()
        self.first(environ)
        start_response("200 OK", [("Content-Type", "text/plain"), ("X-Way", str(bool(environ.get(AT_ONCE))))])
        return [environ["PATH_INFO"].encode(), b" ", body]


def ask(connection: http.client.HTTPConnection, method: str, path: str, body: str = "") -> tuple[int, str, str]:
    connection.request(method, path, body)
    with connection.getresponse() as answer:
        return answer.status, answer.headers.get("X-Way", ""), answer.read().decode()


def test_posts_to_the_path_are_answered_at_once_and_all_else_is_not(serve: Serve) -> None:
    connection = serve(App())
    for n in range(3):
        assert ask(connection, "POST", "/fast?a=1", f"b{n}") == (200, "True", f"/fast b{n}")
    assert ask(connection, "GET", "/fast") == (200, "False", "/fast ")
    assert ask(connection, "POST", "/slow", "b") == (200, "False", "/slow b")
    assert ask(connection, "POST", "/fast", "x" * 100_000) == (200, "True", "/fast " + "x" * 100_000)


@pytest.mark.parametrize(
    ("header", "value", "status", "said"),
    [
        ("Content-Length", str(2 << 20), 413, "压缩或分成几份"),
        ("X-Long", "x" * 40_000, 431, "清除本网站的 Cookie"),
        ("Content-Length", "many", 400, "读不懂"),
    ],
)
def test_what_the_server_itself_refuses_is_said_in_chinese(
    serve: Serve, header: str, value: str, status: int, said: str
) -> None:
    connection = serve(App())
    connection.putrequest("POST", "/staff/outreach/media")
    connection.putheader(header, value)
    connection.endheaders()
    with connection.getresponse() as answer:
        page = answer.read().decode()
        assert (answer.status, answer.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert said in page
    assert "waitress" not in page
    assert "console.css" in page


def test_what_would_wait_is_asked_again_elsewhere_with_the_same_body(serve: Serve) -> None:
    threads: list[int] = []

    def wait(environ: dict[str, Any]) -> None:
        threads.append(threading.get_ident())
        if environ.get(AT_ONCE):
            raise WouldWait

    assert ask(serve(App(wait)), "POST", "/fast", "body") == (200, "False", "/fast body")
    assert len(set(threads)) == 2


def test_fault_at_once_is_the_fault_of_one_request_only(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    def broken(environ: dict[str, Any]) -> None:
        if environ["QUERY_STRING"] == "broken":
            raise ValueError("broken")

    connection = serve(App(broken))
    status, _, _ = ask(connection, "POST", "/fast?broken")
    assert status == 500
    assert ask(connection, "POST", "/fast", "b") == (200, "True", "/fast b")


def test_one_that_waits_holds_up_nobody(serve: Serve) -> None:
    waiting, go_on = threading.Event(), threading.Event()

    def wait(environ: dict[str, Any]) -> None:
        if environ["QUERY_STRING"] == "slow":
            if environ.get(AT_ONCE):
                raise WouldWait
            waiting.set()
            assert go_on.wait(PATIENCE_S)

    slow = serve(App(wait))
    slow.request("POST", "/fast?slow", "a")
    assert waiting.wait(PATIENCE_S)
    other = http.client.HTTPConnection(slow.host, slow.port, timeout=PATIENCE_S)
    assert ask(other, "POST", "/fast", "b") == (200, "True", "/fast b")
    other.close()
    go_on.set()
    with slow.getresponse() as answer:
        assert answer.read() == b"/fast a"


def test_when_a_request_came_is_told_and_stays_when_it_is_handed_over(serve: Serve) -> None:
    came: list[float] = []

    def wait(environ: dict[str, Any]) -> None:
        came.append(environ[CAME_AT])
        if environ.get(AT_ONCE):
            raise WouldWait

    connection = serve(App(wait))
    before = time.monotonic()
    ask(connection, "POST", "/fast", "one")
    between = time.monotonic()
    ask(connection, "GET", "/slow")
    assert before <= came[0] == came[1] <= between <= came[2]
