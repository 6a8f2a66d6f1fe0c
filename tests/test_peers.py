"""Whose word counts for where a request comes from: by a real app, from proxies that are trusted and others."""

from __future__ import annotations

import ipaddress
from dataclasses import replace

import pytest
from flask import Flask, request

from bot.errors import SettingsError
from bot.peers import Peers, client_ip, network_of
from bot.settings import Settings, networks
from bot.settings.limits import check

PROXY, CLIENT = "172.18.0.2", "203.0.113.7"


def told(peer: str, trusted: str, **headers: str) -> tuple[str, str, str]:
    """The client, the scheme and the host of a request, as the app finds them."""
    app = Flask("peers")

    @app.get("/")
    def who() -> str:
        held = {name for name in request.environ if "X_FORWARDED" in name}
        assert not held
        return f"{client_ip(request)} {request.scheme} {request.host}"

    app.wsgi_app = Peers(app.wsgi_app, networks(trusted))  # type: ignore[method-assign]
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    found = app.test_client().get("/", headers=named, environ_base={"REMOTE_ADDR": peer})
    ip, scheme, host = found.text.split()
    return ip, scheme, host


@pytest.mark.parametrize(
    ("peer", "trusted", "forwarded", "client"),
    [
        (PROXY, "172.18.0.0/16", CLIENT, CLIENT),
        (PROXY, "172.18.0.2", f"6.6.6.6, {CLIENT}", CLIENT),  # what stands before is whatever the client wrote
        (PROXY, "172.18.0.0/16 10.0.0.0/8", f"{CLIENT}, 10.0.0.9", CLIENT),  # two of ours, one behind the other
        (PROXY, "172.18.0.2", f"{CLIENT}, 10.0.0.9", "10.0.0.9"),
        (PROXY, "172.18.0.0/16", f"{CLIENT}:4711", CLIENT),
        (PROXY, "172.18.0.0/16", "[2001:db8::7]:4711", "2001:db8::7"),
        (PROXY, "172.18.0.0/16", f"::ffff:{CLIENT}", CLIENT),
        (f"::ffff:{PROXY}", "172.18.0.0/16", CLIENT, CLIENT),
        ("::1", "127.0.0.0/8 ::1", CLIENT, CLIENT),
        (PROXY, "172.18.0.0/16", "unknown", PROXY),
        (PROXY, "172.18.0.0/16", "", PROXY),
        (PROXY, "172.18.0.0/16", "172.18.0.5", "172.18.0.5"),
        (PROXY, "127.0.0.0/8 ::1", CLIENT, PROXY),  # a private address is not enough
        ("192.168.1.20", "127.0.0.0/8 ::1", CLIENT, "192.168.1.20"),
        ("127.0.0.1", "", CLIENT, "127.0.0.1"),  # nobody is trusted
        ("8.8.8.8", "172.18.0.0/16", CLIENT, "8.8.8.8"),
    ],
)
def test_the_client_is_the_nearest_that_is_no_proxy_of_ours(
    peer: str, trusted: str, forwarded: str, client: str
) -> None:
    assert told(peer, trusted, X_Forwarded_For=forwarded)[0] == client


def test_scheme_and_host_count_from_a_proxy_of_ours_alone() -> None:
    headers = {"X_Forwarded_Proto": "https", "X_Forwarded_Host": "safety.example"}
    assert told("127.0.0.1", "127.0.0.1", **headers)[1:] == ("https", "safety.example")
    assert told(PROXY, "127.0.0.1", **headers)[1:] == ("http", "localhost")


@pytest.mark.parametrize("host", ["a b", "evil.example/x", "a@b", "<x>", "", "x" * 300])
def test_what_is_no_host_is_left_out(host: str) -> None:
    assert told("127.0.0.1", "127.0.0.1", X_Forwarded_Host=host, X_Forwarded_Proto="ftp")[1:] == ("http", "localhost")


@pytest.mark.parametrize("text", ["0.0.0.0/0", "::/0", "nginx", "10.0.0.0/33", "10.0.0.1;10.0.0.2"])
def test_a_setting_that_is_no_network_or_all_of_them_stops_the_start(text: str) -> None:
    settings = Settings()
    with pytest.raises(SettingsError, match=r"server\.trusted_proxies"):
        check(replace(settings, server=replace(settings.server, trusted_proxies=text)))


def test_networks_are_read_by_blanks_and_commas() -> None:
    assert networks(" 10.0.0.1,172.18.0.0/16  ::1 ") == (
        ipaddress.ip_network("10.0.0.1"), ipaddress.ip_network("172.18.0.0/16"), ipaddress.ip_network("::1"),
    )  # fmt: skip


def test_a_home_of_ipv6_counts_as_one() -> None:
    assert network_of("2001:db8:1:2:3::4") == network_of("2001:db8:1:2:ffff::1") == "2001:db8:1:2::/64"
    assert network_of("2001:db8:1:2::1") != network_of("2001:db8:1:3::1")
    assert network_of("2001:db8:1:2::1", wide=True) == network_of("2001:db8:1:3::1", wide=True)
    assert network_of("::ffff:203.0.113.7") == network_of("203.0.113.7") == "203.0.113.7/32"
    assert network_of("203.0.113.7", wide=True) == "203.0.113.0/24"
    assert network_of("") == ""
