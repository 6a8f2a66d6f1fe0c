"""Many calls under way at the same time, made by one thread: what a broadcast needs that calls each person.

A thread a call would pay for handing each call over and back, and for taking turns, more than for the call itself.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import selectors
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from bot.calling.caller import Caller, is_usable
from bot.calling.wire import Answer, Request, Steps, UnreadableError, read
from bot.errors import Refusal, SendError

log = logging.getLogger(__name__)

_AT_ONCE_BYTES = 1 << 16
_WAKE = b"w"
#: How often calls are looked at whose time may be over.
_LOOK_S = 0.25
_AGAIN = (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError)

#: Lets another thread do something that takes its time.
Connecting = Callable[[Callable[[], None]], object]
_T = TypeVar("_T")


class _Call(Generic[_T]):
    """One talk that is under way. request: that is being made; until: when it is given up."""

    __slots__ = ("request", "steps", "until", "who")

    def __init__(self, who: int, steps: Steps[_T]) -> None:
        self.who, self.steps = who, steps
        self.request, self.until = b"", 0.0


class _Line(Generic[_T]):
    """A connection, and the call that uses it now.

    data  of the answer, as far as it has come
    rest  of the request, as far as it has not gone; full: the connection takes no more of it now
    """

    __slots__ = ("call", "data", "full", "rest", "sock", "used_at")

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.call: _Call[_T] | None = None
        self.data, self.rest, self.full = b"", b"", False
        self.used_at = 0.0


class Switchboard(Generic[_T]):
    """Calls one host, of one thread. There are as many connections as calls under way, and they are kept.

    connecting  connections are made by other threads: names are looked up and TLS agreed on meanwhile
    """

    def __init__(self, caller: Caller, connecting: Connecting) -> None:
        self._caller, self._connecting = caller, connecting
        self._lines: set[_Line[_T]] = set()
        self._idle: list[_Line[_T]] = []
        self._waiting: deque[_Call[_T]] = deque()  # for a connection
        self._made: queue.SimpleQueue[socket.socket | SendError] = queue.SimpleQueue()
        self._due = 0  # connections that are being made
        self._ended: list[tuple[int, _T | SendError]] = []
        self._look_at = 0.0
        self._selector = selectors.DefaultSelector()
        self._bell, self._ringer = socket.socketpair()
        self._bell.setblocking(False)
        self._selector.register(self._bell, selectors.EVENT_READ)
        self.under_way = 0

    def begin(self, who: int, steps: Steps[_T]) -> None:
        """Begin a talk; what comes of it, `wait` returns some time as that of `who`."""
        self.under_way += 1
        call = _Call(who, steps)
        if request := self._next(call, lambda: next(steps)):
            self._ask(call, request)

    def wait(self, least_s: float, most_s: float, enough: int) -> list[tuple[int, _T | SendError]]:
        """Let calls go on, and return what came of those that have ended, one at least.

        least_s  for so long at any rate, while there are any
        most_s   for so long until enough have ended
        """
        began = time.monotonic()
        while self.under_way:
            until = began + (least_s if len(self._ended) >= enough else most_s)
            if (left := until - time.monotonic()) <= 0 and self._ended:
                break
            for key, events in self._selector.select(left if left > 0 else _LOOK_S):
                if key.data is None:
                    self._take_connections()
                elif key.data not in self._lines:  # dropped on behalf of an event before this one
                    continue
                elif events & selectors.EVENT_WRITE:
                    self._write(key.data)
                else:
                    self._read(key.data)
            self._give_up(time.monotonic())
        ended, self._ended = self._ended, []
        return ended

    def close(self) -> None:
        """Close all connections. No call may be under way."""
        while self._due:
            self._due -= 1
            made = self._made.get()
            if isinstance(made, socket.socket):
                made.close()
        for line in list(self._lines):
            self._drop(line)
        self._selector.close()
        self._bell.close()
        self._ringer.close()

    # --- talks ---

    def _next(self, call: _Call[_T], go_on: Callable[[], Request]) -> bytes:
        """The next request of a talk; nothing where it has ended."""
        try:
            return self._caller.written(go_on())
        except StopIteration as end:
            self._end(call, end.value)
        except SendError as e:
            self._end(call, e)
        except Exception as e:  # a talk that breaks must not take the others with it
            log.exception("a talk broke")
            self._end(call, SendError(type(e).__name__, None, Refusal.UNKNOWN))
        return b""

    def _end(self, call: _Call[_T], result: _T | SendError) -> None:
        self.under_way -= 1
        self._ended.append((call.who, result))

    def _fail(self, call: _Call[_T], error: SendError) -> None:
        if request := self._next(call, lambda: call.steps.throw(error)):
            self._ask(call, request)

    # --- connections ---

    def _ask(self, call: _Call[_T], request: bytes) -> None:
        """Send a request on a connection that idles, or on the next one that there is."""
        call.request = request
        now = time.monotonic()
        while self._idle:
            line = self._idle.pop()
            if is_usable(line.sock, now - line.used_at):
                self._send(line, call)
                return
            self._drop(line)
        self._waiting.append(call)
        if self._due < len(self._waiting):
            self._due += 1
            self._connecting(self._connect)

    def _connect(self) -> None:
        """Of another thread."""
        try:
            made: socket.socket | SendError = self._caller.connected()
        except SendError as e:
            made = e
        except Exception as e:  # the thread must tell, or a call would wait for ever
            made = SendError(f"no connection: {type(e).__name__}", None, Refusal.NOT_SENT)
        self._made.put(made)
        with contextlib.suppress(OSError):
            self._ringer.send(_WAKE)

    def _take_connections(self) -> None:
        with contextlib.suppress(*_AGAIN):
            self._bell.recv(_AT_ONCE_BYTES)
        while not self._made.empty():
            made = self._made.get()
            self._due -= 1
            if isinstance(made, SendError):
                if self._waiting:
                    self._fail(self._waiting.popleft(), made)
                continue
            made.setblocking(False)
            line = _Line[_T](made)
            self._lines.add(line)
            self._selector.register(made, selectors.EVENT_READ, line)
            self._free(line)

    def _free(self, line: _Line[_T]) -> None:
        """Let the connection be used by whoever has waited longest."""
        if self._waiting:
            self._send(line, self._waiting.popleft())
        else:
            line.used_at = time.monotonic()
            self._idle.append(line)

    def _send(self, line: _Line[_T], call: _Call[_T]) -> None:
        line.call, line.data, line.rest = call, b"", call.request
        call.until = time.monotonic() + self._caller.timeout_s
        self._write(line)

    def _write(self, line: _Line[_T]) -> None:
        try:
            sent = line.sock.send(line.rest)
        except _AGAIN:
            sent = 0
        except OSError as e:
            self._break(line, e)
            return
        line.rest = line.rest[sent:]
        if line.full != bool(line.rest):
            line.full = not line.full
            self._selector.modify(line.sock, selectors.EVENT_WRITE if line.full else selectors.EVENT_READ, line)

    def _read(self, line: _Line[_T]) -> None:
        while True:
            try:
                more = line.sock.recv(_AT_ONCE_BYTES)
            except _AGAIN:
                return
            except OSError as e:
                self._break(line, e)
                return
            if line.call is None:  # the server hangs up, or says something that nobody asked
                self._drop(line)
                return
            line.data += more
            try:
                found = read(line.data, ended=not more)
            except UnreadableError as e:
                self._break(line, e)
                return
            if found:
                self._answered(line, line.call, *found)
                return

    def _answered(self, line: _Line[_T], call: _Call[_T], answer: Answer, kept: bool) -> None:
        line.call, line.data = None, b""
        request = self._next(call, lambda: call.steps.send(answer))
        if not kept:
            self._drop(line)
        elif request:
            call.request = request
            self._send(line, call)
            return
        else:
            self._free(line)
        if request:
            self._ask(call, request)

    def _break(self, line: _Line[_T], error: Exception) -> None:
        """The connection is gone, and what became of its call nobody knows."""
        call = line.call
        self._drop(line)
        if call:
            # The text of the cause may hold the address, and the address a token.
            self._fail(call, SendError(f"no answer: {type(error).__name__}"))

    def _drop(self, line: _Line[_T]) -> None:
        self._lines.discard(line)
        if line in self._idle:
            self._idle.remove(line)
        self._selector.unregister(line.sock)
        line.call = None
        line.sock.close()

    def _give_up(self, now: float) -> None:
        if now < self._look_at:
            return
        self._look_at = now + min(_LOOK_S, self._caller.timeout_s / 4)
        for line in [line for line in self._lines if line.call and line.call.until < now]:
            self._break(line, TimeoutError())
