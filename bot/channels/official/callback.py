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
from urllib.parse import parse_qsl

from bot.channels.official.crypto import AesKey, KeyRing, is_signed, seal
from bot.channels.official.read import elements, read
from bot.channels.official.render import SUCCESS, render
from bot.errors import AT_ONCE, CAME_AT, PayloadError, SignatureError, WouldWait
from bot.messages import Inbound, Reply
from bot.settings import WeChatSettings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from bot.inbox import Inbox

log = logging.getLogger(__name__)

#: WeChat sends 6 parameters in some 200 characters; an echostr may be longer.
_MAX_QUERY_CHARS = 2048
_MAX_QUERY_FIELDS = 16

_PLAIN = "text/plain; charset=utf-8"
_XML = "application/xml; charset=utf-8"


class _TooLargeError(PayloadError):
    """A body above the limit: not even read."""


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

    def __init__(self, settings: WeChatSettings, inbox: Inbox, clock: Callable[[], float] = time.time) -> None:
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
        except (SignatureError, _TooLargeError) as e:
            log.warning("a callback was refused", extra={"reason": str(e)})
            return _TOO_LARGE if isinstance(e, _TooLargeError) else _FORBIDDEN
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
        query = _query(environ)
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
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
            raise SignatureError("the timestamp is not a number of seconds")
        if abs(int(timestamp) - self._clock()) > self._settings.timestamp_window_s:
            raise SignatureError("the timestamp is too far from our clock: a replay, or this machine's clock is wrong")

    def _receive(self, environ: WSGIEnvironment, query: dict[str, str]) -> bytes:
        encrypted = query.get("encrypt_type", "raw") == "aes"
        if encrypted is not bool(self._keys):
            # Without encryption the signature does not cover the body, so a plaintext body could be anyone's.
            raise SignatureError("encrypted or not, unlike wechat.aes_key says")
        body, key = _body(environ, self._settings.max_body_bytes), None
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


def _query(environ: WSGIEnvironment) -> dict[str, str]:
    raw = environ.get("QUERY_STRING", "")
    if len(raw) > _MAX_QUERY_CHARS:
        raise SignatureError("the query is too long")
    pairs = raw.split("&")
    if "%" not in raw and "+" not in raw and len(pairs) <= _MAX_QUERY_FIELDS:
        # As WeChat writes it nothing is escaped: parse_qsl would take four times as long to find the same.
        return dict(pair.partition("=")[::2] for pair in pairs if pair)
    try:
        return dict(parse_qsl(raw, keep_blank_values=True, max_num_fields=_MAX_QUERY_FIELDS))
    except ValueError as e:
        raise SignatureError("the query cannot be read") from e


def _body(environ: WSGIEnvironment, limit: int) -> bytes:
    """The whole body. Raises _TooLargeError above the limit, PayloadError when it breaks off before its length."""
    length = _length(environ, limit)
    if length is not None and length > limit:
        raise _TooLargeError("the body is too large")
    try:
        body = _read(environ, limit + 1 if length is None else length)
    except OSError as e:
        raise PayloadError("the connection broke off") from e
    if len(body) > limit:
        raise _TooLargeError("the body is too large")
    if length is not None and len(body) < length:
        raise PayloadError("the body is shorter than announced")
    return body


def _length(environ: WSGIEnvironment, limit: int) -> int | None:
    """Bytes announced; None where the server marks the end of a chunked body itself.

    0 where neither is so or the length is no number: reading on could wait for ever on a bare socket.
    """
    raw = environ.get("CONTENT_LENGTH") or ""
    if not raw and environ.get("wsgi.input_terminated"):
        return None
    if not (raw.isascii() and raw.isdigit()):
        return 0
    return int(raw) if len(raw) <= 12 else limit + 1


def _read(environ: WSGIEnvironment, most: int) -> bytes:
    stream, parts = environ["wsgi.input"], []
    while most > 0 and (part := stream.read(most)):
        parts.append(part)
        most -= len(part)
    return b"".join(parts)
