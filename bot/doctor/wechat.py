"""The official account: what is set, whether WeChat gets through to us, and we to it."""

from __future__ import annotations

import hashlib
import http.client
import secrets
import time
from collections.abc import Iterator
from urllib.parse import urlencode, urlsplit

from bot.doctor.findings import Finding, Level, address_in
from bot.errors import SendError
from bot.services import Services

_CALLBACK_TIMEOUT_S = 3.0


def account(services: Services) -> Iterator[Finding]:
    wechat = services.settings.wechat
    missing = [name for name in ("token", "app_id", "aes_key", "secret") if not getattr(wechat, name)]
    if len(missing) == 4:
        cure = "for the chat page alone that is all right; docs/configuration.md says where to find the four values"
        yield Finding(Level.WARN, "no official account is set up", cure)
    elif "token" in missing:
        cure = "set wechat.token to the Token of WeChat's console (设置与开发 - 服务器配置)"
        yield Finding(Level.FAIL, "wechat.token is not set: every message is refused", cure)
    elif missing:
        cure = "without aes_key messages travel in plain text; without app_id and secret nothing can be pushed"
        yield Finding(Level.WARN, f"not set: {', '.join(f'wechat.{name}' for name in missing)}", cure)
    else:
        yield Finding(Level.OK, "token, app_id, aes_key and secret are set")


def callback(services: Services) -> Iterator[Finding]:
    url, token = services.settings.server.public_url.rstrip("/"), services.settings.wechat.token
    if not url or not token:
        yield Finding(Level.OK, "not tried: it needs server.public_url and wechat.token")
        return
    echo = secrets.token_hex(8)
    try:
        status, body = _verify(url, token, echo)
    except (OSError, http.client.HTTPException) as e:
        cure = "is the server running, and do DNS, firewall and reverse proxy lead to it?"
        yield Finding(Level.FAIL, f"{url}/wechat: {type(e).__name__}: {e}", cure)
        return
    if (status, body) == (200, echo.encode()):
        yield Finding(Level.OK, f"{url}/wechat gave the echostr back")
    else:
        cure = "403: another wechat.token runs there, or a clock is wrong; 301, 302, 404, 5xx: the reverse proxy"
        yield Finding(Level.FAIL, f"{url}/wechat: HTTP {status}, not the echostr", cure)


def _verify(url: str, token: str, echo: str) -> tuple[int, bytes]:
    """What WeChat does when the server address is saved there. It follows no redirect, so neither do we."""
    stamp, nonce = str(int(time.time())), secrets.token_hex(5)
    signature = hashlib.sha1("".join(sorted((token, stamp, nonce))).encode()).hexdigest()
    query = urlencode({"signature": signature, "timestamp": stamp, "nonce": nonce, "echostr": echo})
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=_CALLBACK_TIMEOUT_S)
    try:
        connection.request("GET", f"{parts.path}/wechat?{query}")
        response = connection.getresponse()
        return response.status, response.read(1024)
    finally:
        connection.close()


#: errcode -> what staff must do.
#: Source: developers.weixin.qq.com/doc/offiaccount/Getting_Started/Global_Return_Code.html
_CURES = {
    40013: "wechat.app_id is not an AppID: copy it from WeChat's console",
    40125: "wechat.secret is not this AppID's AppSecret: reset it in WeChat's console and copy it",
    40243: "the AppSecret is frozen: unfreeze it in WeChat's console",
    45009: "today's calls are used up: wait until midnight, or clear the quota in WeChat's console",
    48001: "this account has no right to the call: is it verified (微信认证)?",
    50007: "the account is frozen: see the notice in WeChat's console",
}


def access_token(services: Services) -> Iterator[Finding]:
    wechat = services.settings.wechat
    if not (wechat.app_id and wechat.secret):
        yield Finding(Level.OK, "not tried: it needs wechat.app_id and wechat.secret")
        return
    from bot.channels.official import OfficialClient

    client = OfficialClient(wechat, services.store)
    try:
        count = len(client.check())
        yield Finding(Level.OK, f"fetched from {wechat.api_base}; WeChat calls from {count} addresses")
    except SendError as e:
        yield Finding(Level.FAIL, str(e), _cure(e))
    finally:
        client.close()


def _cure(error: SendError) -> str:
    if error.errcode == 40164:
        return f"add {address_in(error)} to the IP list (IP白名单) in WeChat's console"
    if error.errcode is None:
        return "can this machine reach wechat.api_base? see firewall, DNS and proxy"
    return _CURES.get(error.errcode, "look the number up in WeChat's list of return codes (全局返回码)")
