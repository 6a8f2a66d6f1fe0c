"""The machine and what is installed on it: settings, disk, clock, database, Redis."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

from bot.doctor.findings import Finding, Level
from bot.errors import StoreError
from bot.services import Services
from bot.settings import BEIJING, OfficeSettings, networks

#: This was written then: a clock before it is wrong.
_WRITTEN_ON = datetime(2026, 11, 1, tzinfo=UTC)
_FAR_OFF = timedelta(days=20 * 365)
_CLOCK_DIFFERENCE_S = 30
_FULL_BYTES, _NEARLY_FULL_BYTES = 50 << 20, 500 << 20


def settings(services: Services) -> Iterator[Finding]:
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


def proxies(services: Services) -> Iterator[Finding]:
    server = services.settings.server
    trusted = networks(server.trusted_proxies)
    if not trusted:
        yield Finding(Level.OK, "none: X-Forwarded-For, -Proto and -Host of a request count for nothing")
        return
    text = f"X-Forwarded-For, -Proto and -Host count from {', '.join(map(str, trusted))}"
    is_apart = server.host not in ("127.0.0.1", "::1", "localhost") and server.public_url.startswith("https://")
    if is_apart and all(network.is_loopback for network in trusted):
        cure = (
            "name its address or network in server.trusted_proxies, or all visitors count as one, and nobody as known"
        )
        yield Finding(Level.WARN, f"{text}; the proxy that ends https seems to be another machine or container", cure)
    else:
        yield Finding(Level.OK, text)


def var_dir(services: Services) -> Iterator[Finding]:
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


def clock(_services: Services) -> Iterator[Finding]:
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


def database(services: Services) -> Iterator[Finding]:
    import sqlalchemy as sa

    from bot.store import refused
    from bot.store.migrations import HEAD

    kind = (services.settings.database_url or "sqlite").split(":", 1)[0]
    try:
        if newer := _newer_schema(services.settings.database):
            cure = "this program is older than its database: install the newer version"
            yield Finding(Level.FAIL, f"{kind}: schema {newer}", cure)
            return
        with services.database.begin() as db:
            head = db.scalar(sa.text("SELECT version_num FROM alembic_version"))
            now = None if services.database.is_sqlite else db.scalar(sa.text("SELECT CURRENT_TIMESTAMP"))
            waiting = refused.count(db) if head == HEAD else 0
    except StoreError as e:
        cure = "is it running, and are database_url, user and password right? without database_url SQLite is used"
        yield Finding(Level.FAIL, f"{kind}: {e}", cure)
        return
    yield Finding(Level.OK, f"{kind}, schema {head}")
    if waiting:
        cure = "the table refused_row holds each and why: please report it; they go by themselves after 90 days"
        yield Finding(Level.WARN, f"it refused {waiting} rows, which were put aside", cure)
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


def redis(services: Services) -> Iterator[Finding]:
    from bot.store.kv import RedisKeyValue

    if not services.settings.redis_url:
        yield Finding(Level.OK, "not set: one process remembers by itself, which is enough for one process")
        return
    try:
        RedisKeyValue(services.settings.redis_url).ping()
        yield Finding(Level.OK, "answers")
    except StoreError as e:
        yield Finding(Level.FAIL, str(e), "is it running, and is redis_url right? without it the bot uses no Redis")
