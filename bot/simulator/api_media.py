"""Temporary media (临时素材): upload, fetch, expiry; and pictures for articles."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from .endpoint import Answer, Call, Endpoint, FileAnswer, Upload
from .errcodes import Refused
from .media import ARTICLE_PICTURE, UPLOAD_RULES, FileType, UploadRule, sniff

if TYPE_CHECKING:
    from .simulator import Simulator


def upload(sim: Simulator, call: Call) -> Answer:
    """Keep a file for three days."""
    kind = call.query.get("type", "")
    if kind not in UPLOAD_RULES:
        raise Refused(40004)
    file, found = _checked(call.upload, UPLOAD_RULES[kind])
    media = sim.state.keep_media(kind, file.content, found.mime, sim.now())
    name = "thumb_media_id" if kind == "thumb" else "media_id"
    return {"type": kind, name: media.media_id, "created_at": int(media.created_at)}


def get(sim: Simulator, call: Call) -> Answer:
    """The file; of a video only where to fetch it."""
    media = sim.state.live_media(call.query.get("media_id"), sim.now())
    if media.kind == "video":
        return {"video_url": f"{sim.config.public_url.rstrip('/')}/videos/{media.media_id}"}
    found = sniff(media.content)
    suffix = found.suffix if found else "bin"
    return FileAnswer(media.content, media.mime, f"{media.media_id}.{suffix}")


def upload_picture(sim: Simulator, call: Call) -> Answer:
    """A picture that may be used inside an article; it is not counted as material."""
    file, found = _checked(call.upload, ARTICLE_PICTURE)
    media = sim.state.keep_media("image", file.content, found.mime, sim.now())
    return {"url": f"{sim.config.public_url.rstrip('/')}/pictures/{media.media_id}?{secrets.token_hex(4)}"}


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
    "/cgi-bin/media/get": Endpoint(method="GET", handler=get),
    "/cgi-bin/media/uploadimg": Endpoint(method="POST", handler=upload_picture, upload=True),
}
