"""A small load client: one thread, keep-alive connections, requests that were written before the clock runs.

It costs some 30 µs a request, so one core of it outruns any server here. Load goes to 127.0.0.1 only.
"""

from __future__ import annotations

import gc
import selectors
import socket
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

#: Every so many replies one is kept to be decrypted.
_KEEP_EVERY = 20
_LAST_WAIT_S = 10.0


@dataclass(slots=True)
class Run:
    """What came of one load.

    latencies_s  of each reply: from when it was sent, or should have been in an open loop
    statuses     how often each HTTP status came
    kept         some bodies of replies
    lost         requests without a reply: the connection broke, or 10 s passed after the last was sent
    """

    took_s: float = 0.0
    latencies_s: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    kept: list[bytes] = field(default_factory=list)
    lost: int = 0

    @property
    def per_s(self) -> float:
        """Replies per second."""
        return len(self.latencies_s) / self.took_s if self.took_s else 0.0

    @property
    def failed(self) -> int:
        """Replies other than 200, and requests without any."""
        return self.lost + sum(n for status, n in self.statuses.items() if status != 200)

    def quantile_ms(self, q: float) -> float:
        """The latency below which a share q of the replies stayed, milliseconds."""
        ordered = sorted(self.latencies_s)
        return ordered[min(len(ordered) - 1, int(len(ordered) * q))] * 1000 if ordered else 0.0


@dataclass(slots=True)
class _Connection:
    socket: socket.socket
    since: float = 0.0
    received: bytes = b""


class Load:
    """Sends requests over so many connections.

    rate_per_s  None: a connection sends as soon as it is free (closed loop). A number: requests are due at a
                constant rate whatever the server does, and their latency counts from then (open loop)
    seconds     after this nothing more is sent
    """

    def __init__(self, port: int, connections: int, seconds: float, rate_per_s: float | None = None) -> None:
        self._port, self._size, self._seconds, self._rate = port, connections, seconds, rate_per_s
        self._selector = selectors.DefaultSelector()
        self._idle: list[_Connection] = []
        self._run = Run()
        self._under_way = self._next = 0

    def send(self, requests: Sequence[bytes]) -> Run:
        """Send the requests, or as many as there is time for."""
        self._idle = [self._connected() for _ in range(self._size)]
        gc.collect()
        gc.disable()  # its pauses would be taken for the server's
        try:
            self._drive(requests)
        finally:
            gc.enable()
            for key in list(self._selector.get_map().values()):
                key.fileobj.close()  # type: ignore[union-attr]
            self._selector.close()
        return self._run

    def _connected(self) -> _Connection:
        opened = socket.create_connection(("127.0.0.1", self._port), timeout=5)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = _Connection(opened)
        self._selector.register(opened, selectors.EVENT_READ, connection)
        return connection

    def _drive(self, requests: Sequence[bytes]) -> None:
        started = time.perf_counter()
        until = started + self._seconds
        while (now := time.perf_counter()) < until + _LAST_WAIT_S:
            over = now >= until or self._next >= len(requests)
            if not over:
                self._send_due(requests, started, now)
            if over and not self._under_way:
                break
            for key, _ in self._selector.select(self._patience(started, now, over)):
                self._receive(key.data)
        self._run.took_s = time.perf_counter() - started
        self._run.lost += self._under_way

    def _send_due(self, requests: Sequence[bytes], started: float, now: float) -> None:
        while self._idle and self._next < len(requests):
            due = started + self._next / self._rate if self._rate else now
            if due > now:
                return
            connection = self._idle.pop()
            connection.since = due if self._rate else time.perf_counter()
            connection.socket.sendall(requests[self._next])
            self._next += 1
            self._under_way += 1

    def _patience(self, started: float, now: float, over: bool) -> float:
        if over or not self._rate or not self._idle:
            return 0.1
        # epoll counts in whole milliseconds: the last one before a request is due is waited out here.
        return max(0.0, started + self._next / self._rate - now - 0.001)

    def _receive(self, connection: _Connection) -> None:
        try:
            part = connection.socket.recv(65536)
        except OSError:
            part = b""
        if not part:
            self._replace(connection)
            return
        connection.received += part
        status, body = _reply(connection.received)
        if status:
            self._note(connection, status, body)

    def _note(self, connection: _Connection, status: int, body: bytes) -> None:
        run = self._run
        run.latencies_s.append(time.perf_counter() - connection.since)
        run.statuses[status] += 1
        if len(run.latencies_s) % _KEEP_EVERY == 0:
            run.kept.append(body)
        connection.received, connection.since = b"", 0.0
        self._under_way -= 1
        self._idle.append(connection)

    def _replace(self, connection: _Connection) -> None:
        """Open another connection for one that the server closed; with a request on it, that is lost."""
        self._selector.unregister(connection.socket)
        connection.socket.close()
        if connection.since:
            self._run.lost += 1
            self._under_way -= 1
        else:
            self._idle.remove(connection)
        self._idle.append(self._connected())


def _reply(received: bytes) -> tuple[int, bytes]:
    """Status and body of a reply with a Content-Length; (0, b"") while it is not complete."""
    head, gap, body = received.partition(b"\r\n\r\n")
    if not gap:
        return 0, b""
    at = head.lower().find(b"content-length:")
    length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
    return (int(head[9:12]), body) if len(body) >= length else (0, b"")
