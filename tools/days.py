"""Another day for a whole process: what is asked for the time is told that of the day which pictures show.

Must be imported before anything that says `from datetime import datetime`.
"""

from __future__ import annotations

import datetime as clocks
from typing import Any

import sqlalchemy  # noqa: F401  # knows columns of time by the kind that it finds when it is loaded: the real one

_Real = clocks.datetime
BEIJING = clocks.timezone(clocks.timedelta(hours=8))


class _Kind(type):
    """Times that were made elsewhere are times too."""

    def __instancecheck__(cls, held: object) -> bool:
        return isinstance(held, _Real)

    def __subclasscheck__(cls, kind: type) -> bool:
        return issubclass(kind, _Real)


class _Shown(_Real, metaclass=_Kind):
    """A time whose now is that of the day which is shown."""

    ahead = clocks.timedelta()

    @classmethod
    def now(cls, tz: clocks.tzinfo | None = None) -> Any:
        """The time on that day."""
        return _Real.now(tz) + cls.ahead


clocks.datetime = _Shown  # type: ignore[misc]


def sit(year: int, month: int, day: int, hour: int = 10, minute: int = 0) -> None:
    """Let it be this time, in Beijing."""
    _Shown.ahead = _Real(year, month, day, hour, minute, tzinfo=BEIJING) - _Real.now(clocks.UTC)
