"""Doors of rooms that open when somebody comes: what a room gives by name is imported when it is first asked for.

Whoever needs the tables of a room alone, as a worker does, holds nothing else of it in memory.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module


def opening(room: str, where: Mapping[str, str]) -> Callable[[str], object]:
    """The __getattr__ of a room's package. where: name -> "module.name" within the room."""

    def find(name: str) -> object:
        if name not in where:
            raise AttributeError(f"module {room!r} has no attribute {name!r}")
        module, _, inside = where[name].rpartition(".")
        found: object = getattr(import_module(f"{room}.{module}"), inside)
        setattr(sys.modules[room], name, found)
        return found

    return find
