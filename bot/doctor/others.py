"""WeCom and the gateway of text messages."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from bot.doctor.findings import Finding, Level, address_in
from bot.errors import SendError
from bot.services import Services

#: WeCom's errcode -> what staff must do.
_WECOM_CURES = {
    40001: "wecom.secret is not this app's Secret: copy it from WeCom's console",
    40013: "wecom.corp_id is not a 企业ID: copy it from 我的企业 in WeCom's console",
    40056: "wecom.agent_id is not this app's AgentId: copy it from WeCom's console",
    40091: "wecom.secret is not this app's Secret: copy it from WeCom's console",
    50003: "the app is switched off: switch it on in WeCom's console",
    301002: "wecom.agent_id and wecom.secret are of two different apps",
}


def wecom(services: Services) -> Iterator[Finding]:
    wecom = services.settings.wecom
    missing = [name for name in ("corp_id", "agent_id", "secret", "token", "aes_key") if not getattr(wecom, name)]
    if len(missing) == 5:
        yield Finding(Level.OK, "not used")
        return
    if missing:
        cure = "token and aes_key are for answering people in WeCom, agent_id and secret for sending to them"
        yield Finding(Level.WARN, f"not set: {', '.join(f'wecom.{name}' for name in missing)}", cure)
    if wecom.corp_id and wecom.agent_id and wecom.secret:
        yield _asked_wecom(services)


def _asked_wecom(services: Services) -> Finding:
    from bot.channels.wecom import WeComClient

    client = WeComClient(services.settings.wecom, services.store)
    try:
        return Finding(Level.OK, f"{services.settings.wecom.api_base} knows the app {client.check()}")
    except SendError as e:
        if e.errcode == 60020:
            return Finding(Level.FAIL, str(e), f"add {address_in(e)} to 企业可信IP of the app in WeCom's console")
        unreached = "can this machine reach wecom.api_base? see firewall, DNS and proxy"
        unlisted = "look the number up in WeCom's list of return codes (全局错误码)"
        return Finding(Level.FAIL, str(e), unreached if e.errcode is None else _WECOM_CURES.get(e.errcode, unlisted))
    finally:
        client.close()


def sms(services: Services) -> Iterator[Finding]:
    sms = services.settings.sms
    if not sms.provider:
        yield Finding(Level.OK, "not used")
        return
    # Not tried: what shows that all is right is a message, and that costs.
    yield Finding(Level.OK, f"{sms.provider}, signed {sms.sign}, template {sms.template}; no message was sent")
    if sms.api_base.startswith("http:") and urlsplit(sms.api_base).hostname not in ("127.0.0.1", "::1", "localhost"):
        cure = "leave sms.api_base empty, or use https"
        yield Finding(Level.WARN, f"{sms.api_base} is not encrypted: numbers and texts can be read on the way", cure)
