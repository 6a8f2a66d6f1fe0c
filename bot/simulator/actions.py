"""What a person does on the phone: what it changes at WeChat, and the push it makes."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .envelope import Node, Push, Tamper
from .ledger import Trigger
from .media import sniff
from .state import Follower

if TYPE_CHECKING:
    from .simulator import Simulator

#: A picture of one grey pixel, for tests that need any picture.
TINY_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mOorwcAAQEAgR/BAckAAAAASUVORK5CYII="
)
#: The shortest bytes that a reader takes for AMR and MP4; nobody can hear or see them.
SILENT_AMR = b"#!AMR\n" + b"\x3c" + bytes(31)
BLANK_MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"
#: Events that let the account write back. VIEW, LOCATION and the rest open nothing.
TRIGGERS = {
    "CLICK": Trigger.MENU,
    "scancode_push": Trigger.MENU,
    "scancode_waitmsg": Trigger.MENU,
    "SCAN": Trigger.SCAN,
    "subscribe": Trigger.FOLLOW,
}


class NotFollowing(ValueError):
    """A person who left the account can do nothing but follow again."""


@dataclass(frozen=True, slots=True)
class Place:
    """A point on the map, in degrees, with the words shown under it."""

    latitude: float
    longitude: float
    label: str = ""
    scale: int = 16


def follow(sim: Simulator, openid: str, scene: str | None, tamper: Tamper | None, code: str | None = None) -> Push:
    """Follow, or scan a QR code while following; `code` is its ticket, when it was made here."""
    with sim.lock:
        follower = sim.state.person(openid)
        ticket: dict[str, Node] = {"Ticket": code or secrets.token_urlsafe(60)} if scene is not None else {}
        if follower.subscribed and scene is not None:
            return _push_event(sim, follower, "SCAN", {"EventKey": scene, **ticket}, tamper)
        _subscribe(sim, follower, scene)
        key = f"qrscene_{scene}" if scene is not None else ""
        return _push_event(sim, follower, "subscribe", {"EventKey": key, **ticket}, tamper)


def unfollow(sim: Simulator, openid: str, tamper: Tamper | None) -> Push:
    """Leave: tags and windows are lost, the openid is not. Raises NotFollowing."""
    with sim.lock:
        follower = _follower(sim, openid)
        follower.subscribed = False
        follower.tag_ids.clear()
        follower.ledger.close()
        sim.state.say(follower, sim.now(), "system", "notice", text="已取消关注")
        return _push_event(sim, follower, "unsubscribe", {"EventKey": ""}, tamper)


def text(
    sim: Simulator, openid: str, words: str, *, msg_id: int | None, menu_id: str | None, tamper: Tamper | None
) -> Push:
    """Type, or tap an option. An option grants 3 messages in a minute, not 5 in 48 hours.

    Source: developers.weixin.qq.com/doc/offiaccount/Message_Management/Service_Center_messages.html
    """
    fields: dict[str, Node] = {"Content": words}
    if menu_id is not None:
        fields["bizmsgmenuid"] = int(menu_id) if menu_id.isascii() and menu_id.isdigit() else menu_id
    trigger = Trigger.MESSAGE if menu_id is None else Trigger.MENU
    with sim.lock:
        follower = _follower(sim, openid)
        sim.state.say(follower, sim.now(), "me", "text", text=words)
        return _push_message(sim, follower, "text", fields, tamper, trigger=trigger, msg_id=msg_id)


def image(sim: Simulator, openid: str, content: bytes, tamper: Tamper | None) -> Push:
    """Send a picture. Raises ValueError for bytes that are no PNG, JPEG or GIF."""
    found = sniff(content)
    if found is None or found.kind != "image":
        raise ValueError("not a PNG, JPEG or GIF picture")
    with sim.lock:
        follower = _follower(sim, openid)
        media = sim.state.keep_media("image", content, found.mime, sim.now())
        sim.state.say(follower, sim.now(), "me", "image", media_id=media.media_id)
        url = f"{sim.config.public_url.rstrip('/')}/pictures/{media.media_id}"
        fields: dict[str, Node] = {"PicUrl": url, "MediaId": media.media_id}
        return _push_message(sim, follower, "image", fields, tamper)


def voice(sim: Simulator, openid: str, recognition: str | None, tamper: Tamper | None) -> Push:
    """Speak a few silent milliseconds."""
    with sim.lock:
        follower = _follower(sim, openid)
        media = sim.state.keep_media("voice", SILENT_AMR, "audio/amr", sim.now())
        sim.state.say(follower, sim.now(), "me", "voice", text=recognition or "")
        fields: dict[str, Node] = {
            "MediaId": media.media_id,
            "Format": "amr",
            "MediaId16K": f"{media.media_id}_16K",
        }
        if recognition is not None:
            fields["Recognition"] = recognition
        return _push_message(sim, follower, "voice", fields, tamper)


def video(sim: Simulator, openid: str, short: bool, tamper: Tamper | None) -> Push:
    """Send a blank video."""
    with sim.lock:
        follower = _follower(sim, openid)
        film = sim.state.keep_media("video", BLANK_MP4, "video/mp4", sim.now())
        thumb = sim.state.keep_media("thumb", TINY_PNG, "image/png", sim.now())
        sim.state.say(follower, sim.now(), "me", "video", title="")
        fields: dict[str, Node] = {"MediaId": film.media_id, "ThumbMediaId": thumb.media_id}
        return _push_message(sim, follower, "shortvideo" if short else "video", fields, tamper)


def location(sim: Simulator, openid: str, place: Place, tamper: Tamper | None) -> Push:
    """Send a place. Location_X is the latitude."""
    with sim.lock:
        follower = _follower(sim, openid)
        sim.state.say(
            follower,
            sim.now(),
            "me",
            "location",
            latitude=place.latitude,
            longitude=place.longitude,
            label=place.label,
        )
        fields: dict[str, Node] = {
            "Location_X": place.latitude,
            "Location_Y": place.longitude,
            "Scale": place.scale,
            "Label": place.label,
        }
        return _push_message(sim, follower, "location", fields, tamper)


def link(sim: Simulator, openid: str, title: str, description: str, url: str, tamper: Tamper | None) -> Push:
    """Forward an article."""
    with sim.lock:
        follower = _follower(sim, openid)
        sim.state.say(follower, sim.now(), "me", "link", title=title, description=description, url=url)
        fields: dict[str, Node] = {"Title": title, "Description": description, "Url": url}
        return _push_message(sim, follower, "link", fields, tamper)


def event(sim: Simulator, openid: str, name: str, fields: Mapping[str, Node], tamper: Tamper | None) -> Push:
    """Any event of somebody who follows. Raises NotFollowing."""
    with sim.lock:
        return _push_event(sim, _follower(sim, openid), name, fields, tamper)


def answer_popup(sim: Simulator, openid: str, template_id: str, accept: bool, tamper: Tamper | None) -> Push:
    """Accept or reject one notice where an article or a page offers it: an acceptance allows one notice."""
    entry: dict[str, Node] = {
        "TemplateId": template_id,
        "SubscribeStatusString": "accept" if accept else "reject",
        "PopupScene": 2,
    }
    with sim.lock:
        follower = _follower(sim, openid)
        if accept:
            sim.state.consents_to(template_id).add(openid)
        fields: dict[str, Node] = {"SubscribeMsgPopupEvent": {"List": entry}}
        return _push_event(sim, follower, "subscribe_msg_popup_event", fields, tamper)


def withdraw_consent(sim: Simulator, openid: str, template_id: str, tamper: Tamper | None) -> Push:
    """Switch a notice off in the settings: every acceptance left is lost."""
    entry: dict[str, Node] = {"TemplateId": template_id, "SubscribeStatusString": "reject"}
    with sim.lock:
        follower = _follower(sim, openid)
        sim.state.consents_to(template_id).clear(openid)
        fields: dict[str, Node] = {"SubscribeMsgChangeEvent": {"List": entry}}
        return _push_event(sim, follower, "subscribe_msg_change_event", fields, tamper)


def _push_message(
    sim: Simulator,
    follower: Follower,
    msg_type: str,
    fields: Mapping[str, Node],
    tamper: Tamper | None,
    *,
    trigger: Trigger = Trigger.MESSAGE,
    msg_id: int | None = None,
) -> Push:
    follower.ledger.open(trigger, sim.now())
    follower.last_exchange_at = sim.now()
    number = sim.state.next_msg_id() if msg_id is None else msg_id
    menu_id = {name: fields[name] for name in fields if name == "bizmsgmenuid"}
    rest = {name: fields[name] for name in fields if name != "bizmsgmenuid"}
    head: dict[str, Node] = {"FromUserName": follower.openid, "MsgType": msg_type}
    return sim.compose({**head, **rest, "MsgId": number, **menu_id}, tamper)


def _push_event(
    sim: Simulator, follower: Follower, name: str, fields: Mapping[str, Node], tamper: Tamper | None
) -> Push:
    if name in TRIGGERS:
        follower.ledger.open(TRIGGERS[name], sim.now())
        follower.last_exchange_at = sim.now()
    head: dict[str, Node] = {"FromUserName": follower.openid, "MsgType": "event", "Event": name}
    return sim.compose({**head, **fields}, tamper)


def _subscribe(sim: Simulator, follower: Follower, scene: str | None) -> None:
    if not follower.subscribed:
        sim.state.say(follower, sim.now(), "system", "notice", text=f"你已关注{sim.config.account_name}")
    follower.subscribed = True
    follower.subscribe_time = int(sim.now())
    follower.subscribe_scene = "ADD_SCENE_SEARCH" if scene is None else "ADD_SCENE_QR_CODE"
    follower.qr_scene_str = scene or ""


def _follower(sim: Simulator, openid: str) -> Follower:
    """Who acts. Somebody never seen before has followed long ago; somebody who left raises NotFollowing."""
    if not sim.state.follows(openid) and openid not in sim.state.followers:
        newcomer = sim.state.person(openid)
        newcomer.subscribed = True
        newcomer.subscribe_time = int(sim.now())
    follower = sim.state.person(openid)
    if not follower.subscribed:
        raise NotFollowing(openid)
    return follower
