"""The shell meets Flask: its own pages, what templates know, the pages of the capabilities."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from flask import Flask, g, redirect, request, url_for
from markupsafe import Markup
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response

from bot.console import accounts, audit, errors, sending, signing, today
from bot.console.desk import Console, console, install, person
from bot.console.groups import Group, Link, Section
from bot.console.pages import recognise
from bot.headers import protect_staff
from bot.settings import BEIJING
from bot.staff import Permission

_OWN = Group(
    [signing.pages, today.pages, accounts.pages, audit.pages],
    Section(
        "管理",
        [
            Link("账号", "/staff/accounts", Permission.MANAGE_STAFF),
            Link("操作记录", "/staff/audit/", Permission.READ_AUDIT),
        ],
    ),
    waiting=accounts.waiting,
)
_WEEK = "一二三四五六日"


def register(app: Flask, held: Console, groups: Sequence[Group]) -> None:
    """Serve the staff site at /staff/, its navigation in the order of `groups`, the shell's own part last."""
    install(app.extensions, held)
    held.add([*groups, _OWN])
    for group in held.groups:
        for pages in group.pages:
            app.register_blueprint(pages.blueprint)
    app.add_url_rule("/staff", "staff", _to_front)
    app.jinja_env.filters.update(moment=_moment, day=_day, number=_number, person=person)
    app.jinja_env.globals.update(asset=_asset, spark=_spark, form_key=sending.new_key)
    app.context_processor(_known)
    app.after_request(_stay)


def _to_front() -> Response:
    return redirect("/staff/", 308)


def _stay(response: Response) -> Response:
    """What routing itself answers: staff are told in their own words that there is no such page.

    A slash is mended by sending the browser to the host of the request, which anybody may have written.
    """
    wrong = request.routing_exception
    if wrong and request.path.startswith("/staff/") and isinstance(wrong, NotFound | MethodNotAllowed):
        recognise()
        return errors.respond(wrong)
    if not isinstance(wrong, RequestRedirect):
        return response
    parts = urlsplit(wrong.new_url)
    return protect_staff(
        redirect(urlunsplit(("", "", "/" + parts.path.lstrip("/"), parts.query, "")), response.status_code)
    )


def _known() -> dict[str, Any]:
    """What every template of the staff site knows."""
    if "visit" not in g:
        return {}
    visit = g.visit
    notes = [*visit.session.notes, *visit.notes]
    staff = visit.session.staff
    sections = console().sections(staff)
    return {
        "staff": staff, "csrf_token": visit.session.csrf, "notes": notes, "sections": sections,
        "office_name": console().office(), "Permission": Permission, "place": _place(sections),
    }  # fmt: skip


def _place(sections: Sequence[Section]) -> str:
    """The line of the navigation that this page is under: of those that begin its address the longest."""
    urls = ["/staff/", *(link.url for section in sections for link in section.links)]
    path = request.path
    under = [u for u in urls if path == u or (u != "/staff/" and path.startswith(u.rstrip("/") + "/"))]
    return max(under, key=len, default="")


def _asset(endpoint: str, filename: str) -> str:
    """The address of a static file; it changes with the file, so browsers may keep it for good."""
    from flask import current_app

    blueprint = current_app.blueprints[endpoint.partition(".")[0]]
    return url_for(endpoint, filename=filename, v=_digest(Path(blueprint.static_folder or "") / filename))


@lru_cache(maxsize=200)
def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]


def _moment(at: datetime | None) -> str:
    """11月27日 14:05, in Beijing."""
    if at is None:
        return "—"
    here = at.astimezone(BEIJING)
    year = "" if here.year == console().clock().astimezone(BEIJING).year else f"{here.year}年"
    return f"{year}{here.month}月{here.day}日 {here:%H:%M}"


def _day(at: datetime | None) -> str:
    """11月27日（周五）, in Beijing."""
    if at is None:
        return "—"
    here = at.astimezone(BEIJING)
    return f"{here.month}月{here.day}日（周{_WEEK[here.weekday()]}）"


def _number(value: float) -> str:
    return f"{value:,}"


def _spark(values: Sequence[int], label: str = "") -> Markup:
    """A line of figures as a small picture, of 100 by 28."""
    if len(values) < 2:
        return Markup("")
    top, step = max(max(values), 1), 100 / (len(values) - 1)
    dots = " ".join(f"{n * step:.1f},{26 - value / top * 24:.1f}" for n, value in enumerate(values))
    return Markup(
        '<svg class="spark" viewBox="0 0 100 28" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<polyline points="{}"/></svg>'
    ).format(label or "最近的走势：" + "、".join(map(str, values)), dots)
