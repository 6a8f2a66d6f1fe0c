"""The embedded web server: waitress, with an end at which no request that was accepted is lost.

What WeChat sends is answered by the very thread that reads from the connections, as long as that need not wait for
anything: handing a message to another thread and back takes longer than answering it. Everything else, and what
would have to wait, goes to waitress's threads.
"""

from __future__ import annotations

import logging
import socket
import time
from typing import TYPE_CHECKING, Any

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import create_server
from waitress.task import ErrorTask, ThreadedTaskDispatcher, WSGITask

from bot.errors import AT_ONCE, CAME_AT
from bot.incoming import Incoming, Limits
from bot.plainpage import plain_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed.wsgi import WSGIApplication

log = logging.getLogger(__name__)

#: Longer than the slowest answer may take (4.5 s), shorter than the 10 s after which containers are killed.
_DRAIN_S = 6.0
#: A connection that was opened just before the end: its request may be on the wire.
_FRESH_S = 0.5
_TURN_S = 0.05
#: Between two looks at which requests do not come to their end.
_LOOK_S = 5.0
#: Seconds after which an idle connection is closed; WeChat and browsers simply open another.
_IDLE_S = 60
#: waitress stops accepting beyond 100, which a school class opening the page together would reach.
_MAX_CONNECTIONS = 1000
#: What the server refuses -> title and lines for whoever sent it.
_REFUSED = {
    413: ("太大了", ["传来的内容太大，没有受理。请按浏览器的“返回”，把文件压缩或分成几份再传。"]),
    503: ("正忙", ["现在传文件的人太多，这一份没有受理。请过几分钟按浏览器的“返回”，再传一次。"]),
    431: ("没有读懂", ["浏览器发来的网址或信息太长。请清除本网站的 Cookie，再打开一次。"]),
}
_UNREADABLE = ("没有读懂", ["浏览器发来的请求读不懂。请按“返回”再试一次；一直这样，请换 Chrome 或 Edge 浏览器。"])


class _Task(WSGITask):  # type: ignore[misc]
    """Tells a client that keeps its connection to open another next time, once the server is ending."""

    def execute(self) -> None:
        """Send what was answered at once, or have it answered."""
        answer, self.channel.answer = self.channel.answer, None
        if answer is None:
            super().execute()
            return
        self.status, headers, body = answer
        self.response_headers.extend(headers)
        self.complete, self.content_length = True, len(body)
        # In one piece: `write` would send the header by itself first.
        self.channel.write_soon(self.build_response_header() + body)
        self.wrote_header, self.content_bytes_written = True, len(body)

    def get_environment(self) -> dict[str, Any]:
        """See waitress; with the time when the request had come."""
        environ: dict[str, Any] = super().get_environment()
        environ[CAME_AT] = self.channel.came_at
        return environ

    def build_response_header(self) -> bytes:
        if not self.channel.server.accepting:
            self.set_close_on_finish()
        header: bytes = super().build_response_header()
        return header


class _Refusal(ErrorTask):  # type: ignore[misc]
    """Says in Chinese what the server itself refuses, before the app is asked."""

    def execute(self) -> None:
        """See waitress."""
        error = self.request.error
        title, lines = _REFUSED.get(error.code, _UNREADABLE)
        body = plain_page(title, lines)
        self.status = f"{error.code} {error.reason}"
        self.response_headers.append(("Content-Type", "text/html; charset=utf-8"))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class _Channel(HTTPChannel):  # type: ignore[misc]
    task_class = _Task
    error_task_class = _Refusal
    #: Status, headers and body of the request that stands first, where it was answered at once.
    answer: tuple[str, list[tuple[str, str]], bytes] | None = None
    #: When that request had come, by time.monotonic().
    came_at = 0.0

    def parser_class(self, adj: object) -> Incoming:
        """See waitress: what reads the next request."""
        return Incoming(adj, self.server.limits)


class _Dispatcher(ThreadedTaskDispatcher):  # type: ignore[misc]
    """Keeps apart what may be answered at once. at_once: the path of such requests."""

    def __init__(self, at_once: str) -> None:
        super().__init__()
        self._path, self.ready = at_once, list[_Channel]()

    def add_task(self, task: _Channel) -> None:
        """Have the request of a channel that stands first answered soon."""
        request, task.came_at = task.requests[0], time.monotonic()
        if request.error is None and request.path == self._path and request.command == "POST":
            self.ready.append(task)
        else:
            self.hand_over(task)

    def hand_over(self, task: _Channel) -> None:
        """Have it answered by a thread that may wait."""
        super().add_task(task)


class DrainingServer:
    """Serves until `stop`, then answers what was accepted and returns.

    listener        a socket that listens already
    max_body_bytes  of a request to a path; larger ones get 413 before they have come
    at_once         POSTs to this path are tried with AT_ONCE first
    """

    def __init__(
        self, app: WSGIApplication, listener: socket.socket, *, threads: int, max_body_bytes: Callable[[str], int],
        at_once: str = "",
    ) -> None:  # fmt: skip
        # Its warnings of a queue are a line for every message just when there is no time for lines.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        self._app, self._dispatcher = app, _Dispatcher(at_once)
        self._dispatcher.set_thread_count(threads)
        self._server: Any = create_server(
            app,
            _dispatcher=self._dispatcher,
            sockets=[listener],
            threads=threads,
            max_request_header_size=32768,
            channel_timeout=_IDLE_S,
            connection_limit=_MAX_CONNECTIONS,
            inbuf_overflow=64 << 10,  # what has come so far of a thousand requests fits into memory
            asyncore_use_poll=True,  # select() ends at file descriptor 1024
            ident="",  # no Server header: nobody need know what to attack
            # X-Forwarded-For is left to those who know which peers may write it.
            clear_untrusted_proxy_headers=False,
        )
        self._server.channel_class = _Channel
        self._server.limits = Limits(max_body_bytes, self._large)
        self._server.pull_trigger = self._wake
        self._stopping = self._woken = False
        self._looked_at = time.monotonic()

    def stop(self) -> None:
        """End soon. May be called from a signal handler."""
        self._stopping = True
        self._wake()

    def run(self) -> None:
        """Serve; returns when everything accepted before `stop` has been answered, or after 6 seconds of trying."""
        while not self._stopping:
            self._turn(1.0)
            self._drop_the_slow(time.monotonic())
        self._stop_accepting()
        until = time.monotonic() + _DRAIN_S
        while (waiting := self._busy()) and time.monotonic() < until:
            self._turn(_TURN_S)
        if waiting:
            log.warning("ended with requests unanswered", extra={"requests": waiting})
        self._server.task_dispatcher.shutdown(timeout=1)
        wasyncore.close_all(self._server._map)

    def _wake(self) -> None:
        """Have the connections looked at again; once for all who ask for it before that is done."""
        if not self._woken:
            self._woken = True
            self._server.trigger.pull_trigger()

    def _turn(self, timeout_s: float) -> None:
        """Let every connection read or write once, and answer what can be answered at once."""
        self._woken = False  # before the connections are looked at: who changes one from here on wakes us again
        wasyncore.loop(timeout=timeout_s, use_poll=True, map=self._server._map, count=1)
        ready, self._dispatcher.ready = self._dispatcher.ready, []
        self._woken = self._woken or bool(ready)  # the next turn is ours and comes anyhow
        for channel in ready:
            self._answer(channel)

    def _answer(self, channel: _Channel) -> None:
        """Answer the request of a channel that stands first, or hand it over where that would wait."""
        request, begun = channel.requests[0], list[tuple[str, list[tuple[str, str]]]]()

        def start_response(status: str, headers: list[tuple[str, str]], _error: object = None) -> Any:
            begun.append((status, headers))

        environ = {**_Task(channel, request).get_environment(), AT_ONCE: True}
        try:
            body = b"".join(self._app(environ, start_response))
            channel.answer = (*begun[-1], body)
        except Exception:  # WouldWait, or a fault, which will show again where it can harm nobody else
            request.get_body_stream().seek(0)
            self._dispatcher.hand_over(channel)
            return
        channel.service()

    def _drop_the_slow(self, now: float) -> None:
        """Close connections whose request has not come in its time: each byte of it keeps them open for waitress."""
        if now - self._looked_at < _LOOK_S:
            return
        self._looked_at = now
        for channel in self._channels():
            if channel.request and now > channel.request.until:
                channel.will_close = True

    def _large(self) -> int:
        """How many large requests are held, whole or not."""
        held = [one for channel in self._channels() for one in (channel.request, *channel.requests) if one]
        return sum(one.is_large for one in held)

    def _channels(self) -> list[_Channel]:
        return list(self._server.active_channels.values())

    def _stop_accepting(self) -> None:
        """Take what the kernel has accepted for us, then close: left there, it would be reset unanswered."""
        server, before = self._server, -1
        server.accepting = False
        while len(server.active_channels) != before:
            before = len(server.active_channels)
            server.handle_accept()
        wasyncore.dispatcher.close(server)  # server.close() would close the trigger too, which the threads need
        self._turn(0)  # what was accepted may have been readable all the while

    def _busy(self) -> int:
        now = time.time()
        return sum(_is_busy(channel, now) for channel in self._channels())


def _is_busy(channel: Any, now: float) -> bool:
    """Whether something is being read, answered or written on a connection."""
    if channel.requests or channel.request or channel.total_outbufs_len or channel.close_when_flushed:
        return True
    untouched = bool(channel.last_activity == channel.creation_time)
    return untouched and now - channel.creation_time < _FRESH_S
