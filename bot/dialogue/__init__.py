"""One Inbound in, one Reply out: the ordered handlers, and the session of each person."""

from bot.dialogue.handlers import Dialogue
from bot.dialogue.session import Session
from bot.dialogue.turn import Event, FollowerLeft, Handler, Noted, QuestionUnanswered, Turn, respond

__all__ = [
    "Dialogue",
    "Event",
    "FollowerLeft",
    "Handler",
    "Noted",
    "QuestionUnanswered",
    "Session",
    "Turn",
    "respond",
]
