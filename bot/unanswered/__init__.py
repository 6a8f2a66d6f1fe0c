"""What the bot could not answer: clusters of one meaning, what staff do with them, and telling those who asked."""

from typing import TYPE_CHECKING

from bot.doors import opening

if TYPE_CHECKING:
    from bot.unanswered.asks import Ask, Kind, Span
    from bot.unanswered.clusters import WORDS, Cluster, Row, Standing
    from bot.unanswered.desk import Given, Near, Taken, UnansweredDesk, written
    from bot.unanswered.telling import Outbox, Teller, Told, is_quiet
else:
    __getattr__ = opening(
        __name__,
        {
            "WORDS": "clusters.WORDS",
            "Ask": "asks.Ask",
            "Cluster": "clusters.Cluster",
            "Given": "desk.Given",
            "Kind": "asks.Kind",
            "Near": "desk.Near",
            "Outbox": "telling.Outbox",
            "Row": "clusters.Row",
            "Span": "asks.Span",
            "Standing": "clusters.Standing",
            "Taken": "desk.Taken",
            "Teller": "telling.Teller",
            "Told": "telling.Told",
            "UnansweredDesk": "desk.UnansweredDesk",
            "is_quiet": "telling.is_quiet",
            "written": "desk.written",
        },
    )

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
