"""The server API (api.weixin.qq.com) over HTTP: letting calls in, and the table of all paths."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

from flask import Blueprint, Response, abort, request

from . import (
    api_blacklist,
    api_draft,
    api_mass,
    api_media,
    api_menu,
    api_message,
    api_notice,
    api_qrcode,
    api_tag,
    api_token,
    api_user,
)
from .endpoint import Answer, Call, Endpoint, FileAnswer, Upload, parse_object
from .errcodes import Refused, new_rid, refusal_body
from .exchange import Exchange, json_response, serve

if TYPE_CHECKING:
    from .simulator import Simulator

METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH"]
ENDPOINTS: dict[str, Endpoint] = {
    **api_token.ENDPOINTS,
    **api_message.ENDPOINTS,
    **api_mass.ENDPOINTS,
    **api_draft.ENDPOINTS,
    **api_notice.ENDPOINTS,
    **api_menu.ENDPOINTS,
    **api_user.ENDPOINTS,
    **api_tag.ENDPOINTS,
    **api_blacklist.ENDPOINTS,
    **api_media.ENDPOINTS,
    **api_qrcode.ENDPOINTS,
}


def add_routes(blueprint: Blueprint, simulator: Simulator) -> None:
    """Put every path of ENDPOINTS under the blueprint; any other path below /cgi-bin or /wxaapi is a 404."""

    @blueprint.route("/cgi-bin/<path:rest>", methods=METHODS)
    def api(rest: str) -> Response:
        return _serve(simulator, f"/cgi-bin/{rest}")

    @blueprint.route("/wxaapi/<path:rest>", methods=METHODS)
    def notices_api(rest: str) -> Response:
        return _serve(simulator, f"/wxaapi/{rest}")


def _serve(simulator: Simulator, path: str) -> Response:
    endpoint = ENDPOINTS.get(path)
    if endpoint is None:
        abort(404)
    rid = new_rid()
    call = _read(path, endpoint)

    def work() -> Response:
        return _rendered(_attempt(simulator, endpoint, call, rid))

    def refuse(errcode: int) -> Response:
        return json_response(refusal_body(Refused(errcode), rid))

    return serve(simulator, Exchange(path=path, rid=rid, work=work, refuse=refuse))


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
        told = request.form.get("description", "")
        upload = Upload(file.filename or "", file.read(), told) if file else None
    else:
        raw = request.get_data()
    addr = request.remote_addr or ""
    return Call(path=path, query=request.args.to_dict(), raw=raw, upload=upload, remote_addr=addr)


def _rendered(answer: Answer) -> Response:
    if isinstance(answer, FileAnswer):
        headers = {"Content-Disposition": f'attachment; filename="{answer.filename}"'}
        return Response(answer.content, mimetype=answer.mime, headers=headers)
    return json_response(answer)
