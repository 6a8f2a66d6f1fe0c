"""What the bot could not answer: clusters of one meaning, what staff do with them, and telling those who asked."""

from bot.unanswered.asks import Ask, Kind, Span
from bot.unanswered.clusters import WORDS, Cluster, Row, Standing
from bot.unanswered.desk import Given, Near, Taken, UnansweredDesk, written
from bot.unanswered.telling import Outbox, Teller, Told, is_quiet

__all__ = [
    "WORDS",
    "Ask",
    "Cluster",
    "Given",
    "Kind",
    "Near",
    "Outbox",
    "Row",
    "Span",
    "Standing",
    "Taken",
    "Teller",
    "Told",
    "UnansweredDesk",
    "is_quiet",
    "written",
]
