"""What lies at an address that somebody else has written: bounded in size and in time, and only where it may lead.

The host is asked for once, and what is connected to is what was looked at: a name that leads outside when it is checked
and inside when it is called gains nothing. Nobody is sent on to another address.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

#: Networks in which an address of IPv6 stands for one of IPv4: its last 32 bits.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

#: Whether an IP address may be connected to.
May = Callable[[str], bool]


class NotThereError(OSError):
    """The address leads to where it may not."""


def is_outside(ip: str) -> bool:
    """Whether an address is one of the whole net, by whatever way it is written."""
    address = ipaddress.ip_address(ip.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        last = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1] or last
        if inner is not None:
            return is_outside(str(inner))
    return address.is_global and not address.is_multicast


def fetch(address: str, at_most: int, whole_s: float, may: May = lambda _ip: True) -> bytes:
    """The first `at_most` bytes at an address, within `whole_s` seconds altogether.

    Raises NotThereError; OSError (urllib.error.HTTPError for another status than 200), ValueError or HTTPException
    where nothing can be had.
    """
    to = urlsplit(address)
    if to.scheme not in ("http", "https") or not to.hostname:
        raise ValueError("no http(s) address")
    line = _Line(to.hostname, may, whole_s)
    request = urllib.request.Request(address, headers={"User-Agent": "safetybot"})
    try:
        with urllib.request.build_opener(_Stay, _Http(line), _Https(line)).open(request, timeout=whole_s) as answer:
            data: bytes = answer.read(at_most)
    except urllib.error.URLError as e:
        if isinstance(e.reason, NotThereError):
            raise e.reason from e
        raise
    finally:
        line.close()
    if line.is_late:
        raise TimeoutError("the answer took too long")
    return data


class _Line:
    """The connection of one fetch; it is cut when its time is over, however slowly its bytes drip."""

    def __init__(self, host: str, may: May, whole_s: float) -> None:
        self.is_late = False
        self._host, self._may = host, may
        self._held: socket.socket | None = None
        self._timer = threading.Timer(whole_s, self._cut)
        self._timer.daemon = True
        self._timer.start()

    def connect(self, to: tuple[str, int], timeout: float, _source: object = None) -> socket.socket:
        """As socket.create_connection."""
        host, port = to
        if host.strip("[]").lower() != self._host.lower():  # a proxy of the environment: it will look up the host
            with suppress(socket.gaierror):
                self._check(self._host, port)
            made = socket.create_connection(to, timeout)
        else:
            made = socket.create_connection(self._check(host, port), timeout)
        self._held = made.dup()  # it outlives the wrapping by TLS
        return made

    def close(self) -> None:
        """It is over."""
        self._timer.cancel()
        if self._held:
            self._held.close()

    def _check(self, host: str, port: int) -> tuple[str, int]:
        """The first address of a host. Raises NotThereError where one of them may not be connected to."""
        found = [str(info[4][0]) for info in socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)]
        if not all(map(self._may, found)):
            raise NotThereError("the address leads inside")
        return found[0], port

    def _cut(self) -> None:
        self.is_late = True
        if self._held:
            with suppress(OSError):
                self._held.shutdown(socket.SHUT_RDWR)


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: object) -> None:
        return None


class _Http(urllib.request.HTTPHandler):
    def __init__(self, line: _Line) -> None:
        super().__init__()
        self._line = line

    def http_open(self, req: urllib.request.Request) -> Any:
        return self.do_open(_by(self._line, http.client.HTTPConnection), req)


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, line: _Line) -> None:
        super().__init__()
        self._line = line

    def https_open(self, req: urllib.request.Request) -> Any:
        context = ssl.create_default_context()
        return self.do_open(_by(self._line, http.client.HTTPSConnection), req, context=context)


def _by(line: _Line, kind: type[http.client.HTTPConnection]) -> Any:
    """A kind of connection that is made by a line."""

    def make(host: str, **options: Any) -> http.client.HTTPConnection:
        connection = kind(host, **options)
        connection._create_connection = line.connect  # type: ignore[attr-defined]
        return connection

    return make
