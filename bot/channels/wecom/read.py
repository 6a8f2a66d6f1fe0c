"""Bytes of a push of an app -> Inbound. Whatever the bytes are, the only error is PayloadError."""

from __future__ import annotations

import math
from xml.parsers import expat

from bot.errors import PayloadError
from bot.messages import Inbound, MessageKind, Place
from bot.pushes import identifier, refuse_dtd, seconds

CHANNEL = "wecom"
#: Who sends events that are nobody's, as of changes in the address book.
SYSTEM = "sys"
_MAX_DEPTH, _MAX_ELEMENTS = 8, 500

#: Source: developer.work.weixin.qq.com/document/path/90239 (接收消息格式).
_KINDS = {
    "text": MessageKind.TEXT,
    "voice": MessageKind.VOICE,
    "image": MessageKind.IMAGE,
    "video": MessageKind.VIDEO,
    "location": MessageKind.LOCATION,
    "link": MessageKind.LINK,
    "event": MessageKind.EVENT,
}


def read(body: bytes) -> Inbound:
    """Read one decrypted push. Kinds and events that are new to us are read too, as UNKNOWN or by their name.

    The address is the userid in lower case: WeCom knows no difference, and writes it now so, now so.
    Raises PayloadError when it is not XML in UTF-8, holds a DTD, repeats or lacks an element.
    """
    found = elements(body)
    kind = _KINDS.get(identifier(found, "MsgType"), MessageKind.UNKNOWN)
    is_event = kind is MessageKind.EVENT
    return Inbound(
        channel=CHANNEL,
        account=identifier(found, "ToUserName"),
        address=identifier(found, "FromUserName").lower(),
        key=_key(found, kind),
        sent_at=seconds(found),
        kind=kind,
        text=found.get("Content", "") if kind is MessageKind.TEXT else "",
        event=identifier(found, "Event").lower() if is_event else "",
        event_key=found.get("EventKey", "") if is_event else "",
        place=_place(found) if kind is MessageKind.LOCATION else None,
    )


def elements(body: bytes) -> dict[str, str]:
    """The text of each element right below <xml>, without the blanks around it. Raises PayloadError."""
    if b"\0" in body:
        raise PayloadError("not UTF-8")  # expat would recognise UTF-16, which is never sent
    found: dict[str, str] = {}
    parts: list[str] = []
    depth = count = 0

    def start(name: str, _attributes: dict[str, str]) -> None:
        nonlocal depth, count
        depth, count = depth + 1, count + 1
        if depth > _MAX_DEPTH or count > _MAX_ELEMENTS:
            raise PayloadError("too many elements or levels")
        if depth == 1 and name != "xml":
            raise PayloadError("the root element is not <xml>")
        if depth == 2:
            if name in found:
                raise PayloadError("an element stands twice")
            found[name] = ""
            parts.clear()

    def end(name: str) -> None:
        nonlocal depth
        if depth == 2:
            found[name] = "".join(parts).strip()
        depth -= 1

    def characters(text: str) -> None:
        if depth == 2:
            parts.append(text)

    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, characters
    parser.StartDoctypeDeclHandler = refuse_dtd
    try:
        parser.Parse(body, True)
    except expat.ExpatError as e:
        # Never the body itself: this goes into the log.
        raise PayloadError(f"not well-formed XML in UTF-8: {expat.ErrorString(e.code)}") from e
    return found


def _key(found: dict[str, str], kind: MessageKind) -> str:
    """What tells a repeat: MsgId, for events what stands in them; an event may carry no MsgId."""
    who = f"{found['ToUserName']}:{found['FromUserName'].lower()}"
    if kind is MessageKind.EVENT:
        return f"{who}:{seconds(found)}:{identifier(found, 'Event').lower()}:{found.get('EventKey', '')}"
    return f"{who}:{identifier(found, 'MsgId')}"


def _place(found: dict[str, str]) -> Place:
    try:
        at = float(found.get("Location_X", "")), float(found.get("Location_Y", ""))
    except ValueError:
        at = math.nan, math.nan
    if not (abs(at[0]) <= 90 and abs(at[1]) <= 180):  # neither is true of a NaN
        raise PayloadError("<Location_X> or <Location_Y> is no position")
    return Place(*at, found.get("Label", ""))
