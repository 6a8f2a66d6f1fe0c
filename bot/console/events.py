"""Live parts of pages, by server-sent events.

A stream that stays open would hold one of the few threads that answer people for as long as somebody looks at a page.
So each answer tells how things stand and ends; the browser's EventSource comes again by itself, after `retry`. Once
nothing will change any more the answer is 204, which tells it to stay away.
"""

from __future__ import annotations

from flask import Response

_EVERY_MS = 1000


def stream(html: str | None, key: str = "") -> Response:
    """The part of the page as it stands, for `data-live` (console.js); None: it is final, "": nothing new.

    key  the browser sends it along when it comes again, as Last-Event-ID
    """
    if html is None:
        return Response(status=204)
    lines = "".join(f"data: {line}\n" for line in html.splitlines())
    numbered = f"id: {key}\n" if key and lines else ""
    response = Response(f"retry: {_EVERY_MS}\n{numbered}{lines}\n", content_type="text/event-stream; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    return response
