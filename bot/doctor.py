"""`safetybot doctor`: looks at everything the bot needs and names the cure for what is wrong. Shows no secret."""

from __future__ import annotations

import hashlib
import http.client
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from urllib.parse import urlencode, urlsplit

from bot.errors import BotError, ContentError, SendError, StoreError
from bot.log import strike
from bot.services import Services
from bot.settings import BEIJING, LlmSettings, OfficeSettings


class Level(StrEnum):
    """How bad: a warning leaves the bot of use, a failure does not."""

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look showed. cure: what to do, "" where all is well."""

    level: Level
    text: str
    cure: str = ""


Look = Callable[[Services], Iterator[Finding]]

#: This was written then: a clock before it is wrong.
_WRITTEN_ON = datetime(2026, 11, 1, tzinfo=UTC)
_FAR_OFF = timedelta(days=20 * 365)
_CLOCK_DIFFERENCE_S = 30
_FULL_BYTES, _NEARLY_FULL_BYTES = 50 << 20, 500 << 20
_CALLBACK_TIMEOUT_S = 3.0
_MAX_ERRORS_SHOWN = 3


def examine(services: Services, say: Callable[[str], object], only: Collection[str] = ()) -> int:
    """Take every look and say what it showed, a line each; returns 1 if anything failed, else 0.

    only  names of LOOKS, where not all are wanted
    """
    failed = warned = 0
    for name in only or LOOKS:
        for finding in _take(LOOKS[name], services):
            failed += finding.level is Level.FAIL
            warned += finding.level is Level.WARN
            say(_line(name, finding))
    say(f"{failed} failed, {warned} to think about")
    return 1 if failed else 0


def _take(look: Look, services: Services) -> list[Finding]:
    try:
        return list(look(services))
    except BotError as e:
        return [Finding(Level.FAIL, str(e), "see the line above that failed first, if there is one")]
    except Exception as e:  # the edge: one look that breaks must not hide what the others would have shown
        return [Finding(Level.FAIL, f"{type(e).__name__}: {e}", "this is not expected: please report it")]


def _line(name: str, finding: Finding) -> str:
    cure = f"  -> {finding.cure}" if finding.cure else ""
    text = " ".join(strike(finding.text).split())
    return f"{finding.level:<4} {name:<12} {text}{cure}"


def _settings(services: Services) -> Iterator[Finding]:
    office, server = services.office.settings.office, services.settings.server
    yield Finding(Level.OK, f"{office.name}, {office.region}, {server.host}:{server.port}")
    if office.name == OfficeSettings().name:
        yield Finding(
            Level.WARN, "office.name is the one we came with", "write the office's own on the page of settings"
        )
    if server.simulator and services.settings.wechat.token:
        yield Finding(
            Level.WARN,
            "the stand-in of WeChat is on beside a real account, and anybody who opens /simulator can steer it",
            "set server.simulator = false",
        )


def _var_dir(services: Services) -> Iterator[Finding]:
    folder = services.settings.var_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as e:
        cure = "give the bot's user the right to write there, or set var_dir to another folder"
        yield Finding(Level.FAIL, f"{folder} cannot be written: {e.strerror}", cure)
        return
    free = shutil.disk_usage(folder).free
    text = f"{folder} can be written, {free >> 20} MB free"
    if free < _FULL_BYTES:
        yield Finding(Level.FAIL, text, "make room: messages would be lost")
    elif free < _NEARLY_FULL_BYTES:
        yield Finding(Level.WARN, text, "make room soon")
    else:
        yield Finding(Level.OK, text)


def _clock(_services: Services) -> Iterator[Finding]:
    now = datetime.now(UTC)
    offset = now.astimezone(BEIJING).utcoffset()
    if offset != timedelta(hours=8):
        cure = "reinstall the tzdata package: pip install --force-reinstall tzdata"
        yield Finding(Level.FAIL, f"Asia/Shanghai is {offset} from UTC here, not 8 hours", cure)
    shown = f"{now.astimezone(BEIJING):%Y-%m-%d %H:%M} in Asia/Shanghai"
    if _WRITTEN_ON <= now < _WRITTEN_ON + _FAR_OFF:
        yield Finding(Level.OK, shown)
    else:
        cure = "set the clock (timedatectl set-ntp true): WeChat's messages are refused by their time"
        yield Finding(Level.FAIL, f"it cannot be {shown}", cure)


def _database(services: Services) -> Iterator[Finding]:
    import sqlalchemy as sa

    kind = (services.settings.database_url or "sqlite").split(":", 1)[0]
    try:
        if newer := _newer_schema(services.settings.database):
            cure = "this program is older than its database: install the newer version"
            yield Finding(Level.FAIL, f"{kind}: schema {newer}", cure)
            return
        with services.database.begin() as db:
            head = db.scalar(sa.text("SELECT version_num FROM alembic_version"))
            now = None if services.database.is_sqlite else db.scalar(sa.text("SELECT CURRENT_TIMESTAMP"))
    except StoreError as e:
        cure = "is it running, and are database_url, user and password right? without database_url SQLite is used"
        yield Finding(Level.FAIL, f"{kind}: {e}", cure)
        return
    yield Finding(Level.OK, f"{kind}, schema {head}")
    if now and abs((now - datetime.now(UTC)).total_seconds()) > _CLOCK_DIFFERENCE_S:
        yield Finding(Level.WARN, f"its clock shows {now:%Y-%m-%d %H:%M:%S %Z}, unlike ours", "set both clocks by NTP")


def _newer_schema(url: str) -> str:
    """The version of a schema that this program does not know yet, "" for all others. Raises StoreError."""
    import sqlalchemy as sa

    from bot.store.database import Database
    from bot.store.migrations import HEAD

    with closing(Database(url)) as database, database.begin() as db:
        if not sa.inspect(db).has_table("alembic_version"):
            return ""
        version = str(db.scalar(sa.text("SELECT version_num FROM alembic_version")))
    return version if version > HEAD else ""


def _redis(services: Services) -> Iterator[Finding]:
    from bot.store.kv import RedisKeyValue

    if not services.settings.redis_url:
        yield Finding(Level.OK, "not set: one process remembers by itself, which is enough for one process")
        return
    try:
        RedisKeyValue(services.settings.redis_url).ping()
        yield Finding(Level.OK, "answers")
    except StoreError as e:
        yield Finding(Level.FAIL, str(e), "is it running, and is redis_url right? without it the bot uses no Redis")


def _statutes(services: Services) -> Iterator[Finding]:
    from bot.ingest import holdings

    shelf = holdings.shelf(services.database)
    if shelf.statutes:
        yield Finding(Level.OK, f"{shelf.statutes} statutes, {shelf.articles} articles")
    else:
        cure = "safetybot statutes, or safetybot import FOLDER: until then no article can be quoted"
        yield Finding(Level.WARN, "none imported", cure)


def _knowledge(services: Services) -> Iterator[Finding]:
    from bot.ingest import holdings
    from bot.ingest.check import check

    folder = services.settings.knowledge_dir
    errors, reading = check(folder, holdings.held(services.database), datetime.now(BEIJING).date())
    if errors:
        for error in errors[:_MAX_ERRORS_SHOWN]:
            yield Finding(Level.FAIL, str(error), "mend the file; safetybot check lists everything")
        return
    yield Finding(Level.OK, f"{len(reading.entries)} entries, {len(reading.cards)} emergency cards")
    yield Finding(Level.OK, f"index opened, {len(services.base.statutes)} statutes in force in it")


def _dense(services: Services) -> Iterator[Finding]:
    from bot.answers import dense

    if not services.settings.answers.dense:
        yield Finding(Level.OK, "off: articles are found by words alone")
        return
    if lacking := dense.missing():
        cure = "pip install 'safetybot[dense]', or set answers.dense = false"
        yield Finding(Level.WARN, f"articles are found by words alone: {lacking} is not installed", cure)
        return
    try:
        yield Finding(Level.OK, f"{dense.look(services.base)} articles have vectors")
    except ContentError as e:
        cure = "safetybot vectors; a server that runs makes those that are not there by itself"
        yield Finding(Level.WARN, f"articles are found by words alone: {e}", cure)


def _wechat(services: Services) -> Iterator[Finding]:
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


def _callback(services: Services) -> Iterator[Finding]:
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
_ADDRESS = re.compile(r"(?<![\w.:])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])")


def _access_token(services: Services) -> Iterator[Finding]:
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
        found = _ADDRESS.search(str(error))
        address = found[0] if found else "this machine's public address"
        return f"add {address} to the IP list (IP白名单) in WeChat's console"
    if error.errcode is None:
        return "can this machine reach wechat.api_base? see firewall, DNS and proxy"
    return _CURES.get(error.errcode, "look the number up in WeChat's list of return codes (全局返回码)")


#: WeCom's errcode -> what staff must do.
_WECOM_CURES = {
    40001: "wecom.secret is not this app's Secret: copy it from WeCom's console",
    40013: "wecom.corp_id is not a 企业ID: copy it from 我的企业 in WeCom's console",
    40056: "wecom.agent_id is not this app's AgentId: copy it from WeCom's console",
    40091: "wecom.secret is not this app's Secret: copy it from WeCom's console",
    50003: "the app is switched off: switch it on in WeCom's console",
    301002: "wecom.agent_id and wecom.secret are of two different apps",
}


def _wecom(services: Services) -> Iterator[Finding]:
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
            found = _ADDRESS.search(str(e))
            address = found[0] if found else "this machine's public address"
            return Finding(Level.FAIL, str(e), f"add {address} to 企业可信IP of the app in WeCom's console")
        unreached = "can this machine reach wecom.api_base? see firewall, DNS and proxy"
        unlisted = "look the number up in WeCom's list of return codes (全局错误码)"
        return Finding(Level.FAIL, str(e), unreached if e.errcode is None else _WECOM_CURES.get(e.errcode, unlisted))
    finally:
        client.close()


def _sms(services: Services) -> Iterator[Finding]:
    sms = services.settings.sms
    if not sms.provider:
        yield Finding(Level.OK, "not used")
        return
    # Not tried: what shows that all is right is a message, and that costs.
    yield Finding(Level.OK, f"{sms.provider}, signed {sms.sign}, template {sms.template}; no message was sent")
    if sms.api_base.startswith("http:") and urlsplit(sms.api_base).hostname not in ("127.0.0.1", "::1", "localhost"):
        cure = "leave sms.api_base empty, or use https"
        yield Finding(Level.WARN, f"{sms.api_base} is not encrypted: numbers and texts can be read on the way", cure)


#: A question of ours, which is all that the doctor shows to the model.
_SAMPLE = ("电动车能停楼道吗", ("楼道里停电动自行车", "灭火器怎么用"))
_MODEL_PATIENCE_S = 10.0


def _language_model(services: Services) -> Iterator[Finding]:
    llm, answers = services.settings.llm, services.office.settings.answers
    if not llm.is_on:
        yield Finding(Level.OK, "not used")
        return
    parts = urlsplit(llm.base_url)
    if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "::1", "localhost"):
        cure = "use https, unless all of the way there is the office's own"
        yield Finding(Level.WARN, f"{llm.base_url} is not encrypted: key and questions can be read on the way", cure)
    if llm.pick and answers.offer_at >= answers.answer_at:
        cure = "set answers.answer_at above answers.offer_at, or llm.pick = false"
        yield Finding(Level.WARN, "llm.pick has nothing to pick from: choices are never offered", cure)
    yield _asked_model(llm)


def _asked_model(llm: LlmSettings) -> Finding:
    from bot.llm import ModelClient, ModelFaultError, prompts

    started = time.perf_counter()
    try:
        ModelClient(llm, 1).complete(prompts.PICK, prompts.picking(*_SAMPLE), 8, _MODEL_PATIENCE_S)
    except ModelFaultError as e:
        return Finding(Level.FAIL, f"{llm.base_url}: {e.reason}", _model_cure(e.reason))
    took_s = time.perf_counter() - started
    text = f"{llm.model} answered in {took_s:.2f} s, llm.timeout_s is {llm.timeout_s:g}"
    if took_s > llm.timeout_s:
        return Finding(Level.WARN, text, "take a faster model: whatever comes later is not used")
    return Finding(Level.OK, text)


def _model_cure(reason: str) -> str:
    if reason in ("http 401", "http 403"):
        return "llm.api_key is not accepted there"
    if reason in ("http 400", "http 404", "http 405"):
        return "is there a model called llm.model, and does llm.base_url end as in …/v1?"
    return (
        "is it running, does llm.base_url lead to it, and is that an OpenAI-compatible API? answers go out without it"
    )


LOOKS: dict[str, Look] = {
    "settings": _settings,
    "var_dir": _var_dir,
    "clock": _clock,
    "database": _database,
    "redis": _redis,
    "statutes": _statutes,
    "knowledge": _knowledge,
    "dense": _dense,
    "wechat": _wechat,
    "callback": _callback,
    "access token": _access_token,
    "wecom": _wecom,
    "sms": _sms,
    "model": _language_model,
}
