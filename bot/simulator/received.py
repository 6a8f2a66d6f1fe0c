"""What people received, counted by content: so that a test can say "everybody exactly once"."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .crowd import Crowd, Tally

#: Contents told apart; what comes after them is counted together, a kind for itself.
MAX_CONTENTS = 1_000
EXCERPT_CHARS = 200


@dataclass(frozen=True, slots=True)
class Content:
    """One content and who received it how often.

    kind   service, mass, preview, notice, template, wecom, robot or sms
    """

    key: str
    kind: str
    excerpt: str
    tally: Tally


class Received:
    """All contents, oldest first. Not locked here: the simulator holds its lock around every use."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._contents: dict[str, Content] = {}

    def of(self, kind: str, content: Mapping[str, Any]) -> Content:
        """The entry for this content, made if it is new."""
        text = json.dumps(content, ensure_ascii=False, sort_keys=True)
        key = f"{kind}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
        if key not in self._contents and len(self._contents) >= MAX_CONTENTS:
            key, text = f"{kind}-others", ""
        if key not in self._contents:
            self._contents[key] = Content(key, kind, text[:EXCERPT_CHARS], Tally(self._crowd))
        return self._contents[key]

    def note(self, address: str, kind: str, content: Mapping[str, Any]) -> None:
        """One person received this once more."""
        self.of(kind, content).tally.add(address)

    def all(self, kind: str = "") -> list[Content]:
        """Every content, or those of one kind."""
        return [content for content in self._contents.values() if kind in ("", content.kind)]

    def get(self, key: str) -> Content | None:
        """The content of this key."""
        return self._contents.get(key)

    def clear(self) -> None:
        """Forget everything."""
        self._contents.clear()
