"""The first seconds of a server: what answers is made ready beside, while the port is open already."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from bot.channels.official import CALLBACK_PATH
from bot.errors import AT_ONCE, WouldWait

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

#: Asked by those who want to know whether the process lives: they need no answers.
_HEALTH_PATH = "/healthz"
#: Of the 5 s that WeChat waits; a base that is there already is opened in less, whatever else the machine does.
_HELD_S = 2.5


class Warming:
    """A WSGI application that lets a request through once `prepare` is done; the health check never waits.

    Left to the first request, all threads would prepare at once and each take as many times as long.

    patience_s  how long a request is held. Then others are asked to come again: the first base of all takes longer to
                build. Messages of WeChat, which hangs up after 5 s, are held for less and go to `meanwhile`
    """

    def __init__(
        self, app: WSGIApplication, prepare: Callable[[], object], patience_s: float, meanwhile: WSGIApplication
    ) -> None:
        self._app, self._prepare, self._patience_s, self._meanwhile = app, prepare, patience_s, meanwhile
        self._done = threading.Event()
        self._error: Exception | None = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """See PEP 3333."""
        if not self._done.is_set() and environ.get("PATH_INFO") != _HEALTH_PATH:
            if environ.get(AT_ONCE):
                raise WouldWait("the knowledge is still being read")
            if environ.get("PATH_INFO") == CALLBACK_PATH:
                if not self._done.wait(min(_HELD_S, self._patience_s)):
                    return self._meanwhile(environ, start_response)
            elif not self._done.wait(self._patience_s):
                return _not_yet(environ, start_response)
        return self._app(environ, start_response)

    def start(self, on_error: Callable[[], object]) -> None:
        """Prepare in a thread of its own; `on_error` is called if that fails, and `check` raises then."""
        threading.Thread(target=self._run, args=(on_error,), name="warming", daemon=True).start()

    def check(self) -> None:
        """Raise what kept `prepare` from being done, if anything did."""
        if self._error:
            raise self._error

    def _run(self, on_error: Callable[[], object]) -> None:
        started = time.perf_counter()
        try:
            self._prepare()
            log.info("ready to answer", extra={"took_s": round(time.perf_counter() - started, 2)})
        except Exception as e:  # raised again by `check`, where the command's edge is
            self._error = e
            on_error()
        finally:
            self._done.set()


def _not_yet(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    log.warning("a request came before the knowledge was ready", extra={"path": environ.get("PATH_INFO", "")})
    plain = ("Content-Type", "text/plain; charset=utf-8")
    start_response("503 Service Unavailable", [plain, ("Retry-After", "5")])
    return ["正在准备，请稍等几秒再试。险情请直接拨119、120、110。".encode()]
