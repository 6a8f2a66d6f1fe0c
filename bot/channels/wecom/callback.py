"""WeCom's callback (接收消息服务器配置) of a self-built app, as a WSGI application. People get the same answers there.

Everything is encrypted, the echostr of the verification too. Whoever does not sign gets 403 or 413, and WeCom gets 200
whatever happens here.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from bot.channels.wecom.read import SYSTEM, elements, read
from bot.channels.wecom.render import render
from bot.envelopes import AesKey, KeyRing, is_signed, seal
from bot.errors import CAME_AT, PayloadError, SignatureError
from bot.messages import Inbound, Reply
from bot.pushes import TooLargeError, body_of, check_age, query_of
from bot.settings import WeComSettings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from bot.inbox import Inbox
    from bot.meanwhile import Meanwhile

log = logging.getLogger(__name__)

#: Where WeCom calls; beside the official account's.
CALLBACK_PATH = "/wecom"
#: WeCom repeats a push with its first query, within 15 s; clocks are rarely further apart.
_WINDOW_S = 300
#: A text has 2048 bytes; an event lists no more than some dozens of people.
_MAX_BODY_BYTES = 65536

_PLAIN = "text/plain; charset=utf-8"
_XML = "application/xml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class _Answer:
    status: str
    body: bytes = b""
    content_type: str = _PLAIN


_SILENT = _Answer("200 OK")
_FORBIDDEN = _Answer("403 Forbidden")
_TOO_LARGE = _Answer("413 Content Too Large")
_NOT_ALLOWED = _Answer("405 Method Not Allowed")


class WeComCallback:
    """Answers WeCom's verification (GET) and its pushes (POST). Raises nothing.

    clock   unix seconds
    """

    def __init__(
        self, settings: WeComSettings, inbox: Inbox | Meanwhile, clock: Callable[[], float] = time.time
    ) -> None:
        self._settings, self._inbox, self._clock = settings, inbox, clock
        is_set_up = settings.token and settings.aes_key and settings.corp_id
        self._keys = KeyRing(settings.corp_id, settings.aes_key) if is_set_up else None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        """See PEP 3333."""
        answer = self._guarded(environ)
        headers = [("Content-Type", answer.content_type), ("Content-Length", str(len(answer.body)))]
        start_response(answer.status, [*headers, ("X-Content-Type-Options", "nosniff")])
        return [answer.body]

    def _guarded(self, environ: WSGIEnvironment) -> _Answer:
        try:
            return self._answer(environ)
        except (SignatureError, TooLargeError) as e:
            log.warning("a callback of WeCom was refused", extra={"reason": str(e)})
            return _TOO_LARGE if isinstance(e, TooLargeError) else _FORBIDDEN
        except PayloadError as e:
            log.warning("a push of WeCom could not be read", extra={"reason": str(e)})
        except Exception:  # the edge: WeCom would only send the same again
            log.exception("a push of WeCom could not be answered")
        return _SILENT

    def _answer(self, environ: WSGIEnvironment) -> _Answer:
        method = environ.get("REQUEST_METHOD")
        if method not in ("GET", "POST"):
            return _NOT_ALLOWED
        if not self._keys:
            return _FORBIDDEN
        query = query_of(environ)
        if method == "GET":
            return _Answer("200 OK", self._opened(self._keys, query.get("echostr", ""), query)[0])
        encrypted = elements(body_of(environ, _MAX_BODY_BYTES)).get("Encrypt", "")
        message, key = self._opened(self._keys, encrypted, query)
        body = self._received(message, key, environ)
        return _Answer("200 OK", body, _XML) if body else _SILENT

    def _opened(self, keys: KeyRing, encrypted: str, query: dict[str, str]) -> tuple[bytes, AesKey]:
        """What was signed and encrypted. Raises SignatureError unless WeCom did so, and lately; PayloadError."""
        timestamp = query.get("timestamp", "")
        parts = (self._settings.token, timestamp, query.get("nonce", ""), encrypted)
        if not encrypted or not is_signed(query.get("msg_signature", ""), *parts):
            raise SignatureError("the msg_signature is wrong: is wecom.token the one of the app?")
        check_age(timestamp, self._clock(), _WINDOW_S)
        opened = keys.open(encrypted)
        return opened.message, opened.key

    def _received(self, message: bytes, key: AesKey, environ: WSGIEnvironment) -> bytes:
        inbound = read(message)
        if inbound.account != self._settings.corp_id:
            raise PayloadError("written to another company than wecom.corp_id")
        if inbound.address == SYSTEM:
            return b""
        return self._inbox.receive(inbound, partial(self._rendered, inbound, key), environ.get(CAME_AT))

    def _rendered(self, inbound: Inbound, key: AesKey, reply: Reply | None) -> bytes:
        now = int(self._clock())
        body = render(reply, inbound, now)
        return seal(self._settings.token, key, body, now) if body else b""
