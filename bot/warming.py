"""The first seconds of a server: what answers is made ready beside, while the port is open already."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from bot.errors import AT_ONCE, WouldWait
from bot.plainpage import plain_page

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

#: Asked by those who want to know whether the process lives: they need no answers.
_HEALTH_PATH = "/healthz"
#: Style sheets and the like: the page that asks to wait needs them.
_STATIC = "/static/"
#: Of the 5 s that WeChat waits; a base that is there already is opened in less, whatever else the machine does.
_HELD_S = 2.5
_AGAIN_S = 5
_SENTENCE = "正在准备，请稍等几秒再试。险情请直接拨119、120、110。"
_DANGER = "险情请直接拨 119、120、110。"
#: It asks for the same address again, so that whoever waits comes to where they wanted.
_PAGE = plain_page(
    "正在准备",
    [
        "程序刚启动，第一次要花一两分钟读入知识。准备好以后，这个页面会自己打开您要去的地方，不用点刷新。",
        _DANGER,
    ],
    _AGAIN_S,
)
#: What was typed is still in the page before: a form that was sent is not sent again by itself.
_SENT = plain_page(
    "正在准备",
    [
        "程序刚启动，刚才填的还没有受理：请过一分钟按浏览器的“返回”，再提交一次，填过的内容还在。",
        _DANGER,
    ],
)


class Warming:
    """A WSGI application that lets a request through once `prepare` is done; the health check never waits.

    Left to the first request, all threads would prepare at once and each take as many times as long.

    then        is done after, while requests are let through already: what is slow the first time
    patience_s  how long a request is held. Then others are asked to come again: the first base of all takes longer to
                build. Messages of WeChat and WeCom, which hang up after 5 s, are held for less
    meanwhile   path of each platform's callback -> what takes its messages until then
    """

    def __init__(
        self, app: WSGIApplication, prepare: Callable[[], object], patience_s: float,
        meanwhile: Mapping[str, WSGIApplication], then: Callable[[], object] = lambda: None,
    ) -> None:  # fmt: skip
        self._app, self._prepare, self._patience_s, self._meanwhile = app, prepare, patience_s, meanwhile
        self._then, self._done = then, threading.Event()
        self._error: Exception | None = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """See PEP 3333."""
        path = environ.get("PATH_INFO", "")
        if not self._done.is_set() and path != _HEALTH_PATH and _STATIC not in path:
            if environ.get(AT_ONCE):
                raise WouldWait("the knowledge is still being read")
            if meanwhile := self._meanwhile.get(path):
                if not self._done.wait(min(_HELD_S, self._patience_s)):
                    return meanwhile(environ, start_response)
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
            return
        finally:
            self._done.set()
        try:
            self._then()
        except Exception:  # whoever asks for it first does it then, and is told what is wrong
            log.exception("what is slow the first time could not be made ready")


def _not_yet(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    log.warning("a request came before the knowledge was ready", extra={"path": environ.get("PATH_INFO", "")})
    is_page = "text/html" in environ.get("HTTP_ACCEPT", "") and "HTTP_HX_REQUEST" not in environ
    kind = "text/html" if is_page else "text/plain"
    headers = [
        ("Content-Type", f"{kind}; charset=utf-8"),
        ("Retry-After", str(_AGAIN_S)),
        ("Cache-Control", "no-store"),
    ]
    start_response("503 Service Unavailable", headers)
    if not is_page:
        return [_SENTENCE.encode()]
    return [_PAGE if environ.get("REQUEST_METHOD") == "GET" else _SENT]
