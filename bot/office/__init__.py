"""Settings that staff change: laid over those of files and environment, in force in all processes within seconds."""

from bot.office.changes import Change
from bot.office.desk import Line, OfficeDesk, shown
from bot.office.keeper import CHANGED, Hotline, Office, OfficeKeeper
from bot.office.registry import GROUP_NAMES, ITEMS, Group, Item, Kind

__all__ = [
    "CHANGED", "GROUP_NAMES", "ITEMS", "Change", "Group", "Hotline", "Item", "Kind", "Line", "Office", "OfficeDesk",
    "OfficeKeeper", "shown",
]  # fmt: skip
