"""What Today shows of settings: functions that are off are not forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.console import Figure, Waiting
from bot.office.pages.part import Part
from bot.staff import Permission, Staff
from bot.switches import NAMES, Function

_URL = "/staff/settings/switches"


class Today:
    """Reads what this process holds: no look into the database."""

    def __init__(self, part: Part) -> None:
        self._part = part

    def waiting(self, staff: Staff, _now: datetime) -> Sequence[Waiting]:
        """What is off, for those who may look at the switches."""
        if not staff.may(Permission.READ_SETTINGS):
            return []
        off = self._part.office().off
        return [Waiting(f"“{NAMES[f]}”现在是关闭的：{reason}", _URL, 1) for f, reason in off.items()]

    def figures(self, staff: Staff, _now: datetime) -> Sequence[Figure]:
        """How many functions are on."""
        if not staff.may(Permission.READ_SETTINGS):
            return []
        count = len(Function) - len(self._part.office().off)
        return [Figure("打开的功能", f"{count} / {len(Function)}", _URL)]
