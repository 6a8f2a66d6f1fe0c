"""Long lists, a page at a time: by the key of the last row shown, so that the last page is as quick as the first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """A page of a list. next_key: for `after` of the next page, None on the last."""

    items: Sequence[T]
    next_key: str | None


def cut(rows: Sequence[T], at_most: int, key: Callable[[T], object]) -> Slice[T]:
    """A page out of up to at_most + 1 rows that were read: one more tells that there is a next page."""
    if len(rows) <= at_most:
        return Slice(rows, None)
    return Slice(rows[:at_most], str(key(rows[at_most - 1])))
