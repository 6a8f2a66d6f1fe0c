"""How far a long run has come, on a terminal; nothing where nobody looks on."""

from __future__ import annotations

import sys
import time
from typing import TextIO

_WIDTH = 30
_EVERY_S = 0.1


class Progress:
    """A bar on standard error: [#####.....] 12/40 name. Use as a context; `step` once per item."""

    def __init__(self, total: int, stream: TextIO | None = None) -> None:
        self._total, self._done, self._shown_at = total, 0, 0.0
        self._stream = stream or sys.stderr
        self._on = total > 1 and self._stream.isatty()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def step(self, name: str) -> None:
        """One more is done; the next to be seen is called `name`."""
        self._done += 1
        now = time.monotonic()
        if not self._on or (now - self._shown_at < _EVERY_S and self._done != self._total):
            return
        self._shown_at = now
        full = min(_WIDTH, _WIDTH * self._done // self._total)
        bar = "#" * full + "." * (_WIDTH - full)
        self._stream.write(f"\r\033[K[{bar}] {self._done}/{self._total} {name[-36:]}")
        self._stream.flush()

    def clear(self) -> None:
        """Take the bar off the line, for something else to be written."""
        if self._on:
            self._stream.write("\r\033[K")
            self._stream.flush()
