"""What was sent to one person, for the page of a follower."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from bot.messages import Delivery
from bot.outreach.outcome import because
from bot.outreach.states import DELIVERY_WORDS
from bot.outreach.tables import broadcast, delivery
from bot.people.card import Sent
from bot.store.database import aware

#: The ledger is kept by broadcast and person: so many broadcasts are looked through at once, each by its key.
_AT_ONCE = 100
_TONES = {
    Delivery.SENT: "good", Delivery.DELIVERED: "good", Delivery.CREATED: "wait", Delivery.SENDING: "wait",
    Delivery.TEMPORARY_FAILURE: "wait", Delivery.SKIPPED: "calm",
}  # fmt: skip


def sent_to(db: sa.Connection, follower_id: int, before: int | None) -> tuple[Sequence[Sent], int | None]:
    """What the last broadcasts before one brought to a person, newest first; and where to go on, None at the end."""
    c, d = broadcast.c, delivery.c
    numbers = sa.select(c.id).where(c.id < before) if before is not None else sa.select(c.id)
    looked = db.scalars(numbers.order_by(c.id.desc()).limit(_AT_ONCE)).all()
    rows = db.execute(
        sa.select(c.id, c.title, d.state, d.why, d.at)
        .select_from(delivery.join(broadcast, c.id == d.broadcast_id))
        .where(d.broadcast_id.in_(looked), d.follower_id == follower_id)
        .order_by(c.id.desc())
    )
    found = [
        Sent(r.title, aware(r.at), DELIVERY_WORDS[Delivery(r.state)], _TONES.get(Delivery(r.state), "bad"),
             because(r.why) if r.why else "", f"/staff/outreach/{r.id}", r.id)
        for r in rows
    ]  # fmt: skip
    return found, looked[-1] if len(looked) == _AT_ONCE else None
