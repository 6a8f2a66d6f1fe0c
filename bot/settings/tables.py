"""The settings by name, with their defaults: a dataclass a table."""

from __future__ import annotations

import typing
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parent.parent.parent
#: Calendar rules and pages speak this time; everything stored is UTC.
BEIJING = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeSettings:
    """Who runs this bot."""

    name: str = "安全生产宣传办公室"
    region: str = "全国"  # e.g. 广东省江门市江海区: whose local rules and numbers are told first
    phone: str = "12345"  # where a person is sent whom the bot cannot help
    hours: str = "工作日8:30-12:00、14:30-17:30"  # when somebody answers that telephone


@dataclass(frozen=True, slots=True, kw_only=True)
class WeChatSettings:
    """The official account, as shown in WeChat's developer console."""

    account_id: str = ""  # gh_…; when set, messages to another account are refused
    app_id: str = ""
    secret: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    aes_key: str = field(default="", repr=False)  # 43 characters; empty: plaintext mode only
    previous_aes_key: str = field(default="", repr=False)  # while WeChat switches to a new key
    api_base: str = "https://api.weixin.qq.com"  # the stand-in's address in demos and tests
    timestamp_window_s: int = 300  # WeChat's retries reuse the first query: keep well above 15 s
    max_body_bytes: int = 262144  # compatible mode triples a body; 256 KiB is far above any real one
    reply_deadline_s: float = 4.5  # WeChat hangs up at 5 s; the rest is for the network
    api_timeout_s: float = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WeComSettings:
    """A self-built app of WeCom (企业微信自建应用), as shown in its console."""

    corp_id: str = ""
    agent_id: int = 0
    secret: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    aes_key: str = field(default="", repr=False)  # 43 characters; WeCom always encrypts
    robots: str = field(default="", repr=False)  # 群名=key; 群名=key: the robots of groups
    api_base: str = "https://qyapi.weixin.qq.com"  # the stand-in's address in demos and tests
    api_timeout_s: float = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsSettings:
    """A gateway for text messages (短信). Both send only by a signature and a template that they have approved."""

    provider: str = ""  # aliyun (阿里云), tencent (腾讯云); empty: none
    key_id: str = ""  # AccessKey ID, SecretId
    secret: str = field(default="", repr=False)  # AccessKey Secret, SecretKey
    app_id: str = ""  # SdkAppId, of Tencent Cloud alone
    sign: str = ""  # 签名, without its brackets
    template: str = ""  # SMS_…, or a number
    report_key: str = field(default="", repr=False)  # part of the address for reports; empty: none are taken
    variable: str = "content"  # of the template, for a text without fields
    marketing: bool = False  # it advertises: how to get no more of them is put behind the text
    api_base: str = ""  # empty: the provider's; the stand-in's address in demos and tests
    api_timeout_s: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSettings:
    """When the bot is sure enough to answer. Confidence is 0 to 1."""

    scope_at: float = 0.5  # below: rather not our field, so the bot says that it does not know
    near_at: float = 0.3  # from here on what comes near is shown under "I do not know"
    answer_at: float = 0.2
    offer_at: float = 0.2
    cache_size: int = 4096  # finished answers kept in memory
    dense: bool = False  # articles are also found by what they mean; needs the extra of that name


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmSettings:
    """A language model behind an OpenAI-compatible API. It may do nothing unless it is told to."""

    base_url: str = ""  # as in …/v1: /chat/completions is added
    model: str = ""
    api_key: str = field(default="", repr=False)
    rephrase: bool = False  # word an answer in plainer words
    pick: bool = False  # pick among the choices that would be offered
    timeout_s: float = 1.5  # a call that takes longer is given up
    rest_s: float = 60.0  # left alone so long after failed or slow calls

    @property
    def is_on(self) -> bool:
        """Whether it may do anything."""
        return self.rephrase or self.pick


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """The embedded web server."""

    host: str = "127.0.0.1"
    port: int = 8000
    threads: int = 4
    public_url: str = ""  # https://… as seen from outside; without it answers carry no links to pages
    trusted_proxies: str = "127.0.0.0/8 ::1"  # addresses, networks: whose X-Forwarded-For, -Proto and -Host count
    simulator: bool = False  # also serve the stand-in of WeChat at /simulator


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """Who delivers broadcasts and runs the schedule."""

    in_serve: bool = True  # `serve` does so too; without it only `safetybot worker` does
    serve_threads: int = 32  # that call platforms beside the answers: more of them make answers slower
    threads: int = 256  # of `safetybot worker`


@dataclass(frozen=True, slots=True, kw_only=True)
class OutreachSettings:
    """What broadcasts may do. The defaults are WeChat's limits for a verified 服务号."""

    account_type: str = "service"  # service: 服务号; subscription: 公众号, which sends to all or a tag, once a day
    quiet_from: str = "20:30"  # Beijing time; only urgent broadcasts go out in quiet hours
    quiet_until: str = "08:00"
    mass_per_month: int = 4  # mass messages a follower of a 服务号 gets in a calendar month
    mass_kept: int = 1  # of these, kept for emergencies
    mass_calls_per_day: int = 100
    service_per_day: int = 500_000  # customer-service messages
    tip_template: str = ""  # of subscription notices, for tips to those who did not write; empty: they get none
    tip_field: str = "thing1"  # of that template, for the tip
    quiz_url: str = ""  # of the office's quiz, for the menu of the consultation day; empty: no button
    feeds: str = ""  # 名称=https://…; …: feeds of official warnings, RSS, Atom or CAP
    feed_direct: bool = False  # what a feed tells goes out at once, to be confirmed afterwards; else it waits as draft
    sms_yuan: float = 0.05  # of one part of a text message, for the estimate before sending


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationSettings:
    """When a talk that staff took over goes back to the bot by itself."""

    return_after_min: int = 15  # minutes without a message of staff
    day_ends: str = "17:30"  # Beijing time


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleSettings:
    """The staff site."""

    second_factor: bool = True  # nobody comes in without a code from the telephone
    idle_minutes: int = 60  # a session without a request ends
    day_hours: int = 12  # and every session ends after so long


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of one process."""

    office: OfficeSettings = field(default_factory=OfficeSettings)
    wechat: WeChatSettings = field(default_factory=WeChatSettings)
    wecom: WeComSettings = field(default_factory=WeComSettings)
    sms: SmsSettings = field(default_factory=SmsSettings)
    answers: AnswerSettings = field(default_factory=AnswerSettings)
    llm: LlmSettings = field(default_factory=LlmSettings)
    server: ServerSettings = field(default_factory=ServerSettings)
    worker: WorkerSettings = field(default_factory=WorkerSettings)
    console: ConsoleSettings = field(default_factory=ConsoleSettings)
    outreach: OutreachSettings = field(default_factory=OutreachSettings)
    conversations: ConversationSettings = field(default_factory=ConversationSettings)
    database_url: str = field(default="", repr=False)  # empty: SQLite in var_dir
    redis_url: str = field(default="", repr=False)  # empty: kept in this process
    var_dir: Path = ROOT / "var"  # the database, uploads, built indexes
    knowledge_dir: Path = ROOT / "knowledge"
    log_level: str = "INFO"

    @property
    def database(self) -> str:
        """SQLAlchemy URL of the database, the embedded one when none is set."""
        return self.database_url or f"sqlite:///{self.var_dir / 'safetybot.db'}"


def names() -> list[str]:
    """Every setting by its dotted name, in the order of declaration; documentation is checked against it."""
    return _names(Settings, "")


def _names(cls: type[Any], prefix: str) -> list[str]:
    hints = typing.get_type_hints(cls)
    out: list[str] = []
    for f in fields(cls):
        below = is_dataclass(hints[f.name]) and f.default is MISSING
        out += _names(hints[f.name], f"{prefix}{f.name}.") if below else [prefix + f.name]
    return out
