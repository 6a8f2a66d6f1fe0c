"""Notices: template messages (模板消息) and subscription notices (订阅通知), which spend what a person accepted."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from .config import Profile
from .endpoint import Answer, Call, Endpoint
from .envelope import Node
from .errcodes import Refused, ok
from .notices import NoticeKind, NoticeTemplate, read_fields, shown
from .state import Follower

if TYPE_CHECKING:
    from .simulator import Simulator

#: The same client_msg_id to the same person within this long is one message.
ONCE_WITHIN_S = 600.0
MAX_IDS = 200_000
BLOCKED = "failed:user block"


class SentIds:
    """client_msg_ids of template messages of the last ten minutes: (openid, id) -> (time, msgid)."""

    def __init__(self) -> None:
        self._ids: OrderedDict[tuple[str, str], tuple[float, int]] = OrderedDict()

    def find(self, openid: str, client_msg_id: str, now: float) -> int | None:
        """The msgid of the message that this would repeat."""
        while self._ids and (len(self._ids) > MAX_IDS or now - next(iter(self._ids.values()))[0] >= ONCE_WITHIN_S):
            self._ids.popitem(last=False)
        found = self._ids.get((openid, client_msg_id))
        return found[1] if found else None

    def keep(self, openid: str, client_msg_id: str, now: float, msg_id: int) -> None:
        """Remember a message."""
        self._ids[openid, client_msg_id] = (now, msg_id)


def send_template(sim: Simulator, call: Call) -> Answer:
    """A template message; what became of it is told by TEMPLATESENDJOBFINISH.

    A repeat under the same client_msg_id gets the first message's id and shows nothing: the documents promise
    the one message, not the answer.
    """
    follower = _recipient(sim, call)
    template = _template(sim, call, NoticeKind.TEMPLATE)
    fields = read_fields(template, call.body.get("data"))
    client_msg_id = call.body.get("client_msg_id")
    if isinstance(client_msg_id, str) and client_msg_id:
        earlier = sim.sent_ids.find(follower.openid, client_msg_id, sim.now())
        if earlier is not None:
            return ok(msgid=earlier)
    msg_id = sim.state.next_msg_id()
    if isinstance(client_msg_id, str) and client_msg_id:
        sim.sent_ids.keep(follower.openid, client_msg_id, sim.now(), msg_id)
    if not follower.refuses_messages:
        _show(sim, follower.openid, "template", template, fields, str(call.body.get("url") or ""))
    status = BLOCKED if follower.refuses_messages else "success"
    event: dict[str, Node] = {"MsgID": msg_id, "Status": status}
    sim.push_event("TEMPLATESENDJOBFINISH", event, follower.openid, sim.config.event_delay_s)
    return ok(msgid=msg_id)


def send_notice(sim: Simulator, call: Call) -> Answer:
    """A subscription notice: spends an acceptance of this person for this template."""
    follower = sim.state.seen(call.text("touser", 40003))
    template = _template(sim, call, NoticeKind.ONCE, NoticeKind.LASTING)
    fields = read_fields(template, call.body.get("data"))
    consents = sim.state.consents_to(template.template_id)
    if not consents.of(follower.openid):
        raise Refused(43101)
    if template.kind is NoticeKind.ONCE:
        consents.add(follower.openid, -1)
    page = str(call.body.get("page") or "")
    _show(sim, follower.openid, "notice", template, fields, page)
    sent: dict[str, Node] = {
        "TemplateId": template.template_id,
        "MsgID": sim.state.next_msg_id(),
        "ErrorCode": 0,
        "ErrorStatus": "success",
    }
    event: dict[str, Node] = {"SubscribeMsgSentEvent": {"List": sent}}
    sim.push_event("subscribe_msg_sent_event", event, follower.openid, sim.config.event_delay_s)
    return ok()


def templates(sim: Simulator, call: Call) -> Answer:
    """The account's message templates."""
    own = [t for t in sim.state.templates.values() if t.kind is NoticeKind.TEMPLATE]
    listed = [{"template_id": t.template_id, "title": t.title, "content": _pattern(t)} for t in own]
    return {"template_list": listed}


def notice_templates(sim: Simulator, call: Call) -> Answer:
    """The account's notice templates; type 2 is for one message, 3 lasting."""
    own = [t for t in sim.state.templates.values() if t.kind is not NoticeKind.TEMPLATE]
    data = [
        {
            "priTmplId": t.template_id,
            "title": t.title,
            "content": _pattern(t),
            "example": "",
            "type": 2 if t.kind is NoticeKind.ONCE else 3,
        }
        for t in own
    ]
    return ok(data=data)


def _pattern(template: NoticeTemplate) -> str:
    return "".join(f"{label}:{{{{{key}.DATA}}}}\n" for key, label in template.labels.items())


def _recipient(sim: Simulator, call: Call) -> Follower:
    """Raises Refused: 40003 unknown, 43004 (or 50005) left, 43019 on the blacklist."""
    follower = sim.state.seen(call.text("touser", 40003))
    if not follower.subscribed:
        raise Refused(sim.config.unfollowed_errcode)
    if follower.blacklisted:
        raise Refused(43019)
    return follower


def _template(sim: Simulator, call: Call, *kinds: NoticeKind) -> NoticeTemplate:
    """Raises Refused 40037 for a template that is none of this interface's."""
    template = sim.state.templates.get(call.text("template_id", 40037))
    if template is None or template.kind not in kinds:
        raise Refused(40037)
    return template


def _show(sim: Simulator, openid: str, kind: str, template: NoticeTemplate, fields: dict[str, str], url: str) -> None:
    data: dict[str, Any] = shown(template, fields, url)
    sim.state.tell(openid, sim.now(), "notice", data)
    sim.received.note(openid, kind, {"template_id": template.template_id, **fields, "url": url})


_SERVICE = frozenset({Profile.VERIFIED_SERVICE})
_TEMPLATE = _SERVICE | {Profile.TEST}
ENDPOINTS = {
    "/cgi-bin/message/template/send": Endpoint(method="POST", handler=send_template, allowed=_TEMPLATE),
    "/cgi-bin/template/get_all_private_template": Endpoint(method="GET", handler=templates, allowed=_TEMPLATE),
    "/cgi-bin/message/subscribe/bizsend": Endpoint(method="POST", handler=send_notice, allowed=_SERVICE),
    "/wxaapi/newtmpl/gettemplate": Endpoint(method="GET", handler=notice_templates, allowed=_SERVICE),
}
