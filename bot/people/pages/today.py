"""What Today shows of people: lists that wait, units without an officer, how many follow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from bot.console import Figure, Waiting
from bot.people import roster, tally, work
from bot.people.pages.hall import Hall
from bot.people.pages.rolls import PEOPLE, PHONES, UNITS
from bot.people.work import Kind, State
from bot.staff import Permission, Staff

_MANY = 100
#: Where a list that was brought is looked at.
_TASKS = {roll.kind: roll.tasks for roll in (UNITS, PEOPLE, PHONES)}


class Today:
    """The group's part of Today."""

    def __init__(self, hall: Hall) -> None:
        self._hall = hall

    def waiting(self, staff: Staff, now: datetime) -> list[Waiting]:
        """What waits for somebody who looks after units."""
        return list(self._waiting(staff, now)) if staff.may(Permission.WRITE_PEOPLE) else []

    def _waiting(self, staff: Staff, now: datetime) -> Iterator[Waiting]:
        with self._hall.database.read() as db:
            lists = work.waiting(db, staff.name)
            missing = roster.without_officer(db, staff.region, _MANY)
        for task in lists:
            if task.is_held:
                yield Waiting(f"名册“{task.name}”检查通过，等您确认导入", f"{_TASKS[task.kind]}/{task.id}", 1)
        if missing:
            count = f"{missing} 个以上" if missing == _MANY else f"{missing} 个"
            yield Waiting(f"{count}单位还没有联络员", "/staff/people/units?officer=none", 0, missing)
        last = next(iter(self._hall.works.newest(Kind.SYNC, "", 1)), None) if not staff.region else None
        if last and (last.state is State.FAILED or last.is_silent(now)):
            yield Waiting("上次与微信同步关注者没有做完", "/staff/people/sync", 2)

    def figures(self, staff: Staff, now: datetime) -> list[Figure]:
        """How many follow, day by day as the clock counted them."""
        if not staff.may(Permission.READ_PEOPLE):
            return []
        with self._hall.database.read() as db:
            days = tally.days(db, staff.region, now)
        return [Figure("关注者", f"{days[-1]:,}", "/staff/people/followers", days)] if days else []
