"""Who makes the calls of a batch: one thread for all of them, or a thread for each."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from bot.calling import Switchboard
from bot.errors import Refusal, SendError
from bot.sending import Message, Prompt, Receipt, Sender

log = logging.getLogger(__name__)

Result = tuple[int, Receipt | SendError]


class Calls(Protocol):
    """Calls under way together, to one person each."""

    @property
    def under_way(self) -> int:
        """How many have not ended."""

    def begin(self, who: int, address: str, message: Message, key: str) -> None:
        """Make a call; what comes of it, `wait` returns some time as that of `who`."""

    def wait(self, least_s: float, most_s: float, enough: int) -> list[Result]:
        """Let them go on; what came of those that have ended. See Switchboard."""


class Callers:
    """At most `count` calls at the same time, of each sender; threads are made when they are needed."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="caller")
        self._boards: dict[str, list[Switchboard[Receipt]]] = {}
        self._lock = threading.Lock()

    def calls(self, sender: Sender) -> Calls:
        """Calls by a sender; to be given back when none is under way."""
        if not isinstance(sender, Prompt):
            return _Threaded(sender, self.put)
        with self._lock:
            free = self._boards.setdefault(sender.name, [])
            board = free.pop() if free else Switchboard[Receipt](sender.caller, self.put)
        return _Prompted(sender, board)

    def give_back(self, calls: Calls) -> None:
        """Keep the connections for the next batch of the sender."""
        if isinstance(calls, _Prompted):
            with self._lock:
                self._boards[calls.sender.name].append(calls.board)

    def put(self, call: Callable[[], None]) -> None:
        """Let something be done as soon as a thread is free."""
        self._threads.submit(call)

    def close(self) -> None:
        """End the threads after what was put before, and close the connections."""
        for boards in self._boards.values():
            for board in boards:
                board.close()
        self._boards.clear()
        self._threads.shutdown()


class _Threaded:
    """A thread for each call that is under way."""

    def __init__(self, sender: Sender, put: Callable[[Callable[[], None]], None]) -> None:
        self._sender, self._put = sender, put
        self._results: queue.SimpleQueue[Result] = queue.SimpleQueue()
        self.under_way = 0

    def begin(self, who: int, address: str, message: Message, key: str) -> None:
        """See Calls."""
        self.under_way += 1
        self._put(lambda: self._results.put((who, called(self._sender, [address], message, key))))

    def wait(self, least_s: float, most_s: float, enough: int) -> list[Result]:
        """See Calls."""
        began = time.monotonic()
        ended: list[Result] = []
        while len(ended) < self.under_way:
            until = began + (least_s if len(ended) >= enough else most_s)
            if (left := until - time.monotonic()) <= 0 and ended:
                break
            with contextlib.suppress(queue.Empty):
                ended.append(self._results.get(timeout=max(0.0, left) if ended else None))
        self.under_way -= len(ended)
        return ended


class _Prompted:
    """One thread makes all calls."""

    def __init__(self, sender: Prompt, board: Switchboard[Receipt]) -> None:
        self.sender, self.board = sender, board

    @property
    def under_way(self) -> int:
        """See Calls."""
        return self.board.under_way

    def begin(self, who: int, address: str, message: Message, key: str) -> None:
        """See Calls."""
        self.board.begin(who, self.sender.steps([address], message, key))

    def wait(self, least_s: float, most_s: float, enough: int) -> list[Result]:
        """See Calls."""
        return self.board.wait(least_s, most_s, enough)


def called(sender: Sender, addresses: Sequence[str], message: Message, key: str) -> Receipt | SendError:
    """Make a call and wait for what comes of it."""
    try:
        return sender.send(addresses, message, key)
    except SendError as e:
        return e
    except Exception as e:  # a sender that breaks must not take the thread and the count with it
        log.exception("a sender broke", extra={"sender": sender.name})
        return SendError(type(e).__name__, None, Refusal.UNKNOWN)
