"""What the pages of settings are handed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.office.desk import OfficeDesk
from bot.office.keeper import Office
from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class Part:
    """What the pages work on.

    office    what holds now
    settings  of files and environment, shown without their secrets
    shipped   the sentences as they came with the program
    """

    desk: OfficeDesk
    office: Callable[[], Office]
    settings: Settings
    shipped: Mapping[str, Mapping[str, Any]]
    clock: Callable[[], datetime]
