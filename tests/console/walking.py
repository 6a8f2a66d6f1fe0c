"""A hostile visitor for tests of the staff site: knows every route, reads the forms of the pages, fills in rubbish."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import quote

from flask import Flask
from werkzeug.routing import Rule

_PARAMETER = re.compile(r"<(?:\w+:)?\w+>")
#: These end the session or the account of the one who walks.
_ENDS = {"signing.sign_out", "accounts.close", "accounts.reset", "accounts.change", "me.elsewhere"}


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
