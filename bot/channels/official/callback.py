"""WeChat's callback (服务器配置), as a WSGI application: verify, decrypt, read, have it answered, render.

WeChat takes any answer but 200 for a failure and shows people a line that the service is out of order. So whoever
does not sign gets 403 or 413, and WeChat gets 200 whatever happens here.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from bot.channels.official.read import elements, read
from bot.channels.official.render import SUCCESS, render
from bot.envelopes import AesKey, KeyRing, is_signed, seal
from bot.errors import AT_ONCE, CAME_AT, PayloadError, SignatureError, WouldWait
from bot.messages import Inbound, Reply
from bot.pushes import TooLargeError, body_of, check_age, query_of
from bot.settings import WeChatSettings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from bot.inbox import Inbox
    from bot.meanwhile import Meanwhile

log = logging.getLogger(__name__)

_PLAIN = "text/plain; charset=utf-8"
_XML = "application/xml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class _Answer:
    status: str
    body: bytes = b""
    content_type: str = _PLAIN
    headers: tuple[tuple[str, str], ...] = ()


_SILENT = _Answer("200 OK", SUCCESS)
_FORBIDDEN = _Answer("403 Forbidden")
_TOO_LARGE = _Answer("413 Content Too Large")
_NOT_ALLOWED = _Answer("405 Method Not Allowed", headers=(("Allow", "GET, POST"),))


class Callback:
    """Answers WeChat's verification (GET) and its pushes (POST). Raises nothing but WouldWait, and that only AT_ONCE.

    clock   unix seconds; the signed timestamp must lie within settings.timestamp_window_s of it
    """

    def __init__(
        self, settings: WeChatSettings, inbox: Inbox | Meanwhile, clock: Callable[[], float] = time.time
    ) -> None:
        self._settings, self._inbox, self._clock = settings, inbox, clock
        self._keys = KeyRing(settings.app_id, settings.aes_key, settings.previous_aes_key) if settings.aes_key else None
        self._told_of_token = False

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        """See PEP 3333."""
        answer = self._guarded(environ)
        length = str(len(answer.body))
        headers = [("Content-Type", answer.content_type), ("Content-Length", length), *answer.headers]
        start_response(answer.status, headers)
        return [answer.body]

    def _guarded(self, environ: WSGIEnvironment) -> _Answer:
        try:
            return self._answer(environ)
        except WouldWait:
            raise
        except (SignatureError, TooLargeError) as e:
            log.warning("a callback was refused", extra={"reason": str(e)})
            return _TOO_LARGE if isinstance(e, TooLargeError) else _FORBIDDEN
        except PayloadError as e:
            log.warning("a push could not be read", extra={"reason": str(e)})
        except Exception:  # the edge: a fault of ours must not become a failure line in the person's chat
            log.exception("a push could not be answered")
        return _SILENT

    def _answer(self, environ: WSGIEnvironment) -> _Answer:
        method = environ.get("REQUEST_METHOD")
        if method not in ("GET", "POST"):
            return _NOT_ALLOWED
        if not self._settings.token:
            return self._without_token()
        query = query_of(environ)
        self._check(query)
        if method == "GET":
            return _Answer(
                "200 OK", query.get("echostr", "").encode(), headers=(("X-Content-Type-Options", "nosniff"),)
            )
        body = self._receive(environ, query)
        return _SILENT if body == SUCCESS else _Answer("200 OK", body, _XML)

    def _without_token(self) -> _Answer:
        # Anyone can sign with an empty token, so nobody is let in.
        if not self._told_of_token:
            self._told_of_token = True
            log.warning("wechat.token is not set: every callback is refused")
        return _FORBIDDEN

    def _check(self, query: dict[str, str]) -> None:
        """Raise SignatureError unless WeChat signed this query, and lately."""
        timestamp = query.get("timestamp", "")
        if not is_signed(query.get("signature", ""), self._settings.token, timestamp, query.get("nonce", "")):
            raise SignatureError("the signature is wrong: is wechat.token the one of WeChat's console?")
        check_age(timestamp, self._clock(), self._settings.timestamp_window_s)

    def _receive(self, environ: WSGIEnvironment, query: dict[str, str]) -> bytes:
        encrypted = query.get("encrypt_type", "raw") == "aes"
        if encrypted is not bool(self._keys):
            # Without encryption the signature does not cover the body, so a plaintext body could be anyone's.
            raise SignatureError("encrypted or not, unlike wechat.aes_key says")
        body, key = body_of(environ, self._settings.max_body_bytes), None
        if self._keys:
            body, key = self._opened(self._keys, body, query)
        inbound = read(body)
        if self._settings.account_id and inbound.account != self._settings.account_id:
            raise PayloadError("written to another account than wechat.account_id")
        receive = self._inbox.receive_at_once if environ.get(AT_ONCE) else self._inbox.receive
        return receive(inbound, partial(self._rendered, inbound, key), environ.get(CAME_AT)) or SUCCESS

    def _opened(self, keys: KeyRing, body: bytes, query: dict[str, str]) -> tuple[bytes, AesKey]:
        """The decrypted message and its key. In compatible mode (兼容模式) the plaintext beside it is not looked at."""
        encrypted = elements(body).get("Encrypt", "")
        parts = (self._settings.token, query.get("timestamp", ""), query.get("nonce", ""), encrypted)
        if not encrypted or not is_signed(query.get("msg_signature", ""), *parts):
            raise SignatureError("the msg_signature is wrong or the body is not encrypted")
        opened = keys.open(encrypted)
        return opened.message, opened.key

    def _rendered(self, inbound: Inbound, key: AesKey | None, reply: Reply | None) -> bytes:
        now = int(self._clock())
        body = render(reply, inbound, now)
        return body if key is None or body == SUCCESS else seal(self._settings.token, key, body, now)
