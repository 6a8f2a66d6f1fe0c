"""What Today shows of talks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta

from bot.console import Figure, Waiting
from bot.conversations import TalkDesk, lists
from bot.settings import BEIJING
from bot.staff import Permission, Staff

_HOME = "/staff/conversations/"
_DAYS = 7
#: Whoever has waited longer is urgent.
_LONG = timedelta(minutes=30)


def waiting_of(talks: TalkDesk) -> Callable[[Staff, datetime], Sequence[Waiting]]:
    """Who waits for staff, and whom this one speaks to."""

    def waiting(staff: Staff, now: datetime) -> Sequence[Waiting]:
        if not staff.may(Permission.ANSWER_PEOPLE):
            return []
        with talks.database.read() as db:
            asked, mine = lists.waiting(db, staff), [t for t in lists.taken(db, staff) if t.is_of(staff)]
        out = []
        if asked:
            first = asked[0].wanted_at
            late = bool(first and now - first > _LONG)
            out.append(Waiting(f"{_count(len(asked))}位群众在等人工回复", _HOME, 2 if late else 1, len(asked)))
        if mine:
            url = f"{_HOME}{mine[0].id}" if len(mine) == 1 else _HOME
            out.append(Waiting(f"您正在接待{len(mine)}位群众，办完请交还", url, 1, len(mine)))
        return out

    return waiting


def figures_of(talks: TalkDesk) -> Callable[[Staff, datetime], Sequence[Figure]]:
    """How often people wrote or tapped, and how many answers staff wrote today, and in the days before."""

    def figures(staff: Staff, now: datetime) -> Sequence[Figure]:
        if not staff.may(Permission.READ_CONVERSATIONS) or staff.region:
            return []
        today = now.astimezone(BEIJING).date()
        begin = datetime.combine(today, time(), BEIJING).astimezone(UTC)
        with talks.database.read() as db:
            came, answered = lists.days(db, [begin - timedelta(days=n) for n in range(_DAYS - 1, -1, -1)])
        return [
            Figure("今天来访次数", f"{came[-1]:,}", f"{_HOME}search", came),
            Figure("今天人工回复", str(answered[-1]), _HOME, answered),
        ]

    return figures


def _count(number: int) -> str:
    return f"{lists.MOST - 1}+" if number >= lists.MOST else str(number)
