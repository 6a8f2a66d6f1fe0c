"""What the simulated account is: its credentials, its kind, and how patient WeChat is with the bot."""

import base64
import binascii
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

from .accounts import SmsConfig, WeComConfig


class Mode(StrEnum):
    """How callbacks travel (消息加解密方式)."""

    PLAIN = "plain"
    COMPATIBLE = "compatible"
    SAFE = "safe"


class Profile(StrEnum):
    """The kind of account; it decides which server APIs answer 48001."""

    VERIFIED_SERVICE = "verified_service"
    VERIFIED_SUBSCRIPTION = "verified_subscription"
    UNVERIFIED = "unverified"
    TEST = "test"


VERIFIED = frozenset({Profile.VERIFIED_SERVICE, Profile.VERIFIED_SUBSCRIPTION})
#: The sandbox account may do almost everything that a verified one may.
ENABLED = VERIFIED | {Profile.TEST}
EVERYONE = frozenset(Profile)


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorConfig:
    """Settings of one simulated account. Raises ValueError for a value that cannot be.

    aes_key            43 letters and digits, without the trailing "="
    callback_url       where pushes are posted: the bot's address; empty means none is configured
    public_url         where this simulator is mounted, as the bot reaches it; used in PicUrl
    deadline_s         WeChat hangs up after 5 s and tries again
    attempts           requests in all, the first included: the documents say "retried three times",
                       production bots see three requests
    handover_s         how long a token from /token survives the next one
    retries_abnormal   repeat a push after HTTP 200 with an abnormal body: unknown of WeChat, so off
    unfollowed_errcode 43004 or 50005: documents name both for somebody who no longer follows
    user_page_size     openids on one page of user/get: 10 000 at WeChat
    mass_lasts_s       how long a mass message is under way, on the simulated clock
    mass_needs_admin   a message to all waits for an administrator (API 群发保护)
    event_delay_s      how long after a notice or a text message the platform tells what became of it
    wecom              the simulated 企业微信: its corporation and app
    sms                the simulated gateways of text messages
    """

    app_id: str = "wx0000000000000001"
    secret: str = field(default="simulator-secret", repr=False)
    token: str = field(default="simulator2026", repr=False)
    aes_key: str = field(default="abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", repr=False)
    account_id: str = "gh_0000000000aa"
    account_name: str = "安全宣传"
    callback_url: str = ""
    public_url: str = "http://127.0.0.1:5000/simulator"
    mode: Mode = Mode.SAFE
    profile: Profile = Profile.VERIFIED_SERVICE
    deadline_s: float = 5.0
    attempts: int = 3
    handover_s: float = 300.0
    retries_abnormal: bool = False
    unfollowed_errcode: int = 43004
    user_page_size: int = 10_000
    mass_lasts_s: float = 1.0
    mass_needs_admin: bool = False
    event_delay_s: float = 0.5
    wecom: WeComConfig = field(default_factory=WeComConfig)
    sms: SmsConfig = field(default_factory=SmsConfig)

    def __post_init__(self) -> None:
        if not self.token:
            raise ValueError("token is empty: anybody could sign with it")
        if self.attempts < 1 or self.deadline_s <= 0:
            raise ValueError("attempts must be at least 1 and deadline_s above 0")
        if self.callback_url and not is_web_address(self.callback_url):
            raise ValueError("callback_url must be an http or https address")
        decode_aes_key(self.aes_key)


def is_web_address(url: str) -> bool:
    """Whether `url` is http or https and names a host."""
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def decode_aes_key(aes_key: str) -> bytes:
    """The 32 bytes behind a 43-character EncodingAESKey. Raises ValueError for any other shape."""
    if len(aes_key) != 43 or not (aes_key.isascii() and aes_key.isalnum()):
        raise ValueError("aes_key must be 43 letters and digits")
    try:
        return base64.b64decode(aes_key + "=")
    except binascii.Error as e:
        raise ValueError("aes_key is not base64") from e
