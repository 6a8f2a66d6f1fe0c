"""Customer-service messages (客服消息) and the typing sign."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .config import ENABLED, Profile
from .endpoint import Answer, Call, Endpoint, as_list, as_mapping
from .errcodes import Refused, ok
from .reply import MAX_TEXT_BYTES
from .state import Follower

if TYPE_CHECKING:
    from .simulator import Simulator

#: The typing sign needs an exchange this recent.
TYPING_NEEDS_EXCHANGE_S = 30.0
#: How long the sign stays unless cancelled. An assumption: no document gives the number.
TYPING_LASTS_S = 15.0


def send(sim: Simulator, call: Call) -> Answer:
    """Show one message to a person whose reply window is open, and spend one of its messages."""
    follower = _recipient(sim, call)
    msg_type = call.text("msgtype", 40008)
    if msg_type not in _READERS:
        raise Refused(40008)
    shown = _READERS[msg_type](sim, as_mapping(call.body.get(msg_type), 40035))
    follower.ledger.take(sim.now())
    follower.last_exchange_at = sim.now()
    follower.typing_until = sim.now()
    sim.state.say(follower, sim.now(), "account", msg_type, **shown)
    sim.received.note(follower.openid, "service", {"kind": msg_type, **shown})
    return ok()


def typing(sim: Simulator, call: Call) -> Answer:
    """Show or hide 「对方正在输入」."""
    follower = _recipient(sim, call)
    command = call.body.get("command")
    if command == "CancelTyping":
        follower.typing_until = sim.now()
        return ok()
    if command != "Typing":
        raise Refused(45072)
    if sim.now() - follower.last_exchange_at > TYPING_NEEDS_EXCHANGE_S:
        raise Refused(45080)
    if sim.now() < follower.typing_until:
        raise Refused(45081)
    follower.typing_until = sim.now() + TYPING_LASTS_S
    return ok()


def _recipient(sim: Simulator, call: Call) -> Follower:
    """Raises Refused: 40003 unknown, 43004 (or 50005) left, 43019 on the blacklist, 48002 wants no messages."""
    follower = sim.state.known(call.text("touser", 40003))
    if not follower.subscribed:
        raise Refused(sim.config.unfollowed_errcode)
    if follower.blacklisted:
        raise Refused(43019)
    if follower.refuses_messages:
        raise Refused(48002)
    return follower


def _text(sim: Simulator, given: dict[str, Any]) -> dict[str, Any]:
    content = given.get("content")
    if not isinstance(content, str) or not content.strip():
        raise Refused(44004)
    if len(content.encode()) > MAX_TEXT_BYTES:
        raise Refused(45002)
    return {"text": content}


def _image(sim: Simulator, given: dict[str, Any]) -> dict[str, Any]:
    return {"media_id": sim.state.live_media(given.get("media_id"), sim.now(), "image").media_id}


def _voice(sim: Simulator, given: dict[str, Any]) -> dict[str, Any]:
    return {"media_id": sim.state.live_media(given.get("media_id"), sim.now(), "voice").media_id}


def _video(sim: Simulator, given: dict[str, Any]) -> dict[str, Any]:
    media = sim.state.live_media(given.get("media_id"), sim.now(), "video")
    sim.state.live_media(given.get("thumb_media_id"), sim.now(), "thumb", "image")
    return {"media_id": media.media_id, **_words(given, "title", "description")}


def _music(sim: Simulator, given: dict[str, Any]) -> dict[str, Any]:
    sim.state.live_media(given.get("thumb_media_id"), sim.now(), "thumb", "image")
    url = given.get("hqmusicurl") or given.get("musicurl") or ""
    return {"url": str(url), **_words(given, "title", "description")}


def _news(sim: Simulator, given: dict[str, Any]) -> dict[str, Any]:
    articles = as_list(given.get("articles"), 44003)
    if len(articles) > 1:
        raise Refused(45008)
    article = as_mapping(articles[0], 40035)
    return {"articles": [_words(article, "title", "description", "url", "picurl")]}


def _msgmenu(sim: Simulator, given: dict[str, Any]) -> dict[str, Any]:
    if sim.config.profile is Profile.TEST:
        raise Refused(40200)
    options = [as_mapping(option, 40035) for option in as_list(given.get("list"), 40035)]
    if any(not option.get("id") or not option.get("content") for option in options):
        raise Refused(40035)
    shown = [{"id": str(option["id"]), "content": str(option["content"])} for option in options]
    return {**_words(given, "head_content", "tail_content"), "options": shown}


def _mpnewsarticle(sim: Simulator, given: dict[str, Any]) -> dict[str, Any]:
    raise Refused(53600)  # nothing can be published here yet, so every article_id is unknown


_READERS: dict[str, Callable[[Simulator, dict[str, Any]], dict[str, Any]]] = {
    "text": _text,
    "image": _image,
    "voice": _voice,
    "video": _video,
    "music": _music,
    "news": _news,
    "msgmenu": _msgmenu,
    "mpnewsarticle": _mpnewsarticle,
}


def _words(given: dict[str, Any], *names: str) -> dict[str, str]:
    """Optional strings, "" where absent."""
    return {name: str(given.get(name) or "") for name in names}


ENDPOINTS = {
    "/cgi-bin/message/custom/send": Endpoint(method="POST", handler=send, allowed=ENABLED),
    "/cgi-bin/message/custom/typing": Endpoint(method="POST", handler=typing, allowed=ENABLED),
}
