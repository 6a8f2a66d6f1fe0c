"""Pages of followers, units and liaison officers, under /staff/people. The room does not import them."""

from __future__ import annotations

from bot.console import Group, Link, Pages, Section
from bot.people.pages.bringing import ImportPages
from bot.people.pages.followers import FollowerPages
from bot.people.pages.hall import Hall
from bot.people.pages.lists import ExportPages
from bot.people.pages.phones import PhonePages
from bot.people.pages.rolls import PEOPLE, PHONES, UNITS
from bot.people.pages.segments import SegmentPages
from bot.people.pages.syncing import SyncPages
from bot.people.pages.today import Today
from bot.people.pages.units import CodePages, OfficerPages, UnitPages
from bot.staff import Permission

__all__ = ["SECTION", "Hall", "create_group", "create_pages"]

SECTION = Section(
    "关注者与单位",
    [
        Link("关注者", "/staff/people/followers", Permission.READ_PEOPLE),
        Link("单位", "/staff/people/units", Permission.READ_PEOPLE),
        Link("联络员", "/staff/people/officers", Permission.READ_PEOPLE),
        Link("手机号和群", "/staff/people/phones", Permission.READ_PEOPLE),
        Link("人群", "/staff/people/segments", Permission.READ_PEOPLE),
    ],
)


def create_pages(hall: Hall) -> Pages:
    """The pages."""
    pages = Pages("people", __name__, "/staff/people")
    for part in (FollowerPages, UnitPages, CodePages, OfficerPages, SegmentPages, ExportPages, SyncPages, PhonePages):
        part(pages, hall)
    for roll in (UNITS, PEOPLE, PHONES):
        ImportPages(pages, hall, roll)
    return pages


def create_group(hall: Hall) -> Group:
    """The pages, their place in the navigation, their part of Today."""
    today = Today(hall)
    return Group([create_pages(hall)], SECTION, today.waiting, today.figures)
