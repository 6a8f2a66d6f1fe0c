"""Mass messages (群发): sendall, send, preview, get, delete, speed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import mass_end
from .api_tag import SYSTEM_TAG_IDS
from .config import ENABLED, VERIFIED, Profile
from .endpoint import Answer, Call, Endpoint, as_list, as_mapping
from .errcodes import Refused, ok
from .mass import CONFIRMATION_S, SPEEDS, JobState, MassJob
from .reply import MAX_TEXT_BYTES

if TYPE_CHECKING:
    from .simulator import Simulator

MIN_OPENIDS = 2
MAX_OPENIDS = 10_000
MAX_PICTURES = 20


@dataclass(frozen=True, slots=True)
class Contents:
    """What is sent: what the phone draws, and the draft it is made of, if any."""

    kind: str
    shown: Mapping[str, Any]
    draft_id: str = ""


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom it is for: a list, a tag, or all."""

    openids: tuple[str, ...] | None = None
    tag_id: int | None = None
    to_all: bool = False


def send_all(sim: Simulator, call: Call) -> Answer:
    """To everybody, or to everybody who wears a tag."""
    return _submit(sim, call, _filtered)


def send_list(sim: Simulator, call: Call) -> Answer:
    """To 2 to 10 000 openids."""
    return _submit(sim, call, _listed)


def preview(sim: Simulator, call: Call) -> Answer:
    """To one follower's phone, for a look. Counts for nobody's month."""
    follower = sim.state.known(call.body.get("touser") or call.body.get("towxname"))
    if not follower.subscribed:
        raise Refused(sim.config.unfollowed_errcode)
    contents = _contents(sim, call.body)
    sim.state.say(follower, sim.now(), "account", contents.kind, **contents.shown)
    sim.received.note(follower.openid, "preview", {"kind": contents.kind, **contents.shown})
    return {"errcode": 0, "errmsg": "preview success", "msg_id": sim.mass.next_id()}


def get(sim: Simulator, call: Call) -> Answer:
    """How far a job is; no counts."""
    job = sim.mass.job(call.body.get("msg_id"))
    return {"msg_id": job.msg_id, "msg_status": str(job.state)}


def delete(sim: Simulator, call: Call) -> Answer:
    """Empty an article or a video that was sent; index 0 or none empties all of it."""
    job = sim.mass.job(call.body.get("msg_id"))
    if job.kind not in ("news", "video") or job.state not in (JobState.SUCCESS, JobState.DELETED):
        raise Refused(40059)
    index = call.body.get("article_idx", 0)
    if type(index) is not int or not 0 <= index <= max(job.article_count, 1):
        raise Refused(40060)
    job.articles_deleted |= {index} if index else set(range(1, max(job.article_count, 1) + 1))
    if len(job.articles_deleted) >= max(job.article_count, 1):
        job.state = JobState.DELETED
    return ok()


def speed_get(sim: Simulator, call: Call) -> Answer:
    """The pace of mass messages."""
    return {"speed": sim.mass.speed, "realspeed": SPEEDS[sim.mass.speed]}


def speed_set(sim: Simulator, call: Call) -> Answer:
    """0 is the fastest, 4 the slowest."""
    if "speed" not in call.body:
        raise Refused(45084)
    speed = call.body["speed"]
    if type(speed) is not int or speed not in SPEEDS:
        raise Refused(45083)
    sim.mass.speed = speed
    return ok()


def _submit(sim: Simulator, call: Call, whom: Callable[[Simulator, Call], Audience]) -> Answer:
    audience = whom(sim, call)
    given = _given_id(call)
    if given:  # first of all: a repeat is known by it, whatever has become of its picture meanwhile
        sim.mass.check_id(given, sim.now())
    contents = _contents(sim, call.body)
    client_msg_id = given or _digest(call, audience)
    if not given:
        sim.mass.check_id(client_msg_id, sim.now())
    sim.mass.check_quota(sim.config.profile, to_all=audience.to_all, now=sim.now())
    job = MassJob(
        msg_id=sim.mass.next_id(),
        openids=audience.openids,
        tag_id=audience.tag_id,
        to_all=audience.to_all,
        kind=contents.kind,
        shown=contents.shown,
        draft_id=contents.draft_id,
        accepted_at=sim.now(),
        waits_for_admin=audience.to_all and sim.config.mass_needs_admin,
    )
    sim.mass.accept(client_msg_id, job, sim.config.profile)
    if job.waits_for_admin:
        expiry = sim.now() + CONFIRMATION_S
        sim.outbox.put(expiry, lambda: mass_end.refuse(sim, job, mass_end.UNANSWERED_BY_ADMIN))
        # That the answer names the job already is an assumption: no document shows this answer.
        raise Refused(89505, msg_id=job.msg_id)
    sim.outbox.put(sim.now() + sim.config.mass_lasts_s, lambda: mass_end.end(sim, job))
    answer = {"errcode": 0, "errmsg": "send job submission success", "msg_id": job.msg_id}
    return answer | ({"msg_data_id": job.msg_id * 10 + 1} if contents.kind == "news" else {})


def _given_id(call: Call) -> str:
    """The clientmsgid of the call, "" where there is none."""
    given = call.body.get("clientmsgid")
    if given is not None and not isinstance(given, str):
        raise Refused(40035)
    return given or ""


def _digest(call: Call, audience: Audience) -> str:
    """What WeChat knows a repeat by that has no clientmsgid: audience and content."""
    kind = call.body["msgtype"]
    said = call.body.get(kind, call.body.get("images"))
    text = json.dumps([audience.openids, audience.tag_id, audience.to_all, kind, said], sort_keys=True)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _filtered(sim: Simulator, call: Call) -> Audience:
    """Raises Refused 40152: neither all nor a tag that exists (`group_id` is long gone)."""
    given = call.mapping("filter")
    if given.get("is_to_all") is True:
        return Audience(to_all=True)
    value = given.get("tag_id")
    tag_id = int(value) if isinstance(value, str) and value.isdecimal() else value
    if type(tag_id) is not int or (tag_id not in sim.state.tags and tag_id not in SYSTEM_TAG_IDS):
        raise Refused(40152)
    return Audience(tag_id=tag_id)


def _listed(sim: Simulator, call: Call) -> Audience:
    """Raises Refused: 40031 no list, 40130 fewer than two, 40032 too many, 40003 nobody of them known."""
    openids = as_list(call.body.get("touser"), 40031)
    if any(not isinstance(openid, str) for openid in openids):
        raise Refused(40031)
    if len(openids) < MIN_OPENIDS:
        raise Refused(40130)
    if len(openids) > MAX_OPENIDS:
        raise Refused(40032)
    known, crowd = sim.state.followers, sim.state.crowd
    if all(openid not in known and crowd.rank(openid) is None for openid in openids):
        raise Refused(40003)
    return Audience(openids=tuple(dict.fromkeys(openids)))


def _contents(sim: Simulator, body: Mapping[str, Any]) -> Contents:
    """Raises Refused 40008 for an unknown type, 45113 for cards, and what the reader of the type raises."""
    msg_type = body.get("msgtype")
    if msg_type == "wxcard":
        raise Refused(45113)
    if not isinstance(msg_type, str) or msg_type not in _READERS:
        raise Refused(40008)
    name = "images" if msg_type == "image" and "images" in body else msg_type
    return _READERS[msg_type](sim, as_mapping(body.get(name), 40035))


def _text(sim: Simulator, given: Mapping[str, Any]) -> Contents:
    content = given.get("content")
    if not isinstance(content, str) or not content.strip():
        raise Refused(44004)
    if len(content.encode()) > MAX_TEXT_BYTES:
        raise Refused(45002)
    return Contents("text", {"text": content})


def _articles(sim: Simulator, given: Mapping[str, Any]) -> Contents:
    media_id = given.get("media_id")
    if not media_id:
        raise Refused(41006)
    draft = sim.state.drafts.get(media_id) if isinstance(media_id, str) else None
    if draft is None:
        raise Refused(40007)
    base = sim.config.public_url.rstrip("/")
    articles = [
        {
            "title": article.title,
            "description": article.digest,
            "url": article.source_url,
            "picurl": f"{base}/pictures/{article.thumb_media_id or article.pictures[0]}",
            "content": article.content,
        }
        for article in draft.articles
    ]
    return Contents("news", {"articles": articles}, draft.media_id)


def _pictures(sim: Simulator, given: Mapping[str, Any]) -> Contents:
    """Several pictures under `images`, or one in the older shape."""
    ids = given.get("media_ids", [given.get("media_id")])
    listed = as_list(ids, 41006)
    if len(listed) > MAX_PICTURES:
        raise Refused(40007)
    kept = [sim.state.live_media(media_id, sim.now(), "image").media_id for media_id in listed]
    return Contents("image", {"media_id": kept[0], "media_ids": kept})


def _voice(sim: Simulator, given: Mapping[str, Any]) -> Contents:
    return Contents("voice", {"media_id": sim.state.live_media(given.get("media_id"), sim.now(), "voice").media_id})


def _video(sim: Simulator, given: Mapping[str, Any]) -> Contents:
    """Raises Refused 40007 for the id of a mere upload: media/uploadvideo gives the one that is wanted here."""
    media = sim.state.live_media(given.get("media_id"), sim.now(), "mpvideo")
    words = {name: str(given.get(name) or media.words.get(name, "")) for name in ("title", "description")}
    return Contents("video", {"media_id": media.media_id, **words})


_READERS: dict[str, Callable[[Simulator, Mapping[str, Any]], Contents]] = {
    "text": _text,
    "mpnews": _articles,
    "image": _pictures,
    "voice": _voice,
    "mpvideo": _video,
}
#: Lists of openids are for service accounts (服务号) only.
_MAY_LIST = ENABLED - {Profile.VERIFIED_SUBSCRIPTION}
ENDPOINTS = {
    "/cgi-bin/message/mass/sendall": Endpoint(method="POST", handler=send_all, allowed=ENABLED),
    "/cgi-bin/message/mass/send": Endpoint(method="POST", handler=send_list, allowed=_MAY_LIST),
    "/cgi-bin/message/mass/preview": Endpoint(method="POST", handler=preview, allowed=VERIFIED),
    "/cgi-bin/message/mass/get": Endpoint(method="POST", handler=get, allowed=VERIFIED),
    "/cgi-bin/message/mass/delete": Endpoint(method="POST", handler=delete, allowed=VERIFIED),
    "/cgi-bin/message/mass/speed/get": Endpoint(method="POST", handler=speed_get, allowed=VERIFIED),
    "/cgi-bin/message/mass/speed/set": Endpoint(method="POST", handler=speed_set, allowed=VERIFIED),
}
