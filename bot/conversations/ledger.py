"""The ledger of what staff send: a row is written before the call to the platform and closed after it, sent once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.conversations.tables import Kind, conversation, staff_message
from bot.conversations.talks import Talk, known
from bot.errors import Refusal, SendError
from bot.messages import Delivery
from bot.people import windows
from bot.sending import Message, Sender
from bot.store.database import aware

#: A row that is `sending` for so long was left so by a process that died: it may have arrived.
_ABANDONED = timedelta(minutes=2)
#: Channel -> the way to its people.
WAYS = {"official": "official.service", "wecom": "wecom.app"}
#: What a refusal makes of a message; what is not here is ours to mend. CREATED: nothing was sent, it may go again.
_STATES = {
    Refusal.NOT_SENT: Delivery.CREATED,
    Refusal.TOKEN_REJECTED: Delivery.CREATED,
    Refusal.THROTTLED: Delivery.CREATED,
    Refusal.QUOTA_USED_UP: Delivery.CREATED,
    Refusal.ACCOUNT_BLOCKED: Delivery.CREATED,
    Refusal.DUPLICATE: Delivery.SENT,
    Refusal.WINDOW_CLOSED: Delivery.PERMANENT_FAILURE,
    Refusal.RECIPIENT_GONE: Delivery.PERMANENT_FAILURE,
    Refusal.RECIPIENT_FOREIGN: Delivery.PERMANENT_FAILURE,
    Refusal.RECIPIENT_DECLINED: Delivery.PERMANENT_FAILURE,
}
#: States from which staff may have a message sent again.
AGAIN = (Delivery.CREATED, Delivery.TEMPORARY_FAILURE)


@dataclass(frozen=True, slots=True)
class Written:
    """One row. state: a Delivery; why: a Refusal or ""."""

    id: int
    conversation_id: int
    at: datetime
    name: str
    kind: str
    text: str
    state: str
    why: str
    errcode: int | None
    key: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be sent. by: who writes, None for the program's own lines."""

    key: str
    kind: Kind
    text: str
    by: tuple[int, str] | None = None


def find(db: sa.Connection, number: int) -> Written | None:
    """A row by its number."""
    row = db.execute(sa.select(staff_message).where(staff_message.c.id == number)).one_or_none()
    return read(row) if row else None


def by_key(db: sa.Connection, key: str) -> Written | None:
    """The row that was written for a form before."""
    row = db.execute(sa.select(staff_message).where(staff_message.c.key == key)).one_or_none()
    return read(row) if row else None


def read(row: sa.Row[Any]) -> Written:
    """One row of the table."""
    at = aware(row.at)
    assert at is not None
    return Written(
        row.id, row.conversation_id, at, row.name, row.kind, row.text, row.state, row.why, row.errcode, row.key
    )


def write(db: sa.Connection, talk: Talk, draft: Draft, state: Delivery, why: str, now: datetime) -> Written:
    """Add a row. Raises IntegrityError's StoreError where its key is there already."""
    who, name = draft.by or (None, "")
    values = {
        "conversation_id": talk.id, "key": draft.key, "at": now, "staff_id": who, "name": name, "kind": draft.kind,
        "text": draft.text, "state": state, "why": why, "closed_at": None if state is Delivery.SENDING else now,
    }  # fmt: skip
    db.execute(sa.insert(staff_message).values(values))
    db.execute(sa.update(conversation).where(conversation.c.id == talk.id).values(changed_at=now))
    held = by_key(db, draft.key)
    assert held is not None
    return held


def is_reserved(db: sa.Connection, talk: Talk, now: datetime) -> bool:
    """Take one of the messages that WeChat allows; False where none is left. Other channels have no such limit."""
    if talk.channel != "official":
        return True
    return windows.is_taken(db, known(talk.channel, talk.address), now)


def is_claimed(db: sa.Connection, number: int, now: datetime) -> bool:
    """Take a row that was not sent, to send it; False where somebody else has."""
    c = staff_message.c
    mine = sa.update(staff_message).where(c.id == number, c.state.in_(AGAIN))
    return db.execute(mine.values(state=Delivery.SENDING, at=now, closed_at=None)).rowcount == 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a call."""

    state: Delivery
    why: str = ""
    errcode: int | None = None


def call(senders: Mapping[str, Sender], talk: Talk, written: Written) -> Outcome:
    """Have the platform deliver a row. The chat page needs no call: it asks for what is there."""
    way = WAYS.get(talk.channel)
    if way is None:
        return Outcome(Delivery.SENT)
    try:
        receipt = senders[way].send([talk.address], Message(text=written.text), f"staff-{written.id}")
    except SendError as e:
        return _refused(e)
    if talk.address in receipt.refused:
        return Outcome(Delivery.PERMANENT_FAILURE, Refusal.RECIPIENT_GONE.value, receipt.refused[talk.address])
    return Outcome(Delivery.SENT)


def _refused(error: SendError) -> Outcome:
    if error.refusal is Refusal.UNREACHABLE:
        # Busy: WeChat says that it did nothing. Without any answer nobody knows.
        state = Delivery.UNKNOWN if error.errcode is None else Delivery.TEMPORARY_FAILURE
    else:
        state = _STATES.get(error.refusal, Delivery.TECHNICAL_FAILURE)
    return Outcome(state, error.refusal.value, error.errcode)


def close(db: sa.Connection, talk: Talk, written: Written, outcome: Outcome, now: datetime) -> None:
    """Write down what came of a call; what was not sent is not taken from what WeChat allows."""
    c = staff_message.c
    values = {"state": outcome.state, "why": outcome.why, "errcode": outcome.errcode, "closed_at": now}
    db.execute(sa.update(staff_message).where(c.id == written.id, c.state == Delivery.SENDING).values(values))
    if talk.channel != "official":
        return
    if outcome.state in AGAIN:
        windows.give_back(db, known(talk.channel, talk.address), now)
    elif outcome.why == Refusal.WINDOW_CLOSED:
        windows.use_up(db, known(talk.channel, talk.address))


def count(db: sa.Connection, channel: str, address: str) -> int:
    """How many messages to a person are kept."""
    mine = sa.select(conversation.c.id).where(conversation.c.channel == channel, conversation.c.address == address)
    kept = sa.select(sa.func.count()).where(staff_message.c.conversation_id.in_(mine))
    return db.scalar(kept) or 0


def give_up_abandoned(db: sa.Connection, now: datetime) -> int:
    """Rows that a process left in the middle become unknown; how many."""
    c = staff_message.c
    old = sa.update(staff_message).where(c.state == Delivery.SENDING, c.at < now - _ABANDONED)
    return db.execute(old.values(state=Delivery.UNKNOWN, closed_at=now)).rowcount


def shown(db: sa.Connection, channel: str, address: str, after: int, most: int = 50) -> Sequence[Written]:
    """What staff sent to one who reads on the chat page, after a row's number; that is noted as delivered."""
    c = staff_message.c
    mine = sa.select(conversation.c.id).where(conversation.c.channel == channel, conversation.c.address == address)
    told = (Delivery.SENT, Delivery.DELIVERED)
    found = sa.select(staff_message).where(c.conversation_id.in_(mine), c.id > after, c.state.in_(told))
    rows = [read(row) for row in db.execute(found.order_by(c.id).limit(most))]
    if new := [row.id for row in rows if row.state == Delivery.SENT]:
        db.execute(sa.update(staff_message).where(c.id.in_(new)).values(state=Delivery.DELIVERED))
    return rows
