"""Who makes the calls of a batch: one thread for all of them, or a thread for each."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections import Counter
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
    def sender(self) -> Sender:
        """Who makes them."""

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
        self._out: Counter[str] = Counter()  # sender -> batches that make calls
        self._lock = threading.Lock()

    def calls(self, sender: Sender) -> Calls:
        """Calls by a sender; to be given back."""
        with self._lock:
            self._out[sender.name] += 1
            if not isinstance(sender, Prompt):
                return _Threaded(sender, self.put)
            free = self._boards.setdefault(sender.name, [])
            board = free.pop() if free else Switchboard[Receipt](sender.caller, self.put)
            return _Prompted(sender, board)

    def share(self, calls: Calls) -> int:
        """How many may be under way of a batch: those that are worked on at once share the sender's."""
        return max(1, self.count // max(1, self._out[calls.sender.name]))

    def give_back(self, calls: Calls) -> None:
        """Keep the connections for the next batch of the sender, unless one of them is in use."""
        with self._lock:
            self._out[calls.sender.name] -= 1
            if isinstance(calls, _Prompted) and not calls.under_way:
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
        self.sender, self._put = sender, put
        self._results: queue.SimpleQueue[Result] = queue.SimpleQueue()
        self.under_way = 0

    def begin(self, who: int, address: str, message: Message, key: str) -> None:
        """See Calls."""
        self.under_way += 1
        self._put(lambda: self._results.put((who, called(self.sender, [address], message, key))))

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
        self.sender: Sender = sender
        self._prompt, self.board = sender, board

    @property
    def under_way(self) -> int:
        """See Calls."""
        return self.board.under_way

    def begin(self, who: int, address: str, message: Message, key: str) -> None:
        """See Calls."""
        self.board.begin(who, self._prompt.steps([address], message, key))

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
