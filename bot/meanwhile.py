"""What people are told while the first base of all is built, which takes longer than a message may wait.

Danger gets its card by the rules alone; what the model learned of danger is not there yet. All others are asked to come
again. It stands where the inbox stands. Messages are not written down: whoever is asked to come again asks anew. Events
are, in a file: nobody follows a second time, and who left must not be written to. The inbox gets them once it answers,
after a crash too.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Protocol

from bot.answers.emergency import EmergencyScreen
from bot.answers.lexicon import Lexicon
from bot.answers.matching import level
from bot.errors import ContentError, ContentErrors, WouldWait
from bot.ingest import content
from bot.messages import Inbound, MessageKind, Place, Reply

log = logging.getLogger(__name__)

_COME_AGAIN = Reply("我正在准备，请过一分钟再问一次。险情请直接拨119、120、110。")
#: More than come in a minute from anybody who follows; a flood of them must not fill the disk.
_MOST_BYTES = 64 << 20

Render = Callable[[Reply | None], bytes]


class Receiver(Protocol):
    """What takes messages: the inbox."""

    def receive(self, inbound: Inbound, render: Render, came_at: float | None = None) -> bytes:
        """See Inbox."""


class Meanwhile:
    """Receives messages as the inbox does.

    knowledge_dir  where the cards are
    lexicon        gives the words of danger. Raises ContentError
    kept           the file for what must not be lost
    """

    def __init__(self, knowledge_dir: Path, lexicon: Callable[[], Lexicon], kept: Path) -> None:
        self._folder, self._lexicon, self._kept = knowledge_dir, lexicon, kept
        self._screen: EmergencyScreen | None = None
        self._inbox: Receiver | None = None
        self._lock = threading.Lock()

    def receive(self, inbound: Inbound, render: Render, came_at: float | None = None) -> bytes:
        """The rendered reply to one message."""
        if inbound.kind is MessageKind.EVENT:
            inbox = self._keep(inbound)
            return inbox.receive(inbound, render, came_at) if inbox else render(None)
        return render(self._reply(inbound.text))

    def receive_at_once(self, _inbound: Inbound, _render: Render, _came_at: float | None = None) -> bytes:
        """Raises WouldWait: the base may be there in a moment."""
        raise WouldWait("the knowledge is still being read")

    def hand_over(self, inbox: Receiver) -> int:
        """Give the inbox what was kept, now that it answers; how many. What comes here from now on goes there."""
        with self._lock:
            self._inbox = inbox
            events = list(_read(self._kept))
            for inbound in events:
                inbox.receive(inbound, lambda _reply: b"")
            self._kept.unlink(missing_ok=True)
        if events:
            log.info("events that came before the knowledge was ready", extra={"count": len(events)})
        return len(events)

    def _keep(self, inbound: Inbound) -> Receiver | None:
        """Write an event down; or the inbox, where that answers by now."""
        with self._lock:
            if self._inbox is None:
                _append(self._kept, inbound)
            return self._inbox

    def _reply(self, text: str) -> Reply:
        try:
            with self._lock:
                self._screen = self._screen or EmergencyScreen(self._lexicon(), content.cards(self._folder))
        except (ContentError, ContentErrors):  # the warming stops the start and names each
            log.warning("the emergency cards cannot be read")
            return _COME_AGAIN
        card = self._screen.find(level(text))
        return Reply(card.text) if card else _COME_AGAIN


def _append(path: Path, inbound: Inbound) -> None:
    line = json.dumps(asdict(inbound), ensure_ascii=False) + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            if file.tell() > _MOST_BYTES:
                raise OSError("the file of events is full")
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
    except OSError as e:
        log.error("an event could not be kept", extra={"event": inbound.event, "error": str(e)})


def _read(path: Path) -> Iterator[Inbound]:
    """What was kept; a line that a crash cut off is passed over."""
    try:
        lines: Sequence[str] = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return
    for line in lines:
        try:
            held = json.loads(line)
            place = Place(**held.pop("place")) if held.get("place") else None
            items = tuple(held.pop("items", ()))
            yield Inbound(**{**held, "kind": MessageKind(held["kind"]), "items": items, "place": place})
        except (ValueError, TypeError, KeyError):
            log.error("an event that was kept cannot be read", extra={"line": line[:80]})
