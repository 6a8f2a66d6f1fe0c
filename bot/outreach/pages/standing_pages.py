"""Which reminders of the calendar go out by themselves, and the two persons who let each."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import redirect, request, url_for
from werkzeug.exceptions import NotFound

from bot.console import Pages, current, flash, page, record
from bot.outreach.book import Reminder
from bot.outreach.pages.desks import Desks
from bot.outreach.scope import meets
from bot.staff import Permission

_YEAR = timedelta(days=366)


def register(pages: Pages, desks: Desks) -> None:
    """Add these pages to the group; each reminder is read and decided on where its next time is shown."""

    @pages.get("/calendar/standing", Permission.READ_OUTREACH)
    def standing_reminders() -> str:
        calendar, now, region = desks.house.calendar, desks.clock(), current().region
        coming = {f.reminder: f for f in reversed(calendar.firings(now, now + _YEAR))}
        held = calendar.standings()
        mine = [r for r in calendar.book.reminders if meets(r.audience.region, region)]
        return page("outreach/standing.html", reminders=mine, standings=held, coming=coming)

    @pages.post("/calendar/propose", Permission.WRITE_OUTREACH)
    def propose_reminder() -> Any:
        found = _mine(desks)
        before = _stands(desks, found)
        desks.house.calendar.propose(found.id, current().name, desks.clock())
        return _done(desks, "propose", found, before, "已提交，请另一位同事看过后批准。")

    @pages.post("/calendar/approve", Permission.APPROVE_OUTREACH)
    def approve_reminder() -> Any:
        found = _mine(desks)
        before = _stands(desks, found)
        desks.house.calendar.approve(found.id, request.form.get("mark", ""), current().name, desks.clock())
        told = f"“{found.title}”以后每年到时自动发出；正文、对象、日期一改就要重新提交、批准。"
        return _done(desks, "approve", found, before, told)

    @pages.post("/calendar/revoke", Permission.WRITE_OUTREACH)
    def revoke_reminder() -> Any:
        found = _mine(desks)
        before = _stands(desks, found)
        desks.house.calendar.revoke(found.id)
        return _done(desks, "revoke", found, before, f"“{found.title}”以后每次都要审核。")


def _mine(desks: Desks) -> Reminder:
    """The reminder of the form, where whoever is signed in may decide on it; else 404."""
    found = desks.house.calendar.book.reminder(request.form.get("reminder", ""))
    if found is None or not meets(found.audience.region, current().region):
        raise NotFound("没有这条提醒")
    if not current().sees(found.audience.region):
        raise NotFound("这条提醒不只发给您的辖区，请找本单位的同事处理")
    return found


def _stands(desks: Desks, found: Reminder) -> dict[str, str]:
    held = desks.house.calendar.standing(found.id)
    return {"standing": held.words, "mark": held.mark} if held else {}


def _done(desks: Desks, deed: str, found: Reminder, before: dict[str, str], told: str) -> Any:
    """Put it on record with the texts as they read now, and go back to where it was read."""
    after = {**_stands(desks, found), "texts": {str(level): text for level, text in found.texts.items()}}
    record(f"reminder.{deed}", "reminder", found.id, before=before, after=after)
    flash(told)
    if firing := request.form.get("firing", ""):
        return redirect(url_for("outreach.firing", id=firing), 303)
    return redirect(url_for("outreach.standing_reminders"), 303)
