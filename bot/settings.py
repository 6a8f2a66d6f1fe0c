"""Typed settings: config/*.toml first, then SAFETYBOT_… from the environment. Read once, at the start.

An environment name is the key in capitals, nested with two underscores: SAFETYBOT_WECHAT__TOKEN is [wechat] token.
NAME_FILE in place of NAME reads the value from that file, for secrets kept on disk. An unknown key or a bad value
stops the start and is named. Nothing else reads os.environ.
"""

from __future__ import annotations

import re
import tomllib
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.errors import SettingsError

PREFIX = "SAFETYBOT_"
ROOT = Path(__file__).resolve().parent.parent
#: Files of config/ that an office edits too, but that hold words or rules rather than settings.
NOT_SETTINGS = frozenset(
    {"lexicon.toml", "limits.toml", "loanwords.toml", "people.toml", "plans.toml", "synonyms.toml"}
)
#: Of the time for a reply, kept for what comes after a language model: keeping the session, rendering, sending.
LLM_RESERVE_S = 0.5
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
    simulator: bool = False  # also serve the stand-in of WeChat at /simulator


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """Who delivers broadcasts and runs the schedule."""

    in_serve: bool = True  # `serve` does so too; without it only `safetybot worker` does
    serve_threads: int = 32  # that call platforms beside the answers: more of them make answers slower
    threads: int = 128  # of `safetybot worker`


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


def load(environ: Mapping[str, str], config_dir: Path = ROOT / "config") -> Settings:
    """Read config_dir/*.toml in name order, then the environment over it.

    Raises SettingsError naming the first key that is unknown or bad, and where it stands.
    """
    values: dict[str, Any] = {}
    for path in sorted(p for p in config_dir.glob("*.toml") if p.name not in NOT_SETTINGS):
        _merge(values, _read_toml(path), str(path))
    _merge(values, _from_environment(environ), "environment")
    settings: Settings = _build(Settings, values, "")
    _check(settings)
    return settings


def changed(settings: Settings, values: Mapping[str, Any]) -> Settings:
    """`settings` with other values, by dotted name: {"office.phone": "0750-1"}.

    Raises SettingsError as `load` does.
    """
    for name, value in values.items():
        table, key = name.split(".")
        settings = replace(settings, **{table: replace(getattr(settings, table), **{key: value})})
    _check(settings)
    return settings


@dataclass(frozen=True, slots=True)
class _Given:
    """A value with the place it came from, so that a complaint can name both."""

    value: Any
    where: str


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as e:
        raise SettingsError(f"{path}: not valid TOML: {e}") from e


def _merge(into: dict[str, Any], new: Mapping[str, Any], where: str) -> None:
    for key, value in new.items():
        if isinstance(value, dict):
            below = into.setdefault(key, {})
            if isinstance(below, _Given):
                raise SettingsError(f"{where}: {key} is a single value, not a table")
            _merge(below, value, where)
        else:
            into[key] = _Given(value, where)


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, raw in environ.items():
        if not name.startswith(PREFIX):
            continue
        path = name.removeprefix(PREFIX).lower().split("__")
        value = raw
        if path[-1].endswith("_file"):
            path[-1] = path[-1].removesuffix("_file")
            value = _read_secret(name, raw)
        table = out
        for part in path[:-1]:
            table = table.setdefault(part, {})
        table[path[-1]] = value
    return out


def _read_secret(name: str, raw: str) -> str:
    try:
        return Path(raw).read_text(encoding="utf-8").strip()
    except OSError as e:
        raise SettingsError(f"{name}: cannot read {raw}: {e.strerror}") from e


def _build(cls: type[Any], values: Mapping[str, Any], prefix: str) -> Any:
    hints = typing.get_type_hints(cls)
    known = {f.name: f for f in fields(cls)}
    for key, given in values.items():
        if key not in known:
            where = given.where if isinstance(given, _Given) else "a table of that name"
            raise SettingsError(f"unknown setting {prefix}{key} ({where}); known here: {', '.join(known)}")
    return cls(
        **{name: _value(hints[name], values[name], f"{prefix}{name}", f) for name, f in known.items() if name in values}
    )


def _value(kind: Any, given: Any, name: str, f: Field[Any]) -> Any:
    if is_dataclass(kind):
        if isinstance(given, _Given):
            raise SettingsError(f"{name} is a table, not a single value ({given.where})")
        return _build(kind, given, f"{name}.")  # type: ignore[arg-type]
    if not isinstance(given, _Given):
        raise SettingsError(f"{name} is a single value, not a table")
    try:
        return _convert(kind, given.value)
    except (ValueError, TypeError) as e:
        shown = "(not shown)" if not f.repr else repr(given.value)
        raise SettingsError(f"{name} = {shown} ({given.where}): {e}") from e


def _convert(kind: Any, value: Any) -> Any:
    if isinstance(kind, types.UnionType):
        kind = next(k for k in typing.get_args(kind) if k is not type(None))
    if kind is bool:
        return _truth(value)
    if kind is str:
        if not isinstance(value, str):
            raise TypeError("must be text in quotes")
        return value.strip()
    if kind is Path:
        return Path(value).expanduser().resolve()
    if isinstance(value, bool):
        raise TypeError("must be a number")
    if kind is int and isinstance(value, float):
        raise TypeError("must be a whole number")
    return kind(value)


def _truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if str(value).lower() not in words:
        raise ValueError("must be true or false")
    return words[str(value).lower()]


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


def _check(settings: Settings) -> None:
    for name, pattern, wanted in _RULES:
        if not re.fullmatch(pattern, _look_up(settings, name)):
            raise SettingsError(f"{name}: must be {wanted}")
    for name, low, high in _RANGES:
        if not low <= _look_up(settings, name) <= high:
            raise SettingsError(f"{name}: must be between {low:g} and {high:g}")
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
