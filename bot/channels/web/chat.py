"""One question from the page: read and checked, given to the inbox, its reply written as JSON."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import Request, url_for
from werkzeug.exceptions import BadRequest, Forbidden, ServiceUnavailable, TooManyRequests

from bot.channels.web.limits import RateLimit
from bot.channels.web.shelf import Library
from bot.inbox import Inbox
from bot.messages import Choice, Citation, Inbound, MessageKind, Reply
from bot.peers import client_ip, network_of

MAX_BODY_BYTES = 8192
MAX_TEXT_BYTES = 8000  # of a reply; a page has room, but nobody reads more at once
VISITOR_PER_MINUTE = 20
#: A school or a site office shares one address on the net.
IP_PER_MINUTE = 200

_MAX_TEXT = 1000  # characters of a question that are read
_TAIL = 200  # … of them from the end, where people who write much say what is wrong right now
_TOO_LONG = f"您写得较长，我看了开头{_MAX_TEXT - _TAIL}字和最后{_TAIL}字。"
_MAX_MARKED = 60  # characters of a question carried to the article's page
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
#: Neither shown nor kept: PostgreSQL refuses NUL, and a lone surrogate is no character.
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Said:
    """What a visitor said: `id` names this very message, `notice` tells them if only part of it was read."""

    text: str
    id: str
    notice: str = ""


#: What staff wrote to the visitor of an address after a number: (number, text) each, oldest first.
News = Callable[[str, int], Sequence[tuple[int, str]]]


class Desk:
    """Takes questions at the door: limits, then the inbox; hands out what staff wrote.

    clock  unix seconds
    """

    def __init__(self, inbox: Inbox, library: Library, clock: Callable[[], float], news: News | None = None) -> None:
        self._inbox, self._library, self._clock, self._news = inbox, library, clock, news
        self._visitors = RateLimit(VISITOR_PER_MINUTE, clock)
        self._ips = RateLimit(IP_PER_MINUTE, clock)

    def admit(self, request: Request, address: str) -> None:
        """Count one message. Raises TooManyRequests."""
        if not (self._ips.take(network_of(client_ip(request))) and self._visitors.take(address)):
            raise TooManyRequests(retry_after=60)

    def answer(self, said: Said, address: str) -> dict[str, Any]:
        """The reply as the API hands it out. Raises ServiceUnavailable where it did not come in time."""
        inbound = Inbound(
            channel="web", account="web", address=address, key=f"{address}:{said.id}", sent_at=int(self._clock()),
            kind=MessageKind.TEXT, text=said.text, max_text_bytes=MAX_TEXT_BYTES,
        )  # fmt: skip
        body = self._inbox.receive(inbound, lambda reply: self._render(reply, said.text))
        if not body:
            raise ServiceUnavailable(retry_after=1)
        return {"reply": json.loads(body), "notice": said.notice}

    def news(self, address: str, after: int) -> list[dict[str, Any]]:
        """What staff wrote to a visitor after that number, as the API hands it out."""
        found = self._news(address, after) if self._news else ()
        return [{"id": number, "text": text} for number, text in found]

    def _render(self, reply: Reply | None, question: str) -> bytes:
        reply = reply or Reply("")
        shown = {
            "text": reply.text,
            "choices": [_choice(c) for c in reply.choices],
            "citations": [self._citation(c, question) for c in reply.citations],
        }
        return json.dumps(shown, ensure_ascii=False).encode()

    def _citation(self, c: Citation, question: str) -> dict[str, str]:
        url = self._url(c, question)
        return {"title": c.title, "law": c.law, "article": c.article, "plan": c.plan, "section": c.section, "url": url}

    def _url(self, c: Citation, question: str) -> str:
        """Where the source can be read in full, "" where its text is not held."""
        if c.law and c.article and self._library.article(c.law, c.article):
            return url_for("web.article", title=c.law, number=c.article, q=question[:_MAX_MARKED])
        if c.law and not c.article and self._library.statute(c.law):
            return url_for("web.statute", title=c.law)
        return ""


def _choice(c: Choice) -> dict[str, str]:
    return {"id": c.id, "label": c.label, "text": c.text}


def read_json(request: Request) -> Said:
    """A question sent by the page's script. Raises BadRequest, Forbidden, RequestEntityTooLarge."""
    # Another site's form can send neither of the two, and its script is stopped by the browser's preflight.
    if not (request.is_json or "X-Requested-With" in request.headers):
        raise BadRequest('请用JSON格式发送，例如：{"text": "您的问题"}。')
    _same_origin(request)
    try:
        sent = json.loads(request.get_data())
        text, message_id = sent["text"], sent.get("id") or secrets.token_urlsafe(12)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as e:
        raise BadRequest('发来的内容不是正确的JSON，应当是：{"text": "您的问题"}。') from e
    return _said(text, message_id)


def read_form(request: Request) -> Said:
    """A question sent without script: typed, or a tapped suggestion. Raises as read_json."""
    _same_origin(request)
    text = request.form.get("say") or request.form.get("text", "")
    return _said(text, request.form.get("id") or secrets.token_urlsafe(12))


def _same_origin(request: Request) -> None:
    """Refuse what another site's page sent. A program that is no browser sends none of these, and is no danger."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        # The browser's own word; holds even where a proxy changed Host.
        allowed = site in ("same-origin", "none")
    else:
        source = request.headers.get("Origin") or request.headers.get("Referer")
        allowed = source is None or urlsplit(source).netloc == request.host
    if not allowed:
        raise Forbidden


def _said(text: object, message_id: object) -> Said:
    if not isinstance(text, str) or not isinstance(message_id, str) or not _ID.fullmatch(message_id):
        raise BadRequest("发来的内容不对：text应当是文字，id应当是字母和数字。")
    text = _UNWRITABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if len(text) <= _MAX_TEXT:
        return Said(text, message_id)
    return Said(text[: _MAX_TEXT - _TAIL] + text[-_TAIL:], message_id, _TOO_LONG)
