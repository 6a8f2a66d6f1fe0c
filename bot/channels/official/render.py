"""Reply -> bytes of a passive reply (被动回复), and -> the words of any text message of the account."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from urllib.parse import quote

from bot.messages import Choice, Inbound, Reply, cut_text

#: Ends an exchange without a word, in every mode unencrypted.
SUCCESS = b"success"
#: UTF-8 bytes of Content. Source: legacy wording of Passive_user_reply_message.html; today's page gives no number.
MAX_TEXT_BYTES = 2048
#: However many choices there are, the text before them keeps this much.
_MIN_TEXT_BYTES = 512

_ILLEGAL_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_UNSAFE_IN_LINK = re.compile(r"[&<>\"#%\s]")


def render(reply: Reply | None, inbound: Inbound, now: int) -> bytes:
    """The answer to one push, not encrypted; SUCCESS where there is nothing to say. now: unix seconds."""
    words = _quoted(reply) if reply else b""
    if not words:
        return SUCCESS  # an empty Content shows people a line that the service is out of order
    head = (
        f"<xml><ToUserName>{_cdata(inbound.address)}</ToUserName>"
        f"<FromUserName>{_cdata(inbound.account)}</FromUserName>"
        f"<CreateTime>{now}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
    )
    return head.encode() + words


@lru_cache(maxsize=4096)  # as many as the answerer remembers: a campaign's questions repeat
def _quoted(reply: Reply) -> bytes:
    """The words of a reply as they end the message, b"" where there are none."""
    words = content(reply.text, reply.choices)
    return f"<Content>{_cdata(words)}</Content></xml>".encode() if words else b""


def content(text: str, choices: Sequence[Choice] = (), *, tappable: bool = True) -> str:
    """Plain words, an empty line, and one numbered line a choice; never more than MAX_TEXT_BYTES.

    The dialogue cuts long answers itself; here is the last guard. A choice whose link is too long becomes a plain
    numbered line, one too many is left out, and the text is cut to the room beside them.
    """
    text = plain(text)
    needed = min(_size(text), _MIN_TEXT_BYTES)
    lines = "\n".join(_choice_lines(choices, MAX_TEXT_BYTES - needed - 2, tappable))
    room = MAX_TEXT_BYTES - _size(lines) - 2 if lines else MAX_TEXT_BYTES
    if _size(text) > room:
        text = cut_text(text, room - 3)[0] + "…"
    return "\n\n".join(part for part in (text, lines) if part)


def plain(text: str) -> str:
    """Text that WeChat shows as it stands: no markup, nothing that is illegal in XML, no blanks around it.

    WeChat turns <a href> into a link, so a "<" of the content becomes its full-width twin. Addresses stay as they are.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("<", "＜")
    return _ILLEGAL_IN_XML.sub("", text).strip()


def choice_bytes(choice: Choice) -> int:
    """The most that a choice takes of MAX_TEXT_BYTES, its line break included."""
    return _size(_link(99, choice)) + 1


def _choice_lines(choices: Sequence[Choice], room: int, tappable: bool) -> Iterator[str]:
    ways = (_link, _line) if tappable else (_line,)
    for number, choice in enumerate(choices, 1):
        line = next((ln for way in ways if _size(ln := way(number, choice)) < room), None)
        if line is None:
            return  # the numbers of those that are shown must stay right, so none after it either
        room -= _size(line) + 1
        yield line


def _link(number: int, choice: Choice) -> str:
    """A tap on this sends the choice's text in the person's name.

    Not in WeChat's documents, but what production bots use; where it does nothing, the number can be typed.
    """
    said, menu_id = _in_link(choice.text), _in_link(choice.id)
    target = f"weixin://bizmsgmenu?msgmenucontent={said}&msgmenuid={menu_id}"
    return f'<a href="{target}">{_line(number, choice)}</a>'


def _line(number: int, choice: Choice) -> str:
    label = " ".join(plain(choice.label or choice.text).split())
    return f"{number}. {label}"


def _in_link(text: str) -> str:
    # Only what would break the link: WeChat is known to hand Chinese characters back as they stand.
    return _UNSAFE_IN_LINK.sub(lambda found: quote(found[0]), _ILLEGAL_IN_XML.sub("", text))


def _cdata(text: str) -> str:
    """CDATA that nothing in `text` can end."""
    return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>"


def _size(text: str) -> int:
    return len(text.encode())
