"""Under the server itself: the thread that reads all connections never waits for the model."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.draining import DrainingServer

from . import model_server as ms
from .conftest import PLAIN, PLAINER, QUESTION, Office, push, read
from .model_server import ModelServer, says


@pytest.fixture
def port(office: Office) -> Iterator[int]:
    """Where the office is served, by two threads beside the one that reads."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = DrainingServer(office.app, listener, threads=2, max_body_bytes=lambda _path: 1 << 20, at_once="/wechat")
    thread = threading.Thread(target=server.run)
    thread.start()
    yield listener.getsockname()[1]
    server.stop()
    thread.join(ms.PATIENCE_S)


def told(port: int, text: str, n: int) -> str:
    """What a follower is told."""
    path, body = push(text, n)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ms.PATIENCE_S)
    try:
        connection.request("POST", path, body)
        return read(connection.getresponse().read())
    finally:
        connection.close()


def test_everybody_else_is_answered_while_the_model_is_waited_for(port: int, model: ModelServer) -> None:
    release = threading.Event()
    model.behaviour = ms.holds(release)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(told, port, QUESTION, 1)
        assert model.came.wait(ms.PATIENCE_S)
        assert [told(port, "你好", n).startswith("您好") for n in range(2, 12)] == [True] * 10
        assert told(port, QUESTION, 12).startswith(PLAIN)
        assert not waiting.done()
        release.set()
        assert waiting.result(ms.PATIENCE_S).startswith(PLAIN)


def test_what_the_model_said_before_is_told_at_once(port: int, model: ModelServer) -> None:
    model.behaviour = says(PLAINER)
    assert [told(port, QUESTION, n).split("\n")[0] for n in range(3)] == [PLAINER] * 3
    assert len(model.asked) == 1
