"""Where a person stands in the talk. A value: kept as JSON by the inbox, may be lost without harm."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
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
    aside     the last answer where it is nothing to lean on (danger, a refusal, small talk): it can be rated
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
    aside: Topic | None = None
    touched_at: datetime | None = None
    _rest: bytes = field(default=b"", init=False, repr=False, compare=False)

    def is_stale(self, now: datetime) -> bool:
        """Whether the talk lies too far back to lean on."""
        return self.touched_at is None or now - self.touched_at > STALE_AFTER

    def forgotten(self) -> Session:
        """The session of a new talk: what the person told of themselves stays."""
        return Session(region=self.region)

    def offering(self, choices: tuple[Choice, ...], unread: str = "") -> Session:
        """The session after a reply with these choices."""
        return replace(self, choices=choices, unread=unread, asking="")

    def touched(self, at: datetime | None) -> Session:
        """The session after a message that came at `at`."""
        # Not with dataclasses.replace: that takes three times as long, twice for every message.
        other = Session(
            self.choices, self.earlier, self.unread, self.region, self.topic, self.asking, self.asked_place,
            self.aside, at,
        )  # fmt: skip
        object.__setattr__(other, "_rest", self._written())
        return other

    def dump(self) -> bytes:
        """As JSON."""
        at = self.touched_at.isoformat(timespec="microseconds") if self.touched_at else ""
        return _HEAD + at.encode() + _NECK + self._written()

    def _written(self) -> bytes:
        """What stands behind touched_at in JSON; written once for all who were told the same."""
        if not self._rest:
            object.__setattr__(self, "_rest", self._json().encode()[1:])  # ASCII: half a character would not encode
        return self._rest

    def _json(self) -> str:
        # Field by field: dataclasses.asdict copies deeply and takes nine times as long.
        row: dict[str, Any] = {"choices": _rows(self.choices), "unread": self.unread, "region": self.region}
        if self.earlier:
            row["earlier"] = _rows(self.earlier)
        for held in ("topic", "aside"):
            if topic := getattr(self, held):
                row[held] = {name: getattr(topic, name) for name in Topic.__dataclass_fields__}
        if self.asking or self.asked_place:
            row |= {"asking": self.asking, "asked_place": self.asked_place}
        return json.dumps(row)

    @classmethod
    def load(cls, data: bytes | None) -> Session:
        """From JSON; a new session where there is none or it cannot be read."""
        if not data:
            return cls()
        try:
            head, neck, rest = data.partition(_NECK)
            if neck and head.startswith(_HEAD):
                at = head[len(_HEAD) :].decode()
                return _read(rest).touched(datetime.fromisoformat(at) if at else None)
            row = json.loads(data)
            touched = row.get("touched_at")
            return _session(row).touched(datetime.fromisoformat(touched) if touched else None)
        except (ValueError, TypeError, AttributeError):
            return cls()  # written by another version of us


#: How a dumped session begins, and what stands behind its touched_at.
_HEAD, _NECK = b'{"touched_at": "', b'", '


@lru_cache(maxsize=4096)  # as many as the answerer remembers: after the same answer people stand at the same place
def _read(rest: bytes) -> Session:
    """What `Session._written` wrote."""
    session = _session(json.loads(b"{" + rest))
    object.__setattr__(session, "_rest", rest)
    return session


def _session(row: Mapping[str, Any]) -> Session:
    """From JSON, without touched_at. Raises TypeError, ValueError, AttributeError where it is none."""
    topic, aside = row.get("topic"), row.get("aside")
    return Session(
        choices=tuple(Choice(**c) for c in row.get("choices", ())),
        earlier=tuple(Choice(**c) for c in row.get("earlier", ())),
        unread=str(row.get("unread", "")),
        region=str(row.get("region", "")),
        topic=Topic.load(topic) if topic else None,
        asking=str(row.get("asking", "")),
        asked_place=bool(row.get("asked_place", False)),
        aside=Topic.load(aside) if aside else None,
    )


def _rows(choices: tuple[Choice, ...]) -> list[dict[str, str]]:
    return [{"id": c.id, "label": c.label, "text": c.text} for c in choices]
