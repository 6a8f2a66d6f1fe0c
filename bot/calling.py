"""Calls to platforms over connections that are kept: what a broadcast makes by the thousand.

wechatpy goes through requests, which takes five times the processor time of a call made here; it stays for all that is
called now and then.
"""

from __future__ import annotations

import http.client
import json
import ssl
import threading
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies, proxy_bypass

from bot.errors import Refusal, SendError

#: Servers close connections that idle, some after 5 s. A call into one that is being closed may or may not arrive, so
#: a connection that has idled is not used again.
_KEEP_S = 3.0
_MAX_ANSWER_BYTES = 1 << 20


class Caller:
    """Posts to one host. May be used from many threads; each has a connection of its own.

    base       https://host[:port]; proxies are taken from the environment, as others do
    timeout_s  for connecting, and again for the answer
    """

    def __init__(self, base: str, timeout_s: float) -> None:
        self._to, self._timeout_s = urlsplit(base), timeout_s
        self._context = ssl.create_default_context() if self._to.scheme == "https" else None
        self._local = threading.local()

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
        """The JSON object that is answered. Raises SendError: NOT_SENT where no connection could be made,
        UNREACHABLE where the call may have arrived although no answer can be read.
        """
        connection = self._connection()
        try:
            connection.request("POST", path, body, dict(headers))
            response = connection.getresponse()
            data = response.read(_MAX_ANSWER_BYTES + 1)
        except (OSError, http.client.HTTPException) as e:
            self._drop()
            # The text of the cause may hold the address, and the address a token.
            raise SendError(f"no answer: {type(e).__name__}") from None
        if response.will_close or len(data) > _MAX_ANSWER_BYTES:
            self._drop()
        else:
            self._local.used_at = time.monotonic()
        return _object(response.status, data)

    def _connection(self) -> http.client.HTTPConnection:
        held: http.client.HTTPConnection | None = getattr(self._local, "connection", None)
        if held is not None and time.monotonic() - self._local.used_at < _KEEP_S:
            return held
        self._drop()
        connection = self._new()
        try:
            connection.connect()
        except (OSError, http.client.HTTPException) as e:
            raise SendError(f"no connection: {type(e).__name__}", None, Refusal.NOT_SENT) from None
        self._local.connection, self._local.used_at = connection, time.monotonic()
        return connection

    def _new(self) -> http.client.HTTPConnection:
        host, port = self._to.hostname or "", self._to.port or (443 if self._context else 80)
        via = _proxy(self._to)
        at, through = (via.hostname or "", via.port or 80) if via else (host, port)
        if self._context is None:
            return http.client.HTTPConnection(at, through, timeout=self._timeout_s)
        connection = http.client.HTTPSConnection(at, through, timeout=self._timeout_s, context=self._context)
        if via:
            connection.set_tunnel(host, port)
        return connection

    def _drop(self) -> None:
        held: http.client.HTTPConnection | None = getattr(self._local, "connection", None)
        self._local.connection = None
        if held is not None:
            held.close()


def _proxy(to: SplitResult) -> SplitResult | None:
    """The proxy for https; plain http is for a stand-in on this machine."""
    address = getproxies().get("https", "") if to.scheme == "https" else ""
    return urlsplit(address) if address and not proxy_bypass(to.hostname or "") else None


def _object(status: int, data: bytes) -> dict[str, Any]:
    if status != 200:
        raise SendError(f"answered with HTTP {status}")
    try:
        answer = json.loads(data)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise SendError("the answer is not a JSON object")
    return answer
