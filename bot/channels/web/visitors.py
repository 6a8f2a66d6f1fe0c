"""Who is writing: a random address in a cookie, worth nothing but to tell one talk from another."""

from __future__ import annotations

import re
import secrets

from flask import g, request
from werkzeug.wrappers import Response

COOKIE = "visitor"
#: As long as a session lives after the last word (bot/inbox.py).
_MAX_AGE_S = 7 * 86400
_SHAPE = re.compile(r"[A-Za-z0-9_-]{24}")


def visitor() -> str:
    """The visitor's address, a new one for a new visitor."""
    if "visitor" not in g:
        sent = request.cookies.get(COOKIE, "")
        g.visitor = sent if _SHAPE.fullmatch(sent) else secrets.token_urlsafe(18)
    return str(g.visitor)


def remember(response: Response) -> Response:
    """Send the cookie to whoever was given an address in this request."""
    if "visitor" in g:
        response.set_cookie(
            COOKIE, g.visitor, max_age=_MAX_AGE_S, secure=request.is_secure, httponly=True, samesite="Lax"
        )
    return response
