"""Many calls from one thread: each gets its own answer, whatever becomes of the others."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bot.calling import Caller, Request, Steps, Switchboard
from bot.errors import Refusal, SendError
from tests.wire_server import HANG_UP, RESET, STALL, WireServer, http
from tests.wire_server import Request as Got

Answers = Callable[[Got], list[bytes]]
Rings = Callable[..., tuple[WireServer, "Board"]]


class Board:
    """A switchboard, and all that came of its calls."""

    def __init__(self, caller: Caller) -> None:
        self.board = Switchboard[Any](caller, lambda work: threading.Thread(target=work).start())

    def calls(self, *numbers: int, size: int = 0) -> dict[int, Any]:
        """Call with these numbers, all at the same time; what each was told."""
        for number in numbers:
            self.board.begin(number, talk(number, size))
        told: dict[int, Any] = {}
        while self.board.under_way:
            told.update(self.board.wait(0.01, 0.01, 1))
        told.update(self.board.wait(0, 0, 1))
        return told


def talk(number: int, size: int = 0) -> Steps[Any]:
    """Says its number; once more where it is told to."""
    body = json.dumps({"n": number, "filling": "x" * size}).encode()
    answer = (yield Request("POST", "/send", body)).json()
    while answer.get("again"):
        answer = (yield Request("POST", "/again", body)).json()
    return answer["n"]


def same(request: Got) -> list[bytes]:
    return [http({"n": request.json["n"]})]


@pytest.fixture
def rings() -> Iterator[Rings]:
    """A server that answers so, and a switchboard that calls it."""
    made: list[Any] = []

    def build(answer: Answers = same, timeout_s: float = 5) -> tuple[WireServer, Board]:
        server = WireServer(answer)
        board = Board(Caller(server.base, timeout_s))
        made.extend((board.board, server))
        return server, board

    yield build
    for thing in made:
        thing.close()


def test_each_call_gets_its_own_answer(rings: Rings) -> None:
    server, board = rings()
    assert board.calls(*range(40)) == {n: n for n in range(40)}
    assert board.calls(*range(40)) == {n: n for n in range(40)}
    assert server.connections <= 40


def test_a_talk_goes_on_with_what_it_was_answered(rings: Rings) -> None:
    _server, board = rings(lambda r: [http({"n": 7, "again": r.target == "/send"})])
    assert board.calls(1, 2) == {1: 7, 2: 7}


def test_an_answer_in_pieces_is_put_together(rings: Rings) -> None:
    whole = http({"n": 7})
    _server, board = rings(lambda _: [whole[i : i + 1] for i in range(len(whole))])
    assert board.calls(1) == {1: 7}


def test_a_body_that_fills_the_connection_arrives_whole(rings: Rings) -> None:
    server, board = rings()
    assert board.calls(1, size=8_000_000) == {1: 1}
    assert board.calls(2) == {2: 2}
    assert len(server.requests[0].json["filling"]) == 8_000_000


@pytest.mark.parametrize(
    "answer",
    [
        [HANG_UP],
        [RESET],
        [b"SSH-2.0-OpenSSH_9.6\r\n", HANG_UP],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{", HANG_UP],
        [http(b"<html>gateway</html>")],
        [http(b"bad gateway", "502 Bad Gateway")],
    ],
    ids=["hangs up", "reset", "no http", "cut off", "html", "502"],
)
def test_a_call_that_is_not_answered_leaves_the_others_alone(rings: Rings, answer: list[bytes]) -> None:
    _server, board = rings(lambda r: answer if r.json["n"] == 3 else same(r))
    told = board.calls(*range(8))
    error = told.pop(3)
    assert isinstance(error, SendError)
    assert (error.refusal, error.errcode) == (Refusal.UNREACHABLE, None)
    assert told == {n: n for n in range(8) if n != 3}
    assert board.calls(9) == {9: 9}


def test_a_server_that_stalls_is_given_up(rings: Rings) -> None:
    _server, board = rings(lambda r: [STALL] if r.json["n"] == 1 else same(r), timeout_s=0.2)
    told = board.calls(1, 2)
    assert told[1].refusal is Refusal.UNREACHABLE
    assert told[2] == 2


def test_a_connection_that_the_server_closes_meanwhile_is_not_used_again(rings: Rings) -> None:
    server, board = rings(lambda r: [*same(r), HANG_UP])
    assert board.calls(1) == {1: 1}
    assert server.closed.acquire(timeout=120)
    board.board._idle[0].used_at -= 1  # as if it had idled for a second
    assert board.calls(2) == {2: 2}


def test_where_nobody_listens_nothing_was_sent(rings: Rings) -> None:
    server, board = rings()
    server.close()
    assert {error.refusal for error in board.calls(1, 2, 3).values()} == {Refusal.NOT_SENT}


def test_a_talk_that_breaks_or_refuses_is_told_and_harms_nobody(rings: Rings) -> None:
    _server, board = rings()

    def broken() -> Steps[Any]:
        yield Request("POST", "/send", b'{"n": 1}')
        raise KeyError("a fault of ours")

    def bad() -> Steps[Any]:
        yield Request("POST", "/send\r\nX: y", b"")
        raise AssertionError("such a request is never made")

    board.board.begin(1, broken())
    board.board.begin(2, bad())
    told = board.calls(3)
    assert (told[1].refusal, told[2].refusal, told[3]) == (Refusal.UNKNOWN, Refusal.BAD_CONTENT, 3)
