"""Talks between staff and people: who waits, who speaks, what was sent. The pages are in `pages`, loaded by the web
alone."""

from typing import TYPE_CHECKING

from bot.doors import opening

if TYPE_CHECKING:
    from bot.conversations.desk import NoSuchTalkError, TalkDesk
    from bot.conversations.ledger import count as count_from_staff
    from bot.conversations.listening import WaitingDesk
    from bot.conversations.retention import forget
    from bot.conversations.rows import WRITERS
    from bot.conversations.taken import Taken
else:
    __getattr__ = opening(
        __name__,
        {
            "NoSuchTalkError": "desk.NoSuchTalkError",
            "Taken": "taken.Taken",
            "TalkDesk": "desk.TalkDesk",
            "WRITERS": "rows.WRITERS",
            "WaitingDesk": "listening.WaitingDesk",
            "count_from_staff": "ledger.count",
            "forget": "retention.forget",
        },
    )

__all__ = ["WRITERS", "NoSuchTalkError", "Taken", "TalkDesk", "WaitingDesk", "count_from_staff", "forget"]
