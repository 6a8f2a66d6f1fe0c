"""Takes batches off the ledger, one at a time of each sender: a list that waits for its minute holds up no other."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from bot.errors import StoreError
from bot.outreach import ledger
from bot.outreach.delivering import Deliverer
from bot.store.database import Database
from bot.store.kv import KeyValue
from bot.store.lookout import Signal

log = logging.getLogger(__name__)

#: Lets idle workers that share the store look at once.
CHANGED = Signal("outreach:changed")
_LOOK_S = 1.0  # how often it looks without being told
_LISTEN_S = 0.2


class Worker:
    """Works until it is stopped. clock: aware UTC; may_send: while it says no, nothing is sent, and batches wait."""

    def __init__(
        self,
        database: Database,
        deliverer: Deliverer,
        store: KeyValue,
        clock: Callable[[], datetime],
        may_send: Callable[[], bool] = lambda: True,
    ) -> None:
        self._may_send = may_send
        self._database, self._deliverer, self._store, self._clock = database, deliverer, store, clock
        self._ending, self._awake = threading.Event(), threading.Event()
        self._busy: set[str] = set()
        self._lanes = ThreadPoolExecutor(max(1, len(deliverer.senders)), thread_name_prefix="lane")
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; what a process of this name left when it was killed is taken up at once."""
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Begin no more calls. Returns at once."""
        self._ending.set()
        self._deliverer.stop()
        self._awake.set()

    def stop(self) -> None:
        """End: calls that are under way are waited for, and batches go back."""
        self.end()
        if self._thread:
            self._thread.join()
            self._lanes.shutdown()
            self._thread = None

    def _run(self) -> None:
        freed = False
        while not self._ending.is_set():
            self._awake.clear()
            before = self._signal()
            try:
                if not freed:
                    with self._database.begin() as db:
                        ledger.free(db, self._deliverer.worker, self._clock())
                    freed = True
                self._look()
            except StoreError as e:
                log.warning("the ledger is out of reach", extra={"error": str(e)})
            except Exception:  # the edge of a thread: without it nothing would be sent any more
                log.exception("the worker stumbled")
            self._wait(before)

    def _look(self) -> None:
        """Hand a batch to every sender that is idle."""
        may = self._may_send()
        self._deliverer.hold(not may)
        while may and (idle := self._deliverer.senders.keys() - self._busy):
            with self._database.begin() as db:
                found = ledger.waiting(db, self._clock(), 1, idle)
            if not found or self._ending.is_set():
                return
            [(batch_id, sender)] = found
            self._busy.add(sender)
            self._lanes.submit(self._deliver, batch_id, sender)

    def _deliver(self, batch_id: int, sender: str) -> None:
        try:
            self._deliverer.run(batch_id)
        except StoreError as e:
            log.warning("a batch was left to its lease", extra={"batch_id": batch_id, "error": str(e)})
        except Exception:  # the edge of a thread: the batch comes again when its lease ends
            log.exception("a batch broke", extra={"batch_id": batch_id})
        finally:
            self._busy.discard(sender)
            self._awake.set()

    def _wait(self, before: bytes | None) -> None:
        """Until a batch has ended, somebody signals, or it is time to look."""
        until = time.monotonic() + _LOOK_S
        while time.monotonic() < until and not self._awake.wait(_LISTEN_S):
            if self._signal() != before:
                return

    def _signal(self) -> bytes | None:
        try:
            return CHANGED.heard(self._store)
        except StoreError:
            return None
