"""Reply -> bytes of a passive reply of an app, and the words of any of its text messages."""

from __future__ import annotations

import re

from bot.messages import Inbound, Reply, cut_text, numbered

#: UTF-8 bytes; longer texts are cut by WeCom in the middle of a word.
#: Source: developer.work.weixin.qq.com/document/path/90236 (text.content).
MAX_TEXT_BYTES = 2048
#: However many choices there are, the text before them keeps this much.
_MIN_TEXT_BYTES = 512
_LEAST_BYTES = 7  # a character and the sign that more is left out
_ILLEGAL_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def render(reply: Reply | None, inbound: Inbound, now: int) -> bytes:
    """The answer to one push, not encrypted; empty where there is nothing to say. now: unix seconds."""
    words = content(reply) if reply else ""
    if not words:
        return b""
    return (
        f"<xml><ToUserName>{_cdata(inbound.address)}</ToUserName>"
        f"<FromUserName>{_cdata(inbound.account)}</FromUserName>"
        f"<CreateTime>{now}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content>{_cdata(words)}</Content></xml>"
    ).encode()


def content(reply: Reply) -> str:
    """Plain words, an empty line, and one numbered line a choice; never more than MAX_TEXT_BYTES.

    WeCom has no links that say something in the person's name: choices are answered by their number.
    """
    text, choices = plain(reply.text), reply.choices
    room = MAX_TEXT_BYTES - min(_size(text), _MIN_TEXT_BYTES) - 2
    while choices and _size(numbered(choices)) > room:
        choices = choices[:-1]
    lines = plain(numbered(choices))
    return "\n\n".join(part for part in (cut(text, MAX_TEXT_BYTES - _size(lines) - 2), lines) if part)


def plain(text: str) -> str:
    """Text that WeCom shows as it stands: it turns <a href> into a link, and <@…> into a call to somebody."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("<", "＜")
    return _ILLEGAL_IN_XML.sub("", text).strip()


def cut(text: str, max_bytes: int) -> str:
    """At most so many UTF-8 bytes of a text, with a sign where something is left out."""
    return text if _size(text) <= max_bytes else cut_text(text, max(max_bytes, _LEAST_BYTES) - 3)[0] + "…"


def _cdata(text: str) -> str:
    """CDATA that nothing in `text` can end."""
    return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>"


def _size(text: str) -> int:
    return len(text.encode())
