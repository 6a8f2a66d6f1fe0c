"""What WeChat and WeCom push, out of a WSGI environment: the query and the body, within limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import parse_qsl

from bot.errors import PayloadError, SignatureError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

#: WeChat sends 6 parameters in some 200 characters; an echostr may be longer.
_MAX_QUERY_CHARS = 2048
_MAX_QUERY_FIELDS = 16
#: An openid has 28 characters, a userid up to 64, a gh_… about 15, a MsgId up to 20.
_MAX_ID_CHARS = 128


class TooLargeError(PayloadError):
    """A body above the limit: not even read."""


def check_age(timestamp: str, now: float, window_s: float) -> None:
    """Raise SignatureError unless a signed timestamp lies within `window_s` of `now`, unix seconds."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise SignatureError("the timestamp is not a number of seconds")
    if abs(int(timestamp) - now) > window_s:
        raise SignatureError("the timestamp is too far from our clock: a replay, or this machine's clock is wrong")


def query_of(environ: WSGIEnvironment) -> dict[str, str]:
    """The parameters of the query. Raises SignatureError where no platform of ours wrote it."""
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


def body_of(environ: WSGIEnvironment, limit: int) -> bytes:
    """The whole body. Raises TooLargeError above the limit, PayloadError when it breaks off before its length."""
    length = _length(environ, limit)
    if length is not None and length > limit:
        raise TooLargeError("the body is too large")
    try:
        body = _read(environ, limit + 1 if length is None else length)
    except OSError as e:
        raise PayloadError("the connection broke off") from e
    if len(body) > limit:
        raise TooLargeError("the body is too large")
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


def identifier(found: Mapping[str, str], name: str) -> str:
    """A short element that must be there. Raises PayloadError."""
    value = found.get(name, "")
    if not value or len(value) > _MAX_ID_CHARS:
        raise PayloadError(f"<{name}> is missing, empty or too long")
    return value


def seconds(found: Mapping[str, str]) -> int:
    """When a push was made, unix seconds. Raises PayloadError."""
    value = identifier(found, "CreateTime")
    if not (value.isascii() and value.isdigit() and len(value) <= 12):
        raise PayloadError("<CreateTime> is not a number of seconds")
    return int(value)


def refuse_dtd(*_declaration: object) -> NoReturn:
    """For a parser: no DTD, so no entities, neither bombs nor files."""
    raise PayloadError("a DTD is not allowed")
