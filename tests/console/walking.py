"""A hostile visitor for tests of the staff site: knows every route, reads the forms of the pages, fills in rubbish."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from flask import Flask
from lxml import etree, html
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from bot.sending import Message, Receipt
from bot.staff.tables import audit
from bot.store.tables import metadata
from tests.console.pages import Client, Office

#: A word that is in no page of ours; and what it would do where it is not escaped.
MARK = "foe7"
EVIL = f"{MARK}</textarea></title><script>{MARK}()</script>\"'><img src=x {MARK}=1 onerror={MARK}()>{{{{7*7}}}}"
_NAMED = re.compile(r"/\d+|(?<=/entries)/[^/]+|(?<=/item)/[^/]+|(?<=/book)/[^/]+|(?<=/group)/[^/]+")
_PARAMETER = re.compile(r"<(?:\w+:)?\w+>")
_AS_SENT = html.HTMLParser(encoding="utf-8")
#: These end the session or the account of the one who walks.
_ENDS = {"signing.sign_out", "accounts.close", "accounts.reset", "accounts.change", "me.elsewhere"}

#: What may change by looking, or by asking for a file: the session, the trail, work that only reads.
_BY_READING = {
    "staff_session",
    "audit",
    "people_task",
    "knowledge_work",
    "conversation",
    "sign_in_failure",
    "parked_form",
    "kept_file",
}


@dataclass
class Form:
    """A form of a page. fields: name -> the value that stands in it; texts: those that a person types."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    texts: set[str] = field(default_factory=set)


class Page(HTMLParser):
    """What a page holds: elements by name with their attributes, forms, links."""

    def __init__(self, html: str, url: str) -> None:
        super().__init__()
        self.url = url
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._area = self._select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = {name: value or "" for name, value in attrs}
        self.elements.append((tag, held))
        if tag == "form":
            action = held.get("action") or self.url
            self._form = Form(action, held.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form and held.get("name") and tag in ("input", "textarea", "select", "button"):
            self._field(self._form, tag, held)
        elif self._form and tag == "option" and self._select and ("selected" in held):
            self._form.fields[self._select] = [held.get("value", "")]

    def _field(self, form: Form, tag: str, held: dict[str, str]) -> None:
        name, kind = held["name"], held.get("type", "text" if tag == "input" else tag)
        if tag == "textarea":
            self._area, form.fields[name] = name, [""]
            form.texts.add(name)
        elif tag == "select":
            self._select = name
            form.fields.setdefault(name, [])
        elif kind in ("checkbox", "radio", "submit", "button"):
            if "checked" in held:
                form.fields.setdefault(name, []).append(held.get("value", "on"))
        else:
            form.fields[name] = [held.get("value", "")]
            if kind in ("text", "search"):
                form.texts.add(name)

    def handle_data(self, data: str) -> None:
        if self._form and self._area:
            self._form.fields[self._area][0] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "textarea":
            self._area = ""
        elif tag == "select":
            self._select = ""

    def links(self) -> Iterator[str]:
        """Addresses on this site that the page opens by itself or by a click."""
        for _, held in self.elements:
            for name in ("href", "hx-get", "data-live"):
                address = held.get(name, "").partition("#")[0]
                if address.startswith("/staff/"):
                    yield address


def rules(app: Flask, method: str) -> list[Rule]:
    """The routes of the staff site, without files and without what ends the session."""
    held = [rule for rule in app.url_map.iter_rules() if str(rule).startswith("/staff/")]
    mine = [r for r in held if not r.endpoint.endswith(".static") and r.endpoint not in _ENDS]
    return sorted((r for r in mine if method in (r.methods or ())), key=str)


def filled(rule: Rule, values: Iterable[str]) -> list[str]:
    """The addresses of a route with each of these as its parameters."""
    if not _PARAMETER.search(str(rule)):
        return [str(rule)]
    told = [quote(value.encode("utf-8", "surrogatepass"), safe="") for value in values]
    return [_PARAMETER.sub(lambda _, t=one: t, str(rule)) for one in told]  # type: ignore[misc]


@dataclass
class Platform:
    """A sender that takes everything."""

    name: str
    most: int = 1
    least: int = 1
    has_key: bool = False
    per_minute: int = 0

    def send(self, _addresses: Any, _message: Message, key: str) -> Receipt:
        return Receipt(f"job-{key}")


def wrong(url: str, answer: TestResponse) -> str:
    """What is wrong with an answer, "" for nothing."""
    at = f"{answer.status_code} {url[:120]}"
    if answer.status_code >= 500:
        return f"failed: {at}"
    text = answer.data.decode("utf-8", "replace")
    if "Traceback" in text:
        return f"traceback: {at}"
    if answer.status_code >= 400 and not re.search("[一-鿿]", text):
        return f"not Chinese: {at}: {text[:80]}"
    if answer.location and not answer.location.startswith("/staff"):
        return f"sent elsewhere: {at}: {answer.location}"
    return at_large(at, answer, text)


def at_large(at: str, answer: TestResponse, text: str) -> str:
    """Whether what was typed became part of the page itself."""
    if answer.mimetype != "text/html":
        return (
            ""
            if "attachment" in answer.headers.get("Content-Disposition", "") or MARK not in text
            else at * (answer.mimetype not in ("text/event-stream", "image/svg+xml"))
        )
    for element in _elements(text):
        tag, held = str(element.tag), element.attrib
        if MARK in tag or any(MARK in name or name.startswith("on") for name in held) or "style" in held:
            return f"broke out: {at}: {tag} {held}"
        if tag == "script" and not held.get("src", "").startswith(("/staff/", "/web/static/")):
            return f"script: {at}"
        for name in ("href", "src", "action", "formaction"):
            if re.match(r"\s*(?:javascript|data|vbscript):", held.get(name, ""), re.I):
                return f"link that runs: {at}: {held[name]}"
    return "" if "<script>" + MARK not in text else f"script: {at}"


def _elements(text: str) -> Iterator[etree._Element]:
    """The elements of a page or of a part of one, as a browser would make them of whatever it is sent."""
    if text.strip():
        yield from html.document_fromstring(text.replace("\0", " ").encode(), _AS_SENT).iter(etree.Element)


def walk(client: Client, *starts: str, most: int = 150) -> dict[str, Page]:
    """Every page that can be reached by links, two for each form of an address."""
    seen: dict[str, Page] = {}
    waiting, asked = list(starts), Counter(starts)
    while waiting and len(seen) < most:
        url = waiting.pop(0)
        answer = client.get(url, follow_redirects=True)
        assert not (bad := wrong(url, answer)), bad
        if answer.mimetype != "text/html":
            continue
        seen[url] = Page(answer.text, url)
        for link in dict.fromkeys(seen[url].links()):  # in their order, so that each walk is the same
            shape = _NAMED.sub("/0", link.partition("?")[0])
            asked[shape] += 1
            if "/static/" not in link and asked[shape] < 3:
                waiting.append(link)
    return seen


def rows(office: Office) -> int:
    """How many deeds are on record."""
    with office.services.database.begin() as db:
        return db.scalar(sa.select(sa.func.count()).select_from(audit)) or 0


def decided(office: Office) -> dict[str, list[str]]:
    """All rows of all tables that staff decide about."""
    with office.services.database.begin() as db:
        tables = [t for t in metadata.sorted_tables if t.name not in _BY_READING]
        return {t.name: sorted(map(str, db.execute(sa.select(t)).all())) for t in tables}
