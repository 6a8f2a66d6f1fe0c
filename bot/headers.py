"""What every page tells the browser to refuse.

No inline script or style is allowed anywhere, for there is none: what slips into a page cannot run.
"""

from __future__ import annotations

from collections.abc import Mapping

from werkzeug.wrappers import Response

_ALL = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: under that a browser sends `Origin: null` with our own form, and the form would be refused.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_PUBLIC = _ALL | {
    "Content-Security-Policy": "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self';"
    " connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
}
_STAFF = _ALL | {
    # Pictures may be those that a form is about to send.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:;"
    " connect-src 'self'; font-src 'self'; media-src 'self' blob:; object-src 'none'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'; manifest-src 'self'",
    "Cross-Origin-Resource-Policy": "same-origin",
    # What staff see of people stays in no cache, and is not there after signing out when somebody goes back.
    "Cache-Control": "no-store",
}


def protect(response: Response) -> Response:
    """Add the headers of a page of the public."""
    return _with(_PUBLIC, response)


def protect_staff(response: Response) -> Response:
    """Add the headers of a page of staff."""
    return _with(_STAFF, response)


def _with(headers: Mapping[str, str], response: Response) -> Response:
    for name, value in headers.items():
        response.headers.setdefault(name, value)
    return response
