"""How broadcasts reach followers: customer-service messages, notices, mass messages by list and by tag.

Bodies are UTF-8 without escapes: WeChat shows \\u4e2d as it stands.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import quote

from bot.calling import Caller, Request, Steps
from bot.channels.official.errcodes import REJECTED, refusal_of
from bot.channels.official.render import content
from bot.errors import Refusal, SendError, StoreError
from bot.messages import Choice
from bot.sending import Kind, Message, Receipt
from bot.tokens import TokenKeeper

_HEADERS = {"Content-Type": "application/json; charset=utf-8"}
_MAX_ERROR_CHARS = 200
#: json.dumps would make an encoder for each person.
_quoted = json.JSONEncoder(ensure_ascii=False).encode
#: The least of a list of mass/send, and the most. Source: developers.weixin.qq.com, 群发接口 (OpenID列表).
_LIST = (2, 10_000)
#: Calls a minute. Source: the same page.
_MASS_PER_MINUTE = 60
#: So long WeChat knows a clientmsgid again. Source: the same page: 24 hours.
_KEYS_KNOWN_S = 86_400.0
#: Of clientmsgid and client_msg_id. Source: the same page; older ones say 64.
_MAX_KEY_BYTES = 32
_DIGEST_CHARS = 16
#: Makes a video ready for mass messages. Source: the same page. What it gives is good for three days.
FILMING = "media/uploadvideo"
_FILM_S = 3600.0
#: No tag of that id or name.
_NO_TAG = 40152

#: Stands for an address where a body is written once for all people; no text holds it.
_ADDRESS = secrets.token_hex(16)

#: Id and name of each tag of the account. Raises SendError.
Tags = Callable[[], Sequence[tuple[int, str]]]


@dataclass(frozen=True, slots=True)
class Route:
    """One interface of the account. May be used from many threads.

    body    what is posted for these addresses, this message and key
    common  it is the same for everybody, whatever the key, but for the address
    known_s seconds in which a repeat of a key is known
    A video in what is posted (mpvideo) is made ready for it first: see film.
    """

    name: str
    path: str
    body: Callable[[Sequence[str], Message, str], dict[str, Any]]
    least: int = 1
    most: int = 1
    has_key: bool = False
    per_minute: int = 0
    common: bool = False
    known_s: float = 0.0


class OfficialSender:
    """A `Sender` over one route: see bot/sending.py."""

    def __init__(self, route: Route, caller: Caller, tokens: TokenKeeper) -> None:
        self.name, self.least, self.most = route.name, route.least, route.most
        self.has_key, self.per_minute = route.has_key, route.per_minute
        self.known_s, self.by_body = route.known_s, False
        self._route, self.caller, self._tokens = route, caller, tokens
        self._written: tuple[Message | None, list[str]] = None, []  # the last message, what is around its address
        self._target = ("", "", "")  # the way and the token, and where is called with them
        self._film: tuple[dict[str, str], str, float] | None = None  # what the last video was, its id, since when

    def send(self, addresses: Sequence[str], message: Message, key: str) -> Receipt:
        """See Sender."""
        return self.caller.talk(self.steps(addresses, message, key))

    def steps(self, addresses: Sequence[str], message: Message, key: str) -> Steps[Receipt]:
        """See Prompt. The token is fetched in between where there is none: nobody gets further without it."""
        if not self.least <= len(addresses) <= (self.most or 1):
            raise SendError(f"{self.name} takes {self.least} to {self.most or 1}", None, Refusal.BAD_CONTENT)
        if self._route.common:
            body = self._common(addresses[0], message)
        else:
            told = self._route.body(addresses, message, key)
            if "mpvideo" in told:
                told["mpvideo"] = {"media_id": (yield from self._filmed(message))}
            body = _written(told)
        answer, token = yield from self._posted(self._route.path, body)
        try:
            return _receipt(answer, token)
        except SendError:
            self._film = None  # whatever was wrong: it may have been this
            raise

    def _posted(self, path: str, body: bytes) -> Steps[tuple[dict[str, Any], str]]:
        """One call, once more with a new token where WeChat rejects the first; what is answered, and the token."""
        token = self._token()
        answer = (yield self._request(path, body, token)).json()
        if answer.get("errcode") in REJECTED:
            token = self._token(rejected=token)
            answer = (yield self._request(path, body, token)).json()
        return answer, token

    def _filmed(self, message: Message) -> Steps[str]:
        """The id of a video by which mass messages name it; asked for once for all calls of an hour.

        Raises SendError, which is NOT_SENT where no answer came: no message has been posted yet.
        """
        wanted, held = film(message), self._film
        if held is not None and held[0] == wanted and time.monotonic() - held[2] < _FILM_S:
            return held[1]
        try:
            answer, token = yield from self._posted(FILMING, _written(wanted))
            made = film_id(answer, token)
        except SendError as e:
            if e.refusal is not Refusal.UNREACHABLE:
                raise
            raise SendError(f"the video was not made ready: {e}", e.errcode, Refusal.NOT_SENT) from e
        self._film = wanted, made, time.monotonic()
        return made

    def _token(self, rejected: str = "") -> str:
        """Raises SendError. Whatever keeps us from having a token, the message itself has not been sent."""
        try:
            return self._tokens.renewed(rejected) if rejected else self._tokens.token()
        except StoreError as e:
            raise SendError("the store of the access token is out of reach", None, Refusal.NOT_SENT) from e
        except SendError as e:
            if e.refusal is not Refusal.UNREACHABLE:
                raise
            raise SendError(f"no access token: {e}", e.errcode, Refusal.NOT_SENT) from e

    def _common(self, address: str, message: Message) -> bytes:
        last, around = self._written
        if last is not message:
            around = _written(self._route.body([_ADDRESS], message, "")).decode().split(_quoted(_ADDRESS))
            self._written = message, around
        return _quoted(address).join(around).encode(errors="replace")

    def _request(self, path: str, body: bytes, token: str) -> Request:
        way, held, target = self._target
        if held != token or way != path:
            target = f"/cgi-bin/{path}?access_token={quote(token, safe='')}"
            self._target = path, token, target
        return Request("POST", target, body, _HEADERS)


def _written(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode(errors="replace")


def _code(answer: dict[str, Any]) -> int:
    """Raises SendError where there is none: whoever answered, it was not this interface."""
    code = answer.get("errcode")
    if not isinstance(code, int):
        raise SendError("the answer holds no errcode")
    return int(code)


def _receipt(answer: dict[str, Any], token: str) -> Receipt:
    code = _code(answer)
    # A job that was taken before is taken: its number is told with the refusal.
    if code and not (refusal_of(code) is Refusal.DUPLICATE and answer.get("msg_id")):
        words = str(answer.get("errmsg", "")).replace(token, "***")[:_MAX_ERROR_CHARS]
        raise SendError(f"WeChat refused: {code} {words}", code, refusal_of(code))
    return Receipt(str(answer.get("msg_id") or answer.get("msgid") or ""))


def film(message: Message) -> dict[str, str]:
    """What media/uploadvideo is told of a video: mass messages know it by another id than its upload gave it."""
    return {"media_id": message.media, "title": message.title, "description": message.text}


def film_id(answer: Mapping[str, Any], token: str = "") -> str:
    """The id that it answers. Raises SendError for a refusal, or where there is none."""
    if answer.get("errcode"):
        _receipt(dict(answer), token)
    made = str(answer.get("media_id") or "")
    if not made:
        raise SendError("the answer holds no media_id of the video")
    return made


def client_key(key: str, message: Message) -> str:
    """`key` as WeChat remembers it for 24 hours, by the account and not by us: with a digest of what is said.

    A database that begins anew, or a second one beside it, gives the same numbers again; by the number alone WeChat
    would take another message for one that it had before, and send nothing.
    """
    said = json.dumps(asdict(message), sort_keys=True)
    named = f"{key}-{hashlib.sha256(said.encode()).hexdigest()[:_DIGEST_CHARS]}"
    if len(named.encode()) <= _MAX_KEY_BYTES:
        return named
    return hashlib.sha256(f"{key} {said}".encode()).hexdigest()[:_MAX_KEY_BYTES]


def _service(addresses: Sequence[str], message: Message, _key: str) -> dict[str, Any]:
    (openid,) = addresses
    match message.kind:
        case Kind.TEXT | Kind.FILE:
            taps = [Choice("tip", words, words) for words in message.taps]
            return {"touser": openid, "msgtype": "text", "text": {"content": _words(message, taps)}}
        case Kind.NEWS:
            article = {"title": message.title, "description": message.text, "url": message.url}
            if message.picture:
                article["picurl"] = message.picture
            return {"touser": openid, "msgtype": "news", "news": {"articles": [article]}}
        case Kind.IMAGE:
            return {"touser": openid, "msgtype": "image", "image": {"media_id": message.media}}
        case Kind.VIDEO:
            video = {"media_id": message.media, "thumb_media_id": message.picture, "title": message.title}
            return {"touser": openid, "msgtype": "video", "video": {**video, "description": message.text}}
    raise SendError(f"not for this interface: {message.kind}", None, Refusal.UNSUPPORTED)


def _notice(addresses: Sequence[str], message: Message, _key: str) -> dict[str, Any]:
    (openid,) = addresses
    fields = {name: {"value": value} for name, value in message.fields.items()}
    page = {"page": message.url} if message.url else {}
    return {"touser": openid, "template_id": message.template, "data": fields, **page}


def _template(addresses: Sequence[str], message: Message, key: str) -> dict[str, Any]:
    (openid,) = addresses
    fields = {name: {"value": value} for name, value in message.fields.items()}
    url = {"url": message.url} if message.url else {}
    named = client_key(key, message)
    return {"touser": openid, "template_id": message.template, "data": fields, "client_msg_id": named, **url}


def _mass(addresses: Sequence[str], message: Message, key: str) -> dict[str, Any]:
    return {"touser": list(addresses), "clientmsgid": client_key(key, message), **mass_content(message)}


def _tag(tags: Tags) -> Callable[[Sequence[str], Message, str], dict[str, Any]]:
    def body(addresses: Sequence[str], message: Message, key: str) -> dict[str, Any]:
        (name,) = addresses
        whom = {"is_to_all": False, "tag_id": _tag_id(name, tags)} if name else {"is_to_all": True}
        return {"filter": whom, "clientmsgid": client_key(key, message), **mass_content(message)}

    return body


def _tag_id(name: str, tags: Tags) -> int:
    for number, known in tags():
        if known == name:
            return number
    raise SendError("the account has no tag of this name", _NO_TAG, refusal_of(_NO_TAG))


def mass_content(message: Message) -> dict[str, Any]:
    """What a mass message or a preview of one says. Raises SendError for a kind that it cannot be.

    The id of a video is still that of its upload: see film.
    """
    match message.kind:
        case Kind.TEXT | Kind.FILE:
            return {"msgtype": "text", "text": {"content": _words(message)}}
        case Kind.NEWS:
            return {"msgtype": "mpnews", "mpnews": {"media_id": message.media}, "send_ignore_reprint": 0}
        case Kind.IMAGE:
            return {"msgtype": "image", "images": {"media_ids": [message.media]}}
        case Kind.VIDEO:
            return {"msgtype": "mpvideo", "mpvideo": {"media_id": message.media}}
    raise SendError(f"not for this interface: {message.kind}", None, Refusal.UNSUPPORTED)


def _words(message: Message, taps: Sequence[Choice] = ()) -> str:
    """A text, with its link behind it, and what may be tapped."""
    return content("\n".join(part for part in (message.text, message.url) if part), taps)


ROUTES = (
    Route("official.service", "message/custom/send", _service, common=True),
    Route("official.notice", "message/subscribe/bizsend", _notice, common=True),
    # WeChat knows a repeat of a template message for 10 minutes only: after a longer stop it would come twice.
    Route("official.template", "message/template/send", _template),
    Route(
        "official.mass",
        "message/mass/send",
        _mass,
        *_LIST,
        has_key=True,
        per_minute=_MASS_PER_MINUTE,
        known_s=_KEYS_KNOWN_S,
    ),
)


def senders(
    api_base: str, timeout_s: float, tokens: TokenKeeper, tags: Tags | None = None
) -> dict[str, OfficialSender]:
    """The account's senders by name.

    tags  of the account; without them nobody is told by tag
    """
    caller = Caller(api_base, timeout_s)
    routes = list(ROUTES)
    if tags:
        rest = (1, 0, True, _MASS_PER_MINUTE, False, _KEYS_KNOWN_S)
        routes.append(Route("official.tag", "message/mass/sendall", _tag(tags), *rest))
    return {route.name: OfficialSender(route, caller, tokens) for route in routes}
