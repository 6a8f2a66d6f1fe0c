"""An access_token of a platform: one for all threads and processes, fetched by one of them at a time."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from bot.errors import Refusal, SendError, StoreError
from bot.store.kv import KeyValue, MemoryKeyValue

log = logging.getLogger(__name__)

#: stable_token renews during the last 5 minutes of a token, and both are good meanwhile.
#: Source: developers.weixin.qq.com/doc/service/api/base/api_getstableaccesstoken.html
_EARLY_S = 300.0
#: Kept at least so long, should WeChat ever answer with a token near its end.
_LEAST_S = 30.0
#: Longer than a fetch takes; a process that dies while fetching holds up the others for no more than this.
_CLAIM_TTL_S = 10.0
#: WeChat allows 20 forced renewals a day.
_FORCE_EVERY_S = 5400.0

#: A process need not ask another one for each call: WeChat rejects a token that another process has replaced, or still
#: takes it, for both are good for 5 minutes.
_NEAR_S = 3.0

#: force -> access_token and the seconds it is good for. Raises SendError.
Fetch = Callable[[bool], tuple[str, float]]


class TokenKeeper:
    """Keeps the token in the store, where all processes of the office find it."""

    def __init__(self, store: KeyValue, app_id: str, fetch: Fetch, platform: str = "official") -> None:
        self._store, self._fetch = store, fetch
        self._key = f"token:{platform}:{app_id}"
        self._lock = threading.Lock()
        self._failed: tuple[float, SendError] | None = None
        self._near = ("", 0.0)  # the token and until when the store is not asked for it, by time.monotonic()
        self._near_s = 0.0 if isinstance(store, MemoryKeyValue) else _NEAR_S

    def token(self) -> str:
        """The current token, fetched if there is none. Raises SendError, StoreError."""
        token, until = self._near
        if time.monotonic() < until:
            return token
        token = self._held() or self._renewed("")
        self._near = token, time.monotonic() + self._near_s
        return token

    def renewed(self, rejected: str) -> str:
        """Another token than the one WeChat rejected: perhaps somebody has it already. Raises SendError, StoreError."""
        self._near = ("", 0.0)
        return self._renewed(rejected)

    def to_send(self, rejected: str = "") -> str:
        """The token for a message; another than the rejected one. Raises SendError.

        Whatever keeps us from having one, the message itself has not been sent.
        """
        try:
            return self.renewed(rejected) if rejected else self.token()
        except StoreError as e:
            raise SendError("the store of the access token is out of reach", None, Refusal.NOT_SENT) from e
        except SendError as e:
            if e.refusal is not Refusal.UNREACHABLE:
                raise
            raise SendError(f"no access token: {e}", e.errcode, Refusal.NOT_SENT) from e

    def _held(self, rejected: str = "") -> str:
        held = (self._store.get(self._key) or b"").decode()
        return held if held != rejected else ""

    def _renewed(self, rejected: str) -> str:
        asked_at = time.monotonic()
        with self._lock:
            if self._failed and self._failed[0] >= asked_at:
                # Whoever waited for a fetch that failed fails with it, instead of waiting through one more.
                failed = self._failed[1]
                raise SendError(str(failed), failed.errcode, failed.refusal)
            try:
                return self._held(rejected) or self._single(rejected)
            except SendError as e:
                self._failed = time.monotonic(), e
                raise

    def _single(self, rejected: str) -> str:
        """Fetch, unless another process does so now and gets done in time."""
        claim, until = f"fetching:{self._key}", time.monotonic() + _CLAIM_TTL_S
        while not self._store.claim(claim, _CLAIM_TTL_S):
            time.sleep(0.05)
            if held := self._held(rejected):
                return held
            if time.monotonic() > until:
                raise SendError("another process does not get done with fetching the access token")
        try:
            return self._held(rejected) or self._fetched(rejected)
        finally:
            self._store.release(claim)

    def _fetched(self, rejected: str) -> str:
        token, good_for_s = self._fetch(False)
        if token == rejected and self._store.claim(f"forced:{self._key}", _FORCE_EVERY_S):
            # WeChat holds the token good that it has just rejected: only force gets another.
            token, good_for_s = self._fetch(True)
        self._store.set(self._key, token.encode(), max(good_for_s - _EARLY_S, _LEAST_S))
        log.info("access token fetched", extra={"good_for_s": good_for_s})
        return token
