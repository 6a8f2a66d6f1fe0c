"""How broadcasts reach people in WeCom: messages of the app, and robots of groups (消息推送, formerly 群机器人)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from bot.calling import Caller
from bot.channels.wecom.client import WeComClient, check, coded
from bot.channels.wecom.errcodes import INVALID_USER, NOBODY_VALID, UNLICENSED
from bot.channels.wecom.render import MAX_TEXT_BYTES, cut, plain
from bot.errors import Refusal, SendError, StoreError
from bot.sending import Kind, Message, Receipt, Sender
from bot.settings import WeComSettings
from bot.store.kv import KeyValue

#: Source: developer.work.weixin.qq.com/document/path/90236: people in one call, bytes of a news article.
_MOST = 1000
_TITLE_BYTES, _DESCRIPTION_BYTES = 128, 512
#: The longest that WeCom remembers what it was told. By then a call that broke off has long been made again.
_DUPLICATES_S = 14400
#: Calls a minute of one interface. Source: developer.work.weixin.qq.com/document/path/90312. A fifth is left to others.
_PER_MINUTE = 8000
#: Messages a minute to one robot, and its longest Markdown. Source: developer.work.weixin.qq.com/document/path/99110.
_ROBOT_PER_MINUTE = 20
_MARKDOWN_BYTES = 4096
#: A bit more than the minute: the way to WeCom does not always take as long.
_ROBOT_WINDOW_S = 61.0
_HEADERS = {"Content-Type": "application/json; charset=utf-8"}


class AppSender:
    """Messages of the app to people by userid; a `Sender`.

    WeCom knows a repeat by its body alone, so a call that is repeated must name the same people, and the same words to
    the same people are shown once in four hours.
    """

    name, least, most, has_key, per_minute = "wecom.app", 1, _MOST, True, _PER_MINUTE
    known_s, by_body = float(_DUPLICATES_S), True

    def __init__(self, client: WeComClient, agent_id: int) -> None:
        self._client, self._agent_id = client, agent_id

    def send(self, addresses: Sequence[str], message: Message, key: str) -> Receipt:
        """See Sender."""
        if not 1 <= len(addresses) <= _MOST or any("|" in address for address in addresses):
            raise SendError(f"{self.name} takes 1 to {_MOST} userids", None, Refusal.BAD_CONTENT)
        body = {"touser": "|".join(addresses), "agentid": self._agent_id, **_app_content(message)}
        duplicates = {"enable_duplicate_check": 1, "duplicate_check_interval": _DUPLICATES_S}
        try:
            answer = self._client.post("message/send", {**body, **duplicates})
        except SendError as e:
            if e.errcode != NOBODY_VALID:
                raise
            return Receipt("", dict.fromkeys(addresses, NOBODY_VALID))
        return Receipt(str(answer.get("msgid") or ""), _refused(addresses, answer))


def _refused(addresses: Sequence[str], answer: dict[str, Any]) -> dict[str, int]:
    """Those that WeCom names, in our writing: it uses lower case. Its errcode is 0 all the same."""
    codes: dict[str, int] = {}
    for field, code in (("unlicenseduser", UNLICENSED), ("invaliduser", INVALID_USER)):
        named = str(answer.get(field) or "").split("|")
        codes.update({name.lower(): code for name in named if name})
    return {address: codes[address.lower()] for address in addresses if address.lower() in codes}


class RobotSender:
    """A message to a group through its robot, by the key of its address, which is a secret; a `Sender`.

    WeCom takes 20 messages a minute for each robot. What would be one too many is refused here, before the call.
    """

    name, least, most, has_key, per_minute = "wecom.robot", 1, 1, False, 0

    def __init__(self, caller: Caller, store: KeyValue) -> None:
        self._caller, self._store = caller, store

    def send(self, addresses: Sequence[str], message: Message, key: str) -> Receipt:
        """See Sender."""
        if len(addresses) != 1:
            raise SendError(f"{self.name} takes one robot", None, Refusal.BAD_CONTENT)
        body = json.dumps(_robot_content(message), ensure_ascii=False).encode(errors="replace")
        self._take(addresses[0])
        path = f"/cgi-bin/webhook/send?key={quote(addresses[0], safe='')}"
        answer = coded(self._caller.post(path, body, _HEADERS))
        try:
            check(answer, addresses[0])
        except SendError as e:
            if e.refusal is not Refusal.THROTTLED:
                raise
            raise SendError(str(e), e.errcode, Refusal.RECIPIENT_BUSY) from e  # WeCom counts each robot by itself
        return Receipt()

    def _take(self, robot: str) -> None:
        """Use one of the messages that the robot may send in a minute, whichever process sends it."""
        name = hashlib.sha256(robot.encode()).hexdigest()[:16]
        try:
            if any(self._store.claim(f"robot:{name}:{n}", _ROBOT_WINDOW_S) for n in range(_ROBOT_PER_MINUTE)):
                return
        except StoreError as e:
            raise SendError("the store that counts a robot's messages is out of reach", None, Refusal.NOT_SENT) from e
        raise SendError(f"{_ROBOT_PER_MINUTE} messages within a minute to one robot", None, Refusal.RECIPIENT_BUSY)


def _app_content(message: Message) -> dict[str, Any]:
    match message.kind:
        case Kind.TEXT | Kind.FILE:
            return {"msgtype": "text", "text": {"content": _words(message)}}
        case Kind.NEWS:
            return _news(message)
        case Kind.IMAGE:
            return {"msgtype": "image", "image": {"media_id": message.media}}
        case Kind.VIDEO:
            video = {"media_id": message.media, "title": message.title, "description": message.text}
            return {"msgtype": "video", "video": video}
    raise SendError(f"not for this interface: {message.kind}", None, Refusal.UNSUPPORTED)


def _robot_content(message: Message) -> dict[str, Any]:
    match message.kind:
        case Kind.TEXT if not message.title and not message.url:
            return {"msgtype": "text", "text": {"content": _words(message)}}
        case Kind.TEXT | Kind.FILE:
            return {"msgtype": "markdown", "markdown": {"content": _markdown(message)}}
        case Kind.NEWS:
            return _news(message)
    raise SendError(f"not for this interface: {message.kind}", None, Refusal.UNSUPPORTED)


def _news(message: Message) -> dict[str, Any]:
    article = {
        "title": cut(plain(message.title), _TITLE_BYTES),
        "description": cut(plain(message.text), _DESCRIPTION_BYTES),
        "url": message.url,
        **({"picurl": message.picture} if message.picture else {}),
    }
    return {"msgtype": "news", "news": {"articles": [article]}}


def _words(message: Message) -> str:
    """A text with its link behind it; it is the text that is cut where both are too long."""
    link = f"\n{message.url}" if message.url else ""
    return cut(plain(message.text), MAX_TEXT_BYTES - len(link.encode())) + link


def _markdown(message: Message) -> str:
    title = f"**{cut(plain(message.title), _TITLE_BYTES)}**\n" if message.title else ""
    link = f"\n[打开链接]({message.url})" if message.url else ""
    return title + cut(plain(message.text), _MARKDOWN_BYTES - len((title + link).encode())) + link


def senders(settings: WeComSettings, store: KeyValue, client: WeComClient) -> dict[str, Sender]:
    """The ways that the settings give, by name: the app where it is set up, robots always."""
    ways: list[Sender] = [RobotSender(Caller(settings.api_base, settings.api_timeout_s), store)]
    if settings.corp_id and settings.secret and settings.agent_id:
        ways.append(AppSender(client, settings.agent_id))
    return {sender.name: sender for sender in ways}
