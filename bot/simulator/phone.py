"""The phone page: a chat with the account as a follower sees it, and the JSON it lives on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, abort, jsonify, render_template, request
from markupsafe import Markup

from .deeds import compose
from .envelope import Push
from .errcodes import Refused
from .inputs import read_json
from .notices import NoticeKind
from .state import ChatItem, Follower

if TYPE_CHECKING:
    from .simulator import Simulator

MAX_PHONES_LISTED = 50
#: Articles are written by whoever holds a token: nothing in them may run.
ARTICLE_POLICY = "sandbox allow-popups; default-src 'none'; img-src http: https: data:; style-src 'unsafe-inline'"
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

    @blueprint.get("/articles/<int:msg_id>/<int:index>")
    def article(msg_id: int, index: int) -> Response:
        return _article(simulator, msg_id, index)

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
        "menu": simulator.state.menu_of(follower) if follower.subscribed else None,
        "notices": _notices(simulator, follower),
        "typing": now < follower.typing_until,
        "replies_left": follower.ledger.left(now),
        "failure_lines": simulator.state.failure_lines,
        "items": [_item(item) for item in follower.chat if item.seq > after],
    }


def _notices(simulator: Simulator, follower: Follower) -> list[dict[str, Any]]:
    """The notices a person can accept, and how many acceptances are left of each."""
    return [
        {
            "template_id": template.template_id,
            "title": template.title,
            "left": simulator.state.consents_to(template.template_id).of(follower.openid),
        }
        for template in simulator.state.templates.values()
        if template.kind is not NoticeKind.TEMPLATE
    ]


def _item(item: ChatItem) -> dict[str, Any]:
    return {"seq": item.seq, "at": item.at, "side": item.side, "kind": item.kind, "data": dict(item.data)}


def _article(simulator: Simulator, msg_id: int, index: int) -> Response:
    """One article of a mass message, as its author wrote it: in a sandbox, where nothing of it can run."""
    with simulator.lock:
        job = simulator.mass.jobs.get(msg_id)
        if job is None or not 1 <= index <= job.article_count:
            abort(404)
        given = job.shown["articles"][index - 1]
    page = render_template(
        "simulator/article.html", title=given["title"], content=Markup(given["content"]), source=given["url"]
    )
    return Response(page, headers={"Content-Security-Policy": ARTICLE_POLICY})


def _file(simulator: Simulator, media_id: str, *kinds: str) -> Response:
    with simulator.lock:
        try:
            media = simulator.state.live_media(media_id, simulator.now(), *kinds)
        except Refused:
            abort(404)
    # The MIME type was told from the bytes at upload, so nobody can have a script served as a picture.
    return Response(media.content, mimetype=media.mime, headers={"Cache-Control": "private, max-age=3600"})
