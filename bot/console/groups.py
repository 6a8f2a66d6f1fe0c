"""What a capability gives to the shell beside its pages: its place in the navigation, its part of Today."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bot.staff import Permission, Staff

if TYPE_CHECKING:
    from bot.console.pages import Pages


@dataclass(frozen=True, slots=True)
class Link:
    """A line of the navigation, shown to those who may open it."""

    label: str
    url: str
    permission: Permission


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the navigation."""

    label: str
    links: Sequence[Link]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for this person, or went wrong.

    text     a whole sentence, as 3 条推送等您审核
    urgency  0 when there is time, 1 today, 2 now: something went wrong
    """

    text: str
    url: str
    urgency: int = 0
    count: int = 1


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of Today. spark: of the last days, the newest last."""

    label: str
    value: str
    url: str = ""
    spark: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Coming:
    """Something that goes out or is due. when: in words, as 6月16日 08:00; day: ISO, to sort by."""

    day: str
    when: str
    text: str
    url: str = ""


def _nothing(_staff: Staff, _now: datetime) -> list[object]:
    return []


@dataclass(frozen=True, slots=True)
class Group:
    """The pages of a capability and what Today shows of it."""

    pages: Sequence[Pages]
    section: Section | None = None
    waiting: Callable[[Staff, datetime], Sequence[Waiting]] = _nothing  # type: ignore[assignment]
    figures: Callable[[Staff, datetime], Sequence[Figure]] = _nothing  # type: ignore[assignment]
    coming: Callable[[Staff, datetime], Sequence[Coming]] = _nothing  # type: ignore[assignment]
