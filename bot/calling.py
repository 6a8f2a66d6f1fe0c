"""Calls to platforms over connections that are kept: what a broadcast makes by the thousand.

wechatpy goes through requests, which takes five times the processor time of a call made here; it stays for all that is
called now and then.
"""

from __future__ import annotations

import base64
import http.client
import json
import select
import socket
import ssl
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from bot.errors import Refusal, SendError

#: Servers close connections that idle, some after 5 s. A call into one that is being closed may or may not arrive, so
#: a connection that has idled is not used again.
_KEEP_S = 3.0
#: One that was used a moment ago is used again unasked: asking the system for it takes a tenth of the time of a call.
_FRESH_S = 0.1
_MAX_ANSWER_BYTES = 1 << 20

_Headers = Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to one call."""

    status: int
    body: bytes

    def json(self) -> dict[str, Any]:
        """The JSON object that was answered with HTTP 200. Raises SendError: UNREACHABLE, for what became of the call
        nobody knows then.
        """
        if self.status != 200:
            raise SendError(f"answered with HTTP {self.status}")
        return self.object()

    def object(self) -> dict[str, Any]:
        """The JSON object, whatever the status: some tell their refusals with one of their own. Raises SendError."""
        try:
            answer = json.loads(self.body)
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise SendError(f"the answer is not a JSON object, HTTP {self.status}")
        return answer


class Caller:
    """Calls one host. May be used from many threads; there are as many connections as calls at the same time.

    base       https://host[:port][/path]; proxies are taken from the environment, as others do
    timeout_s  for connecting, and again for the answer
    """

    def __init__(self, base: str, timeout_s: float) -> None:
        self._idle: deque[tuple[http.client.HTTPConnection, float]] = deque()
        self._to, self._timeout_s = urlsplit(base), timeout_s
        self._under = self._to.path.rstrip("/")
        self._context = ssl.create_default_context() if self._to.scheme == "https" else None

    @property
    def host(self) -> str:
        """The host as it stands in the Host header."""
        return self._to.netloc.rpartition("@")[2]

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
        """The JSON object that is answered. Raises SendError: NOT_SENT where no connection could be made,
        UNREACHABLE where the call may have arrived although no answer can be read.
        """
        return self.call("POST", path, body, headers).json()

    def call(self, method: str, path: str, body: bytes | None = None, headers: _Headers = None) -> Answer:
        """Whatever is answered. Raises SendError as `post` does; its text never holds the path, which may be secret."""
        connection = self._connection()
        try:
            connection.request(method, self._under + path, body, dict(headers or {}))
            response = connection.getresponse()
            data = response.read(_MAX_ANSWER_BYTES + 1)
        except (OSError, http.client.HTTPException, ValueError) as e:
            connection.close()
            # The text of the cause may hold the address, and the address a token.
            raise SendError(f"no answer: {type(e).__name__}") from None
        # An answer that broke off, or of which something is left, would be taken for the next one's.
        if response.isclosed() and not response.will_close and len(data) <= _MAX_ANSWER_BYTES:
            self._idle.append((connection, time.monotonic()))
        else:
            connection.close()
        return Answer(response.status, data)

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections that nobody uses now."""
        while self._idle:
            self._idle.pop()[0].close()

    def _connection(self) -> http.client.HTTPConnection:
        while True:
            try:
                held, used_at = self._idle.pop()
            except IndexError:
                return self._connected()
            idle_s = time.monotonic() - used_at
            if idle_s < _FRESH_S or (idle_s < _KEEP_S and not _is_closed(held.sock)):
                return held
            held.close()

    def _connected(self) -> http.client.HTTPConnection:
        connection = self._new()
        try:
            connection.connect()
        except (OSError, http.client.HTTPException, ValueError) as e:
            connection.close()
            raise SendError(f"no connection: {type(e).__name__}", None, Refusal.NOT_SENT) from None
        return connection

    def _new(self) -> http.client.HTTPConnection:
        host, port = self._to.hostname or "", self._to.port or (443 if self._context else 80)
        if self._context is None:
            return http.client.HTTPConnection(host, port, timeout=self._timeout_s)
        via = _proxy(self._to)
        at, through = (via.hostname or "", via.port or 80) if via else (host, port)
        connection = http.client.HTTPSConnection(at, through, timeout=self._timeout_s, context=self._context)
        if via:
            connection.set_tunnel(host, port, _credentials(via))
        return connection


def _is_closed(sock: socket.socket) -> bool:
    """Whether the server has hung up meanwhile: nothing may come before the next call but the end."""
    if not hasattr(select, "poll"):  # Windows, whose select takes any socket
        return bool(select.select([sock], [], [], 0)[0])
    poll = select.poll()  # select would fail above the 1024th open file
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


def _proxy(to: SplitResult) -> SplitResult | None:
    """The proxy for https; plain http is for a stand-in on this machine."""
    address = getproxies().get("https", "")
    if not address or proxy_bypass(to.hostname or ""):
        return None
    return urlsplit(address if "://" in address else f"//{address}")


def _credentials(via: SplitResult) -> dict[str, str]:
    if via.username is None:
        return {}
    pair = f"{unquote(via.username)}:{unquote(via.password or '')}".encode()
    return {"Proxy-Authorization": f"Basic {base64.b64encode(pair).decode()}"}
