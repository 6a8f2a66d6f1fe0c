"""QR codes with a scene (带参数的二维码)."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from flask import abort

from .actions import TINY_PNG
from .config import Profile
from .endpoint import Answer, Call, Endpoint, FileAnswer, as_mapping
from .errcodes import Refused

if TYPE_CHECKING:
    from .simulator import Simulator

MAX_EXPIRY_S = 2_592_000
#: Applied where none is given.
DEFAULT_EXPIRY_S = 60
MAX_LASTING_SCENE_ID = 100_000
MAX_SCENE_ID = 2**32 - 1
MAX_SCENE_CHARS = 64
MAX_TICKETS = 200_000
#: action_name -> (lasting, name of the scene's field)
ACTIONS = {
    "QR_SCENE": (False, "scene_id"),
    "QR_STR_SCENE": (False, "scene_str"),
    "QR_LIMIT_SCENE": (True, "scene_id"),
    "QR_LIMIT_STR_SCENE": (True, "scene_str"),
}


def create(sim: Simulator, call: Call) -> Answer:
    """A ticket for a scene; who scans it follows with `qrscene_…`."""
    action = call.body.get("action_name")
    if not isinstance(action, str) or action not in ACTIONS:
        raise Refused(40052)
    lasting, name = ACTIONS[action]
    info = as_mapping(call.body.get("action_info"), 40053)
    scene = _scene(as_mapping(info.get("scene"), 40053), name, lasting=lasting)
    ticket = f"gQ{secrets.token_urlsafe(60)}"
    if len(sim.state.tickets) >= MAX_TICKETS:
        del sim.state.tickets[next(iter(sim.state.tickets))]
    sim.state.tickets[ticket] = scene
    answer: dict[str, Any] = {"ticket": ticket, "url": f"http://weixin.qq.com/q/{ticket[:24]}"}
    return answer if lasting else answer | {"expire_seconds": _expiry(call)}


def picture(sim: Simulator, call: Call) -> Answer:
    """The code's picture: a dot here, whose ticket a phone may be told instead."""
    if call.query.get("ticket") not in sim.state.tickets:
        abort(404)
    return FileAnswer(TINY_PNG, "image/png", "qrcode.png")


def _scene(given: dict[str, object], name: str, *, lasting: bool) -> str:
    """Raises Refused 40053 for a scene outside its limits."""
    scene = given.get(name)
    if name == "scene_str":
        if not isinstance(scene, str) or not 1 <= len(scene) <= MAX_SCENE_CHARS:
            raise Refused(40053)
        return scene
    limit = MAX_LASTING_SCENE_ID if lasting else MAX_SCENE_ID
    if type(scene) is not int or not 1 <= scene <= limit:
        raise Refused(40053)
    return str(scene)


def _expiry(call: Call) -> int:
    seconds = call.body.get("expire_seconds", DEFAULT_EXPIRY_S)
    if type(seconds) is not int or not 1 <= seconds <= MAX_EXPIRY_S:
        raise Refused(40053)
    return seconds


_ALLOWED = frozenset({Profile.VERIFIED_SERVICE, Profile.TEST})
ENDPOINTS = {
    "/cgi-bin/qrcode/create": Endpoint(method="POST", handler=create, allowed=_ALLOWED),
    "/cgi-bin/showqrcode": Endpoint(method="GET", handler=picture, token=False),
}
