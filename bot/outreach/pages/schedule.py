"""The calendar: a month, the coming days as a list with what collides, and one firing to be moved or left out."""

from __future__ import annotations

import calendar as months
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import redirect, request
from werkzeug.exceptions import NotFound

from bot.console import Pages, current, flash, page, record
from bot.errors import OutreachError
from bot.outreach import lists, outlook
from bot.outreach.firings import Firing
from bot.outreach.outlook import Line, Outlook
from bot.outreach.pages.desks import Desks
from bot.outreach.pages.listing import quotas
from bot.outreach.pages.telling import clock
from bot.outreach.scope import meets
from bot.outreach.states import WORDS
from bot.outreach.ways import LEVELS
from bot.outreach.written import moment
from bot.settings import BEIJING
from bot.staff import Permission

_SPANS = (7, 30, 90)
_URL = "/staff/outreach/calendar"


@dataclass(frozen=True, slots=True)
class Item:
    """Something on a day. firing: its id, "" of a broadcast."""

    at: datetime
    title: str
    to: str
    state: str
    number: int | None
    firing: str = ""


def register(pages: Pages, desks: Desks) -> None:
    """Add these pages to the group."""

    @pages.get("/calendar", Permission.READ_OUTREACH)
    def month() -> str:
        first = _month(request.args.get("month", ""), _today(desks))
        weeks = months.Calendar().monthdatescalendar(first.year, first.month)
        days: dict[date, list[Item]] = defaultdict(list)
        for item in items(desks, _begin(weeks[0][0]), _begin(weeks[-1][-1] + timedelta(days=1))):
            days[item.at.astimezone(BEIJING).date()].append(item)
        return page(
            "outreach/month.html", first=first, weeks=weeks, days=days, today=_today(desks),
            before=(first - timedelta(days=1)).strftime("%Y-%m"), after=_next(first).strftime("%Y-%m"),
        )  # fmt: skip

    @pages.get("/calendar/list", Permission.READ_OUTREACH)
    def coming() -> str:
        given = request.args.get("days", "30")
        count = int(given) if given in map(str, _SPANS) else 30
        begin = _begin(_today(desks))
        view = outlook.view(desks.house.calendar, desks.clock(), count)
        held = _items_among(desks, view.lines, (begin, begin + timedelta(days=count + 1)), current().region)
        return page(
            "outreach/coming.html", items=held, days=count, spans=_SPANS, board=quotas(desks), **_notes(view)
        )  # fmt: skip

    @pages.get("/calendar/firing", Permission.READ_OUTREACH)
    def firing() -> str:
        line = _line(desks, request.args.get("id", ""))
        return page(
            "outreach/firing.html", line=line, firing=line.firing, levels=LEVELS, is_mine=_is_mine(line.firing),
            standing=desks.house.calendar.standing(line.firing.reminder), beijing=BEIJING,
        )  # fmt: skip

    @pages.post("/calendar/skip", Permission.WRITE_OUTREACH)
    def skip() -> Any:
        found, why = _own(desks, request.form.get("id", "")), _reason()
        desks.house.calendar.skip(found.id, current().name, why, desks.clock())
        record("firing.skip", "firing", found.id, before={"due_at": found.due_at.isoformat()}, after={}, reason=why)
        flash(f"“{found.title}”这一次不发了。")
        return redirect(f"{_URL}/list", 303)

    @pages.post("/calendar/move", Permission.WRITE_OUTREACH)
    def move() -> Any:
        found, why = _own(desks, request.form.get("id", "")), _reason()
        at = moment(request.form.get("at", ""), "新的时间")
        desks.house.calendar.move(found.id, at, current().name, why, desks.clock())
        times = {"before": {"due_at": found.due_at.isoformat()}, "after": {"due_at": at.isoformat()}}
        record("firing.move", "firing", found.id, **times, reason=why)
        flash(f"“{found.title}”改到 {clock(at)}。正文已按新的日子重排，请再看一眼。")
        return redirect(f"{_URL}/list", 303)


def items(desks: Desks, begin: datetime, end: datetime) -> list[Item]:
    """What goes to the people of whoever is signed in, or has gone, in order of time."""
    return items_of(desks, begin, end, current().region)


def items_of(desks: Desks, begin: datetime, end: datetime, region: str) -> list[Item]:
    """As `items`, for a region."""
    return _items_among(desks, outlook.lines(desks.house.calendar, begin, end), (begin, end), region)


def _items_among(desks: Desks, lines: Sequence[Line], span: tuple[datetime, datetime], region: str) -> list[Item]:
    """Those of some firings that reach people of a region, and the broadcasts of the same stretch of time."""
    lines = [line for line in lines if _reaches(line.firing, region)]
    found = [_item(line) for line in lines]
    numbers = {line.number for line in lines}
    for held in lists.between(desks.house.database, *span, region):
        at = held.started_at or held.draft.send_at
        if held.id not in numbers and at:
            found.append(Item(at, held.draft.title, desks.told(held), f"推送 {held.id}：{WORDS[held.state]}", held.id))
    return sorted(found, key=lambda item: item.at)


def _item(line: Line) -> Item:
    found = line.firing
    return Item(found.due_at, found.title, found.audience.words, line.state, line.number, found.id)


def _notes(view: Outlook) -> dict[str, Sequence[str]]:
    """What collides, is missing, waits or was missed; to a district only what its own people would get too much of."""
    if region := current().region:
        mine = [line.firing for line in view.lines if _reaches(line.firing, region) and line.state != outlook.SKIPPED]
        return {"collisions": outlook.collisions(mine), "missing": (), "waiting": (), "missed": ()}
    return {
        "collisions": view.collisions, "missing": view.missing, "waiting": view.waiting, "missed": view.missed,
    }  # fmt: skip


def _line(desks: Desks, name: str) -> Line:
    """One firing, as far as it reaches people of whoever is signed in; else 404."""
    try:
        found = desks.house.calendar.coming(name, desks.clock())
    except OutreachError as e:
        raise NotFound(str(e)) from e
    if not _reaches(found, current().region):
        raise NotFound("没有这条提醒")
    lines = outlook.lines(desks.house.calendar, found.due_at, found.due_at)
    return next(line for line in lines if line.firing.id == name)


def _own(desks: Desks, name: str) -> Firing:
    """One firing that whoever is signed in may change; else 404."""
    found = _line(desks, name).firing
    if not _is_mine(found):
        raise NotFound("这条提醒不只发给您的辖区，请找本单位的同事处理")
    return found


def _is_mine(found: Firing) -> bool:
    return current().sees(found.audience.region)


def _reaches(found: Firing, region: str) -> bool:
    return meets(found.audience.region, region)


def _reason() -> str:
    why = request.form.get("reason", "").strip()
    if not why or len(why) > 500:
        raise OutreachError("请写明理由（500 字以内），会留在记录里")
    return why


def _today(desks: Desks) -> date:
    return desks.clock().astimezone(BEIJING).date()


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), BEIJING)


def _month(text: str, today: date) -> date:
    try:
        found = datetime.strptime(text, "%Y-%m").date()
    except ValueError:
        found = today.replace(day=1)
    return found if abs(found.year - today.year) <= 2 else today.replace(day=1)


def _next(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)
