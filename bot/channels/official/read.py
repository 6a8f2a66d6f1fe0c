"""Bytes of a push -> Inbound. Whatever the bytes are, the only error is PayloadError."""

from __future__ import annotations

import math
from xml.parsers import expat

from bot.errors import PayloadError
from bot.messages import Inbound, MessageKind, Place
from bot.pushes import identifier, refuse_dtd, seconds

CHANNEL = "official"
#: The deepest push known is MASSSENDJOBFINISH with 5 levels; the longest has some dozens of elements.
_MAX_DEPTH = 8
_MAX_ELEMENTS = 500

#: What MASSSENDJOBFINISH and TEMPLATESENDJOBFINISH say of a job. Source: developers.weixin.qq.com, 群发接口, 模板消息.
_REPORT = ("MsgID", "Status", "TotalCount", "FilterCount", "SentCount", "ErrorCount")

#: Source: developers.weixin.qq.com/doc/offiaccount/Message_Management/Receiving_standard_messages.html
_KINDS = {
    "text": MessageKind.TEXT,
    "voice": MessageKind.VOICE,
    "image": MessageKind.IMAGE,
    "video": MessageKind.VIDEO,
    "shortvideo": MessageKind.VIDEO,
    "location": MessageKind.LOCATION,
    "link": MessageKind.LINK,
    "event": MessageKind.EVENT,
}


def read(body: bytes) -> Inbound:
    """Read one decrypted or plaintext push.

    Types and events that are new to us are read too, as UNKNOWN or by their name. Raises PayloadError when it is
    not XML in UTF-8, holds a DTD, repeats or lacks an element.
    """
    tree = _parsed(body)
    found = tree.found
    msg_type = identifier(found, "MsgType")
    kind = _KINDS.get(msg_type, MessageKind.UNKNOWN)
    return Inbound(
        channel=CHANNEL,
        account=identifier(found, "ToUserName"),
        address=identifier(found, "FromUserName"),
        key=_key(found, kind),
        sent_at=seconds(found),
        kind=kind,
        text=_text(found, kind),
        event=_event(found) if kind is MessageKind.EVENT else "",
        event_key=_event_key(found) if kind is MessageKind.EVENT else "",
        items=tuple(tree.items) or _report(found),
        menu_id=found.get("bizmsgmenuid", ""),
        place=_place(found, kind),
    )


def elements(body: bytes) -> dict[str, str]:
    """The text of each element right below <xml>, without the blanks around it. Raises PayloadError.

    Straight from expat: it costs half of what xmltodict does. Taken for UTF-8 whatever the declaration says.
    """
    return _parsed(body).found


def _parsed(body: bytes) -> _Tree:
    if b"\0" in body:
        raise PayloadError("not UTF-8")  # expat would recognise UTF-16, which WeChat never sends
    tree = _Tree()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = tree.start
    parser.EndElementHandler = tree.end
    parser.CharacterDataHandler = tree.characters
    parser.StartDoctypeDeclHandler = refuse_dtd
    try:
        parser.Parse(body, True)
    except expat.ExpatError as e:
        raise PayloadError(_complaint(body, e)) from e
    return tree


class _Tree:
    """Collects the text of the second level, and of what stands in a <List> below it; what else is deeper is counted.

    items  one for each <List>, as in SubscribeMsgPopupEvent
    """

    __slots__ = ("_count", "_depth", "_in_list", "_inner", "_parts", "found", "items")

    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self.items: list[dict[str, str]] = []
        self._parts: list[str] = []
        self._inner: list[str] = []
        self._in_list = False
        self._depth = self._count = 0

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        self._count += 1
        if self._depth == 1:
            if name in self.found:
                raise PayloadError("an element stands twice")
            self.found[name] = ""
            self._parts = []
        elif self._depth == 0:
            if name != "xml":
                raise PayloadError("the root element is not <xml>")
        elif self._depth == 2:
            self._in_list = name == "List"
            if self._in_list:
                self.items.append({})
        elif self._depth == 3:
            self._inner = []
        self._depth += 1
        if self._depth > _MAX_DEPTH or self._count > _MAX_ELEMENTS:
            raise PayloadError("too many elements or levels")

    def end(self, name: str) -> None:
        self._depth -= 1
        if self._depth == 1:
            self.found[name] = "".join(self._parts).strip()
        elif self._depth == 3 and self._in_list:
            self.items[-1][name] = "".join(self._inner).strip()

    def characters(self, text: str) -> None:
        if self._depth == 2:
            self._parts.append(text)
        elif self._depth == 4:
            self._inner.append(text)


def _complaint(body: bytes, error: expat.ExpatError) -> str:
    # Never the body itself: this goes into the log.
    if not body.strip():
        return "the body is empty"
    if body.lstrip()[:1] in (b"{", b"["):
        return "the body is JSON: set the message format to XML in WeChat's console"
    return f"not well-formed XML in UTF-8: {expat.ErrorString(error.code)}"


def _key(found: dict[str, str], kind: MessageKind) -> str:
    """The names of the message by which WeChat's own recipe tells a repeat: MsgId, for events what stands in it.

    Reports of two jobs may come in the same second: what tells them apart is the job.
    """
    who = f"{found['ToUserName']}:{found['FromUserName']}"
    if kind is MessageKind.EVENT:
        return f"{who}:{seconds(found)}:{_event(found)}:{found.get('EventKey') or found.get('MsgID', '')}"
    if kind is MessageKind.UNKNOWN and not found.get("MsgId"):
        return f"{who}:{seconds(found)}:{found['MsgType']}"
    return f"{who}:{identifier(found, 'MsgId')}"


def _event(found: dict[str, str]) -> str:
    return identifier(found, "Event").lower()  # WeChat has changed the case of some over the years


def _report(found: dict[str, str]) -> tuple[dict[str, str], ...]:
    """What an event says of a job, as one item; none where it names no job."""
    return ({name: found[name] for name in _REPORT if name in found},) if found.get("MsgID") else ()


def _event_key(found: dict[str, str]) -> str:
    key = found.get("EventKey", "")
    return key.removeprefix("qrscene_") if _event(found) == "subscribe" else key


def _text(found: dict[str, str], kind: MessageKind) -> str:
    if kind is MessageKind.VOICE:
        return found.get("Recognition", "")  # only where the account has speech recognition switched on
    if kind is not MessageKind.TEXT:
        return ""
    if "Content" not in found:
        raise PayloadError("<Content> is missing")
    return found["Content"]


def _place(found: dict[str, str], kind: MessageKind) -> Place | None:
    if kind is MessageKind.LOCATION:
        place = _point(found.get("Location_X", ""), found.get("Location_Y", ""), found.get("Label", ""))
        if place is None:
            raise PayloadError("<Location_X> or <Location_Y> is no position")
        return place
    return _point(found.get("Latitude", ""), found.get("Longitude", ""), "") if "Latitude" in found else None


def _point(latitude: str, longitude: str, label: str) -> Place | None:
    try:
        at = float(latitude), float(longitude)
    except ValueError:
        return None
    on_earth = all(map(math.isfinite, at)) and abs(at[0]) <= 90 and abs(at[1]) <= 180
    return Place(*at, label) if on_earth else None
