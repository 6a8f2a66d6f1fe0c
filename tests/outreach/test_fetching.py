"""What others wrote as an address: where it may lead, and that it holds nobody up."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator

import pytest

from bot.outreach.fetching import NotThereError, fetch, is_outside
from bot.outreach.pictures import look_at
from tests.wire_server import Request, WireServer

INSIDE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::1", "2002:a9fe:a9fe::1",
]  # fmt: skip


@pytest.mark.parametrize("ip", INSIDE)
def test_what_is_inside_is_known_however_it_is_written(ip: str) -> None:
    assert not is_outside(ip)


@pytest.mark.parametrize("ip", ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_what_is_outside(ip: str) -> None:
    assert is_outside(ip)


def _answer(request: Request) -> list[bytes]:
    asked.append(request.target)
    if request.target == "/away":
        return [b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"]
    return [b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd"]


asked: list[str] = []


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = WireServer(_answer)
    yield server.base
    server.close()


def test_what_was_looked_at_is_what_is_called(site: str) -> None:
    """A name that leads outside the first time and inside the second: there is no second time."""
    looked: list[str] = []

    def may(ip: str) -> bool:
        looked.append(ip)
        return len(looked) == 1

    assert fetch(f"{site}/one", 10, 60, may) == b"abcd"
    assert looked == ["127.0.0.1"]
    with pytest.raises(NotThereError):
        fetch(f"{site}/two", 10, 60, may)
    assert "/two" not in asked


def test_one_of_two_addresses_inside_is_enough(site: str) -> None:
    with pytest.raises(NotThereError):
        fetch(site.replace("127.0.0.1", "localhost") + "/three", 10, 60, lambda ip: ip != "127.0.0.1")
    assert "/three" not in asked


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:image/png;base64,AAAA", "gopher://127.0.0.1/", "//x/y",
                "http:///x", "javascript:alert(1)", "http://[::1", "unix:/var/run/x"],
)  # fmt: skip
def test_no_other_kind_of_address_is_opened(address: str) -> None:
    with pytest.raises((OSError, ValueError)):
        fetch(address, 10, 60)
    assert look_at(address) == ""


@pytest.mark.parametrize(
    "host", ["127.1", "2130706433", "0x7f000001", "0177.0.0.1", "[::ffff:127.0.0.1]", "localhost", "user@127.0.0.1"]
)
def test_no_spelling_of_this_machine_is_called(site: str, host: str) -> None:
    port = site.rpartition(":")[2]
    before = len(asked)
    assert look_at(f"http://{host}:{port}/me") in ("", "封面图片的地址在内网，手机打不开，请换成公网上的地址")
    assert len(asked) == before


def test_nobody_is_sent_on(site: str) -> None:
    with pytest.raises(OSError, match="302"):
        fetch(f"{site}/away", 10, 60)


@pytest.mark.parametrize("begins", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"])
def test_an_answer_that_drips_is_cut_when_its_time_is_over(begins: bytes) -> None:
    """Each byte comes in time, all of them never would."""
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def drip() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(begins)
            try:
                while not ended.wait(0.02):
                    connection.sendall(b"H")
            except OSError:
                pass

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        with pytest.raises((OSError, ValueError, http.client.HTTPException)):
            fetch(f"http://127.0.0.1:{listener.getsockname()[1]}/", 2 << 20, 0.3)
    finally:
        ended.set()
        thread.join(60)
        listener.close()
