"""Today: what waits for me, what went wrong, what goes out, and a few figures. Each group of pages gives its part."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from flask import Flask

from bot.console.desk import console
from bot.console.groups import Coming, Figure, Waiting
from bot.console.pages import Pages, current, page
from bot.errors import BotError
from bot.staff import Permission, Role, Staff

T = TypeVar("T")
pages = Pages("today", __name__, "/staff")


@pages.get("/", Permission.SIGNED_IN)
def today() -> str:
    return page("console/today.html", now=console().clock(), **_parts())


@pages.get("/today/live", Permission.SIGNED_IN)
def live() -> str:
    return page("console/today_live.html", now=console().clock(), **_parts())


def warm(app: Flask) -> None:
    """Read what Today holds on to once it was asked for: the first of staff need not wait seconds for it."""
    everybody = Staff(0, "", "", frozenset(Role))
    with app.app_context():
        held = console()
        for group in held.groups:
            for part in (group.waiting, group.figures, group.coming):
                list(_all([part], everybody, held.clock(), []))


def _parts() -> dict[str, object]:
    staff, now, groups = current(), console().clock(), console().groups
    broken: list[Waiting] = []
    waiting = list(_all([g.waiting for g in groups], staff, now, broken))
    figures: list[Figure] = list(_all([g.figures for g in groups], staff, now, broken))
    coming: list[Coming] = sorted(_all([g.coming for g in groups], staff, now, broken), key=lambda c: (c.day, c.when))
    waiting = sorted([*broken, *waiting], key=lambda w: -w.urgency)
    wrong = [w for w in waiting if w.urgency > 1]
    return {"wrong": wrong, "waiting": [w for w in waiting if w.urgency <= 1], "figures": figures, "coming": coming}


def _all(
    parts: Sequence[Callable[[Staff, datetime], Sequence[T]]], staff: Staff, now: datetime, broken: list[Waiting]
) -> Iterator[T]:
    """What each part gives; one that fails takes nothing from the others, and is seen."""
    for part in parts:
        try:
            yield from part(staff, now)
        except BotError as e:
            if not broken:
                said = f"有一部分内容暂时读不到：{e}。请过一分钟刷新；一直这样，请联系安装人员。"
                broken.append(Waiting(said, "/staff/", 2))
