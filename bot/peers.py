"""Who is at the other end of a request."""

from __future__ import annotations

import ipaddress

from werkzeug.wrappers import Request


def client_ip(request: Request) -> str:
    """Who is connected, as an IP address; behind a proxy of ours, the one for whom the proxy calls.

    Without this all visitors behind a proxy would share one limit. The last entry of X-Forwarded-For is the proxy's
    own; the header counts only from a private peer, so that nobody on the net can write it.
    """
    peer = request.remote_addr or ""
    forwarded = request.headers.get("X-Forwarded-For", "").rsplit(",", 1)[-1].strip()
    return forwarded if forwarded and _is_private(peer) and _is_ip(forwarded) else peer


def _is_private(text: str) -> bool:
    return _is_ip(text) and ipaddress.ip_address(text).is_private


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
