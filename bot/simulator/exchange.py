"""One HTTP exchange with any of the simulated platforms: faults first, then the work, and a record of it."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Response, request

from .endpoint import parse_object
from .errcodes import Refused
from .faults import Fault, Strike
from .recorder import ApiRecord, scrub, scrub_text

if TYPE_CHECKING:
    from .simulator import Simulator

#: The header WeChat sends, odd parameter and all.
JSON_TYPE = "application/json; encoding=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What a platform does with one request.

    path     by which faults and records name it
    work     makes the answer and whatever comes of it
    refuse   the platform's answer for an errcode that a fault demands
    """

    path: str
    rid: str
    work: Callable[[], Response]
    refuse: Callable[[int], Response]


def serve(simulator: Simulator, exchange: Exchange) -> Response:
    """Answer the request at hand, unless a fault has it otherwise."""
    strike = simulator.faults.take(exchange.path)
    fault = strike.fault if strike else None
    response = _worked(exchange, strike)
    if fault and fault.drop:
        simulator.recorder.add(_record(simulator, exchange, None))  # before the caller can know
        return _hang_up()
    if response is None or (fault and fault.replaces_answer):
        response = _damaged(fault or Fault(), exchange)
    simulator.recorder.add(_record(simulator, exchange, response))
    return response


def json_response(answer: object) -> Response:
    """An answer in JSON, Chinese as it is, with WeChat's header."""
    return Response(json.dumps(answer, ensure_ascii=False), content_type=JSON_TYPE)


def _worked(exchange: Exchange, strike: Strike | None) -> Response | None:
    """The answer, late if a fault says so; None when the call fails before it is accepted."""
    if strike is None:
        return exchange.work()
    if strike.fault.after_acceptance:
        response = exchange.work()
        strike.stall()
        return response
    strike.stall()
    return None if strike.fault.replaces_answer else exchange.work()


def _damaged(fault: Fault, exchange: Exchange) -> Response:
    if fault.errcode is not None:
        return exchange.refuse(fault.errcode)
    page = fault.body if fault.body is not None else "<html><h1>Bad Gateway</h1></html>"
    return Response(page, status=fault.http_status or 200, mimetype="text/html")


def _hang_up() -> Response:
    """End the connection without an answer.

    Werkzeug hands out its socket. Behind another server the answer breaks off before its announced length,
    which a client meets as a broken connection all the same.
    """
    sock = request.environ.get("werkzeug.socket")
    if isinstance(sock, socket.socket):
        with suppress(OSError):  # the client was faster
            sock.shutdown(socket.SHUT_RDWR)

    def nothing() -> Iterator[bytes]:
        yield b""

    return Response(nothing(), headers={"Content-Length": "64"})


def _record(simulator: Simulator, exchange: Exchange, response: Response | None) -> ApiRecord:
    return ApiRecord(
        at=simulator.now(),
        method=request.method,
        path=exchange.path,
        query=scrub(request.args.to_dict()),
        body=_recorded_body(),
        remote_addr=request.remote_addr or "",
        rid=exchange.rid,
        errcode=None if response is None else _errcode(response),
        status=None if response is None else response.status_code,
    )


def _recorded_body() -> dict[str, Any]:
    if request.files:
        return {"bytes": request.content_length or 0}
    if request.mimetype == "application/x-www-form-urlencoded" and request.form:
        return dict(scrub(request.form.to_dict()))
    raw = request.get_data()
    if not raw:
        return {}
    try:
        return dict(scrub(parse_object(raw)))
    except Refused:
        return {"text": scrub_text(raw[:2048].decode(errors="replace"))}


def _errcode(response: Response) -> int | None:
    """The errcode sent; 0 for data without one, None for what is not JSON."""
    if response.content_type != JSON_TYPE:
        return None
    errcode = json.loads(response.get_data()).get("errcode", 0)
    return errcode if isinstance(errcode, int) else None
