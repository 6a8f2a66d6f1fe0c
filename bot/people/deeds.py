"""What the talk about oneself asks to be carried out: the events of this room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from bot.dialogue import Deed


@dataclass(frozen=True, slots=True)
class FollowerCame(Deed):
    """A person follows the account from now on (anew), or a follower scanned a QR.

    unit_code  that of its scene, "" for none
    """

    unit_code: str = ""
    anew: bool = False


@dataclass(frozen=True, slots=True)
class OfferTopics(Deed):
    """What may be subscribed to is to be shown. unknown: a topic was named that there is none of."""

    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Chose(Deed):
    """Columns of followers.CHOSEN, topics begun and ended; stop_all: nothing any more."""

    fields: Mapping[str, str] = field(default_factory=dict)
    begin: tuple[str, ...] = ()
    end: tuple[str, ...] = ()
    stop_all: bool = False


@dataclass(frozen=True, slots=True)
class OfferValues(Deed):
    """What one list has to choose from is to be shown: a word was written for it that stands in none."""

    field: str


@dataclass(frozen=True, slots=True)
class JoinUnit(Deed):
    """The unit with this code; "": how does one join?"""

    code: str


@dataclass(frozen=True, slots=True)
class LeaveUnit(Deed):
    """退出单位."""


@dataclass(frozen=True, slots=True)
class BecomeOfficer(Deed):
    """Liaison officer (联络员) of the unit that handed out this code; "": how does one become that?"""

    code: str


@dataclass(frozen=True, slots=True)
class ShowSubscriptions(Deed):
    """我的订阅."""


@dataclass(frozen=True, slots=True)
class ShowData(Deed):
    """我的数据."""


@dataclass(frozen=True, slots=True)
class EraseData(Deed):
    """删除我的数据, confirmed."""

    forgets: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class ConsentsChanged(Deed):
    """See consents.changes."""

    changes: tuple[tuple[str, str], ...]


ALL: tuple[type[Deed], ...] = (
    FollowerCame, OfferTopics, Chose, OfferValues, JoinUnit, LeaveUnit, BecomeOfficer, ShowSubscriptions, ShowData,
    EraseData, ConsentsChanged,
)  # fmt: skip
