"""The menu of the consultation day on its page: what it will be, and two persons who let it be put up by itself."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import redirect
from werkzeug.exceptions import Forbidden

from bot.console import Pages, current, flash, record
from bot.outreach.pages.desks import Desks
from bot.staff import Permission

_PAGE = "/staff/outreach/programme"


def register(pages: Pages, desks: Desks) -> None:
    """Add what is done to it; the page itself is that of the consultation day."""

    @pages.post("/programme/menu/propose", Permission.WRITE_OUTREACH)
    def propose_day_menu() -> Any:
        before = _standing(desks)
        desks.house.day_menu.propose(current().name, desks.clock())
        return _done(desks, "propose", before, "已提交，请另一位同事看过后批准。")

    @pages.post("/programme/menu/approve", Permission.APPROVE_OUTREACH)
    def approve_day_menu() -> Any:
        before = _standing(desks)
        desks.house.day_menu.approve(current().name, desks.clock())
        return _done(desks, "approve", before, "已批准：咨询日零点自动换上，第二天零点换回。")

    @pages.post("/programme/menu/stop", Permission.WRITE_OUTREACH)
    def stop_day_menu() -> Any:
        before = _standing(desks)
        desks.house.day_menu.withdraw()
        return _done(desks, "stop", before, "已收回：到时不换菜单；已经换上的，第二天零点照样换回。")


def told(desks: Desks, day: date, today: date) -> tuple[str, str]:
    """Where the menu stands, in words, and a tone: done, bad or none."""
    if not desks.house.menus.is_set_up:
        return "公众号还没有接好，菜单不会换；问候语照换", ""
    held = desks.house.programme.states().get(day.isoformat(), {})
    if trouble := held.get("trouble"):
        return f"没有换成：{trouble}", "bad"
    if held.get("dressed"):
        return "已经换上，第二天零点自动换回", "done"
    if held:
        return "已换回平时的菜单", "done"
    standing = desks.house.day_menu.standing()
    if standing.is_current and standing.approver:
        return "已批准，到时自动换" if day > today else "没有换", "" if day > today else "bad"
    return "还没有两个人批准，到时不会换：在下面“那一天的菜单”里提交、批准", "bad" if day <= today else ""


def _standing(desks: Desks) -> dict[str, str]:
    """Where it stands, before something is done. The account has one menu: no district decides on it."""
    if current().region:
        raise Forbidden("公众号的菜单是全单位的，不由一个辖区决定。")
    return {"standing": desks.house.day_menu.standing().words}


def _done(desks: Desks, action: str, before: dict[str, str], sentence: str) -> Any:
    record(f"day_menu.{action}", "day_menu", before=before, after=_standing(desks))
    flash(sentence)
    return redirect(_PAGE, 303)
