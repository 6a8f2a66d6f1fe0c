"""What one look shows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from bot.errors import SendError
from bot.services import Services

_ADDRESS = re.compile(r"(?<![\w.:])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])")


class Level(StrEnum):
    """How bad: a warning leaves the bot of use, a failure does not."""

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look showed. cure: what to do, "" where all is well."""

    level: Level
    text: str
    cure: str = ""


Look = Callable[[Services], Iterator[Finding]]


def address_in(error: SendError) -> str:
    """Ours as the platform saw it, which it names when it refuses it."""
    found = _ADDRESS.search(str(error))
    return found[0] if found else "this machine's public address"
