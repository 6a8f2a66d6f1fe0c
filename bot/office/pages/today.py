"""What Today shows of settings: functions that are off are not forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.console import Figure, Waiting
from bot.office.pages.part import Part
from bot.settings import OfficeSettings
from bot.staff import Permission, Staff
from bot.switches import NAMES, Function

_URL = "/staff/settings/switches"
_OFFICE = "/staff/settings/values/group/office"


class Today:
    """Reads what this process holds: no look into the database."""

    def __init__(self, part: Part) -> None:
        self._part = part

    def waiting(self, staff: Staff, _now: datetime) -> Sequence[Waiting]:
        """What is off, for those who may look at the switches; and who we are, until somebody has said so."""
        if not staff.may(Permission.READ_SETTINGS):
            return []
        office = self._part.office()
        found = [Waiting(f"“{NAMES[f]}”现在是关闭的：{reason}", _URL, 1) for f, reason in office.off.items()]
        who, unsaid = office.settings.office, OfficeSettings()
        if staff.may(Permission.WRITE_SETTINGS) and (who.name, who.region) == (unsaid.name, unsaid.region):
            found.append(Waiting("本单位的名称、所在地区和电话还没有填，本地的规定和方案答不上", _OFFICE, 1))
        return found

    def figures(self, staff: Staff, _now: datetime) -> Sequence[Figure]:
        """How many functions are on."""
        if not staff.may(Permission.READ_SETTINGS):
            return []
        count = len(Function) - len(self._part.office().off)
        return [Figure("打开的功能", f"{count} / {len(Function)}", _URL)]
