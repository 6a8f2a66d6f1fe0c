"""Long work as its owner sees it: how far it is, what came of it."""

from __future__ import annotations

from flask import abort

from bot.console import Pages, current, fragment, page
from bot.knowledge.pages.room import Room, now
from bot.knowledge.work import WORK_WORDS, Work
from bot.staff import Permission

#: The figures of `evaluate`, as staff read them; others go by their names.
FIGURE_WORDS = {
    "answered": "答上的", "refused": "该拒答而拒答的", "citation": "引用对的", "first": "第一条引用对的",
    "must": "要说的说到了", "entry": "条目对的",
}  # fmt: skip


def add(pages: Pages, room: Room) -> None:
    """Add these pages."""

    @pages.get("/progress/<int:number>", Permission.READ_KNOWLEDGE)
    def work(number: int) -> str:
        return page("knowledge/work.html", work=_mine(room, number), words=WORK_WORDS, figure_words=FIGURE_WORDS)

    @pages.get("/progress/<int:number>/part", Permission.READ_KNOWLEDGE)
    def work_part(number: int) -> str:
        held = _mine(room, number)
        return fragment("knowledge/work_part.html", work=held, words=WORK_WORDS, figure_words=FIGURE_WORDS)


def _mine(room: Room, number: int) -> Work:
    """A piece of work of the one who is signed in; 404 for anybody else's."""
    found = room.works.get(number, current().name, now())
    if found is None:
        abort(404)
    return found
