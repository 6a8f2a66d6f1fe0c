"""A server that speaks HTTP by hand: it can break off, hang up and answer wrongly wherever a test wants it to."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

#: What to do with a request: bytes to send. HANG_UP closes after them, RESET breaks the connection off.
HANG_UP, RESET, STALL = b"<hang up>", b"<reset>", b"<stall>"


@dataclass(frozen=True)
class Request:
    """One request. connection: counts from 1."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    connection: int

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class WireServer:
    """Answers each request with what `answer` gives for it, in order."""

    answer: Callable[[Request], list[bytes]]
    requests: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._over = threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = []
        self.connections = 0
        self.closed = threading.Semaphore(0)
        self._begin(self._accept)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self._server.getsockname()[1]}"

    def close(self) -> None:
        self._over.set()
        for sock in (self._server, *self._sockets):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        for thread in self._threads:
            thread.join(120)

    def _begin(self, work: Callable[..., None], *args: Any) -> None:
        self._threads.append(threading.Thread(target=work, args=args, daemon=True))
        self._threads[-1].start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._server.accept()
            except OSError:
                return
            self._sockets.append(sock)
            self.connections += 1
            self._begin(self._serve, sock, self.connections)

    def _serve(self, sock: socket.socket, number: int) -> None:
        try:
            with sock, sock.makefile("rb") as stream:
                while (request := _read(stream, number)) is not None:
                    self.requests.append(request)
                    if not self._send(sock, self.answer(request)):
                        return
        except (OSError, ValueError):  # broken off, or no HTTP at all
            pass
        finally:
            self.closed.release()

    def _send(self, sock: socket.socket, parts: list[bytes]) -> bool:
        for part in parts:
            if part == STALL:
                self._over.wait(120)
            elif part == RESET:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            if part in (STALL, RESET, HANG_UP):
                return False
            sock.sendall(part)
        return True


def _read(stream: Any, number: int) -> Request | None:
    line = stream.readline()
    if not line:
        return None
    method, target, _version = line.decode().split()
    headers = {}
    while (line := stream.readline().decode().strip()) != "":
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return Request(method, target, headers, stream.read(int(headers.get("content-length", 0))), number)


def http(body: bytes | dict[str, Any], status: str = "200 OK", *headers: str) -> bytes:
    """A whole answer."""
    data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(data)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + data
