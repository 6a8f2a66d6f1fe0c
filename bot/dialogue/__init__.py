"""One Inbound in, one Reply out: the ordered handlers, and the session of each person."""

from typing import TYPE_CHECKING

from bot.doors import opening

if TYPE_CHECKING:
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
        PlaceTold,
        QuestionUnanswered,
        Turn,
        respond,
    )
else:
    __getattr__ = opening(
        __name__,
        {
            "AnswerRated": "turn.AnswerRated",
            "Deed": "turn.Deed",
            "Dialogue": "handlers.Dialogue",
            "Event": "turn.Event",
            "FollowerLeft": "turn.FollowerLeft",
            "Handler": "turn.Handler",
            "Heard": "turn.Heard",
            "Noted": "turn.Noted",
            "PersonWanted": "turn.PersonWanted",
            "PlaceTold": "turn.PlaceTold",
            "QuestionUnanswered": "turn.QuestionUnanswered",
            "Session": "session.Session",
            "Topic": "session.Topic",
            "Turn": "turn.Turn",
            "respond": "turn.respond",
            "spare_bytes": "speaker.spare_bytes",
            "understand": "reading.understand",
        },
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
    "PlaceTold",
    "QuestionUnanswered",
    "Session",
    "Topic",
    "Turn",
    "respond",
    "spare_bytes",
    "understand",
]
