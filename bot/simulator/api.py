"""The server API (api.weixin.qq.com) over HTTP: letting calls in, faults, answers, records."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, abort, request

from . import api_media, api_menu, api_message, api_tag, api_token, api_user
from .endpoint import Answer, Call, Endpoint, FileAnswer, Upload, parse_object
from .errcodes import Refused, new_rid, refusal_body
from .faults import Fault, Strike
from .recorder import ApiRecord, scrub, scrub_text

if TYPE_CHECKING:
    from .simulator import Simulator

#: The header WeChat sends, odd parameter and all.
JSON_TYPE = "application/json; encoding=utf-8"
METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH"]
ENDPOINTS: dict[str, Endpoint] = {
    **api_token.ENDPOINTS,
    **api_message.ENDPOINTS,
    **api_menu.ENDPOINTS,
    **api_user.ENDPOINTS,
    **api_tag.ENDPOINTS,
    **api_media.ENDPOINTS,
}


def add_routes(blueprint: Blueprint, simulator: Simulator) -> None:
    """Put every path of ENDPOINTS under the blueprint; any other path below /cgi-bin is a 404."""

    @blueprint.route("/cgi-bin/<path:rest>", methods=METHODS)
    def api(rest: str) -> Response:
        return _serve(simulator, f"/cgi-bin/{rest}")


def _serve(simulator: Simulator, path: str) -> Response:
    endpoint = ENDPOINTS.get(path)
    if endpoint is None:
        abort(404)
    rid = new_rid()
    strike = simulator.faults.take(path)
    answer = _answer(simulator, endpoint, _read(path, endpoint), strike, rid)
    fault = strike.fault if strike else None
    if fault and fault.drop:
        simulator.recorder.add(_record(simulator, path, rid, None))  # before the caller can know
        return _hang_up()
    response = _damaged(fault, rid) if fault and fault.replaces_answer else _rendered(answer)
    simulator.recorder.add(_record(simulator, path, rid, response))
    return response


def _answer(simulator: Simulator, endpoint: Endpoint, call: Call, strike: Strike | None, rid: str) -> Answer:
    """The answer, late if a fault says so; {} when the call fails before it is accepted."""
    if strike is None:
        return _attempt(simulator, endpoint, call, rid)
    if strike.fault.after_acceptance:
        answer = _attempt(simulator, endpoint, call, rid)
        strike.stall()
        return answer
    strike.stall()
    return {} if strike.fault.replaces_answer else _attempt(simulator, endpoint, call, rid)


def _attempt(simulator: Simulator, endpoint: Endpoint, call: Call, rid: str) -> Answer:
    with nullcontext() if endpoint.unlocked else simulator.lock:
        try:
            return endpoint.handler(simulator, _let_in(simulator, endpoint, call))
        except Refused as refused:
            return refusal_body(refused, rid)


def _let_in(simulator: Simulator, endpoint: Endpoint, call: Call) -> Call:
    """Method, token, right, quota, body, in this order. Raises Refused at the first that fails."""
    if request.method != endpoint.method:
        raise Refused(43001 if endpoint.method == "GET" else 43002)
    with simulator.lock:
        if endpoint.token:
            simulator.tokens.check(call.query.get("access_token", ""))
        if simulator.config.profile not in endpoint.allowed:
            raise Refused(48001)
        simulator.quotas.count(call.path, simulator.config.profile)
    if endpoint.method == "GET" or endpoint.upload:
        return call
    return replace(call, body=parse_object(call.raw))


def _read(path: str, endpoint: Endpoint) -> Call:
    upload = None
    raw = b""
    if endpoint.upload:
        file = request.files.get("media")
        upload = Upload(file.filename or "", file.read()) if file else None
    else:
        raw = request.get_data()
    addr = request.remote_addr or ""
    return Call(path=path, query=request.args.to_dict(), raw=raw, upload=upload, remote_addr=addr)


def _rendered(answer: Answer) -> Response:
    if isinstance(answer, FileAnswer):
        headers = {"Content-Disposition": f'attachment; filename="{answer.filename}"'}
        return Response(answer.content, mimetype=answer.mime, headers=headers)
    return Response(json.dumps(answer, ensure_ascii=False), content_type=JSON_TYPE)


def _damaged(fault: Fault, rid: str) -> Response:
    if fault.errcode is not None:
        return _rendered(refusal_body(Refused(fault.errcode), rid))
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


def _record(simulator: Simulator, path: str, rid: str, response: Response | None) -> ApiRecord:
    return ApiRecord(
        at=simulator.now(),
        method=request.method,
        path=path,
        query=scrub(request.args.to_dict()),
        body=_recorded_body(),
        remote_addr=request.remote_addr or "",
        rid=rid,
        errcode=None if response is None else _errcode(response),
        status=None if response is None else response.status_code,
    )


def _recorded_body() -> dict[str, Any]:
    if request.files:
        return {"bytes": request.content_length or 0}
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
