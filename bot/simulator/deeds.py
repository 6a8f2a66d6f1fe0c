"""Deeds as JSON: what the phone page and the control API say a person does, turned into pushes."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from . import actions
from .envelope import Node, Push, Tamper
from .notices import NoticeKind

if TYPE_CHECKING:
    from .simulator import Simulator

Fields = Mapping[str, Any]
Deed = Callable[["Simulator", str, Fields, Tamper | None], list[Push]]


class BadDeed(ValueError):
    """A deed that lacks a field or has a wrong one; the text names it."""


def compose(sim: Simulator, openid: str, deed: str, fields: Fields, tamper: Tamper | None) -> list[Push]:
    """Carry out a deed up to the pushes it makes, which the caller delivers in order.

    Raises BadDeed, and NotFollowing for somebody who left.
    """
    if deed not in DEEDS:
        raise BadDeed(f"unknown deed {deed!r}")
    return DEEDS[deed](sim, openid, fields, tamper)


def _follow(sim: Simulator, openid: str, fields: Fields, tamper: Tamper | None) -> list[Push]:
    scene, ticket = _optional(fields, "scene"), _optional(fields, "ticket")
    if ticket and ticket not in sim.state.tickets:
        raise BadDeed("ticket is none of this account's")
    scene = sim.state.tickets[ticket] if ticket else scene
    return [actions.follow(sim, openid, scene or None, tamper, ticket or None)]


def _answer_popup(sim: Simulator, openid: str, fields: Fields, tamper: Tamper | None) -> list[Push]:
    accept = fields.get("accept", True) is True
    return [actions.answer_popup(sim, openid, _notice(sim, fields), accept, tamper)]


def _withdraw_consent(sim: Simulator, openid: str, fields: Fields, tamper: Tamper | None) -> list[Push]:
    return [actions.withdraw_consent(sim, openid, _notice(sim, fields), tamper)]


def _unfollow(sim: Simulator, openid: str, fields: Fields, tamper: Tamper | None) -> list[Push]:
    return [actions.unfollow(sim, openid, tamper)]


def _text(sim: Simulator, openid: str, fields: Fields, tamper: Tamper | None) -> list[Push]:
    words, menu_id = _required(fields, "text"), _optional(fields, "menu_id") or None
    return [actions.text(sim, openid, words, msg_id=None, menu_id=menu_id, tamper=tamper)]


def _image(sim: Simulator, openid: str, fields: Fields, tamper: Tamper | None) -> list[Push]:
    return [actions.image(sim, openid, _picture(fields), tamper)]


def _voice(sim: Simulator, openid: str, fields: Fields, tamper: Tamper | None) -> list[Push]:
    return [actions.voice(sim, openid, _optional(fields, "recognition") or None, tamper)]


def _video(sim: Simulator, openid: str, fields: Fields, tamper: Tamper | None) -> list[Push]:
    return [actions.video(sim, openid, fields.get("short") is True, tamper)]


def _location(sim: Simulator, openid: str, fields: Fields, tamper: Tamper | None) -> list[Push]:
    return [actions.location(sim, openid, _place(fields), tamper)]


def _link(sim: Simulator, openid: str, fields: Fields, tamper: Tamper | None) -> list[Push]:
    title, url = _required(fields, "title"), _required(fields, "url")
    return [actions.link(sim, openid, title, _optional(fields, "description"), url, tamper)]


def _event(sim: Simulator, openid: str, fields: Fields, tamper: Tamper | None) -> list[Push]:
    more = fields.get("fields", {})
    if not isinstance(more, dict):
        raise BadDeed("fields must be an object")
    return [actions.event(sim, openid, _required(fields, "event"), more, tamper)]


def _click(sim: Simulator, openid: str, fields: Fields, tamper: Tamper | None) -> list[Push]:
    return [actions.event(sim, openid, "CLICK", {"EventKey": _required(fields, "key")}, tamper)]


def _view(sim: Simulator, openid: str, fields: Fields, tamper: Tamper | None) -> list[Push]:
    more: dict[str, Node] = {"EventKey": _required(fields, "url"), "MenuId": 1}
    return [actions.event(sim, openid, "VIEW", more, tamper)]


def _scan_code(sim: Simulator, openid: str, fields: Fields, tamper: Tamper | None) -> list[Push]:
    """A scancode_push or scancode_waitmsg button; `result` is what the code says."""
    info: dict[str, Node] = {"ScanType": "qrcode", "ScanResult": _required(fields, "result")}
    more: dict[str, Node] = {"EventKey": _required(fields, "key"), "ScanCodeInfo": info}
    return [actions.event(sim, openid, _button(fields, "scancode_push", "scancode_waitmsg"), more, tamper)]


def _menu_picture(sim: Simulator, openid: str, fields: Fields, tamper: Tamper | None) -> list[Push]:
    """A pic_ button: the event first, then the picture as an ordinary message."""
    name = _button(fields, "pic_sysphoto", "pic_photo_or_album", "pic_weixin")
    picture = _picture(fields)
    digest = hashlib.md5(picture, usedforsecurity=False).hexdigest()
    info: dict[str, Node] = {"Count": 1, "PicList": {"item": {"PicMd5Sum": digest}}}
    more: dict[str, Node] = {"EventKey": _required(fields, "key"), "SendPicsInfo": info}
    event = actions.event(sim, openid, name, more, tamper)
    return [event, actions.image(sim, openid, picture, tamper)]


def _menu_location(sim: Simulator, openid: str, fields: Fields, tamper: Tamper | None) -> list[Push]:
    """A location_select button: the event first, then the place as an ordinary message."""
    place = _place(fields)
    info: dict[str, Node] = {
        "Location_X": str(place.latitude),
        "Location_Y": str(place.longitude),
        "Scale": str(place.scale),
        "Label": place.label,
        "Poiname": "",
    }
    more: dict[str, Node] = {"EventKey": _required(fields, "key"), "SendLocationInfo": info}
    event = actions.event(sim, openid, "location_select", more, tamper)
    return [event, actions.location(sim, openid, place, tamper)]


DEEDS: dict[str, Deed] = {
    "follow": _follow,
    "unfollow": _unfollow,
    "text": _text,
    "image": _image,
    "voice": _voice,
    "video": _video,
    "location": _location,
    "link": _link,
    "event": _event,
    "click": _click,
    "view": _view,
    "scan_code": _scan_code,
    "menu_picture": _menu_picture,
    "menu_location": _menu_location,
    "answer_popup": _answer_popup,
    "withdraw_consent": _withdraw_consent,
}


def _optional(fields: Fields, name: str) -> str:
    value = fields.get(name, "")
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadDeed(f"{name} must be a text")
    return value


def _required(fields: Fields, name: str) -> str:
    value = _optional(fields, name)
    if not value:
        raise BadDeed(f"{name} is missing")
    return value


def _notice(sim: Simulator, fields: Fields) -> str:
    template_id = _required(fields, "template_id")
    template = sim.state.templates.get(template_id)
    if template is None or template.kind is NoticeKind.TEMPLATE:
        raise BadDeed("template_id is no notice that a person can accept")
    return template_id


def _button(fields: Fields, *types: str) -> str:
    name = _required(fields, "event")
    if name not in types:
        raise BadDeed(f"event must be one of {', '.join(types)}")
    return name


def _number(fields: Fields, name: str, limit: float) -> float:
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not -limit <= value <= limit:
        raise BadDeed(f"{name} must be a number from -{limit:g} to {limit:g}")
    return float(value)


def _place(fields: Fields) -> actions.Place:
    latitude, longitude = _number(fields, "latitude", 90), _number(fields, "longitude", 180)
    return actions.Place(latitude, longitude, _optional(fields, "label"))


def _picture(fields: Fields) -> bytes:
    """The picture's bytes from base64, a grey dot when none is given."""
    encoded = _optional(fields, "picture")
    if not encoded:
        return actions.TINY_PNG
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as e:
        raise BadDeed("picture must be base64") from e
