"""What may come in: how large a request is, how long it may take, and how many large ones come at a time.

The server takes in a whole request before the app is asked, and whoever sends it is a stranger until then. What they
send stands on the disk meanwhile, so all of it together is bounded too.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from waitress.parser import HTTPRequestParser
from waitress.utilities import BadRequest, Error, RequestEntityTooLarge

#: A request up to here is a small one: a form, a message.
SMALL_BYTES = 1 << 20
#: Large ones that come at a time, the largest 64 MB.
LARGE_AT_ONCE = 8
#: What may come around a body in chunks, and as much again as the body has: lines that say how long a chunk is.
_AROUND_BYTES = 64 << 10
#: A small request has come after this; more bytes may take longer, at the rate of a bad line.
_WHOLE_S, _SLOWEST_BYTES_S = 60.0, 32 << 10


class TooMany(Error):  # type: ignore[misc]
    """As many large requests come already as may come at a time."""

    code, reason = 503, "Service Unavailable"


@dataclass(frozen=True, slots=True)
class Limits:
    """of: the most bytes of the body of a request to a path; large: how many large ones come at this moment."""

    of: Callable[[str], int]
    large: Callable[[], int]


class Incoming(HTTPRequestParser):  # type: ignore[misc]
    """One request as it comes in. `until` by time.monotonic(): when it must have come."""

    def __init__(self, adj: object, limits: Limits) -> None:
        super().__init__(adj)
        self._limits, self._is_judged = limits, False
        self.is_large, self.until = False, time.monotonic() + _WHOLE_S

    def received(self, data: bytes) -> int:
        """See waitress."""
        consumed: int = super().received(data)
        if self.headers_finished and not self.error:
            self._judge()
        if self.error:
            self.completed, self.expect_continue = True, False  # else it would be told to go on
        return consumed

    def _judge(self) -> None:
        if not self._is_judged:
            self._is_judged = True
            self._judge_head()
        elif self.chunked and not self.completed:
            self._bound_chunks()

    def _judge_head(self) -> None:
        """Refuse by the head alone. A body that does not say how long it is must be small."""
        most = self._limits.of(self.path)
        if self.content_length > most:
            self.error = RequestEntityTooLarge(f"more than {most} bytes")
        elif self.content_length > SMALL_BYTES and not self._takes_a_place():
            self.error = TooMany("too many large requests at a time")
        self.until += self.content_length / _SLOWEST_BYTES_S

    def _takes_a_place(self) -> bool:
        self.is_large = self._limits.large() < LARGE_AT_ONCE
        return self.is_large

    def _bound_chunks(self) -> None:
        """waitress looks through what stands around chunks from its beginning with each piece that comes."""
        size = len(self.body_rcv)
        if size > SMALL_BYTES:
            self.error = RequestEntityTooLarge(f"more than {SMALL_BYTES} bytes in chunks")
        elif self.body_bytes_received - size > size + _AROUND_BYTES:
            self.error = BadRequest("more around the chunks than in them")
