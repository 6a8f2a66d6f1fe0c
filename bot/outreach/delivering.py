"""A batch, from being claimed to being put back: people called one after another, or all in one call.

A delivery is written down as being sent before its call and closed after it, many in one transaction, and no
transaction is open during a call. So after `kill -9` exactly the calls that were under way stand as "sending": they are
made again where the platform knows a repeat by its key, else they are known to be unknown.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from bot.outreach import ledger
from bot.outreach.batches import AllAtOnce, OneByOne
from bot.outreach.callers import Callers
from bot.outreach.content import messages
from bot.outreach.means import Broadcast, Hooks, Means
from bot.outreach.tables import broadcast
from bot.outreach.ways import MASSES
from bot.sending import Sender
from bot.store.database import Database, aware

__all__ = ["Broadcast", "Callers", "Deliverer", "Hooks"]

log = logging.getLogger(__name__)

#: A broadcast without an end of its own ends so long after its start: what failed till then is too old to be sent.
_LONGEST = timedelta(days=3)


class Deliverer:
    """Works on batches. `run` may be called from several threads, for different batches.

    senders  by name
    account  whose rates and quotas count
    worker   a name that no other running process has
    clock    aware UTC
    opens    when the quiet hours of a moment end, the moment itself outside them
    """

    def __init__(
        self,
        database: Database,
        senders: Mapping[str, Sender],
        hooks: Hooks,
        callers: Callers,
        *,
        account: str,
        worker: str,
        clock: Callable[[], datetime],
        opens: Callable[[datetime], datetime] = lambda at: at,
    ) -> None:
        self.senders, self.worker = senders, worker
        self._means = Means(database, hooks, callers, account, clock, threading.Event(), threading.Event(), opens)

    def stop(self) -> None:
        """Let calls that are under way end and begin no more; batches that are not done wait for another worker."""
        self._means.ending.set()

    def hold(self, held: bool) -> None:
        """While held, no more calls begin and batches are put back as they are."""
        (self._means.held.set if held else self._means.held.clear)()

    def run(self, batch_id: int) -> bool:
        """Work on a batch until it is done, must wait, or its broadcast pauses. False where it was not ours to take.

        Raises StoreError where the database is away for long; the batch is taken up again when its lease ends.
        """
        now = self._means.clock()
        with self._means.database.begin() as db:
            claimed = ledger.claim(db, batch_id, self.worker, now)
            if claimed is None:
                return False
            sender, told = self.senders[claimed.sender], read(db, claimed.broadcast_id)
            settle(db, claimed, sender, told, now)
        work = OneByOne if sender.most == 1 else AllAtOnce
        work(self._means, claimed, sender, told).run()
        if claimed.sender in MASSES:
            ledger.count_done(self._means.database)
        return True

    def settle_stopped(self, now: datetime) -> int:
        """Settle what workers that are gone left of broadcasts that pause or were cancelled; returns how many."""
        with self._means.database.begin() as db:
            left = ledger.stopped(db, now)
        count = 0
        for batch_id in left:
            with self._means.database.begin() as db:
                claimed = ledger.claim_stopped(db, batch_id, self.worker, now)
                if claimed is None or claimed.sender not in self.senders:
                    continue
                count += settle(db, claimed, self.senders[claimed.sender], read(db, claimed.broadcast_id), now)
                ledger.put_back(db, claimed, now, tried=False)
        return count


def read(db: sa.Connection, broadcast_id: int) -> Broadcast:
    """What a batch must know of its broadcast."""
    c = broadcast.c
    fields = (c.content, c.twice_ok, c.until, c.created_at, c.started_at, c.urgent)
    row = db.execute(sa.select(*fields).where(c.id == broadcast_id)).one()
    created = row.created_at.replace(tzinfo=UTC)
    until = aware(row.until) or (aware(row.started_at) or created) + _LONGEST
    stamp = f"{int(created.timestamp()):x}"
    return Broadcast(broadcast_id, messages(row.content), bool(row.twice_ok), until, stamp, bool(row.urgent))


def settle(db: sa.Connection, claimed: ledger.Claimed, sender: Sender, told: Broadcast, now: datetime) -> int:
    """What a worker that is gone was in the middle of: sent once more, or known to be unknown; returns how many."""
    count = ledger.settle_cut_off(db, claimed, sender.has_key or told.twice_ok, now)
    if count:
        log.warning("deliveries were cut off", extra={"batch_id": claimed.id, "count": count})
    return count


def longest_since(now: datetime) -> datetime:
    """A broadcast without an end of its own that began before this is over."""
    return now - _LONGEST
