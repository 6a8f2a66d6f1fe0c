"""The pages of the knowledge: entries, plans, documents, words, and what Today shows of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.console import Figure, Group, Link, Pages, Section, Waiting
from bot.knowledge.differing import LABELS, told
from bot.knowledge.pages import browsing, deciding, editing, importing, planning, trials, wording, working
from bot.knowledge.pages.room import Reminder, Room, may_read
from bot.knowledge.states import PlanState
from bot.staff import Permission, Staff

__all__ = ["SECTION", "Reminder", "Room", "create_group"]

_READ = Permission.READ_KNOWLEDGE
SECTION = Section("知识", [
    Link("条目", "/staff/knowledge/", _READ),
    Link("问一句", "/staff/knowledge/ask", _READ),
    Link("待审核", "/staff/knowledge/review", _READ),
    Link("没答上的问题", "/staff/knowledge/unanswered/", _READ),
    Link("导入文件", "/staff/knowledge/import", Permission.WRITE_KNOWLEDGE),
    Link("活动方案", "/staff/knowledge/plans", _READ),
    Link("试答与问题集", "/staff/knowledge/regression", _READ),
    Link("近义词", "/staff/knowledge/words", _READ),
    Link("险情词", "/staff/knowledge/danger", _READ),
])  # fmt: skip


def create_pages(room: Room) -> Pages:
    """The pages under /staff/knowledge."""
    pages = Pages("knowledge", __name__, prefix="/staff/knowledge")
    pages.blueprint.add_app_template_filter(told, "told")
    pages.blueprint.context_processor(lambda: {"labels": LABELS})
    for part in (browsing, editing, deciding, importing, planning, wording, trials, working):
        part.add(pages, room)
    return pages


def create_group(
    room: Room, unanswered: Pages, unanswered_waiting: Callable[[Staff, datetime], list[Waiting]]
) -> Group:
    """All pages of the knowledge with their part of Today, and those of what could not be answered."""

    def waiting(staff: Staff, now: datetime) -> Sequence[Waiting]:
        return [*_waiting(room, staff), *unanswered_waiting(staff, now)] if staff.may(_READ) else []

    def figures(staff: Staff, _now: datetime) -> Sequence[Figure]:
        return [_entries(room)] if staff.may(_READ) else []

    return Group([create_pages(room), unanswered], SECTION, waiting, figures)


def _waiting(room: Room, staff: Staff) -> list[Waiting]:
    mine = [e for e in room.catalogue.entries() if e.opened and may_read(staff, e.region)]
    found = []
    if staff.may(Permission.REVIEW_KNOWLEDGE):
        review = sum(e.opened == "in_review" and e.author != staff.name for e in mine)
        if review:
            found.append(Waiting(f"{review} 个条目等您审核", "/staff/knowledge/review", 1, review))
        if clashes := len(room.catalogue.conflicts()):
            found.append(Waiting(f"{clashes} 处修改与升级后的随附内容不一致", "/staff/knowledge/conflicts", 0, clashes))
        if plans := room.plan_desk.submitted(staff.name):
            found.append(Waiting(f"{plans} 份活动方案等您审核、采用", "/staff/knowledge/plans", 1, plans))
        for words, path in ((room.synonym_desk, "words"), (room.danger_desk, "danger")):
            if (held := words.in_review()) and held.author != staff.name:
                found.append(Waiting(f"{words.name}第{held.version}版等您审核", f"/staff/knowledge/{path}", 1, 1))
        if packed := room.parcels.waiting_for(staff.name):
            found.append(Waiting(f"{packed} 个读回的知识包等您审核", "/staff/knowledge/files", 1, packed))
    if staff.may(Permission.WRITE_KNOWLEDGE):
        if plans := room.plan_desk.count(PlanState.PROPOSED):
            found.append(Waiting(f"{plans} 份活动方案等核对、提交", "/staff/knowledge/plans", 0, plans))
        drafts = sum(e.opened == "draft" and e.author == staff.name for e in mine)
        if drafts:
            found.append(Waiting(f"您有 {drafts} 份草稿还没提交审核", "/staff/knowledge/?show=draft", 0, drafts))
    return found


def _entries(room: Room) -> Figure:
    live = sum(e.origin not in ("hidden", "unpublished", "withdrawn") for e in room.catalogue.entries())
    return Figure("在用的条目", f"{live}", "/staff/knowledge/")
