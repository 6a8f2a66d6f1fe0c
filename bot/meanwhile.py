"""What people are told while the first base of all is built, which takes longer than a message may wait.

Danger gets its card by the rules alone; what the model learned of danger is not there yet. All others are asked to come
again. It stands where the inbox stands, and writes nothing down: whoever is asked to come again asks anew.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from bot.answers.emergency import EmergencyScreen
from bot.answers.lexicon import load_lexicon
from bot.answers.matching import level
from bot.errors import ContentError, ContentErrors, WouldWait
from bot.ingest import content
from bot.messages import Inbound, MessageKind, Reply

log = logging.getLogger(__name__)

_COME_AGAIN = Reply("我正在准备，请过一分钟再问一次。险情请直接拨119、120、110。")


class Meanwhile:
    """Receives messages as the inbox does. knowledge_dir: where the cards are; lexicon: the words of danger."""

    def __init__(self, knowledge_dir: Path, lexicon: Path) -> None:
        self._folder, self._lexicon = knowledge_dir, lexicon
        self._screen: EmergencyScreen | None = None
        self._lock = threading.Lock()

    def receive(
        self, inbound: Inbound, render: Callable[[Reply | None], bytes], _came_at: float | None = None
    ) -> bytes:
        """The rendered reply to one message."""
        return render(None if inbound.kind is MessageKind.EVENT else self._reply(inbound.text))

    def receive_at_once(
        self, _inbound: Inbound, _render: Callable[[Reply | None], bytes], _came_at: float | None = None
    ) -> bytes:
        """Raises WouldWait: the base may be there in a moment."""
        raise WouldWait("the knowledge is still being read")

    def _reply(self, text: str) -> Reply:
        try:
            with self._lock:
                self._screen = self._screen or EmergencyScreen(load_lexicon(self._lexicon), content.cards(self._folder))
        except (ContentError, ContentErrors):  # the warming stops the start and names each
            log.warning("the emergency cards cannot be read")
            return _COME_AGAIN
        card = self._screen.find(level(text))
        return Reply(card.text) if card else _COME_AGAIN
