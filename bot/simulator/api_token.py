"""Tokens and housekeeping: /token, /stable_token, quotas, callback addresses and checks."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .config import ENABLED
from .endpoint import Answer, Call, Endpoint
from .errcodes import Refused, ok

if TYPE_CHECKING:
    from .simulator import Simulator

GRANT = "client_credential"
CHECK_ACTIONS = frozenset({"dns", "ping", "all"})
CHECK_OPERATORS = frozenset({"CHINANET", "UNICOM", "CAP", "DEFAULT"})
#: What quota/get reports where the minute is not limited.
NO_RATE_LIMIT = {"call_count": 0, "refresh_second": 0}


def token(sim: Simulator, call: Call) -> Answer:
    """A new token; the one before it survives for the hand-over only."""
    _check_credentials(sim, call, dict(call.query))
    issued = sim.tokens.rotate(sim.config.handover_s)
    return {"access_token": issued.value, "expires_in": sim.tokens.remaining_s(issued)}


def stable_token(sim: Simulator, call: Call) -> Answer:
    """The same token for as long as it lives, unless a refresh is forced."""
    _check_credentials(sim, call, call.body)
    issued = sim.tokens.stable(force_refresh=call.body.get("force_refresh") is True)
    return {"access_token": issued.value, "expires_in": sim.tokens.remaining_s(issued)}


def clear_quota(sim: Simulator, call: Call) -> Answer:
    """Zero the day's counters, ten times a month in all."""
    _check_app_id(sim, call.body)
    sim.quotas.clear()
    return ok()


def clear_quota_v2(sim: Simulator, call: Call) -> Answer:
    """The same by appsecret, for when even the token quota is gone."""
    _check_app_id(sim, call.body)
    _check_secret(sim, call.body.get("appsecret"))
    sim.quotas.clear()
    return ok()


def quota_get(sim: Simulator, call: Call) -> Answer:
    """What is left of one path's day."""
    path = _cgi_path(sim, call)
    limit = sim.quotas.daily_limit(path, sim.config.profile)
    used = sim.quotas.used_today(path)
    per_minute = sim.quotas.minute_limits.get(path)
    rate = {"call_count": per_minute, "refresh_second": 60} if per_minute is not None else NO_RATE_LIMIT
    daily_limit = 0 if limit is None else limit
    quota = {"daily_limit": daily_limit, "used": used, "remain": max(daily_limit - used, 0)}
    return ok(quota=quota, rate_limit=rate)


def quota_clear(sim: Simulator, call: Call) -> Answer:
    """Zero one path's counter."""
    sim.quotas.clear_one(_cgi_path(sim, call))
    return ok()


def callback_ips(sim: Simulator, call: Call) -> Answer:
    """The addresses pushes come from: this machine's."""
    return {"ip_list": ["127.0.0.1"]}


def callback_check(sim: Simulator, call: Call) -> Answer:
    """Whether the bot's host resolves. Only names on this machine's own resolver are asked."""
    if call.text("action", 40202) not in CHECK_ACTIONS:
        raise Refused(40202)
    if call.text("check_operator", 40203) not in CHECK_OPERATORS:
        raise Refused(40203)
    addresses = _addresses(sim.config.callback_url)
    dns = [{"ip": ip, "real_operator": "UNICOM"} for ip in addresses]
    ping = [{"ip": ip, "from_operator": "UNICOM", "package_loss": "0%", "time": "0.100ms"} for ip in addresses]
    answer: dict[str, Any] = {}
    if call.body["action"] in ("dns", "all"):
        answer["dns"] = dns
    if call.body["action"] in ("ping", "all"):
        answer["ping"] = ping
    return answer


def _addresses(url: str) -> list[str]:
    host = urlsplit(url).hostname
    if not host:
        raise Refused(40201)
    try:
        return sorted({str(info[4][0]) for info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)})
    except OSError as e:
        raise Refused(40201) from e


def _check_credentials(sim: Simulator, call: Call, given: dict[str, Any]) -> None:
    if given.get("grant_type") != GRANT:
        raise Refused(40002)
    _check_app_id(sim, given)
    _check_secret(sim, given.get("secret"))
    if sim.ip_whitelist is not None and call.remote_addr not in sim.ip_whitelist:
        ip = call.remote_addr
        raise Refused(40164, f"invalid ip {ip} ipv6 ::ffff:{ip}, not in whitelist")


def _check_app_id(sim: Simulator, given: dict[str, Any]) -> None:
    app_id = given.get("appid")
    if not app_id:
        raise Refused(41002)
    if app_id != sim.config.app_id:
        raise Refused(40013)


def _check_secret(sim: Simulator, secret: object) -> None:
    if not secret:
        raise Refused(41004)
    if secret != sim.config.secret:
        raise Refused(40125)


def _cgi_path(sim: Simulator, call: Call) -> str:
    """The path asked about. Raises Refused: 76021 unknown, 76022 not open to this kind of account."""
    from .api import ENDPOINTS  # the table is made of this module's, among others

    path = call.body.get("cgi_path")
    if not isinstance(path, str) or path not in ENDPOINTS:
        raise Refused(76021)
    if sim.config.profile not in ENDPOINTS[path].allowed:
        raise Refused(76022)
    return path


ENDPOINTS = {
    "/cgi-bin/token": Endpoint(method="GET", handler=token, token=False),
    "/cgi-bin/stable_token": Endpoint(method="POST", handler=stable_token, token=False),
    "/cgi-bin/clear_quota": Endpoint(method="POST", handler=clear_quota, allowed=ENABLED),
    "/cgi-bin/clear_quota/v2": Endpoint(method="POST", handler=clear_quota_v2, token=False, allowed=ENABLED),
    "/cgi-bin/openapi/quota/get": Endpoint(method="POST", handler=quota_get),
    "/cgi-bin/openapi/quota/clear": Endpoint(method="POST", handler=quota_clear),
    "/cgi-bin/getcallbackip": Endpoint(method="GET", handler=callback_ips),
    "/cgi-bin/get_api_domain_ip": Endpoint(method="GET", handler=callback_ips),
    "/cgi-bin/callback/check": Endpoint(method="POST", handler=callback_check, unlocked=True),
}
