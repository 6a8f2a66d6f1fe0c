"""A call as bytes: a request written, an answer read. Knows no socket.

An answer is one of WeChat's: short, JSON, with its length told. http.client reads it in ten times the time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bot.errors import Refusal, SendError

#: Longer ones are none of a platform's.
_MAX_HEAD_BYTES, _MAX_BODY_BYTES = 1 << 16, 1 << 20
_STATUS = re.compile(rb"HTTP/1\.([01]) ([1-5]\d\d)(?: |\r|\Z)")
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,9})[ \t]*(?:\r|\Z)")
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:[^\r]*chunked")
_CLOSING = re.compile(rb"\r\nconnection:[^\r]*close")
_CHUNK = re.compile(rb"([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]*)?\r\n")
#: What a target may hold; a line break would begin a header.
_TARGET = re.compile(r"/[!-~]*")
_LINE = re.compile(r"[^\r\n\0]*")


class UnreadableError(Exception):
    """No HTTP, or cut off in the middle."""


@dataclass(frozen=True, slots=True)
class Request:
    """One call. target: the path and query below the platform's address; it may be secret."""

    method: str
    target: str
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to one call."""

    status: int
    body: bytes

    def json(self) -> dict[str, Any]:
        """The JSON object that was answered with HTTP 200. Raises SendError: UNREACHABLE, for what became of the call
        nobody knows then.
        """
        if self.status != 200:
            raise SendError(f"answered with HTTP {self.status}")
        return self.object()

    def object(self) -> dict[str, Any]:
        """The JSON object, whatever the status: some tell their refusals with one of their own. Raises SendError."""
        try:
            answer = json.loads(self.body.decode())
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise SendError(f"the answer is not a JSON object, HTTP {self.status}")
        return answer


_T = TypeVar("_T")
#: A talk with a platform: requests out, answers in, what came of it at the end. Raises SendError and nothing else.
#: Whoever makes the calls decides whether it waits for each (Caller) or has many under way (Switchboard).
Steps = Generator[Request, Answer, _T]


def head(request: Request, host: str, under: str) -> bytes:
    """What a request begins with, up to the length of its body. Raises SendError where it cannot be one: nothing has
    been sent then.

    host   for the Host header
    under  the path of the platform's address, without a slash at its end
    """
    target = under + request.target
    lines = [f"{name}: {value}" for name, value in request.headers.items()]
    if not _TARGET.fullmatch(target) or not all(map(_LINE.fullmatch, lines)):
        raise SendError("the call cannot be written as HTTP", None, Refusal.BAD_CONTENT)
    lines = [f"{request.method} {target} HTTP/1.1", f"Host: {host}", "Accept-Encoding: identity", *lines, ""]
    return "\r\n".join(lines).encode("latin-1", "replace")


def written(head: bytes, body: bytes | None) -> bytes:
    """A request as it is sent."""
    return head + b"\r\n" if body is None else b"%bContent-Length: %d\r\n\r\n%b" % (head, len(body), body)


def read(data: bytes, ended: bool) -> tuple[Answer, bool] | None:
    """The answer, and whether its connection may be used again; None where more must come.

    data   everything that came on the connection since the request
    ended  nothing more comes
    Raises UnreadableError.
    """
    head, found, body = data.partition(b"\r\n\r\n")
    if not found:
        if ended or len(data) > _MAX_HEAD_BYTES:
            raise UnreadableError
        return None
    version, status = _status(head)
    if status < 200:  # to be followed by the answer itself
        return read(body, ended)
    head = head.lower()
    if status in (204, 304):
        whole: tuple[bytes, bytes] | None = b"", body
    elif _CHUNKED.search(head):
        whole = _joined(body)
    elif length := _LENGTH.search(head):
        n = int(length[1])
        whole = (body[:n], body[n:]) if ended or len(body) >= n else None  # a short one may be whole JSON
    else:
        whole = (body, b"") if ended else None
    if len(body) > _MAX_BODY_BYTES or (ended and whole is None):
        raise UnreadableError
    if whole is None:
        return None
    kept = not ended and not whole[1] and version == 1 and not _CLOSING.search(head)
    return Answer(status, whole[0]), kept


def _status(head: bytes) -> tuple[int, int]:
    line = _STATUS.match(head)
    if not line:
        raise UnreadableError
    return int(line[1]), int(line[2])


def _joined(body: bytes) -> tuple[bytes, bytes] | None:
    """What chunks hold, and what follows the last; None where more must come."""
    parts: list[bytes] = []
    at = 0
    while chunk := _CHUNK.match(body, at):
        start, size = chunk.end(), int(chunk[1], 16)
        if not size:
            # Trailers end with an empty line, which may follow at once.
            end = start if body.startswith(b"\r\n", start) else body.find(b"\r\n\r\n", start) + 2
            return None if end < start or len(body) < end + 2 else (b"".join(parts), body[end + 2 :])
        at = start + size + 2
        if len(body) < at:
            return None
        if body[at - 2 : at] != b"\r\n":
            raise UnreadableError
        parts.append(body[start : start + size])
    if b"\r\n" in body[at : at + _MAX_HEAD_BYTES]:
        raise UnreadableError
    return None
