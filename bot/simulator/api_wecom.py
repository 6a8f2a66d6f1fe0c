"""The server API of 企业微信 (qyapi.weixin.qq.com): the token, messages of an app, group robots."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, abort, request

from .endpoint import as_list, as_mapping, parse_object
from .errcodes import Refused, new_rid, ok
from .exchange import Exchange, json_response, serve
from .media import MIB, sniff
from .wecom import WeComMessage

if TYPE_CHECKING:
    from .simulator import Simulator

PREFIX = "/wecom"
MAX_USERS = 1_000
MAX_PARTIES = 100
MAX_ARTICLES = 8
MAX_TEXT_BYTES = 2_048
MAX_ROBOT_MARKDOWN_BYTES = 4_096
MAX_CARD_TITLE_BYTES = 128
MAX_CARD_TEXT_BYTES = 512
MAX_ROBOT_PICTURE_BYTES = 2 * MIB
Handler = Callable[["Simulator"], dict[str, Any]]
Reader = Callable[[Mapping[str, Any]], dict[str, Any]]


def add_routes(blueprint: Blueprint, simulator: Simulator) -> None:
    """Everything below /wecom/cgi-bin."""

    @blueprint.route(f"{PREFIX}/cgi-bin/<path:rest>", methods=["GET", "POST"])
    def wecom_api(rest: str) -> Response:
        found = ENDPOINTS.get(f"/cgi-bin/{rest}")
        if found is None:
            abort(404)
        method, handler = found
        exchange = Exchange(
            path=f"{PREFIX}/cgi-bin/{rest}",
            rid=new_rid(),
            work=lambda: json_response(_attempt(simulator, method, handler)),
            refuse=lambda errcode: json_response(_refusal(Refused(errcode))),
        )
        return serve(simulator, exchange)


def _attempt(sim: Simulator, method: str, handler: Handler) -> dict[str, Any]:
    with sim.lock:
        try:
            if request.method != method:
                raise Refused(43001 if method == "GET" else 43002)
            return handler(sim)
        except Refused as refused:
            return _refusal(refused)


def _refusal(refused: Refused) -> dict[str, Any]:
    """The words carry a hint, the caller's address, and where to read more."""
    more = f"https://open.work.weixin.qq.com/devtool/query?e={refused.errcode}"
    errmsg = f"{refused.errmsg}, hint: [{new_rid()}], from ip: {request.remote_addr}, more info at {more}"
    return {"errcode": refused.errcode, "errmsg": errmsg, **refused.fields}


def get_token(sim: Simulator) -> dict[str, Any]:
    """The app's token, the same for as long as it lives."""
    config = sim.config.wecom
    given = request.args
    if not given.get("corpid"):
        raise Refused(41002)
    if not given.get("corpsecret"):
        raise Refused(41004)
    if given["corpid"] != config.corp_id:
        raise Refused(40013)
    if given["corpsecret"] != config.secret:
        raise Refused(40001)
    token = sim.wecom.tokens.stable(force_refresh=False)
    return ok(access_token=token.value, expires_in=sim.wecom.tokens.remaining_s(token))


def get_agent(sim: Simulator) -> dict[str, Any]:
    """What the app is called; by it a caller sees that its credentials are right."""
    _check_caller(sim)
    if request.args.get("agentid") != str(sim.config.wecom.agent_id):
        raise Refused(40056)
    return ok(agentid=sim.config.wecom.agent_id, name=sim.config.account_name, close=0)


def send(sim: Simulator) -> dict[str, Any]:
    """A message of the app; who cannot have it is named in an answer whose errcode is 0."""
    _check_caller(sim)
    body = parse_object(request.get_data())
    sim.wecom.count_call(sim.now())
    if str(body.get("agentid")) != str(sim.config.wecom.agent_id):
        raise Refused(40056)
    kind, shown = _contents(body, APP_READERS)
    userids, invalid = _members(sim, body)
    msg_id = sim.wecom.next_id(sim.now())
    repeated = body.get("enable_duplicate_check") == 1 and sim.wecom.repeats(body, sim.now())
    for userid in () if repeated else userids:
        if sim.wecom.reaches(userid, sim.now()):
            _show(sim, "wecom", userid, msg_id, kind, shown)
    return ok(**invalid, msgid=msg_id)


def send_by_robot(sim: Simulator) -> dict[str, Any]:
    """A robot's message to its group; the key is all that is asked for."""
    key = request.args.get("key", "")
    if key not in sim.config.wecom.robot_keys:
        raise Refused(93000)
    body = parse_object(request.get_data())
    kind, shown = _contents(body, ROBOT_READERS)
    sim.wecom.count_robot(key, sim.now())
    _show(sim, "robot", key, sim.wecom.next_id(sim.now()), kind, shown)
    return ok()


def _check_caller(sim: Simulator) -> None:
    """Raises Refused: 41001, 40014 and 42001 for the token, 60020 for an address that is not trusted."""
    try:
        sim.wecom.tokens.check(request.args.get("access_token", ""))
    except Refused as refused:
        raise Refused(40014 if refused.errcode == 40001 else refused.errcode) from refused
    trusted = sim.wecom.trusted_ips
    if trusted is not None and request.remote_addr not in trusted:
        raise Refused(60020)


def _members(sim: Simulator, body: Mapping[str, Any]) -> tuple[list[str], dict[str, str]]:
    """Who is meant, and the lists of who is not there. Nobody belongs to a department or a tag here.

    Raises Refused: 82001 nobody named, 40032 too many, 82002 and 82003 too many parties or tags, 81013 all wrong.
    """
    users, parties, tags = (_names(body, name) for name in ("touser", "toparty", "totag"))
    if not (users or parties or tags):
        raise Refused(82001)
    if len(users) > MAX_USERS:
        raise Refused(40032)
    if len(parties) > MAX_PARTIES:
        raise Refused(82002)
    if len(tags) > MAX_PARTIES:
        raise Refused(82003)
    known = {member.lower(): member for member in sim.config.wecom.members}
    if users == ["@all"]:
        return sorted(known.values()), {"invaliduser": "", "invalidparty": "", "invalidtag": ""}
    found = list(dict.fromkeys(known[user.lower()] for user in users if user.lower() in known))
    if not found:
        raise Refused(81013)
    wrong = "|".join(user.lower() for user in users if user.lower() not in known)
    return found, {"invaliduser": wrong, "invalidparty": "|".join(parties), "invalidtag": "|".join(tags)}


def _names(body: Mapping[str, Any], field: str) -> list[str]:
    given = body.get(field) or ""
    if not isinstance(given, str):
        raise Refused(40058)
    return [name for name in given.split("|") if name]


def _show(sim: Simulator, platform: str, to: str, msg_id: str, kind: str, shown: Mapping[str, Any]) -> None:
    sim.wecom.messages.append(WeComMessage(msg_id=msg_id, to=to, kind=kind, data=shown, at=sim.now()))
    sim.received.note(to, platform, {"kind": kind, **shown})


def _contents(body: Mapping[str, Any], readers: Mapping[str, Reader]) -> tuple[str, dict[str, Any]]:
    """Raises Refused 40008 for a type that is not sent here, and what its reader raises."""
    kind = body.get("msgtype")
    if not isinstance(kind, str) or kind not in readers:
        raise Refused(40008)
    return kind, readers[kind](as_mapping(body.get(kind), 40058))


def _text(given: Mapping[str, Any]) -> dict[str, Any]:
    """A text is cut at 2048 bytes without a word."""
    content = _words(given, "content", 44004)
    return {"text": content.encode()[:MAX_TEXT_BYTES].decode(errors="ignore")}


def _robot_text(given: Mapping[str, Any]) -> dict[str, Any]:
    return {"text": _limited(given, "content", MAX_TEXT_BYTES)}


def _markdown(given: Mapping[str, Any]) -> dict[str, Any]:
    return {"text": _limited(given, "content", MAX_TEXT_BYTES)}


def _robot_markdown(given: Mapping[str, Any]) -> dict[str, Any]:
    return {"text": _limited(given, "content", MAX_ROBOT_MARKDOWN_BYTES)}


def _card(given: Mapping[str, Any]) -> dict[str, Any]:
    """Title and words beyond their bytes are cut."""
    title = _words(given, "title", 40058).encode()[:MAX_CARD_TITLE_BYTES].decode(errors="ignore")
    note = _words(given, "description", 40058).encode()[:MAX_CARD_TEXT_BYTES].decode(errors="ignore")
    return {"title": title, "text": note, "url": _words(given, "url", 40058)}


def _news(given: Mapping[str, Any]) -> dict[str, Any]:
    articles = as_list(given.get("articles"), 44003)
    if len(articles) > MAX_ARTICLES:
        raise Refused(45008)
    names = ("title", "description", "url", "picurl")
    read = [as_mapping(article, 40058) for article in articles]
    if not all(article.get("title") for article in read):
        raise Refused(40058)
    return {"articles": [{name: str(article.get(name) or "") for name in names} for article in read]}


def _picture(given: Mapping[str, Any]) -> dict[str, Any]:
    """The picture itself, with its MD5."""
    try:
        content = base64.b64decode(_words(given, "base64", 40058), validate=True)
    except (binascii.Error, ValueError) as e:
        raise Refused(40058) from e
    if len(content) > MAX_ROBOT_PICTURE_BYTES:
        raise Refused(40009)
    kind = sniff(content)
    if kind is None or kind.suffix not in ("png", "jpg"):
        raise Refused(40005)
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if given.get("md5") != digest:
        raise Refused(40058)
    return {"md5": digest}


def _words(given: Mapping[str, Any], name: str, errcode: int) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not value.strip():
        raise Refused(errcode)
    return value


def _limited(given: Mapping[str, Any], name: str, max_bytes: int) -> str:
    value = _words(given, name, 44004)
    if len(value.encode()) > max_bytes:
        raise Refused(45002)
    return value


def _file(given: Mapping[str, Any]) -> dict[str, Any]:
    """Nothing can be uploaded here, so every media_id is unknown."""
    raise Refused(40007)


APP_READERS: dict[str, Reader] = {
    "text": _text,
    "markdown": _markdown,
    "textcard": _card,
    "news": _news,
    "image": _file,
    "voice": _file,
    "video": _file,
    "file": _file,
}
ROBOT_READERS: dict[str, Reader] = {
    "text": _robot_text,
    "markdown": _robot_markdown,
    "markdown_v2": _robot_markdown,
    "news": _news,
    "image": _picture,
}
ENDPOINTS: dict[str, tuple[str, Handler]] = {
    "/cgi-bin/gettoken": ("GET", get_token),
    "/cgi-bin/agent/get": ("GET", get_agent),
    "/cgi-bin/message/send": ("POST", send),
    "/cgi-bin/webhook/send": ("POST", send_by_robot),
}
