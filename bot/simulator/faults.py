"""Switches that make the API slow, refuse, break or hang up: for the next calls, or until cleared."""

import threading
from dataclasses import dataclass, replace

ANY_PATH = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong.

    path               API path it strikes, such as "/cgi-bin/token"; "*" for every one
    slow_ms            wait so long first
    errcode            refuse with this code, inside HTTP 200
    http_status        answer with this status and an HTML page, as a gateway does
    body               answer HTTP 200 with this text, which need not be JSON
    drop               close the connection without an answer
    after_acceptance   do the work first: the caller sees a failure of something that happened
    times              calls it strikes; None until cleared
    """

    path: str = ANY_PATH
    slow_ms: int = 0
    errcode: int | None = None
    http_status: int | None = None
    body: str | None = None
    drop: bool = False
    after_acceptance: bool = False
    times: int | None = None

    @property
    def replaces_answer(self) -> bool:
        """Whether the caller gets something else than the answer (a mere delay does not)."""
        return self.drop or any(x is not None for x in (self.errcode, self.http_status, self.body))


@dataclass(frozen=True, slots=True)
class Strike:
    """A fault that has struck one call; `cleared` is set when the switches are cleared after that."""

    fault: Fault
    cleared: threading.Event

    def stall(self) -> None:
        """Wait as long as the fault says, or until the switches are cleared."""
        if self.fault.slow_ms:
            self.cleared.wait(self.fault.slow_ms / 1000)


class Faults:
    """The switches that are on. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._cleared = threading.Event()

    def add(self, fault: Fault) -> None:
        """Switch `fault` on; the oldest that fits a call strikes it."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Switch everything off, and wake the calls that are being slow."""
        with self._lock:
            self._faults.clear()
            self._cleared.set()
            self._cleared = threading.Event()

    def active(self) -> list[Fault]:
        """What is switched on now."""
        with self._lock:
            return list(self._faults)

    def take(self, path: str) -> Strike | None:
        """The fault that strikes this call, if any; counted down."""
        with self._lock:
            for i, fault in enumerate(self._faults):
                if fault.path in (ANY_PATH, path):
                    self._count_down(i, fault)
                    return Strike(fault, self._cleared)
        return None

    def _count_down(self, index: int, fault: Fault) -> None:
        if fault.times is None:
            return
        if fault.times <= 1:
            del self._faults[index]
        else:
            self._faults[index] = replace(fault, times=fault.times - 1)
