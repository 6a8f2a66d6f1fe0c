"""A stand-in of a server with the OpenAI-compatible API, on a real socket: it speaks, refuses, stalls or raves."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATIENCE_S = 120.0


@dataclass
class Asked:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def user(self) -> dict[str, Any]:
        """What the user's message holds."""
        held: dict[str, Any] = json.loads(self.body["messages"][1]["content"])
        return held


Behaviour = Callable[["_Handler"], None]


@dataclass
class ModelServer:
    """behaviour: how the next request is answered."""

    behaviour: Behaviour = field(default_factory=lambda: says("好"))
    asked: list[Asked] = field(default_factory=list)
    came: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        handler = type("Handler", (_Handler,), {"stand_in": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join(PATIENCE_S)
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    stand_in: ModelServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.stand_in.asked.append(Asked(self.path, dict(self.headers), body))
        self.stand_in.came.set()
        try:
            self.stand_in.behaviour(self)
        except OSError:
            self.close_connection = True  # the bot has hung up

    def log_message(self, *_args: object) -> None:
        """Quiet."""

    def answer(self, body: bytes, status: int = 200, content_type: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def completion(text: object, finish: str = "stop") -> bytes:
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    return json.dumps({"id": "1", "object": "chat.completion", "choices": [choice]}, ensure_ascii=False).encode()


def says(text: object, finish: str = "stop") -> Behaviour:
    """A proper answer with this text."""
    return lambda handler: handler.answer(completion(text, finish))


def sends(body: bytes, status: int = 200, content_type: str = "application/json") -> Behaviour:
    """This body."""
    return lambda handler: handler.answer(body, status, content_type)


def holds(until: threading.Event) -> Behaviour:
    """Says nothing until then."""

    def behave(handler: _Handler) -> None:
        until.wait(PATIENCE_S)
        handler.answer(completion("迟到的话"))

    return behave


def drips(until: threading.Event) -> Behaviour:
    """A byte every hundredth of a second: each comes well within any time-out of a socket."""

    def behave(handler: _Handler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not until.wait(0.01):
            handler.wfile.write(b" ")

    return behave


def endless(handler: _Handler) -> None:
    """A body without end."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
    while True:
        handler.wfile.write(b" " * 65536)


def resets(handler: _Handler) -> None:
    """Breaks the connection off."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def breaks_off(handler: _Handler) -> None:
    """Announces more than it sends."""
    handler.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{"choices": [')
    handler.close_connection = True
