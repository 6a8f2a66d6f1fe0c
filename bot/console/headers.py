"""What every page of staff tells the browser to refuse."""

from __future__ import annotations

from werkzeug.wrappers import Response

#: No inline script or style anywhere; nothing from elsewhere; pictures may be those that a form is about to send.
_POLICY = "; ".join(
    (
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' blob: data:",
        "connect-src 'self'", "font-src 'self'", "media-src 'self' blob:", "object-src 'none'", "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'", "manifest-src 'self'",
    )
)  # fmt: skip
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # What staff see of people stays in no cache, and is not there after signing out when somebody goes back.
    "Cache-Control": "no-store",
}


def protect(response: Response) -> Response:
    """Add the headers to a response."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response
