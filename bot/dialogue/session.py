"""Where a person stands in the talk. A value: kept as JSON by the inbox, may be lost without harm."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.messages import Choice

#: After this long a person has forgotten what the numbers meant.
STALE_AFTER = timedelta(minutes=30)
#: Characters of a question that are kept to lean on.
MAX_QUESTION = 80


@dataclass(frozen=True, slots=True)
class Topic:
    """What the last answer was about: what "那罚多少" and "原文" lean on.

    question    as it was understood, what it leaned on included; the person's words, so never shown
    subject     the question that opened the subject: 要什么材料, 找谁 are asked of it one after the other
    title       ours, may be shown; "" where nothing was found
    entry       id of the entry told, "" for an article or a guidance
    plan        id of the campaign plan, "" for none
    cited       law and article of its sources, chief one first
    read        how many of them were shown in full
    related     ids of the entries that "还有呢" goes on with
    confidence  that of the answer
    parts       how many answers the last reply numbered, when it answered several questions
    rated       whether the person said what they think of it
    """

    question: str
    subject: str = ""
    title: str = ""
    entry: str = ""
    plan: str = ""
    cited: tuple[tuple[str, str], ...] = ()
    read: int = 0
    related: tuple[str, ...] = ()
    confidence: float = 0.0
    parts: int = 0
    rated: bool = False

    @property
    def law(self) -> str:
        """Full title of the chief law, "" for none."""
        return self.cited[0][0] if self.cited else ""

    @property
    def article(self) -> str:
        """The chief article as printed, "" for none."""
        return self.cited[0][1] if self.cited else ""

    @classmethod
    def load(cls, row: Mapping[str, Any]) -> Topic:
        """From JSON. Raises TypeError, ValueError where it was written by another version."""
        cited = tuple((str(law), str(article)) for law, article in row.get("cited", ()))
        return cls(**{**row, "cited": cited, "related": tuple(row.get("related", ()))})


@dataclass(frozen=True, slots=True)
class Session:
    """What was said last that the next message may lean on.

    choices   what was offered to tap, in order, so that a number or the words pick one
    earlier   the offer from which one was picked last: 再看第2个 goes back to it
    unread    the rest of an answer that was too long for one message
    region    the place the person named as theirs, "" if none yet
    topic     what the last answer was about
    asking    what the bot wants to know: "place", "reason", "" for nothing
    asked_place  whether the place was asked for already; it is asked once
    """

    choices: tuple[Choice, ...] = ()
    earlier: tuple[Choice, ...] = ()
    unread: str = ""
    region: str = ""
    topic: Topic | None = None
    asking: str = ""
    asked_place: bool = False
    touched_at: datetime | None = None

    def is_stale(self, now: datetime) -> bool:
        """Whether the talk lies too far back to lean on."""
        return self.touched_at is None or now - self.touched_at > STALE_AFTER

    def forgotten(self) -> Session:
        """The session of a new talk: what the person told of themselves stays."""
        return Session(region=self.region)

    def offering(self, choices: tuple[Choice, ...], unread: str = "") -> Session:
        """The session after a reply with these choices."""
        return replace(self, choices=choices, unread=unread, asking="")

    def dump(self) -> bytes:
        """As JSON."""
        # Field by field: dataclasses.asdict copies deeply and takes nine times as long, for every message.
        row: dict[str, Any] = {
            "choices": _rows(self.choices),
            "unread": self.unread,
            "region": self.region,
            "touched_at": self.touched_at.isoformat() if self.touched_at else None,
        }
        if self.earlier:
            row["earlier"] = _rows(self.earlier)
        if self.topic:
            row["topic"] = {name: getattr(self.topic, name) for name in Topic.__dataclass_fields__}
        if self.asking or self.asked_place:
            row |= {"asking": self.asking, "asked_place": self.asked_place}
        return json.dumps(row).encode()  # ASCII: half a character would not encode

    @classmethod
    def load(cls, data: bytes | None) -> Session:
        """From JSON; a new session where there is none or it cannot be read."""
        try:
            row = json.loads(data or b"{}")
            touched, topic = row.get("touched_at"), row.get("topic")
            return cls(
                choices=tuple(Choice(**c) for c in row.get("choices", ())),
                earlier=tuple(Choice(**c) for c in row.get("earlier", ())),
                unread=str(row.get("unread", "")),
                region=str(row.get("region", "")),
                topic=Topic.load(topic) if topic else None,
                asking=str(row.get("asking", "")),
                asked_place=bool(row.get("asked_place", False)),
                touched_at=datetime.fromisoformat(touched) if touched else None,
            )
        except (ValueError, TypeError, AttributeError):
            return cls()  # written by another version of us


def _rows(choices: tuple[Choice, ...]) -> list[dict[str, str]]:
    return [{"id": c.id, "label": c.label, "text": c.text} for c in choices]
