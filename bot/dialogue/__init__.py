"""One Inbound in, one Reply out: the ordered handlers, and the session of each person."""

from bot.dialogue.handlers import Dialogue
from bot.dialogue.reading import understand
from bot.dialogue.session import Session, Topic
from bot.dialogue.speaker import spare_bytes
from bot.dialogue.turn import (
    AnswerRated,
    Deed,
    Event,
    FollowerLeft,
    Handler,
    Heard,
    Noted,
    PersonWanted,
    QuestionUnanswered,
    Turn,
    respond,
)

__all__ = [
    "AnswerRated",
    "Deed",
    "Dialogue",
    "Event",
    "FollowerLeft",
    "Handler",
    "Heard",
    "Noted",
    "PersonWanted",
    "QuestionUnanswered",
    "Session",
    "Topic",
    "Turn",
    "respond",
    "spare_bytes",
    "understand",
]
