"""A firing as a broadcast: approved where staff approved the reminder for good, else waiting for review."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.outreach import drafts
from bot.outreach.drafts import By
from bot.outreach.firings import Firing
from bot.outreach.states import Move, State
from bot.sending import Message

#: The author of what the calendar writes: whoever reviews it is another person.
AUTHOR = "安全日历"
#: What has not begun to go out.
_WAITING = frozenset({State.DRAFT, State.IN_REVIEW, State.APPROVED, State.SCHEDULED})


def announce(db: sa.Connection, firing: Firing, approver: str, now: datetime) -> int:
    """Write the broadcast of a firing and bring it as far as it may go; returns its number. Raises OutreachError."""
    draft = drafts.Draft(
        title=firing.title, content={level: Message(text=text) for level, text in firing.texts.items()},
        audience=firing.audience.rule, channels=drafts.CHANNELS, send_at=now, until=firing.until, campaign=firing.id,
    )  # fmt: skip
    number = drafts.add(db, draft, AUTHOR, now)
    note = f"日历提醒，出处：{firing.source}"
    drafts.move(db, drafts.read(db, number), Move.SUBMIT, By(AUTHOR, note, now))
    if approver:
        held = drafts.read(db, number)
        digest = held.draft.approvable()
        drafts.move(
            db, held, Move.APPROVE, By(approver, "长期批准的提醒", now), approver=approver, approved_digest=digest
        )
        drafts.move(db, drafts.read(db, number), Move.SCHEDULE, By(AUTHOR, "", now))
    return number


def take_back(db: sa.Connection, number: int, why: str, now: datetime) -> bool:
    """Cancel a broadcast that has not begun; False where it has, or is over."""
    held = drafts.read(db, number)
    if held.state not in _WAITING:
        return False
    drafts.move(db, held, Move.CANCEL, By(AUTHOR, why, now))
    return True
