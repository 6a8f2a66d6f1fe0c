"""A platform that takes every message after 20 ms, as fast as one process can: run by benchmarks.sending.

    python -m benchmarks.sending_platform PORT

GET /got tells what it took: calls, people, people who got more than one.
"""

from __future__ import annotations

import asyncio
import json
import re
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
    calls += 1
    if key := _KEY.search(body):
        if key[1] in seen:
            return _KNOWN
        seen.add(key[1])
    if to := _TO.search(body):
        got[to[1]] += 1
    return _TAKEN


async def main(port: int) -> None:
    """Serve until killed."""
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
