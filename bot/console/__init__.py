"""The staff site: its shell. Capabilities bring their pages to it and know nothing of each other here."""

from bot.console.desk import Console, console, person
from bot.console.groups import Figure, Group, Link, Section, Waiting
from bot.console.keyset import Slice
from bot.console.pages import Pages, current, flash, fragment, intend, is_fragment, page, piece, record

__all__ = [
    "Console", "Figure", "Group", "Link", "Pages", "Section", "Slice", "Waiting", "console", "current", "flash",
    "fragment", "intend", "is_fragment", "page", "person", "piece", "record",
]  # fmt: skip
