"""Requests that are answered by the thread that reads the connections, and those that go to another."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from bot.draining import DrainingServer
from bot.errors import AT_ONCE, CAME_AT, WouldWait
from bot.incoming import LARGE_AT_ONCE

PATIENCE_S = 120.0
Serve = Callable[[Any], http.client.HTTPConnection]


def bytes_of(path: str) -> int:
    return 4 << 20 if path.startswith("/files/") else 1 << 20


@pytest.fixture
def serve() -> Iterator[Serve]:
    """serve(app): a connection to a server of its own that tries /fast at once."""
    running: list[tuple[DrainingServer, threading.Thread, http.client.HTTPConnection]] = []

    def start(app: Any) -> http.client.HTTPConnection:
        listener = socket.create_server(("127.0.0.1", 0))
        server = DrainingServer(app, listener, threads=2, max_body_bytes=bytes_of, at_once="/fast")
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


def sends(address: http.client.HTTPConnection, path: str, header: bytes, pieces: Iterable[bytes]) -> int:
    """Send until the other side hangs up; the bytes that it took."""
    sent = 0
    with socket.create_connection((address.host, address.port), PATIENCE_S) as connection:
        connection.sendall(b"POST %s HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n" % (path.encode(), header))
        try:
            for piece in pieces:
                connection.sendall(piece)
                sent += len(piece)
        except OSError:  # with all that was on its way unread
            return sent
    return sent


CHUNKED, MANY = b"Transfer-Encoding: chunked", 1 << 14
ENDLESS = {
    "chunks": [b"1000\r\n" + b"x" * 0x1000 + b"\r\n"], "a line": [b"0" * 4096], "an extension": [b"1;" + b"x" * 4096],
    "a trailer": [b"0\r\n", *[b"X: " + b"y" * 4093] * 3], "small chunks": [b"1\r\nx\r\n" * 600],
}  # fmt: skip


@pytest.mark.parametrize("of", ENDLESS)
def test_chunks_without_an_end_are_refused_before_they_cost_much(serve: Serve, of: str) -> None:
    """waitress alone looks through an endless line anew with each piece: 18 MB of it kept it busy for half a minute."""
    app, pieces = App(), ENDLESS[of]
    connection = serve(app)
    begun = time.process_time()
    sent = sends(connection, "/files/x", CHUNKED, (pieces[min(n, len(pieces) - 1)] for n in range(MANY)))
    assert sent < 16 << 20  # it hung up on what was still coming
    assert time.process_time() - begun < 30
    assert ask(connection, "POST", "/slow", "b") == (200, "False", "/slow b")


def test_what_is_announced_is_refused_by_the_head_alone(serve: Serve) -> None:
    connection = serve(App())
    for path, size, status in (
        ("/api", 1 << 20, 0), ("/api", (1 << 20) + 1, 413), ("/files/x", 4 << 20, 0), ("/files/x", 1 << 30, 413),
        ("/files/x", 10**30, 413),
    ):  # fmt: skip
        with socket.create_connection((connection.host, connection.port), PATIENCE_S) as held:
            held.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                         f"Content-Length: {size}\r\n\r\n".encode())  # fmt: skip
            assert int(held.recv(4096).split()[1]) == (status or 100), (path, size)


def test_of_very_many_large_files_at_once_some_are_asked_to_wait(serve: Serve) -> None:
    connection = serve(App())
    head = b"POST /files/x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3000000\r\n\r\n"
    with ExitStack() as stack:

        def announced() -> tuple[socket.socket, str]:
            held = socket.create_connection((connection.host, connection.port), PATIENCE_S)
            stack.enter_context(held).sendall(head)
            return held, held.recv(4096).decode()

        first, *others = [announced() for _ in range(LARGE_AT_ONCE + 2)]
        assert [said.split()[1] for _, said in (first, *others)] == ["100"] * LARGE_AT_ONCE + ["503"] * 2
        assert "请过几分钟" in others[-1][1] or "请过几分钟" in others[-1][0].recv(4096).decode()
        assert ask(connection, "POST", "/slow", "b") == (200, "False", "/slow b")  # a message is no large request
        first[0].sendall(b"x" * 3_000_000)
        assert first[0].recv(4096).split()[1] == b"200"
        first[0].close()
        end = time.monotonic() + PATIENCE_S
        while announced()[1].split()[1] != "100":  # there is room again
            assert time.monotonic() < end


def test_whoever_lets_a_request_drip_does_not_keep_a_connection(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.draining._LOOK_S", 0.0)
    monkeypatch.setattr("bot.incoming._WHOLE_S", 0.0)
    connection = serve(App())
    for begun in (b"POST /slow HTT", b"POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nxx"):
        with socket.create_connection((connection.host, connection.port), PATIENCE_S) as held:
            held.sendall(begun)
            assert held.recv(100) == b""


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
