"""What the two gateways have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from bot.errors import Refusal, SendError

_MAX_ERROR_CHARS = 200


@dataclass(frozen=True, slots=True)
class Note:
    """One text message. params: what fills the template's variables, by name, in their order."""

    phone: str
    template: str
    params: Mapping[str, str]


class Gateway(Protocol):
    """One provider's way of being called. May be used from many threads."""

    def send(self, note: Note) -> str:
        """Make one call; returns the provider's number of the message. Raises SendError and nothing else."""

    def close(self) -> None:
        """Close the connections."""


def refused(provider: str, code: str, words: str, meaning: Refusal, *secrets: str) -> SendError:
    """The error for a refusal; what a provider repeats of our secrets is struck out of its words."""
    told = f"{code} {words}"
    for secret in secrets:
        told = told.replace(secret, "***") if secret else told
    return SendError(f"{provider} refused: {told[:_MAX_ERROR_CHARS]}", None, meaning)


def meaning_of(code: str, table: Mapping[str, Refusal]) -> Refusal:
    """What a code means: by itself, else by the part before its last dot, and so on; UNKNOWN where none is listed."""
    while code:
        if code in table:
            return table[code]
        code = code.rpartition(".")[0]
    return Refusal.UNKNOWN
