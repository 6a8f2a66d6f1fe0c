"""One call after another, each of which somebody waits for.

wechatpy goes through requests, which takes five times the processor time of a call made here; it stays for all that is
called now and then.
"""

from __future__ import annotations

import base64
import http.client
import select
import socket
import ssl
import time
from collections import deque
from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from bot.calling.wire import Answer, Request, Steps, UnreadableError, head, read, written
from bot.errors import Refusal, SendError

#: Servers close connections that idle, some after 5 s. A call into one that is being closed may or may not arrive, so
#: a connection that has idled is not used again.
_KEEP_S = 3.0
#: One that was used a moment ago is used again unasked: asking the system for it takes a tenth of the time of a call.
_FRESH_S = 0.1
_AT_ONCE_BYTES = 1 << 16

_Headers = Mapping[str, str] | None
_T = TypeVar("_T")


class Caller:
    """Calls one host. May be used from many threads; there are as many connections as calls at the same time.

    base       https://host[:port][/path]; proxies are taken from the environment, as others do
    timeout_s  for connecting, and again for the answer
    """

    def __init__(self, base: str, timeout_s: float) -> None:
        self._idle: deque[tuple[socket.socket, float]] = deque()
        self._to, self.timeout_s = urlsplit(base), timeout_s
        self._under = self._to.path.rstrip("/")
        self._last = Request("", ""), b""  # and what it began with
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
        return self._answered(Request(method, path, body, headers or {}))

    def talk(self, steps: Steps[_T]) -> _T:
        """Make the calls of a talk and wait for each; what came of it. Raises SendError."""
        try:
            request = next(steps)
            while True:
                request = _told(steps, self, request)
        except StopIteration as end:
            result: _T = end.value
            return result

    def written(self, request: Request) -> bytes:
        """A request as it is sent to this host. Raises SendError where it cannot be one."""
        last, begins = self._last
        # The very same target and headers: so it is for all people of a broadcast.
        if not (request.target is last.target and request.headers is last.headers and request.method is last.method):
            begins = head(request, self.host, self._under)
            self._last = request, begins
        return written(begins, request.body)

    def connected(self) -> socket.socket:
        """A new connection, ready to be written to. Raises SendError: NOT_SENT."""
        connection = self._new()
        try:
            connection.connect()
        except (OSError, http.client.HTTPException, ValueError) as e:
            connection.close()
            raise SendError(f"no connection: {type(e).__name__}", None, Refusal.NOT_SENT) from None
        held: socket.socket = connection.sock
        return held

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections that nobody uses now."""
        while self._idle:
            self._idle.pop()[0].close()

    def _answered(self, request: Request) -> Answer:
        data = self.written(request)
        connection = self._connection()
        kept = False
        try:
            connection.sendall(data)
            answer, kept = _read(connection)
        except (OSError, UnreadableError) as e:
            # The text of the cause may hold the address, and the address a token.
            raise SendError(f"no answer: {type(e).__name__}") from None
        finally:
            # An answer that broke off, or of which something is left, would be taken for the next one's.
            if kept:
                self._idle.append((connection, time.monotonic()))
            else:
                connection.close()
        return answer

    def _connection(self) -> socket.socket:
        while True:
            try:
                held, used_at = self._idle.pop()
            except IndexError:
                return self.connected()
            if is_usable(held, time.monotonic() - used_at):
                return held
            held.close()

    def _new(self) -> http.client.HTTPConnection:
        host, port = self._to.hostname or "", self._to.port or (443 if self._context else 80)
        if self._context is None:
            return http.client.HTTPConnection(host, port, timeout=self.timeout_s)
        via = _proxy(self._to)
        at, through = (via.hostname or "", via.port or 80) if via else (host, port)
        connection = http.client.HTTPSConnection(at, through, timeout=self.timeout_s, context=self._context)
        if via:
            connection.set_tunnel(host, port, _credentials(via))
        return connection


def _told(steps: Steps[_T], caller: Caller, request: Request) -> Request:
    """Make one call of a talk and tell it what came of it; the next call. Raises StopIteration, SendError."""
    try:
        answer = caller.call(request.method, request.target, request.body, request.headers)
    except SendError as e:
        return steps.throw(e)
    return steps.send(answer)


def _read(connection: socket.socket) -> tuple[Answer, bool]:
    data = b""
    while True:
        more = connection.recv(_AT_ONCE_BYTES)
        data += more
        if found := read(data, ended=not more):
            return found


def is_usable(connection: socket.socket, idle_s: float) -> bool:
    """Whether a connection that idled for so long may carry another call."""
    return idle_s < _FRESH_S or (idle_s < _KEEP_S and not _is_closed(connection))


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
