"""Telling those who asked in vain that there is an answer now: once each, in their 48 hours, not at night.

Whose 48 hours are over gets it when they write again.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from typing import TYPE_CHECKING, Protocol

import sqlalchemy as sa

from bot.errors import KnowledgeError
from bot.knowledge.tables import knowledge_event
from bot.messages import Delivery, Pushed
from bot.settings import BEIJING
from bot.store.database import Database
from bot.store.tables import message_log
from bot.unanswered import asks, clusters, ledger, members
from bot.unanswered.asks import Span, aware
from bot.unanswered.clusters import Row, Standing
from bot.unanswered.ledger import MARGIN, WINDOW, Asker, Notice, Why, Windows

if TYPE_CHECKING:
    from bot.answers import Answerer
    from bot.answers.entries import Entry

log = logging.getLogger(__name__)

#: Nobody is written to in between, in China; emergencies are none of this.
QUIET_FROM, QUIET_TO = time_of_day(20, 30), time_of_day(8, 0)
#: Who asked longer ago has given up waiting.
_REMEMBERED = timedelta(days=30)
#: Other processes tell an entry so long after it was published at the latest.
_LIVE_AFTER = timedelta(seconds=10)
#: Questions that waited in the spool are in the database by then.
_LATE = timedelta(hours=1)


class Outbox(Protocol):
    """Pushes a text to one person on the official account."""

    def send(self, address: str, text: str) -> Pushed:
        """Never raises: a receipt says what became of it."""


@dataclass
class Told:
    """What came of one round.

    enrolled  askers who were written down
    waiting   who are told later: at 8:00, or when the platform takes messages again
    ends      how many ended in which state; skipped ones by why
    unknown   rows that an earlier process left in the middle
    halted    errcode of what stopped the round, None where nothing did, 0 where there was no code
    """

    enrolled: int = 0
    waiting: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    unknown: int = 0
    halted: int | None = None

    @property
    def sent(self) -> int:
        """How many were told."""
        return self.ends[Delivery.SENT]


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells askers. outbox: None where no official account is set up; get_answerer: what is live now."""

    database: Database
    get_answerer: Callable[[], Answerer]
    outbox: Outbox | None
    windows: Windows

    def tell(self, now: datetime) -> Told:
        """One round: write down who is to be told, then tell those who can be. Safe to run twice, and at once.

        Raises KnowledgeError where somebody could be told but no official account is set up.
        """
        told, began = Told(), time.monotonic()
        with self.database.begin() as db:
            told.unknown = ledger.give_up_abandoned(db, now)
            ledger.reopen(db, now)
            idle = not ledger.waiting(db) and not self._answered(db, now)
        if idle:  # most rounds: a worker need not hold the knowledge base for them
            return told
        answerer = self.get_answerer()
        told.enrolled = self._enrol(answerer, now)
        with self.database.begin() as db:
            waiting = ledger.waiting(db)
        for notice in waiting:
            if told.halted is not None:
                told.waiting += 1
            else:
                # A round may last for minutes: each row is stamped with its own time.
                self._one(notice, answerer, told, now + timedelta(seconds=time.monotonic() - began))
        if told.halted is not None:
            log.warning("telling askers was stopped", extra={"errcode": told.halted, "left": told.waiting})
        return told

    def words(self, entry: Entry, now: datetime) -> str:
        """What askers would read once this entry is live."""
        return _words(entry, self.get_answerer(), now)

    def counted(self, cluster: int) -> Mapping[tuple[str, str], int]:
        """How many askers of a cluster are in which state, and why."""
        with self.database.begin() as db:
            return ledger.counted(db, cluster)

    def _one(self, notice: Notice, answerer: Answerer, told: Told, now: datetime) -> None:
        entry = answerer.base.entry_by_id(notice.entry)
        with self.database.begin() as db:
            if why := _barred(*ledger.reach(db, notice, self.windows), now):
                ledger.skip(db, notice, why, now)
                told.ends[why] += 1
                return
            if entry is None or is_quiet(now):
                told.waiting += 1
                return
            if self.outbox is None:
                raise KnowledgeError("没有设置公众号（wechat.app_id、wechat.secret），不能推送给提问人")
            if not ledger.is_claimed(db, notice, self.windows, now):
                return
        # Between the two transactions: a call to the platform may take seconds, and others want to write.
        receipt = self.outbox.send(notice.address, _words(entry, answerer, now))
        with self.database.begin() as db:
            ledger.close(db, notice, receipt, self.windows, now)
        if receipt.delivery is Delivery.CREATED:
            told.waiting += 1
        else:
            told.ends[receipt.delivery] += 1
        told.halted = (receipt.errcode or 0) if receipt.halt else None

    def _answered(self, db: sa.Connection, now: datetime) -> list[tuple[Row, datetime]]:
        """Clusters whose askers may not have been written down yet, and since when their answers are live."""
        answered = [r for r in clusters.taken_up(db, now) if r.standing is Standing.ANSWERED]
        live = [(r, _live_since(db, r)) for r in answered]
        return [(r, since) for r, since in live if _may_lack(db, r, since, now)]

    def _enrol(self, answerer: Answerer, now: datetime) -> int:
        with self.database.begin() as db:
            answered = self._answered(db, now)
        if not answered:
            return 0
        span = Span(min(since for _, since in answered) - _REMEMBERED, now)
        found = asks.read(self.database, span, answerer.base.gazetteer)
        with self.database.begin() as db:
            members.alone(db)
            cluster = members.clusters_of(db, (a.key for a in found))
            return sum(self._enrol_one(db, r, since, found, cluster, now) for r, since in answered)

    def _enrol_one(
        self, db: sa.Connection, row: Row, since: datetime, found: list[asks.Ask], cluster: Mapping[str, int],
        now: datetime,
    ) -> int:  # fmt: skip
        last: dict[tuple[str, str], Asker] = {}
        for ask in found:
            in_time = since - _REMEMBERED <= ask.at <= since + _LIVE_AFTER
            if cluster.get(ask.key) == row.id and ask.address and in_time:
                last[ask.person] = Asker(*ask.person, ask.at)
        told = [a for a in last.values() if _has_seen(db, a, row.entry, since)]
        return ledger.enrol(db, row.id, row.entry, last.values(), told, now.astimezone(UTC))


def is_quiet(now: datetime) -> bool:
    """Whether nobody is written to now."""
    at = now.astimezone(BEIJING).time()
    return at >= QUIET_FROM or at < QUIET_TO


def _morning(now: datetime) -> datetime:
    """When the night ends, where it is night; else now."""
    here = now.astimezone(BEIJING)
    if not is_quiet(now):
        return now
    day = here.date() + timedelta(days=1) if here.time() >= QUIET_FROM else here.date()
    return datetime.combine(day, QUIET_TO, BEIJING)


def _barred(last: datetime | None, left: int, now: datetime) -> Why | None:
    """What keeps a person from being told; None where nothing does."""
    if last is None or now > last + WINDOW - MARGIN:
        return Why.OUTSIDE
    if _morning(now) > last + WINDOW - MARGIN:
        return Why.QUIET
    return Why.QUOTA if left <= 0 else None


def _may_lack(db: sa.Connection, row: Row, since: datetime, now: datetime) -> bool:
    """Whether askers of a cluster may not have been written down yet."""
    return now - since <= _LATE or (now - since <= _REMEMBERED and not ledger.is_enrolled(db, row.id, since))


def _live_since(db: sa.Connection, row: Row) -> datetime:
    """When the entry of a cluster went live, or was taken as it was."""
    c = knowledge_event.c
    went = sa.select(sa.func.min(c.at)).where(c.subject == row.entry, c.version >= row.version, c.after == "live")
    at = db.scalar(went) if row.version else None
    return max(aware(at), row.at) if at else row.at


def _has_seen(db: sa.Connection, asker: Asker, entry: str, since: datetime) -> bool:
    """Whether the bot has told somebody the entry since it is live."""
    c = message_log.c
    told = sa.select(c.id).where(
        c.channel == asker.channel, c.address == asker.address, c.entry == entry, c.at > since.astimezone(UTC)
    )
    return db.scalar(told.limit(1)) is not None


def _words(entry: Entry, answerer: Answerer, now: datetime) -> str:
    """The message: the question by the entry's title, never as it was asked; the answer with its source."""
    answer = answerer.brief(entry, entry.answer, now.astimezone(BEIJING).date()).text
    return str(answerer.base.words["chat"]["answered_now"]).format(title=entry.title, answer=answer)
