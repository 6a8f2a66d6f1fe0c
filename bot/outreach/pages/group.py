"""All pages of outreach as one group of the staff site."""

from __future__ import annotations

from bot.console import Group, Link, Pages, Section
from bot.outreach.pages import (
    campaigns,
    composing,
    day_menu_pages,
    deeds,
    exports,
    feed_pages,
    listing,
    media_pages,
    schedule,
    showing,
    standing_pages,
    tip_pages,
    warning_pages,
)
from bot.outreach.pages.desks import Desks
from bot.outreach.pages.today import Today
from bot.staff import Permission

_URL = "/staff/outreach"
_READ = Permission.READ_OUTREACH
SECTION = Section(
    "宣传推送",
    [
        Link("推送", f"{_URL}/broadcasts", _READ),
        Link("素材", f"{_URL}/media", _READ),
        Link("日历", f"{_URL}/calendar", _READ),
        Link("活动", f"{_URL}/campaigns", _READ),
        Link("咨询日", f"{_URL}/programme", _READ),
        Link("每日提示", f"{_URL}/tips", _READ),
        Link("预警转发", f"{_URL}/warnings", _READ),
    ],
)


def create_group(desks: Desks) -> Group:
    """The group, for the table in app.py."""
    pages = Pages("outreach", "bot.outreach.pages", _URL)
    for part in (
        listing,
        composing,
        media_pages,
        showing,
        exports,
        deeds,
        schedule,
        standing_pages,
        campaigns,
        day_menu_pages,
        tip_pages,
        warning_pages,
        feed_pages,
    ):
        part.register(pages, desks)
    today = Today(desks)
    return Group([pages], SECTION, waiting=today.waiting, figures=today.figures, coming=today.coming)
