"""The cookies of the staff site, and how a form shows that it is our own."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from flask import Request
from werkzeug.wrappers import Response

SESSION = "staff"
#: Before anybody is signed in, a form is ours when it holds what this cookie holds.
FORM = "staff_form"
CSRF_FIELD = "csrf"
_PATH = "/staff"


def word(request: Request) -> str:
    """The word of the session, empty for none."""
    return request.cookies.get(SESSION, "")


def give(response: Response, name: str, value: str, *, secure: bool) -> None:
    """Set a cookie for as long as the browser is open."""
    response.set_cookie(name, value, path=_PATH, httponly=True, samesite="Lax", secure=secure)


def take_away(response: Response, name: str) -> None:
    """Delete a cookie."""
    response.delete_cookie(name, path=_PATH)


def same(given: str, held: str) -> bool:
    """Whether a form's token is the right one."""
    return bool(held) and secrets.compare_digest(given.encode("utf-8", "replace"), held.encode())


def is_ours(request: Request) -> bool:
    """Whether a browser says that a page of this site sent this; one that says nothing is believed.

    The token of the form is checked besides. The host is the one that the browser asked for, behind a proxy too: see
    bot.peers.
    """
    origin = request.headers.get("Origin")
    if request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
        return False
    return origin is None or urlsplit(origin).netloc == request.host
