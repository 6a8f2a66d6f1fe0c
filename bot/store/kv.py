"""What may be lost: sessions, finished replies, who is being served. Redis, or this process, behind one interface."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

from bot.errors import StoreError

log = logging.getLogger(__name__)


class KeyValue(Protocol):
    """Small values by key, each with a time to live. Every method may raise StoreError."""

    def get(self, key: str) -> bytes | None:
        """The value, None where there is none or it has expired."""

    def set(self, key: str, value: bytes, ttl_s: float) -> None:
        """Store a value for ttl_s seconds."""

    def claim(self, key: str, ttl_s: float) -> bool:
        """Take a key that nobody holds; False where somebody does."""

    def release(self, key: str) -> None:
        """Give a key back, or delete a value."""

    def wait(self, key: str, timeout_s: float) -> bytes | None:
        """The value as soon as there is one, None after timeout_s."""

    def in_turn(self, key: str, timeout_s: float) -> Any:
        """Context manager: one holder at a time, first come first served; yields False after timeout_s of waiting."""


#: What a process keeps by itself, bytes. Finished replies make up most of it: at 2000 messages a second some 15 s of
#: them, WeChat's last attempt included; at the pace of an office their whole time to live.
_MAX_BYTES = 64 << 20
#: What an entry takes beside its value: the key, its places in two dictionaries.
_ENTRY_BYTES = 400
#: Old entries that go when one is stored: all at once would hold everybody up.
_DROPPED_AT_ONCE = 8


class MemoryKeyValue:
    """The stand-in for one process.

    max_bytes  beyond that an entry drives out the oldest ones with the same time to live
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, max_bytes: int = _MAX_BYTES) -> None:
        self._clock, self._max_bytes, self._bytes = clock, max_bytes, 0
        self._values: dict[str, tuple[bytes, float, float]] = {}  # value, when it ends, its time to live
        self._ages: dict[float, OrderedDict[str, None]] = {}  # keys by time to live, so the first is the first to end
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._waiting = 0
        self._queues: dict[str, deque[_Turn]] = {}

    def get(self, key: str) -> bytes | None:
        """See KeyValue."""
        found = self._values.get(key)
        return found[0] if found and found[1] > self._clock() else None

    def set(self, key: str, value: bytes, ttl_s: float) -> None:
        """See KeyValue."""
        with self._lock:
            self._put(key, value, ttl_s)
            if self._waiting:
                self._changed.notify_all()

    def claim(self, key: str, ttl_s: float) -> bool:
        """See KeyValue."""
        with self._lock:
            if self.get(key) is not None:
                return False
            self._put(key, b"", ttl_s)
            return True

    def release(self, key: str) -> None:
        """See KeyValue."""
        with self._lock:
            self._drop(key)

    def wait(self, key: str, timeout_s: float) -> bytes | None:
        """See KeyValue."""
        with self._lock:
            self._waiting += 1
            self._changed.wait_for(lambda: self.get(key) is not None, timeout_s)
            self._waiting -= 1
            return self.get(key)

    def in_turn(self, key: str, timeout_s: float) -> _Turn:
        """See KeyValue."""
        return _Turn(self._lock, self._queues, key, timeout_s)

    def _put(self, key: str, value: bytes, ttl_s: float) -> None:
        now = self._clock()
        self._drop(key)
        self._values[key] = (value, now + ttl_s, ttl_s)
        ages = self._ages.setdefault(ttl_s, OrderedDict())
        ages[key] = None
        self._bytes += len(value) + _ENTRY_BYTES
        for _ in range(_DROPPED_AT_ONCE):
            oldest = next(iter(ages))
            if oldest == key or (self._values[oldest][1] > now and self._bytes <= self._max_bytes):
                break
            self._drop(oldest)

    def _drop(self, key: str) -> None:
        if (held := self._values.pop(key, None)) is not None:
            self._bytes -= len(held[0]) + _ENTRY_BYTES
            del self._ages[held[2]][key]


class _Turn:
    """A place in the queue of one key, as KeyValue.in_turn says; the first in it waits for nothing."""

    __slots__ = ("_came", "_key", "_lock", "_queues", "_timeout_s")

    def __init__(self, lock: threading.Lock, queues: dict[str, deque[_Turn]], key: str, timeout_s: float) -> None:
        self._lock, self._queues, self._key, self._timeout_s = lock, queues, key, timeout_s
        self._came: threading.Event | None = None

    def __enter__(self) -> bool:
        with self._lock:
            queue = self._queues.get(self._key)
            if queue is None:
                self._queues[self._key] = deque((self,))
                return True
            self._came = threading.Event()
            queue.append(self)
        return self._came.wait(self._timeout_s)

    def __exit__(self, *_error: object) -> None:
        with self._lock:
            queue = self._queues[self._key]
            queue.remove(self)
            if not queue:
                del self._queues[self._key]
            elif (next_one := queue[0]._came) is not None:
                next_one.set()


#: A place in the queue of one person is given up after this long: whoever held it has died.
_TURN_TTL_S = 6.0
#: Take a place at the end; drop a dead head; say who is first. KEYS: queue. ARGV: me, now, ttl.
_QUEUE = """
if ARGV[4] == '1' then redis.call('RPUSH', KEYS[1], ARGV[1] .. '|' .. ARGV[2]) end
redis.call('PEXPIRE', KEYS[1], 60000)
local head = redis.call('LINDEX', KEYS[1], 0)
while head do
  local bar = string.find(head, '|', 1, true)
  local since = tonumber(string.sub(head, bar + 1))
  if tonumber(ARGV[2]) - since <= tonumber(ARGV[3]) then return string.sub(head, 1, bar - 1) end
  redis.call('LPOP', KEYS[1])
  head = redis.call('LINDEX', KEYS[1], 0)
end
return ''
"""
_LEAVE = """
for _, v in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  if string.sub(v, 1, #ARGV[1] + 1) == ARGV[1] .. '|' then redis.call('LREM', KEYS[1], 1, v) end
end
return 1
"""


class RedisKeyValue:
    """Redis, shared by all processes of the office. url as redis-py reads it."""

    def __init__(self, url: str, prefix: str = "safetybot:") -> None:
        import redis

        self._errors = redis.RedisError
        self._prefix = prefix
        self._redis = redis.Redis.from_url(url, socket_timeout=0.5, socket_connect_timeout=0.5, retry_on_timeout=False)
        self._queue = self._redis.register_script(_QUEUE)
        self._leave = self._redis.register_script(_LEAVE)

    def get(self, key: str) -> bytes | None:
        """See KeyValue."""
        value = self._do(self._redis.get, self._prefix + key)
        return value if value is None else bytes(value)

    def set(self, key: str, value: bytes, ttl_s: float) -> None:
        """See KeyValue."""
        self._do(self._redis.set, self._prefix + key, value, px=max(1, int(ttl_s * 1000)))

    def claim(self, key: str, ttl_s: float) -> bool:
        """See KeyValue."""
        return bool(self._do(self._redis.set, self._prefix + key, b"", nx=True, px=max(1, int(ttl_s * 1000))))

    def release(self, key: str) -> None:
        """See KeyValue."""
        self._do(self._redis.delete, self._prefix + key)

    def wait(self, key: str, timeout_s: float) -> bytes | None:
        """See KeyValue."""
        until = time.monotonic() + timeout_s
        while True:
            value = self.get(key)
            left = until - time.monotonic()
            if value is not None or left <= 0:
                return value
            time.sleep(min(0.02, left))

    @contextmanager
    def in_turn(self, key: str, timeout_s: float) -> Iterator[bool]:
        """See KeyValue."""
        me, name = uuid.uuid4().hex, f"{self._prefix}turn:{key}"
        until = time.monotonic() + timeout_s
        first = self._do(self._queue, keys=[name], args=[me, time.time(), _TURN_TTL_S, 1]).decode()
        while first != me and time.monotonic() < until:
            time.sleep(0.01)
            first = self._do(self._queue, keys=[name], args=[me, time.time(), _TURN_TTL_S, 0]).decode()
        try:
            yield first == me
        finally:
            try:
                self._do(self._leave, keys=[name], args=[me])
            except StoreError:
                log.warning("redis queue place left to expire", extra={"key": key})

    def ping(self) -> None:
        """Raise StoreError unless Redis answers."""
        self._do(self._redis.ping)

    def _do(self, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        try:
            return call(*args, **kwargs)
        except self._errors as e:
            raise StoreError(f"redis: {type(e).__name__}") from e


#: How long this process remembers what it stored in Redis, and how long after a failure that is believed: WeChat's
#: retries and a talk go on over it, and what another process has changed since is not brought back days later.
_MIRROR_TTL_S = 600.0


class FallbackKeyValue:
    """Uses the first store while it answers, the second while it does not.

    What is set goes to both, so that a repeat gets the same reply and a talk goes on when the first store goes away,
    and when it comes back empty.

    retry_s  how long a failing store is left alone, so that each message does not pay for its time-out
    """

    def __init__(self, main: RedisKeyValue, spare: MemoryKeyValue, retry_s: float = 5.0) -> None:
        self._main, self._spare, self._retry_s = main, spare, retry_s
        self._down_until = self._doubted_until = 0.0

    def get(self, key: str) -> bytes | None:
        """See KeyValue."""
        value: bytes | None = self._either("get", key)
        if value is None and time.monotonic() < self._doubted_until:
            return self._spare.get(key)
        return value

    def set(self, key: str, value: bytes, ttl_s: float) -> None:
        """See KeyValue."""
        self._spare.set(key, value, min(ttl_s, _MIRROR_TTL_S))
        if self._up():
            try:
                self._main.set(key, value, ttl_s)
            except StoreError as e:
                self._failed(e)

    def claim(self, key: str, ttl_s: float) -> bool:
        """See KeyValue."""
        return bool(self._either("claim", key, ttl_s))

    def release(self, key: str) -> None:
        """See KeyValue."""
        self._spare.release(key)
        if self._up():
            try:
                self._main.release(key)
            except StoreError as e:
                self._failed(e)

    def wait(self, key: str, timeout_s: float) -> bytes | None:
        """See KeyValue. Waits timeout_s in all, also where the first store fails on the way."""
        until = time.monotonic() + timeout_s
        if (known := self.get(key)) is not None:
            return known
        if self._up():
            try:
                return self._main.wait(key, max(0.0, until - time.monotonic()))
            except StoreError as e:
                self._failed(e)
        return self._spare.wait(key, max(0.0, until - time.monotonic()))

    @contextmanager
    def in_turn(self, key: str, timeout_s: float) -> Iterator[bool]:
        """See KeyValue."""
        held: AbstractContextManager[bool] | None = None
        if self._up():
            try:
                held = self._main.in_turn(key, timeout_s)
                got = held.__enter__()
            except StoreError as e:
                self._failed(e)
                held = None
        if held is None:
            held = self._spare.in_turn(key, timeout_s)
            got = held.__enter__()
        try:
            yield got
        finally:
            held.__exit__(None, None, None)

    def _up(self) -> bool:
        return time.monotonic() >= self._down_until

    def _failed(self, error: StoreError) -> None:
        self._down_until = time.monotonic() + self._retry_s
        self._doubted_until = self._down_until + _MIRROR_TTL_S
        log.warning("redis is out of reach, this process remembers by itself", extra={"error": str(error)})

    def _either(self, method: str, *args: Any) -> Any:
        if self._up():
            try:
                return getattr(self._main, method)(*args)
            except StoreError as e:
                self._failed(e)
        return getattr(self._spare, method)(*args)


def open_store(redis_url: str) -> KeyValue:
    """The store that the settings name: Redis with this process as a spare, or this process alone."""
    memory = MemoryKeyValue()
    return FallbackKeyValue(RedisKeyValue(redis_url), memory) if redis_url else memory
