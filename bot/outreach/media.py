"""What messages show: handed over to the platform once, kept on record, chosen again later.

Of what it keeps the platform shows no picture to anybody but its own clients; so a small copy of each picture that was
handed over here stays here. What others put into its library is listed when staff ask for it, by name and day; its
pictures are fetched when a page shows them (material_pictures.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.errors import OutreachError, SendError
from bot.outreach.content import Level
from bot.outreach.material_pictures import MaterialPictures
from bot.outreach.media_tables import media_item
from bot.sending import DraftCard, FileCard, Kind, MediaKind, Message, Storehouse
from bot.settings import BEIJING
from bot.store.database import Database, aware
from bot.store.kv import KeyValue

#: What a message is -> what its media id must name.
OF_KIND = {Kind.IMAGE: MediaKind.IMAGE, Kind.VIDEO: MediaKind.VIDEO, Kind.NEWS: MediaKind.DRAFT}
#: … and its picture.
_COVERS = {Kind.NEWS: MediaKind.IMAGE, Kind.VIDEO: MediaKind.THUMB}
WORDS = {
    MediaKind.IMAGE: "图片", MediaKind.VIDEO: "视频", MediaKind.THUMB: "视频封面", MediaKind.DRAFT: "图文草稿",
}  # fmt: skip
#: Kinds of which a copy is kept for pages.
_SHOWN = (MediaKind.IMAGE, MediaKind.THUMB)
_DRAFTS = 20
#: Of the library on a page; the platform gives no more at once.
PAGE = 20
#: Kinds that its library lists.
LISTED = (MediaKind.IMAGE, MediaKind.VIDEO)
_NAME_CHARS = 200
_NOT_SET_UP = "没有设置公众号（wechat.app_id、wechat.secret），不能上传素材；请联系安装人员"


@dataclass(frozen=True, slots=True)
class Item:
    """Something that is kept. has_picture: pages can show it."""

    id: int
    kind: MediaKind
    media_id: str
    url: str
    name: str
    size: int
    cover: str
    region: str
    who: str
    at: datetime
    expires_at: datetime | None
    has_picture: bool

    @property
    def may_be_shown(self) -> bool:
        """Whether pages can ask for its picture: what lies in the library alone is fetched when they do."""
        return self.has_picture or (self.kind is MediaKind.IMAGE and not self.who)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file as staff hand it in. region: of who does; for_good: else for three days."""

    kind: MediaKind
    name: str
    data: bytes
    for_good: bool
    who: str
    region: str = ""


class Shelf:
    """What is kept for messages. Methods raise OutreachError with what to do."""

    def __init__(self, database: Database, storehouse: Storehouse | None, store: KeyValue) -> None:
        self._database, self._storehouse = database, storehouse
        self._library = MaterialPictures(database, storehouse, store)

    @property
    def is_set_up(self) -> bool:
        """Whether there is an account to hand things over to."""
        return self._storehouse is not None

    def upload(self, given: Upload, now: datetime) -> Item:
        """Hand a file over; the same file of the same region is not handed over twice while it is kept."""
        house = self._house()
        mime, digest = house.mime(given.data, given.kind), hashlib.sha256(given.data).hexdigest()
        if held := self._same(given, digest, now):
            return held
        try:
            kept = house.keep(given.kind, given.data, for_good=given.for_good, title=_bare(given.name))
        except SendError as e:
            raise OutreachError(_refused(e, "没有收下这个文件")) from e
        row = {
            "kind": given.kind, "media_id": kept.media_id, "url": kept.url, "name": _bare(given.name), "mime": mime,
            "size": len(given.data), "digest": digest, "picture": given.data if given.kind in _SHOWN else None,
            "region": given.region, "who": given.who, "at": now, "expires_at": kept.expires_at,
        }  # fmt: skip
        with self._database.begin() as db:
            number = db.execute(sa.insert(media_item).values(**row).returning(media_item.c.id)).scalar_one()
            return _items(db, media_item.c.id == number)[0]

    def items(self, kind: MediaKind, region: str, now: datetime, limit: int, before: int | None = None) -> list[Item]:
        """What can be chosen, the latest first. region: of who asks; before: id of the last that was seen."""
        c = media_item.c
        fresh = sa.or_(c.expires_at.is_(None), c.expires_at > now)
        after = sa.true() if before is None else c.id < before
        ours = c.who != ""  # what was only seen in the library is told by the library: it may be gone
        with self._database.read() as db:
            return _items(db, c.kind == kind, ours, fresh, after, _seen(region), limit=limit)

    def picture(self, number: int, region: str, now: datetime) -> tuple[bytes, str] | None:
        """The copy of a picture, and its kind as in Content-Type; b"" where there is none to be had now.

        None: there is no such thing, or it shows no picture.
        """
        c = media_item.c
        with self._database.read() as db:
            row = db.execute(sa.select(c.picture, c.mime, c.kind, c.who).where(c.id == number, _seen(region))).first()
        if row and row.kind == MediaKind.IMAGE and not row.who:
            return self._library.picture(number, now) or (b"", "")
        return (bytes(row.picture), row.mime) if row and row.picture else None

    def named(self, media_ids: Iterable[str]) -> dict[str, Item]:
        """What is known of these, by media id; a cover of a news item by its address."""
        with self._database.read() as db:
            return _named(db, media_ids)

    def drafts(self, now: datetime) -> list[tuple[DraftCard, Item | None]]:
        """The latest drafts of the account, each with its cover where that was handed over here."""
        try:
            cards = self._house().drafts(0, _DRAFTS)
        except SendError as e:
            raise OutreachError(_refused(e, "没有给出草稿箱的内容")) from e
        with self._database.begin() as db:
            for card in cards:
                _remember(db, card, now)
        covers = self.named(card.cover for card in cards)
        return [(card, covers.get(card.cover)) for card in cards]

    def of_account(self, kind: MediaKind, page: int, now: datetime) -> tuple[list[tuple[FileCard, Item | None]], int]:
        """A page, from 0, of the account's library: each with what is known of it here; and how many there are."""
        if kind not in LISTED:
            raise OutreachError(f"素材库不列出{WORDS[kind]}，请上传")
        try:
            cards, total = self._house().files(kind, page * PAGE, PAGE)
        except SendError as e:
            raise OutreachError(_refused(e, "没有给出素材库的内容")) from e
        with self._database.begin() as db:
            for card in cards:
                _note(db, kind, card, now)
        known = self.named(card.media_id for card in cards)
        return [(card, known.get(card.media_id)) for card in cards], total

    def _house(self) -> Storehouse:
        if self._storehouse is None:
            raise OutreachError(_NOT_SET_UP)
        return self._storehouse

    def _same(self, given: Upload, digest: str, now: datetime) -> Item | None:
        c = media_item.c
        lasting = c.expires_at.is_(None) if given.for_good else sa.or_(c.expires_at.is_(None), c.expires_at > now)
        same = (c.digest == digest, c.kind == given.kind, c.region == given.region, lasting)
        with self._database.read() as db:
            return next(iter(_items(db, *same, limit=1)), None)


def wrong(db: sa.Connection, content: Mapping[Level, Message], at: datetime) -> list[str]:
    """What is wrong with what messages show, a sentence each: another kind than they are, or gone by then."""
    known = _named(db, (name for message in content.values() for name in (message.media, message.picture)))
    found = []
    for message in content.values():
        pairs = ((message.media, OF_KIND.get(message.kind)), (message.picture, _COVERS.get(message.kind)))
        for name, wanted in pairs:
            item = known.get(name)
            if item and wanted and item.kind is not wanted:
                found.append(f"选的“{item.name}”是{WORDS[item.kind]}，这里要{WORDS[wanted]}，请另选")
            elif item and item.expires_at and item.expires_at <= at:
                found.append(f"{WORDS[item.kind]}“{item.name}”只保存到 {_clock(item.expires_at)}，请重新上传再选")
    return list(dict.fromkeys(found))


def _named(db: sa.Connection, media_ids: Iterable[str]) -> dict[str, Item]:
    wanted, c = {name for name in media_ids if name}, media_item.c
    if not wanted:
        return {}
    found = _items(db, sa.or_(c.media_id.in_(wanted), c.url.in_(wanted)))
    return {key: item for item in found for key in (item.media_id, item.url) if key in wanted}


def _seen(region: str) -> sa.ColumnElement[bool]:
    """What staff of a region see: its own, and what the office shares with all."""
    c = media_item.c.region
    return sa.true() if not region else sa.or_(c == "", c.startswith(region, autoescape=True))


def _items(db: sa.Connection, *where: sa.ColumnElement[bool], limit: int | None = None) -> list[Item]:
    c = media_item.c
    held = [c[name] for name in Item.__dataclass_fields__ if name != "has_picture"]
    wanted = sa.select(*held, c.picture.is_not(None).label("has_picture")).where(*where).order_by(c.id.desc())
    rows: Sequence[Any] = db.execute(wanted.limit(limit)).mappings().all()
    return [
        Item(**{**row, "kind": MediaKind(row["kind"]), "at": aware(row["at"]), "expires_at": aware(row["expires_at"]),
                "has_picture": bool(row["has_picture"])})
        for row in rows
    ]  # fmt: skip


def _remember(db: sa.Connection, card: DraftCard, now: datetime) -> None:
    """What a draft is called, so that pages can say it without asking the platform."""
    told = {"name": _bare("、".join(card.titles)), "cover": card.cover}
    row = {"kind": MediaKind.DRAFT, "media_id": card.media_id, "who": "", "at": now, **told}
    insert = (sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert)(media_item).values(**row)
    db.execute(insert.on_conflict_do_update(index_elements=["media_id"], set_=told))


def _note(db: sa.Connection, kind: MediaKind, card: FileCard, now: datetime) -> None:
    """What something of the library is, so that it is taken for nothing else; what was handed over here stays."""
    row = {"kind": kind, "media_id": card.media_id, "url": card.url, "name": _bare(card.name), "who": "", "at": now}
    insert = (sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert)(media_item).values(**row)
    db.execute(insert.on_conflict_do_nothing(index_elements=["media_id"]))


def _bare(name: str) -> str:
    """A name without folders and without what cannot be seen."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(c for c in last if c.isprintable()).strip()[:_NAME_CHARS] or "没有名字"


def _clock(at: datetime) -> str:
    here = at.astimezone(BEIJING)
    return f"{here.month}月{here.day}日 {here:%H:%M}"


def _refused(error: SendError, what: str) -> str:
    code = f"（错误码 {error.errcode}）" if error.errcode is not None else "（没有回应）"
    return f"微信{what}{code}，请过一会儿再试；一直这样，请联系安装人员"
