"""The staff pages of settings, under /staff/settings. Only the web app imports them."""

from __future__ import annotations

from bot.console import Group, Link, Section
from bot.office.pages.part import Part
from bot.office.pages.today import Today
from bot.office.pages.views import create_pages
from bot.staff import Permission

__all__ = ["SECTION", "Part", "create_group"]

SECTION = Section(
    "设置",
    [
        Link("用语和参数", "/staff/settings/values/", Permission.READ_SETTINGS),
        Link("功能开关", "/staff/settings/switches", Permission.READ_SETTINGS),
    ],
)


def create_group(part: Part) -> Group:
    """The pages, their place in the navigation, their part of Today."""
    today = Today(part)
    return Group([create_pages(part)], SECTION, today.waiting, today.figures)
