"""The staff pages of outreach: broadcasts, the calendar, campaigns, tips, warnings. Only the web app imports them."""

from bot.outreach.pages.desks import Desks, House
from bot.outreach.pages.group import SECTION, create_group

__all__ = ["SECTION", "Desks", "House", "create_group"]
