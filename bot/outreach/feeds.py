"""Feeds of official warnings: RSS, Atom or CAP from the addresses that the settings name, each item looked at once.

Nothing is guessed: an item that does not say who issued it, when and for which regions is refused, and staff see why.
Source: docs.oasis-open.org/emergency/cap/v1.2 (CAP); its fields are known inside RSS and Atom items too.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.answers.cities import provinces
from bot.errors import OutreachError, SendError
from bot.outreach import fetching
from bot.outreach.calendar_tables import feed_item, feed_read, warning
from bot.outreach.states import State
from bot.outreach.tables import broadcast
from bot.outreach.warnings import Official, Warnings
from bot.settings import BEIJING
from bot.store.database import Database, aware

log = logging.getLogger(__name__)

_WHOLE_S, _MOST_BYTES, _MOST_ITEMS = 20.0, 2 << 20, 200
_ITEMS = ("alert", "item", "entry")
_HERE = ("127.0.0.1", "localhost")
_TAGS = re.compile(r"<[^>]{0,500}>")

#: The bytes at an address. Raises SendError.
Fetch = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class Item:
    """One item as a feed tells it. name: known again by it; official: None where it is refused, why: the reason."""

    name: str
    title: str
    official: Official | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of an item, for staff. state: relayed, refused.

    regions    of the warning that it became
    broadcast  where its sending stands, None where it is gone or was none
    """

    feed: str
    title: str
    state: str
    why: str
    at: datetime
    regions: tuple[str, ...] = ()
    broadcast_id: int | None = None
    broadcast: State | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """How a feed is. host: where it is, without what a key may stand in; items: of the last time it could be read."""

    name: str
    host: str
    at: datetime | None = None
    good_at: datetime | None = None
    items: int = 0
    error: str = ""
    error_at: datetime | None = None

    @property
    def is_broken(self) -> bool:
        """Whether it could not be read the last time."""
        return self.at is not None and self.at != self.good_at


@dataclass(frozen=True, slots=True)
class Feeds:
    """The feeds of one office. feeds: name -> address; fetch: see Fetch."""

    database: Database
    warnings: Warnings
    feeds: Mapping[str, str]
    fetch: Fetch

    def run(self, now: datetime) -> int:
        """Look at every feed once; how many warnings were taken over. A feed that is away is tried again next time."""
        return sum(self._one(name, address, now.astimezone(UTC)) for name, address in self.feeds.items())

    def seen(self, count: int = 20) -> list[Seen]:
        """What came last, newest first."""
        c, b = feed_item.c, broadcast.c
        joined = feed_item.outerjoin(warning, warning.c.id == c.warning_id).outerjoin(
            broadcast, b.id == warning.c.broadcast_id
        )
        wanted = sa.select(feed_item, warning.c.regions, b.id.label("number"), b.state.label("going"))
        with self.database.read() as db:
            rows = db.execute(wanted.select_from(joined).order_by(c.at.desc(), c.item).limit(count)).all()
        return [_seen(row) for row in rows]

    def conditions(self) -> list[Condition]:
        """How each of the feeds is, in the order of the settings."""
        with self.database.read() as db:
            held = {row.feed: row for row in db.execute(sa.select(feed_read))}
        return [_condition(name, address, held.get(name)) for name, address in self.feeds.items()]

    def _one(self, name: str, address: str, now: datetime) -> int:
        try:
            items = read(self.fetch(address), name)
        except (SendError, OutreachError) as e:
            log.warning("a feed of warnings cannot be read", extra={"feed": name, "error": str(e)[:200]})
            why = str(e) if isinstance(e, OutreachError) else "对方没有回应，或内容太长；请联系安装人员看网络和网址"
            self._note(name, {"at": now, "error": why[:500], "error_at": now})
            return 0
        self._note(name, {"at": now, "good_at": now, "items": len(items)})
        c = feed_item.c
        with self.database.begin() as db:
            known = set(db.scalars(sa.select(c.item).where(c.feed == name)))
        return sum(self._take(name, item, now) for item in items if item.name not in known)

    def _note(self, feed: str, values: Mapping[str, Any]) -> None:
        with self.database.begin() as db:
            insert = (sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert)(feed_read)
            new = insert.values(feed=feed, **values)
            db.execute(new.on_conflict_do_update(index_elements=["feed"], set_=dict(values)))

    def _take(self, feed: str, item: Item, now: datetime) -> bool:
        """Relay an item, and write down what came of it. Relaying the same again does no harm."""
        number, why = None, item.why
        if item.official:
            try:
                number = self.warnings.relay(item.official, feed, now).id
            except OutreachError as e:
                why = str(e)
        row = {
            "feed": feed, "item": item.name, "state": "relayed" if number else "refused", "why": why, "at": now,
            "title": item.title[:200], "warning_id": number,
        }  # fmt: skip
        with self.database.begin() as db:
            if db.scalar(sa.select(feed_item.c.item).where(feed_item.c.feed == feed, feed_item.c.item == item.name)):
                return False
            db.execute(sa.insert(feed_item).values(**row))
        log.info("an item of a feed", extra={"feed": feed, "is_relayed": bool(number)})
        return bool(number)


def _seen(row: Any) -> Seen:
    regions = tuple(json.loads(row.regions)) if row.regions else ()
    state = State(row.going) if row.going else None
    return Seen(row.feed, row.title, row.state, row.why, aware(row.at) or row.at, regions, row.number, state)


def _condition(name: str, address: str, row: Any) -> Condition:
    host = urlsplit(address).hostname or ""
    if row is None:
        return Condition(name, host)
    times = {column: aware(getattr(row, column)) for column in ("at", "good_at", "error_at")}
    return Condition(name, host, items=row.items, error=row.error, **times)


def feeds_of(setting: str) -> dict[str, str]:
    """`名称=https://…; 名称=https://…` as it stands in the settings. Raises OutreachError."""
    held: dict[str, str] = {}
    for part in filter(None, (p.strip() for p in re.split(r"[;；\n]", setting))):
        name, _sign, address = (p.strip() for p in part.partition("="))
        to = urlsplit(address)
        if not name or not to.hostname or not (to.scheme == "https" or (to.scheme == "http" and to.hostname in _HERE)):
            raise OutreachError(f"outreach.feeds 要写成：名称=https://…；多个用分号隔开。现在是“{part[:80]}”")
        held[name] = address
    return held


def fetch(address: str) -> bytes:
    """See Fetch. Nobody sends us on to an address that the settings do not name."""
    try:
        data = fetching.fetch(address, _MOST_BYTES + 1, _WHOLE_S)
    except (OSError, ValueError, http.client.HTTPException) as e:
        raise SendError(f"the feed did not answer: {type(e).__name__}") from e
    if len(data) > _MOST_BYTES:
        raise SendError("the feed is too long")
    return data


def read(data: bytes, source: str) -> list[Item]:
    """The items of a feed. Raises OutreachError where it is none. source: its name."""
    signs = data.replace(b"\0", b"")  # of UTF-16, as if it were not
    if b"<!DOCTYPE" in signs or b"<!ENTITY" in signs:
        raise OutreachError(f"{source}：内容里有 DOCTYPE，可能有害，不读；请联系安装人员问发布单位")
    try:
        root = ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError, LookupError) as e:
        raise OutreachError(f"{source}：网址给出的不是预警源（不是 XML），请联系安装人员核对网址") from e
    found = [root] if _local(root) == "alert" else [n for n in root.iter() if _local(n) in _ITEMS[1:]]
    if not found and _local(root) not in ("rss", "feed", "RDF"):
        raise OutreachError(f"{source}：网址给出的不是预警源（不是 RSS、Atom 或 CAP），请联系安装人员核对网址")
    return [_item(node, source) for node in found[:_MOST_ITEMS]]


def _item(node: ElementTree.Element, source: str) -> Item:
    told = _Told(node)
    title, issuer = told.first("headline", "title"), told.first("senderName", "creator", "name", "author")
    issued, text = told.first("sent", "pubDate", "published", "updated", "date"), told.text()
    at, until = _moment(issued), _moment(told.first("expires"))
    regions = tuple(
        dict.fromkeys(r for part in told.all("areaDesc", "category") for r in re.split(r"[、,，;；\s]+", part) if r)
    )
    names = f"{told.first('identifier', 'guid', 'id', 'link')}|{issued}|{text}"
    name = hashlib.sha256(names.encode()).hexdigest()
    why = _refused(told, issuer, at, regions)
    if why or at is None:
        return Item(name, title or text[:60], None, why)
    where = f"{source}（{told.first('web', 'link') or '订阅源'}）"
    official = Official(issuer=issuer, issued_at=at, text=text, regions=regions, source=where, until=until)
    return Item(name, title, official)


def _refused(told: _Told, issuer: str, at: datetime | None, regions: tuple[str, ...]) -> str:
    """Why an item is not relayed, "" where it may be."""
    if told.first("status") not in ("", "Actual") or told.first("msgType") not in ("", "Alert", "Update"):
        return "是演练、测试、撤销或回执，不转发"
    if not issuer:
        return "没有写发布单位"
    if at is None:
        return "没有写发布时间"
    if wrong := [region for region in regions if not region.startswith(provinces())]:
        return f"影响地区“{wrong[0][:30]}”没有从省写起，不知道发给谁"
    return "" if regions else "没有写影响地区"


class _Told:
    """The fields of an item by their local names, whatever namespace they are of."""

    def __init__(self, node: ElementTree.Element) -> None:
        self._fields = list(_fields(node))

    def all(self, *names: str) -> list[str]:
        """Every value of these fields that is not empty."""
        return [value for name in names for held, value in self._fields if held == name]

    def first(self, *names: str) -> str:
        """The first of them, in the order of the names."""
        return next(iter(self.all(*names)), "")

    def text(self) -> str:
        """What is said, without markup."""
        return _TAGS.sub("", self.first("description", "summary", "content", "encoded", "headline", "title")).strip()


def _fields(node: ElementTree.Element) -> Iterator[tuple[str, str]]:
    for child in node.iter():
        value = (child.text or "").strip() or child.get("term", "") or child.get("href", "")
        if value and child is not node:
            yield _local(child), value


def _local(node: ElementTree.Element) -> str:
    return str(node.tag).rpartition("}")[2]


def _moment(text: str) -> datetime | None:
    """A time of CAP and Atom (ISO) or of RSS, of our days; one without a zone is Beijing's."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        try:
            at = parsedate_to_datetime(text)
        except (TypeError, ValueError):
            return None
    if not 2000 <= at.year < 2100:  # at the ends of the calendar no other zone can be reckoned
        return None
    return at if at.tzinfo else at.replace(tzinfo=BEIJING)
