"""Where a person stands in the talk. A value: kept as JSON by the inbox, may be lost without harm."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.messages import Choice

#: After this long a person has forgotten what the numbers meant.
STALE_AFTER = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Session:
    """What was said last that the next message may lean on.

    choices   what was offered to tap, in order, so that a number or the words pick one
    unread    the rest of an answer that was too long for one message
    region    the place the person named as theirs, "" if none yet
    """

    choices: tuple[Choice, ...] = ()
    unread: str = ""
    region: str = ""
    touched_at: datetime | None = None

    def is_stale(self, now: datetime) -> bool:
        """Whether the talk lies too far back to lean on."""
        return self.touched_at is None or now - self.touched_at > STALE_AFTER

    def forgotten(self) -> Session:
        """The session of a new talk: what the person told of themselves stays."""
        return Session(region=self.region)

    def offering(self, choices: tuple[Choice, ...], unread: str = "") -> Session:
        """The session after a reply with these choices."""
        return replace(self, choices=choices, unread=unread)

    def dump(self) -> bytes:
        """As JSON."""
        # Field by field: dataclasses.asdict copies deeply and takes nine times as long, for every message.
        row = {
            "choices": [{"id": c.id, "label": c.label, "text": c.text} for c in self.choices],
            "unread": self.unread,
            "region": self.region,
            "touched_at": self.touched_at.isoformat() if self.touched_at else None,
        }
        return json.dumps(row).encode()  # ASCII: half a character would not encode

    @classmethod
    def load(cls, data: bytes | None) -> Session:
        """From JSON; a new session where there is none or it cannot be read."""
        try:
            row = json.loads(data or b"{}")
            touched = row.get("touched_at")
            return cls(
                choices=tuple(Choice(**c) for c in row.get("choices", ())),
                unread=str(row.get("unread", "")),
                region=str(row.get("region", "")),
                touched_at=datetime.fromisoformat(touched) if touched else None,
            )
        except (ValueError, TypeError, AttributeError):
            return cls()  # written by another version of us
