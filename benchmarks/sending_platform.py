"""A platform that takes every message after 20 ms, as fast as one process can: run by benchmarks.sending.

    python -m benchmarks.sending_platform PORT [CERTIFICATE]

It refuses what WeChat refuses of such calls: another token, no openid, no template. GET /got tells what it took: calls,
people, people who got more than one.
"""

from __future__ import annotations

import asyncio
import json
import re
import ssl
import sys
from collections import Counter

DELAY_S = 0.02
_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_TO = re.compile(rb'"touser": ?"([^"]+)"')
_KEY = re.compile(rb'"client_?msg_?id": ?"([^"]+)"')
_TOKEN = json.dumps({"access_token": "t", "expires_in": 7200}).encode()
_TAKEN = json.dumps({"errcode": 0, "errmsg": "ok", "msgid": 1, "msg_id": 1}).encode()
_KNOWN = json.dumps({"errcode": 45065, "errmsg": "known", "msg_id": 1}).encode()

got: Counter[bytes] = Counter()
seen: set[bytes] = set()
calls = 0


class Connection(asyncio.Protocol):
    """One caller; one request at a time."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio."""
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.data = transport, b""

    def data_received(self, data: bytes) -> None:
        """See asyncio."""
        self.data += data
        head, found, body = self.data.partition(b"\r\n\r\n")
        if not found:
            return
        length = _LENGTH.search(head)
        if length and len(body) < int(length[1]):
            return
        self.data = b""
        asyncio.get_running_loop().call_later(DELAY_S, self.answer, take(head, body))

    def answer(self, body: bytes) -> None:
        """Send a response."""
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
        self.transport.write(head + body)


def take(head: bytes, body: bytes) -> bytes:
    """The answer to one request."""
    global calls
    if head.startswith(b"GET /got"):
        twice = sum(n > 1 for n in got.values())
        return json.dumps({"calls": calls, "people": len(got), "twice": twice}).encode()
    if b"stable_token" in head:
        return _TOKEN
    if b"access_token=t " not in head.partition(b"\r\n")[0]:
        return _refused(40001)
    if not _TO.search(body) and b'"touser": [' not in body:
        return _refused(40003)
    if b"subscribe/bizsend" in head and b'"template_id": "t"' not in body:
        return _refused(40037)
    calls += 1
    if key := _KEY.search(body):
        if key[1] in seen:
            return _KNOWN
        seen.add(key[1])
    if to := _TO.search(body):
        got[to[1]] += 1
    return _TAKEN


def _refused(code: int) -> bytes:
    return json.dumps({"errcode": code, "errmsg": "no"}).encode()


async def main(port: int, certificate: str) -> None:
    """Serve until killed. certificate: a file with certificate and key, for https; "": http."""
    context = None
    if certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connection, "127.0.0.1", port, backlog=1024, ssl=context)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), "".join(sys.argv[2:])))
