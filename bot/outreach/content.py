"""What a broadcast says, as it is stored: a message for each level of language."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from enum import StrEnum

from bot.errors import OutreachError
from bot.sending import Kind, Message


class Level(StrEnum):
    """For whom a notice is worded."""

    PUBLIC = "public"
    WORKER = "worker"
    OFFICER = "officer"


def dump(messages: Mapping[Level, Message]) -> str:
    """Messages by level as JSON; what is empty is left out."""
    shown = {level: {k: v for k, v in asdict(message).items() if v} for level, message in messages.items()}
    return json.dumps(shown, ensure_ascii=False, sort_keys=True)


def messages(content: str) -> dict[str, Message]:
    """The message of every level. A level without words of its own is told what the public is told.

    Raises OutreachError where nothing is said, or where the public is told nothing.
    """
    stored = {
        level: Message(**{**fields, "kind": Kind(fields["kind"]), "taps": tuple(fields.get("taps", ()))})
        for level, fields in json.loads(content).items()
    }
    if Level.PUBLIC not in stored:
        raise OutreachError("通知没有面向公众的内容：请先写好这一份，再写给职工或联络员的")
    return {level: stored.get(level, stored[Level.PUBLIC]) for level in Level}
