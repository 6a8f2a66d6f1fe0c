"""What the bot would say to the last question: for staff to send as it stands, or to mend first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.answers import Answerer, Asked, Status
from bot.answers.entries import EntryKind
from bot.dialogue import understand
from bot.settings import BEIJING

#: So many beside the bot's own answer.
_MOST = 4
_MAX_ASKED = 500  # characters
#: The name of the bot's own answer among the snippets.
OWN = "own"
_NO_ANSWERS = (EntryKind.OUT_OF_SCOPE, EntryKind.SMALL_TALK)


@dataclass(frozen=True, slots=True)
class Snippet:
    """Something to send. id: of the entry, or OWN; score: 0 to 1, how sure the bot is."""

    id: str
    title: str
    text: str
    score: float


def suggest(answerer: Answerer, question: str, region: str, now: datetime) -> Sequence[Snippet]:
    """Snippets for a question, the bot's own answer first where it has one."""
    if not question.strip():
        return ()
    return tuple(_suggested(answerer, question[:_MAX_ASKED], region, now))


def _suggested(answerer: Answerer, question: str, region: str, now: datetime) -> Iterator[Snippet]:
    today = now.astimezone(BEIJING).date()
    outcome = understand(answerer, Asked(question, today, region) if region else Asked(question, today))
    if outcome.status in (Status.ANSWERED, Status.EMERGENCY):
        yield Snippet(OWN, "机器人的回答", outcome.text, outcome.confidence)
    left = _MOST
    for candidate in outcome.candidates:
        entry = answerer.base.entry_by_id(candidate.id)
        if entry is None or not left or entry.id == outcome.entry or entry.kind in _NO_ANSWERS:
            continue
        left -= 1
        yield Snippet(entry.id, entry.title, answerer.brief(entry, entry.answer, today).text, candidate.score)
