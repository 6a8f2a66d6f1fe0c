"""Consents to subscription notices (订阅通知): one acceptance, one notice; counted per person and template."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.people.tables import consent

#: Event of WeChat -> what its items mean for the consents.
EVENTS = {
    "subscribe_msg_popup_event": "popup",
    "subscribe_msg_change_event": "change",
    "subscribe_msg_sent_event": "sent",
}
#: "No acceptance left", in a sent event. Source: 订阅通知 errcode 43101.
_NONE_LEFT = "43101"

#: What a change does to a consent: one more, or none left.
MORE, NONE = "more", "none"


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """What a person changed: pairs of template and MORE or NONE."""

    at: datetime
    channel: str
    address: str
    changes: Sequence[Sequence[str]]


def changes(event: str, items: Sequence[Mapping[str, str]]) -> tuple[tuple[str, str], ...]:
    """What an event says of consents; () where nothing changes.

    A refusal in the pop-up takes nothing away that was given before; one on WeChat's own page of settings takes all.
    A notice that went out was counted when it was sent.
    """
    kind, out = EVENTS.get(event, ""), []
    for item in items:
        template, status = item.get("TemplateId", "")[:64], item.get("SubscribeStatusString", "")
        if not template:
            continue
        if kind == "popup" and status == "accept":
            out.append((template, MORE))
        elif (kind == "change" and status == "reject") or (kind == "sent" and item.get("ErrorCode") == _NONE_LEFT):
            out.append((template, NONE))
    return tuple(out)


def changed(
    db: sa.Connection, rows: Sequence[ConsentRow], ensure: Callable[[sa.Connection, str, str, datetime], int]
) -> None:
    """Write down what people changed. ensure: the id of a follower, by channel, address, time."""
    for row in rows:
        person = ensure(db, row.channel, row.address, row.at)
        for template, change in row.changes:
            mine = sa.and_(consent.c.follower_id == person, consent.c.template_id == template)
            values = {"remaining": consent.c.remaining + 1} if change == MORE else {"remaining": 0, "long_term": 0}
            known = db.execute(sa.update(consent).where(mine).values(**values, updated_at=row.at)).rowcount
            if not known and change == MORE:
                db.execute(
                    sa.insert(consent).values(
                        follower_id=person, template_id=template, remaining=1, long_term=0, updated_at=row.at
                    )
                )
