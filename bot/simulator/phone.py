"""The phone page: a chat with the account as a follower sees it, and the JSON it lives on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, abort, jsonify, render_template, request

from .deeds import compose
from .envelope import Push
from .errcodes import Refused
from .inputs import read_json
from .state import ChatItem, Follower

if TYPE_CHECKING:
    from .simulator import Simulator

MAX_PHONES_LISTED = 50
_OPENID_SHAPE = re.compile(r"[A-Za-z0-9_-]{28}")


def add_routes(blueprint: Blueprint, simulator: Simulator) -> None:
    """The page, what it polls, what it sends, and the pictures it shows."""

    @blueprint.get("/")
    def phone() -> str:
        return render_template("simulator/phone.html", account_name=simulator.config.account_name)

    @blueprint.get("/phone/state")
    def phone_state() -> Response:
        after = request.args.get("after", 0, type=int)
        with simulator.lock:
            return jsonify(_state(simulator, _whose(simulator, request.args.get("openid", "")), after))

    @blueprint.post("/phone/new")
    def new_phone() -> Response:
        with simulator.lock:
            return jsonify(openid=simulator.state.new_phone().openid)

    @blueprint.post("/phone/deeds")
    def phone_deed() -> tuple[Response, int]:
        fields = read_json()
        openid = _checked_openid(fields.pop("openid", None))
        pushes = compose(simulator, openid, str(fields.pop("deed", "")), fields, None)
        simulator.in_background(lambda: _deliver(simulator, pushes))
        return jsonify(pushes=len(pushes)), 202

    @blueprint.get("/pictures/<media_id>")
    def picture(media_id: str) -> Response:
        return _file(simulator, media_id, "image", "thumb")

    @blueprint.get("/videos/<media_id>")
    def video(media_id: str) -> Response:
        return _file(simulator, media_id, "video")


def _deliver(simulator: Simulator, pushes: list[Push]) -> None:
    for push in pushes:
        simulator.deliver(push)


def _whose(simulator: Simulator, openid: str) -> Follower:
    """The phone asked for; without a name the first there is, or a new one."""
    if openid:
        return simulator.state.person(_checked_openid(openid))
    return next(iter(simulator.state.followers.values()), None) or simulator.state.new_phone()


def _checked_openid(openid: object) -> str:
    if not isinstance(openid, str) or not _OPENID_SHAPE.fullmatch(openid):
        abort(400)
    return openid


def _state(simulator: Simulator, follower: Follower, after: int) -> dict[str, Any]:
    now = simulator.now()
    return {
        "account": {
            "name": simulator.config.account_name,
            "mode": simulator.config.mode,
            "profile": simulator.config.profile,
        },
        "openid": follower.openid,
        "phones": list(simulator.state.followers)[:MAX_PHONES_LISTED],
        "subscribed": follower.subscribed,
        "menu": simulator.state.menu if follower.subscribed else None,
        "typing": now < follower.typing_until,
        "replies_left": follower.ledger.left(now),
        "failure_lines": simulator.state.failure_lines,
        "items": [_item(item) for item in follower.chat if item.seq > after],
    }


def _item(item: ChatItem) -> dict[str, Any]:
    return {"seq": item.seq, "at": item.at, "side": item.side, "kind": item.kind, "data": dict(item.data)}


def _file(simulator: Simulator, media_id: str, *kinds: str) -> Response:
    with simulator.lock:
        try:
            media = simulator.state.live_media(media_id, simulator.now(), *kinds)
        except Refused:
            abort(404)
    # The MIME type was told from the bytes at upload, so nobody can have a script served as a picture.
    return Response(media.content, mimetype=media.mime, headers={"Cache-Control": "private, max-age=3600"})
