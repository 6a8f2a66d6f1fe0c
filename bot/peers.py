"""Who is at the other end of a request: the one place that decides whose word counts for it.

A proxy tells for whom it calls in X-Forwarded-For, -Proto and -Host, and so may anybody else. These headers count from
proxies that the settings name, and go no further than here: whoever reads a request finds the client in its address.
"""

from __future__ import annotations

import ipaddress
import logging
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_HEADERS = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST")
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}(?::\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::\d{1,5})?")
_PORT = re.compile(r"^\[?([0-9A-Fa-f:.]+?)\]?(?::\d{1,5})?$")
#: What one person has: an IPv4 address, and of IPv6 the 64 bits that a home or a server is given to use as it likes.
_OWN = {4: 32, 6: 64}
#: What one provider hands out to somebody who asks for more.
_WIDE = {4: 24, 6: 48}


class Peers:
    """WSGI: a request by way of a proxy becomes one of whoever the proxy calls for.

    trusted  the proxies whose word counts
    """

    def __init__(self, app: WSGIApplication, trusted: Iterable[_Network]) -> None:
        self._app, self._trusted = app, tuple(trusted)
        self._has_warned = False

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """See PEP 3333."""
        given = [environ.pop(name, "") for name in _HEADERS]
        if any(given):
            self._heed(environ, *given)
        return self._app(environ, start_response)

    def _heed(self, environ: WSGIEnvironment, callers: str, proto: str, host: str) -> None:
        peer = _address(environ.get("REMOTE_ADDR", ""))
        if peer is None or not self._trusts(peer):
            self._warn(peer)
            return
        environ["REMOTE_ADDR"] = str(self._caller(peer, callers))
        if (scheme := _last(proto).lower()) in ("http", "https"):
            environ["wsgi.url_scheme"] = scheme
        if _HOST.fullmatch(_last(host)):
            environ["HTTP_HOST"] = _last(host)

    def _caller(self, peer: _Address, callers: str) -> _Address:
        """The nearest that is no proxy of ours: each wrote down who called it, and what stands before may be a lie."""
        for told in reversed(callers.split(",")):
            address = _address(told)
            if address is None:
                return peer
            peer = address
            if not self._trusts(peer):
                return peer
        return peer

    def _trusts(self, peer: _Address) -> bool:
        return any(peer in network for network in self._trusted)

    def _warn(self, peer: _Address | None) -> None:
        if not self._has_warned and peer is not None and peer.is_private:
            self._has_warned = True
            log.warning("a peer that is no trusted proxy tells for whom it calls", extra={"peer": str(peer)})


class Request(Protocol):
    """Of a request, all that is needed here; Flask's is one."""

    remote_addr: str | None


def client_ip(request: Request) -> str:
    """Whose request it is, as an IP address: `Peers` has seen to proxies."""
    return request.remote_addr or ""


def network_of(ip: str, *, wide: bool = False) -> str:
    """What is counted as one at an address, as 203.0.113.7/32 or 2001:db8:1:2::/64; what is no address stays.

    wide  what one provider hands out to one customer: a /24, of IPv6 a /48
    """
    address = _address(ip)
    if address is None:
        return ip[:64]
    length = (_WIDE if wide else _OWN)[address.version]
    return str(ipaddress.ip_network((address, length), strict=False))


def _address(text: str) -> _Address | None:
    """An address, also an IPv4 one written as IPv6, without a port behind it. None for anything else."""
    text = text.strip()
    if text.count(":") == 1 or text.startswith("["):
        found = _PORT.match(text)
        text = found[1] if found else ""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _last(header: str) -> str:
    return header.rsplit(",", 1)[-1].strip()
