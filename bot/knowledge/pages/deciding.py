"""What is done with an entry after it is written: review, publish, withdraw, go back, settle after an upgrade."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from flask import abort, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from bot.console import Pages, current, flash, page, record
from bot.errors import KnowledgeError
from bot.knowledge.catalogue import Listed, Wanted
from bot.knowledge.pages.room import Room, check_region, may_read, now, read_item
from bot.knowledge.regression import compare
from bot.knowledge.states import State
from bot.knowledge.versions import Version
from bot.staff import Permission

_AT_MOST, _LONGEST_REASON = 50, 300


def add(pages: Pages, room: Room) -> None:
    """Add these pages."""

    @pages.get("/review", Permission.READ_KNOWLEDGE)
    def review() -> str:
        staff, wanted = current(), Wanted(opened=State.IN_REVIEW)
        found, after = room.catalogue.page(
            wanted, request.args.get("after", ""), _AT_MOST, lambda region: may_read(staff, region)
        )
        more = f"/staff/knowledge/review?{urlencode({'after': after})}" if after else ""
        return page("knowledge/review.html", found=found, me=staff.name, more=more)

    @pages.post("/entries/<entry>/submit", Permission.WRITE_KNOWLEDGE)
    def submit(entry: str) -> BaseResponse:
        return _done(room, entry, "submit", room.desk.submit, "已提交审核。另一位同事审核通过后，几秒内就会用上。")

    @pages.post("/entries/<entry>/return", Permission.REVIEW_KNOWLEDGE)
    def give_back(entry: str) -> BaseResponse:
        _reason()
        return _done(room, entry, "return", room.desk.give_back, "已退回给作者修改。")

    @pages.post("/entries/<entry>/publish", Permission.REVIEW_KNOWLEDGE)
    def publish(entry: str) -> BaseResponse:
        seen = _number("version")

        def publish_seen(name: str, by: str, why: str) -> Version:
            return room.desk.publish(name, by, why, seen)

        return _done(room, entry, "publish", publish_seen, "已发布，几秒内所有渠道都会用上。")

    @pages.post("/entries/<entry>/withdraw", Permission.REVIEW_KNOWLEDGE)
    def withdraw(entry: str) -> BaseResponse:
        _reason()
        return _done(room, entry, "withdraw", room.desk.withdraw, "已撤下，几秒内就不再这样回答。可以随时恢复。")

    @pages.post("/entries/<entry>/discard", Permission.WRITE_KNOWLEDGE)
    def discard(entry: str) -> BaseResponse:
        return _done(room, entry, "discard", _discard(room), "草稿已丢弃，历史里还能看到。")

    @pages.post("/entries/<entry>/restore", Permission.REVIEW_KNOWLEDGE)
    def restore(entry: str) -> BaseResponse:
        return _done(room, entry, "restore", room.desk.restore, "已恢复，几秒内就会用上。")

    @pages.post("/entries/<entry>/roll-back", Permission.REVIEW_KNOWLEDGE)
    def roll_back(entry: str) -> BaseResponse:
        number = _number("version")

        def back(name: str, by: str, why: str) -> Version:
            return room.desk.roll_back(name, number, by, why)

        return _done(room, entry, "roll_back", back, f"第{number}版又生效了，存为新的一版。")

    @pages.post("/entries/<entry>/changes", Permission.READ_KNOWLEDGE, audited=False)
    def changes(entry: str) -> BaseResponse:
        read_item(room, entry)
        item, version = room.desk.item(entry)
        more = [str(item.fields.get("title") or entry), *map(str, item.fields.get("questions") or ())]
        work = room.works.begin(
            "changes", f"{version.title if version else entry}：哪些问题的回答会变", current().name,
            lambda _step: compare(room.keeper, room.desk, room.database, entry, more).as_row(), now(),
        )  # fmt: skip
        return redirect(f"/staff/knowledge/progress/{work.id}", 303)


def _done(room: Room, entry: str, action: str, deed: Callable[[str, str, str], Any], said: str) -> BaseResponse:
    """Do it, put it on record, and back to the entry."""
    before = _stands(_check(room, entry))
    staff, why = current(), request.form.get("reason", "").strip()[:_LONGEST_REASON]
    deed(entry, staff.name, why)
    found = next((e for e in room.catalogue.entries() if e.id == entry), None)
    record(f"entry.{action}", "entry", entry, before=before, after=_stands(found) if found else None, reason=why)
    flash(said)
    return redirect(f"/staff/knowledge/entries/{entry}", 303)


def _check(room: Room, entry: str) -> Listed:
    read_item(room, entry)
    listed = next(e for e in room.catalogue.entries() if e.id == entry)
    check_region(listed.region)
    return listed


def _stands(listed: Listed) -> dict[str, str]:
    """What is live of an entry, and what is opened beside it."""
    return {"live": str(listed.origin), "opened": listed.opened, "title": listed.title}


def _discard(room: Room) -> Callable[[str, str, str], Any]:
    """Give up a version that is not live; what is live stays."""

    def deed(entry: str, by: str, why: str) -> Version:
        found, _ = room.desk.history(entry)
        opened = next((v for v in found if v.state in (State.DRAFT, State.IN_REVIEW)), None)
        if opened is None:
            raise KnowledgeError(f"{entry}：没有草稿，也没有待审核的版本")
        if opened.author != by and not current().may(Permission.REVIEW_KNOWLEDGE):
            raise KnowledgeError(f"这一版是{opened.author}写的，请他自己或审核的同事丢弃")
        return room.desk.discard(entry, by, why)

    return deed


def _reason() -> None:
    if not request.form.get("reason", "").strip():
        raise KnowledgeError("请写明原因：它会留在历史里，作者也看得到")


def _number(name: str) -> int:
    text = request.form.get(name, "")
    if not text.isascii() or not text.isdecimal() or len(text) > 6:
        abort(400)
    return int(text)
