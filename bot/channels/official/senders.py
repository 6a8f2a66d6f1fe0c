"""How broadcasts reach followers: customer-service messages, notices, mass messages by list and by tag.

Bodies are UTF-8 without escapes: WeChat shows \\u4e2d as it stands.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.calling import Caller
from bot.channels.official.errcodes import refusal_of
from bot.channels.official.render import content
from bot.channels.official.tokens import TokenKeeper
from bot.errors import Refusal, SendError, StoreError
from bot.sending import Kind, Message, Receipt

_HEADERS = {"Content-Type": "application/json; charset=utf-8"}
_MAX_ERROR_CHARS = 200
#: The most of a list of mass/send, and the least. Source: developers.weixin.qq.com, 群发接口 (OpenID列表).
_LIST = (2, 10_000)
#: Calls a minute. Source: the same page.
_MASS_PER_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Route:
    """One interface of the account. May be used from many threads.

    body  what is posted for these openids, this message and key
    """

    name: str
    path: str
    body: Callable[[Sequence[str], Message, str], dict[str, Any]]
    least: int = 1
    most: int = 1
    has_key: bool = False
    per_minute: int = 0


class OfficialSender:
    """A `Sender` over one route: see bot/sending.py."""

    def __init__(self, route: Route, caller: Caller, tokens: TokenKeeper) -> None:
        self.name, self.least, self.most = route.name, route.least, route.most
        self.has_key, self.per_minute = route.has_key, route.per_minute
        self._route, self._caller, self._tokens = route, caller, tokens

    def send(self, addresses: Sequence[str], message: Message, key: str) -> Receipt:
        """See Sender."""
        body = json.dumps(self._route.body(addresses, message, key), ensure_ascii=False).encode()
        try:
            token = self._tokens.token()
            answer = self._post(body, token)
            if refusal_of(answer.get("errcode", 0)) is Refusal.TOKEN_REJECTED:
                answer = self._post(body, self._tokens.renewed(token))
        except StoreError as e:
            raise SendError("the store of the access token is out of reach", None, Refusal.NOT_SENT) from e
        return _receipt(answer)

    def _post(self, body: bytes, token: str) -> dict[str, Any]:
        return self._caller.post(f"/cgi-bin/{self._route.path}?access_token={token}", body, _HEADERS)


def _receipt(answer: dict[str, Any]) -> Receipt:
    code = answer.get("errcode", 0)
    # A job that was taken before is taken: its number is told with the refusal.
    if code and not (refusal_of(code) is Refusal.DUPLICATE and answer.get("msg_id")):
        words = str(answer.get("errmsg", ""))[:_MAX_ERROR_CHARS]
        raise SendError(f"WeChat refused: {code} {words}", code, refusal_of(code))
    return Receipt(str(answer.get("msg_id") or answer.get("msgid") or ""))


def _service(addresses: Sequence[str], message: Message, _key: str) -> dict[str, Any]:
    (openid,) = addresses
    match message.kind:
        case Kind.TEXT | Kind.FILE:
            return {"touser": openid, "msgtype": "text", "text": {"content": _words(message)}}
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
    return {"touser": openid, "template_id": message.template, "data": fields, "client_msg_id": key, **url}


def _mass(addresses: Sequence[str], message: Message, key: str) -> dict[str, Any]:
    return {"touser": list(addresses), "clientmsgid": key, **_mass_content(message)}


def _mass_content(message: Message) -> dict[str, Any]:
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


def _words(message: Message) -> str:
    """A text, with its link behind it."""
    return content("\n".join(part for part in (message.text, message.url) if part))


ROUTES = (
    Route("official.service", "message/custom/send", _service),
    Route("official.notice", "message/subscribe/bizsend", _notice),
    Route("official.template", "message/template/send", _template, has_key=True),
    Route("official.mass", "message/mass/send", _mass, *_LIST, has_key=True, per_minute=_MASS_PER_MINUTE),
)


def senders(api_base: str, timeout_s: float, tokens: TokenKeeper) -> dict[str, OfficialSender]:
    """The account's senders by name."""
    caller = Caller(api_base, timeout_s)
    return {route.name: OfficialSender(route, caller, tokens) for route in ROUTES}
