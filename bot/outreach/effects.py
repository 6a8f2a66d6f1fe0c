"""What deliveries leave behind with people: windows and consents used up, followers who have left."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from bot.errors import Refusal
from bot.people import windows
from bot.people.tables import consent, follower
from bot.sending import Message
from bot.store.database import LATER, among

_SERVICE, _NOTICE = "official.service", "official.notice"


class Effects:
    """The hooks of delivery over the tables of people; see bot/outreach/means.py."""

    def taken(self, db: sa.Connection, sender: str, followers: list[int], message: Message, now: datetime) -> None:
        """See Hooks."""
        if sender == _SERVICE:
            more = sa.update(follower).where(among(db, follower.c.id, followers))
            db.execute(more.values(window_sent=follower.c.window_sent + 1), execution_options=LATER)
        elif sender == _NOTICE:
            c = consent.c
            theirs = among(db, c.follower_id, followers)
            # Joined to nothing, so that no index of it is used: a template is allowed by a million.
            template = c.template_id.concat("")
            used = (theirs, template == message.template, c.long_term == 0, c.remaining > 0)
            fewer = sa.update(consent).where(*used).values(remaining=c.remaining - 1, updated_at=now)
            db.execute(fewer, execution_options=LATER)

    def refused(
        self, db: sa.Connection, sender: str, follower_id: int, refusal: Refusal, message: Message, now: datetime
    ) -> None:
        """See Hooks."""
        him = follower.c.id == follower_id
        if refusal is Refusal.RECIPIENT_GONE:
            gone = sa.update(follower).where(him, follower.c.state == "following")
            db.execute(gone.values(state="left", left_at=now))
        elif refusal is Refusal.WINDOW_CLOSED and sender == _SERVICE:
            windows.use_up(db, him)
        elif refusal is Refusal.RECIPIENT_DECLINED and sender == _NOTICE:
            of = (consent.c.follower_id == follower_id, consent.c.template_id == message.template)
            db.execute(sa.update(consent).where(*of).values(remaining=0, long_term=0, updated_at=now))
