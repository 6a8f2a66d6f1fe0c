"""Media: temporary files (临时素材), which expire, lasting ones (永久素材), and pictures for articles."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING

from .config import ENABLED
from .endpoint import Answer, Call, Endpoint, FileAnswer, Upload, as_mapping
from .errcodes import Refused, ok
from .media import ARTICLE_PICTURE, UPLOAD_RULES, FileType, UploadRule, sniff

if TYPE_CHECKING:
    from .simulator import Simulator
    from .state import Media

#: Kinds that the library lists. Source: developers.weixin.qq.com, 获取永久素材列表.
LISTED = frozenset({"image", "video", "voice"})
MAX_PAGE = 20


def upload(sim: Simulator, call: Call) -> Answer:
    """Keep a file for three days."""
    kind = call.query.get("type", "")
    if kind not in UPLOAD_RULES:
        raise Refused(40004)
    file, found = _checked(call.upload, UPLOAD_RULES[kind])
    media = sim.state.keep_media(kind, file.content, found.mime, sim.now())
    name = "thumb_media_id" if kind == "thumb" else "media_id"
    return {"type": kind, name: media.media_id, "created_at": int(media.created_at)}


def upload_video(sim: Simulator, call: Call) -> Answer:
    """Make a video that was uploaded ready for mass messages; it gets another id for that, good for three days.

    Raises Refused: 41006 without an id, 40007 for what is no video of the account's, 40035 for words that are no text.
    Source: developers.weixin.qq.com, 群发接口, media/uploadvideo.
    """
    media = sim.state.live_media(call.body.get("media_id"), sim.now(), "video")
    words = {name: call.body.get(name, "") for name in ("title", "description")}
    if not all(isinstance(value, str) for value in words.values()):
        raise Refused(40035)
    made = sim.state.keep_media("mpvideo", media.content, media.mime, sim.now(), words=words)
    return {"type": "video", "media_id": made.media_id, "created_at": int(made.created_at)}


def add_material(sim: Simulator, call: Call) -> Answer:
    """Keep a file for good; only such a picture may be the cover of an article."""
    kind = call.query.get("type", "")
    if kind not in UPLOAD_RULES:
        raise Refused(40004)
    file, found = _checked(call.upload, UPLOAD_RULES[kind])
    name = (_title(file) if kind == "video" else "") or file.filename
    media = sim.state.keep_media(kind, file.content, found.mime, sim.now(), permanent=True, name=name)
    if kind not in ("image", "thumb"):
        return {"media_id": media.media_id}
    return {"media_id": media.media_id, "url": _picture_url(sim, media.media_id)}


def delete_material(sim: Simulator, call: Call) -> Answer:
    """Throw a lasting file away. Raises Refused 40007 for a temporary one."""
    media = sim.state.live_media(call.body.get("media_id"), sim.now())
    if not media.permanent:
        raise Refused(40007)
    del sim.state.media[media.media_id]
    return ok()


def page(sim: Simulator, call: Call) -> Answer:
    """Up to 20 lasting files of a kind from `offset`, the latest first. Raises Refused 40004, 40035."""
    kind, offset, size = call.body.get("type"), call.body.get("offset"), call.body.get("count")
    if kind not in LISTED:
        raise Refused(40004)
    if type(offset) is not int or type(size) is not int or offset < 0 or not 1 <= size <= MAX_PAGE:
        raise Refused(40035)
    held = [media for media in _library(sim) if media.kind == kind]
    items = [_item(sim, media) for media in held[offset : offset + size]]
    return {"total_count": len(held), "item_count": len(items), "item": items}


def count(sim: Simulator, _call: Call) -> Answer:
    """How many of each kind there are."""
    held = [media.kind for media in _library(sim)]
    return {f"{kind}_count": held.count(kind) for kind in ("voice", "video", "image")} | {"news_count": 0}


def get_material(sim: Simulator, call: Call) -> Answer:
    """A lasting file; of a video what it is called and where to fetch it.

    Raises Refused: 41006 without an id, 40007 for one that is unknown, temporary, or only inside of articles.
    Source: developers.weixin.qq.com, 获取永久素材.
    """
    media = sim.state.live_media(call.body.get("media_id"), sim.now())
    if not media.permanent or not media.listed:
        raise Refused(40007)
    if media.kind == "video":
        return {"title": media.name, "description": "", "down_url": _video_url(sim, media.media_id)}
    return _file(media)


def get(sim: Simulator, call: Call) -> Answer:
    """The file; of a video only where to fetch it."""
    media = sim.state.live_media(call.query.get("media_id"), sim.now())
    if media.kind in ("video", "mpvideo"):
        return {"video_url": _video_url(sim, media.media_id)}
    return _file(media)


def _file(media: Media) -> FileAnswer:
    found = sniff(media.content)
    suffix = found.suffix if found else "bin"
    return FileAnswer(media.content, media.mime, f"{media.media_id}.{suffix}")


def upload_picture(sim: Simulator, call: Call) -> Answer:
    """A picture that may be used inside an article; it is not counted as material."""
    file, found = _checked(call.upload, ARTICLE_PICTURE)
    media = sim.state.keep_media("image", file.content, found.mime, sim.now(), permanent=True, listed=False)
    return {"url": f"{_picture_url(sim, media.media_id)}?{secrets.token_hex(4)}"}


def _title(file: Upload) -> str:
    """What a video goes by."""
    try:
        told = json.loads(file.description or "{}")
    except ValueError as e:
        raise Refused(40035) from e
    return str(as_mapping(told, 40035).get("title") or "")


def _library(sim: Simulator) -> list[Media]:
    return [media for media in reversed(sim.state.media.values()) if media.permanent and media.listed]


def _item(sim: Simulator, media: Media) -> dict[str, object]:
    item: dict[str, object] = {"media_id": media.media_id, "name": media.name, "update_time": int(media.created_at)}
    return item | ({"url": _picture_url(sim, media.media_id)} if media.kind == "image" else {})


def _picture_url(sim: Simulator, media_id: str) -> str:
    return f"{sim.config.public_url.rstrip('/')}/pictures/{media_id}"


def _video_url(sim: Simulator, media_id: str) -> str:
    return f"{sim.config.public_url.rstrip('/')}/videos/{media_id}"


def _checked(file: Upload | None, rule: UploadRule) -> tuple[Upload, FileType]:
    """Raises Refused: 41005 no file, 44001 empty, too big (the rule's code), 40005 another format."""
    if file is None:
        raise Refused(41005)
    if not file.content:
        raise Refused(44001)
    if len(file.content) > rule.max_bytes:
        raise Refused(rule.too_big)
    found = sniff(file.content)
    if found is None or found not in rule.formats:
        raise Refused(40005)
    return file, found


ENDPOINTS = {
    "/cgi-bin/media/upload": Endpoint(method="POST", handler=upload, upload=True),
    "/cgi-bin/media/uploadvideo": Endpoint(method="POST", handler=upload_video, allowed=ENABLED),
    "/cgi-bin/media/get": Endpoint(method="GET", handler=get),
    "/cgi-bin/material/add_material": Endpoint(method="POST", handler=add_material, upload=True),
    "/cgi-bin/material/batchget_material": Endpoint(method="POST", handler=page),
    "/cgi-bin/material/get_material": Endpoint(method="POST", handler=get_material),
    "/cgi-bin/material/get_materialcount": Endpoint(method="GET", handler=count),
    "/cgi-bin/material/del_material": Endpoint(method="POST", handler=delete_material),
    "/cgi-bin/media/uploadimg": Endpoint(method="POST", handler=upload_picture, upload=True),
}
