"""What each setting may be, and what must go together."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from bot.errors import SettingsError
from bot.settings.tables import Settings

#: Of the time for a reply, kept for what comes after a language model: keeping the session, rendering, sending.
LLM_RESERVE_S = 0.5
_RULES: tuple[tuple[str, str, str], ...] = (
    # An empty token would let anyone sign; WeChat itself asks for 3 to 32 letters and digits.
    ("wechat.token", r"|[A-Za-z0-9]{3,32}", "3 to 32 letters and digits, as in WeChat's console"),
    ("wechat.aes_key", r"|[A-Za-z0-9]{43}", "43 letters and digits, the EncodingAESKey of WeChat's console"),
    ("wechat.previous_aes_key", r"|[A-Za-z0-9]{43}", "43 letters and digits, or empty"),
    ("wechat.app_id", r"|wx[0-9a-zA-Z]{8,32}", "wx and 16 characters; gh_… is the account id, not the AppID"),
    ("wechat.account_id", r"|gh_\w{3,32}", "gh_… (原始ID), or empty"),
    ("wechat.api_base", r"https?://[^\s?#]+", "an http(s) address"),
    ("wecom.corp_id", r"|w[a-z][0-9a-zA-Z]{8,40}", "the 企业ID, ww or wx and 16 characters, or empty"),
    ("wecom.secret", r"[!-~]*", "letters, digits and signs of ASCII, without blanks"),
    ("wecom.token", r"|[A-Za-z0-9]{3,32}", "3 to 32 letters and digits, as in WeCom's console"),
    ("wecom.aes_key", r"|[A-Za-z0-9]{43}", "43 letters and digits, the EncodingAESKey of WeCom's console"),
    ("wecom.api_base", r"https?://[^\s?#]+", "an http(s) address"),
    ("sms.provider", r"|aliyun|tencent", "aliyun or tencent, or empty"),
    ("sms.key_id", r"[!-~]*", "letters, digits and signs of ASCII, without blanks"),
    ("sms.secret", r"[!-~]*", "letters, digits and signs of ASCII, without blanks"),
    ("sms.app_id", r"\d*", "a number, the SdkAppId, or empty"),
    ("sms.sign", r"[^【】\s]{0,30}", "the signature without its brackets"),
    ("sms.report_key", r"|[A-Za-z0-9_-]{16,64}", "16 to 64 letters and digits, or empty"),
    ("sms.variable", r"\w+", "the name of the template's variable"),
    ("sms.api_base", r"|https?://[^\s?#@]+", "an http(s) address, or empty"),
    # A name and a password in an address would be shown with it.
    ("llm.base_url", r"|https?://[^\s?#@]+", "an http(s) address without ?, # and @, or empty"),
    ("llm.api_key", r"[!-~]*", "letters, digits and signs of ASCII, without blanks"),
    ("outreach.account_type", r"service|subscription", "service (服务号) or subscription (公众号)"),
    ("outreach.quiet_from", r"([01]\d|2[0-3]):[0-5]\d", "a time as 20:30"),
    ("outreach.quiet_until", r"([01]\d|2[0-3]):[0-5]\d", "a time as 08:00"),
    ("outreach.tip_field", r"thing\d{1,2}", "thing and a number, as in the template"),
    ("outreach.quiz_url", r"|https?://[^\s#]+", "an http(s) address, or empty"),
    ("conversations.day_ends", r"([01]\d|2[0-3]):[0-5]\d", "a time as 17:30"),
    ("server.public_url", r"|https?://[^\s?#]+", "an http(s) address, or empty"),
    ("redis_url", r"|(rediss?|unix)://\S+", "redis://host:port/db, or empty"),
    ("database_url", r"|sqlite:///\S+|postgresql(\+psycopg)?://\S+", "sqlite:///path or postgresql://…, or empty"),
    ("log_level", r"DEBUG|INFO|WARNING|ERROR", "DEBUG, INFO, WARNING or ERROR"),
)

_RANGES: tuple[tuple[str, float, float], ...] = (
    ("wechat.timestamp_window_s", 15, 86400),
    ("wechat.max_body_bytes", 4096, 16 << 20),
    ("wechat.reply_deadline_s", 0.1, 4.9),
    ("wechat.api_timeout_s", 0.1, 60),
    ("wecom.agent_id", 0, 10**9),
    ("wecom.api_timeout_s", 0.1, 60),
    ("sms.api_timeout_s", 0.1, 60),
    ("answers.scope_at", 0, 1),
    ("answers.near_at", 0, 1),
    ("answers.answer_at", 0, 1),
    ("answers.offer_at", 0, 1),
    ("answers.cache_size", 0, 10**6),
    ("llm.timeout_s", 0.1, 4),
    ("llm.rest_s", 1, 86400),
    ("outreach.mass_per_month", 1, 100),
    ("outreach.mass_kept", 0, 100),
    ("outreach.mass_calls_per_day", 1, 10**6),
    ("outreach.service_per_day", 1, 10**9),
    ("outreach.sms_yuan", 0, 10),
    ("conversations.return_after_min", 1, 1440),
    ("server.port", 0, 65535),
    ("server.threads", 1, 256),
    ("worker.serve_threads", 1, 64),
    ("console.idle_minutes", 5, 480),
    ("console.day_hours", 1, 24),
    ("worker.threads", 1, 512),
)


def networks(text: str) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    """The addresses and networks of a setting, by blanks or commas. Raises ValueError naming what is none."""
    found = tuple(ipaddress.ip_network(part, strict=False) for part in re.split(r"[\s,]+", text) if part)
    if any(network.prefixlen == 0 for network in found):
        raise ValueError("a network of all addresses lets anybody write who they are")
    return found


def check(settings: Settings) -> None:
    """Raises SettingsError naming the first setting that is bad, and what it must be."""
    for name, pattern, wanted in _RULES:
        if not re.fullmatch(pattern, _look_up(settings, name)):
            raise SettingsError(f"{name}: must be {wanted}")
    for name, low, high in _RANGES:
        if not low <= _look_up(settings, name) <= high:
            raise SettingsError(f"{name}: must be between {low:g} and {high:g}")
    try:
        networks(settings.server.trusted_proxies)
    except ValueError as e:
        raise SettingsError(f"server.trusted_proxies: must be addresses or networks as 172.18.0.0/16: {e}") from e
    if settings.answers.offer_at > settings.answers.answer_at:
        raise SettingsError("answers.offer_at: must not be above answers.answer_at")
    if settings.wechat.aes_key and not settings.wechat.app_id:
        raise SettingsError("wechat.app_id: needed with wechat.aes_key, an encrypted message ends with it")
    if settings.wecom.token and not (settings.wecom.aes_key and settings.wecom.corp_id):
        raise SettingsError("wecom.aes_key, wecom.corp_id: both are needed with wecom.token, WeCom always encrypts")
    if settings.sms.provider:
        needed = ["key_id", "secret", "sign", "template"] + ["app_id"] * (settings.sms.provider == "tencent")
        if missing := [f"sms.{name}" for name in needed if not getattr(settings.sms, name)]:
            raise SettingsError(f"{', '.join(missing)}: needed with sms.provider")
    if settings.llm.is_on and not (settings.llm.base_url and settings.llm.model):
        raise SettingsError("llm.base_url, llm.model: both are needed with llm.rephrase or llm.pick")
    if settings.llm.is_on and settings.llm.timeout_s + LLM_RESERVE_S > settings.wechat.reply_deadline_s:
        raise SettingsError(f"llm.timeout_s: must be {LLM_RESERVE_S:g} s below wechat.reply_deadline_s, or more")


def _look_up(settings: Settings, name: str) -> Any:
    value: Any = settings
    for part in name.split("."):
        value = getattr(value, part)
    return value
