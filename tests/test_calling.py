"""Calls over kept connections: what is kept, what is told of what went wrong, and what no error ever tells."""

from __future__ import annotations

import socket
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from bot.calling import Caller
from bot.calling import caller as caller_module
from bot.errors import Refusal, SendError
from tests.wire_server import HANG_UP, RESET, STALL, WireServer, http

OK = http({"errcode": 0})
SECRET = "s3cr3t"
Connect = Callable[..., tuple[WireServer, Caller]]


@pytest.fixture(autouse=True)
def passes(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """passes(seconds): time stands for the caller until it does, for a busy machine may take longer than it keeps."""
    now = [time.monotonic()]
    monkeypatch.setattr(caller_module, "time", SimpleNamespace(monotonic=lambda: now[0]))

    def pass_by(seconds: float) -> None:
        now[0] += seconds

    return pass_by


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    """A server that answers so, and a caller of it."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    made: list[Any] = []

    def build(*answers: list[bytes], under: str = "", timeout_s: float = 5) -> tuple[WireServer, Caller]:
        left = list(answers)
        server = WireServer(lambda _request: left.pop(0) if len(left) > 1 else left[0])
        caller = Caller(server.base + under, timeout_s)
        made.extend((caller, server))
        return server, caller

    yield build
    for thing in made:
        thing.close()


def post(caller: Caller) -> dict[str, Any]:
    return caller.post(f"/cgi-bin/send?access_token={SECRET}", b"{}", {"Content-Type": "application/json"})


def failure(caller: Caller) -> SendError:
    with pytest.raises(SendError) as failed:
        post(caller)
    assert SECRET not in "".join(traceback.format_exception(failed.value))
    return failed.value


def test_calls_one_after_another_share_a_connection(connect):
    server, caller = connect([OK])
    assert [post(caller) for _ in range(5)] == [{"errcode": 0}] * 5
    assert server.connections == 1


def test_a_stand_in_below_a_path_is_called_there(connect):
    server, caller = connect([OK], under="/simulator/")
    post(caller)
    assert server.requests[0].target == f"/simulator/cgi-bin/send?access_token={SECRET}"


def test_calls_at_the_same_time_have_connections_of_their_own(connect):
    server, caller = connect([OK])
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: post(caller)["errcode"], range(200))) == [0] * 200
    assert server.connections <= 8
    assert len(server.requests) == 200


def test_a_connection_that_the_server_has_closed_is_not_used_again(connect, passes):
    server, caller = connect([OK, HANG_UP], [OK])
    post(caller)
    assert server.closed.acquire(timeout=120)
    passes(0.5)
    post(caller)
    assert server.connections == 2


def test_a_connection_that_has_idled_is_not_used_again(connect, passes):
    server, caller = connect([OK])
    post(caller)
    passes(4)
    post(caller)
    assert server.connections == 2


@pytest.mark.parametrize(
    "answer",
    [
        [http({"errcode": 0}, "200 OK", "Connection: close")],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", b'{"errcode": 0}', HANG_UP],
        [b"HTTP/1.0 200 OK\r\n\r\n", b'{"errcode": 0}', HANG_UP],
    ],
    ids=["closing", "short", "old"],
)
def test_a_connection_that_ends_with_its_answer_is_not_used_again(connect, answer):
    server, caller = connect(answer, [OK])
    assert post(caller) == {"errcode": 0}
    assert post(caller) == {"errcode": 0}
    assert server.connections == 2


def test_an_answer_in_chunks_is_read_and_its_connection_kept(connect):
    chunks = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{"er\r\n9\r\nrcode":0}\r\n0\r\n\r\n'
    server, caller = connect([chunks])
    assert [post(caller), post(caller)] == [{"errcode": 0}] * 2
    assert server.connections == 1


UNKNOWN = {
    "html": [http(b"<html>gateway</html>")],
    "nothing": [http(b"")],
    "a list": [http(b"[]")],
    "deep": [http(b"[" * 100_000)],
    "not utf-8": [http(b'{"errcode": "\xff"}')],
    "cut off": [b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", b'{"errcode": 0', HANG_UP],
    "502": [http(b"bad gateway", "502 Bad Gateway")],
    "a redirect": [http(b"", "302 Found", "Location: http://127.0.0.1:1/")],
    "another protocol": [b"SSH-2.0-OpenSSH_9.6\r\n", HANG_UP],
    "hangs up": [HANG_UP],
    "reset": [RESET],
    "reset in the middle": [b"HTTP/1.1 200 OK\r\nContent-Le", RESET],
    "too long": [http(b'"' + b"x" * (1 << 20) + b'"')],
}


@pytest.mark.parametrize("answer", UNKNOWN.values(), ids=UNKNOWN)
def test_what_cannot_be_read_may_have_been_carried_out(connect, answer):
    server, caller = connect(answer, [OK])
    error = failure(caller)
    assert (error.refusal, error.errcode) == (Refusal.UNREACHABLE, None)
    assert len(server.requests) == 1  # never tried again here
    assert post(caller) == {"errcode": 0}


def test_a_server_that_stalls_is_given_up(connect):
    server, caller = connect([STALL], timeout_s=0.1)
    assert failure(caller).refusal is Refusal.UNREACHABLE
    assert len(server.requests) == 1


def test_where_nobody_listens_nothing_was_sent(connect):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    error = failure(Caller(f"http://127.0.0.1:{port}", 1))
    assert error.refusal is Refusal.NOT_SENT


@pytest.mark.parametrize(
    "base", ["http://no-such-host.invalid", "http://xn--a..b.invalid", f"http://{'a' * 70}.invalid"]
)
def test_a_name_that_leads_nowhere_is_a_send_error(connect, base):
    assert failure(Caller(base, 1)).refusal is Refusal.NOT_SENT


def test_a_path_that_is_none_is_a_send_error(connect):
    _server, caller = connect([OK])
    for path in ("/a b", "/a\r\nX: y", "/凭证"):
        with pytest.raises(SendError):
            caller.post(path, b"", {})


# --- proxies ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["http://", ""])
def test_https_goes_through_the_proxy_of_the_environment(connect, monkeypatch, scheme):
    proxy, _ = connect([http(b"", "403 Forbidden"), HANG_UP])
    address = proxy.base.removeprefix("http://")
    monkeypatch.setenv("https_proxy", f"{scheme}office:p%40ss@{address}" if scheme else address)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert failure(Caller("https://api.weixin.qq.com", 5)).refusal is Refusal.NOT_SENT
    [tunnel] = proxy.requests
    assert (tunnel.method, tunnel.target) == ("CONNECT", "api.weixin.qq.com:443")
    # base64 of office:p@ss
    assert tunnel.headers.get("proxy-authorization") == ("Basic b2ZmaWNlOnBAc3M=" if scheme else None)


def test_a_host_that_needs_no_proxy_is_called_without(connect, monkeypatch):
    proxy, _ = connect([OK])
    monkeypatch.setenv("https_proxy", proxy.base)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    other, _ = connect([HANG_UP])
    failure(Caller(other.base.replace("http:", "https:"), 5))
    assert proxy.requests == []


def test_plain_http_is_for_this_machine_and_takes_no_proxy(connect, monkeypatch):
    proxy, _ = connect([OK])
    _server, caller = connect([OK])
    monkeypatch.setenv("http_proxy", proxy.base)
    assert post(caller) == {"errcode": 0}
    assert proxy.requests == []
