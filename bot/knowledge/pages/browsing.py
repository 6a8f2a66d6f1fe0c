"""Look through entries, ask as people do, read one entry with all that was ever done to it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import abort, request

from bot.console import Pages, current, page
from bot.ingest.items import Item, to_entry
from bot.knowledge.catalogue import KIND_WORDS, ORIGIN_WORDS, Wanted
from bot.knowledge.desk import Clash
from bot.knowledge.differing import differences
from bot.knowledge.pages.room import Room, may_read, read_item, today
from bot.knowledge.states import WORDS, Move, State
from bot.knowledge.trying import try_question
from bot.knowledge.versions import Version, snapshot
from bot.staff import Permission

_AT_MOST = 50
_LONGEST_QUESTION = 300
_CLASHES = {
    Clash.CHANGED: "升级后，随附内容变了",
    Clash.GONE: "升级后，随附内容不再有这一条",
    Clash.CAME: "升级后，随附内容新增了同一编号的条目",
}
TABS = (
    ("全部", ""), ("自有", "own"), ("已修改", "edited"), ("随附", "shipped"), ("已隐藏", "hidden"),
    ("已撤下", "withdrawn"), ("草稿", "draft"), ("待审核", "in_review"),
)  # fmt: skip


def add(pages: Pages, room: Room) -> None:
    """Add these pages."""

    @pages.get("/", Permission.READ_KNOWLEDGE)
    def entries() -> str:
        show, words = request.args.get("show", ""), request.args.get("q", "")[:_LONGEST_QUESTION]
        wanted = _wanted(show, words, request.args.get("kind", ""))
        staff = current()
        found, after = room.catalogue.page(
            wanted, request.args.get("after", ""), _AT_MOST, lambda region: may_read(staff, region)
        )
        more = f"/staff/knowledge/?{urlencode({'show': show, 'q': words, 'kind': wanted.kind, 'after': after})}"
        tabs = [(name, f"/staff/knowledge/?{urlencode({'show': key})}", key == show) for name, key in TABS]
        clashes = len(room.catalogue.conflicts())
        return page(
            "knowledge/entries.html", found=found, more=more if after else "", tabs=tabs, show=show, q=words,
            kind=wanted.kind, kinds=KIND_WORDS, origins=ORIGIN_WORDS, states=WORDS, conflicts=clashes,
        )  # fmt: skip

    @pages.get("/ask", Permission.READ_KNOWLEDGE)
    def ask() -> str:
        text = request.args.get("q", "").strip()[:_LONGEST_QUESTION]
        region = current().region or request.args.get("region", "").strip()[:60] or room.region
        answerer = room.keeper.answerer
        tried = try_question(answerer, room.office.settings.answers, text, region, today()) if text else None
        return page("knowledge/ask.html", q=text, region=region, tried=tried)

    @pages.get("/entries/<entry>", Permission.READ_KNOWLEDGE)
    def entry(entry: str) -> str:
        item = read_item(room, entry)
        found, _ = room.desk.history(entry)
        opened = next((v for v in reversed(found) if v.state in (State.DRAFT, State.IN_REVIEW)), None)
        live = next((v for v in reversed(found) if v.state is State.LIVE), None)
        told = _told(room, entry, live)
        clash = next((c for c in room.catalogue.conflicts() if c.version.entry == entry), None)
        return page(
            "knowledge/entry.html", id=entry, item=item, told=told, opened=opened, live=live, states=WORDS,
            kind=KIND_WORDS.get(item.kind, "") if item else "", changed=_changed(told, opened),
            preview=_preview(room, item), clash=_clash(clash) if clash else None,
            is_shipped=_shipped(room, entry) is not None,
            may_publish=opened is not None and opened.author != current().name,
        )  # fmt: skip

    @pages.get("/entries/<entry>/history", Permission.READ_KNOWLEDGE)
    def history(entry: str) -> str:
        read_item(room, entry)
        found, events = room.desk.history(entry)
        by_number = {v.version: v for v in found}
        rows = [
            (e, WORDS[Move(e.move)], _since(by_number, by_number[e.version]) if not e.before else [])
            for e in reversed(events) if e.version in by_number
        ]  # fmt: skip
        back = [v for v in reversed(found) if v.state is State.WITHDRAWN and v.fields is not None]
        return page("knowledge/history.html", id=entry, rows=rows, back=back, title=found[-1].title if found else entry)

    @pages.get("/conflicts", Permission.READ_KNOWLEDGE)
    def conflicts() -> str:
        staff = current()
        found = [_clash(c) for c in room.catalogue.conflicts() if may_read(staff, _region(c.version))]
        return page("knowledge/conflicts.html", found=found)


def _wanted(show: str, words: str, kind: str) -> Wanted:
    if show not in {key for _, key in TABS}:
        abort(404)
    is_open = show in ("draft", "in_review")
    return Wanted(words, "" if is_open else show, show if is_open else "", kind if kind in list(KIND_WORDS) else "")


def _shipped(room: Room, entry: str) -> Item | None:
    return room.desk.as_shipped(entry)


def _told(room: Room, entry: str, live: Version | None) -> dict[str, Any] | None:
    """What is told now, None where nothing is."""
    if live:
        return dict(live.fields) if live.fields is not None else None
    shipped = _shipped(room, entry)
    return dict(shipped.fields) if shipped else None


def _changed(told: dict[str, Any] | None, opened: Version | None) -> list[Any]:
    return differences(told or {}, opened.fields or {}) if opened else []


def _preview(room: Room, item: Item | None) -> str:
    """The answer as a phone shows it."""
    if item is None:
        return ""
    entry, errors = to_entry(item)
    if errors and not entry.answer:
        return ""
    return room.keeper.answerer.brief(entry, entry.answer, today()).text


def _since(by_number: dict[int, Version], version: Version) -> list[Any]:
    before = by_number.get(version.version - 1)
    was = (before.fields if before else version.shipped) or {}
    return differences(was, version.fields or {})


def _clash(conflict: Any) -> dict[str, Any]:
    version = conflict.version
    now = snapshot(conflict.now) if conflict.now else {}
    ours = {name: (version.fields or {}).get(name) for name in now}
    return {
        "id": version.entry, "title": version.title, "version": version.version, "words": _CLASHES[conflict.clash],
        "is_there": conflict.now is not None, "theirs": differences(version.shipped or {}, now),
        "ours": differences(now, ours),
    }  # fmt: skip


def _region(version: Version) -> str:
    return str((version.fields or version.shipped or {}).get("region") or "全国")
