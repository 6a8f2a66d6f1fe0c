"""Both stores pass the same tests; then what each alone promises, and how one stands in for the other."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import redis

from bot.errors import StoreError
from bot.store.kv import FallbackKeyValue, KeyValue, MemoryKeyValue, RedisKeyValue, open_store
from tests.conftest import RedisServer

PREFIX = "safetybot:"


@pytest.fixture(params=["memory", "redis"])
def store(request: pytest.FixtureRequest) -> KeyValue:
    if request.param == "memory":
        return MemoryKeyValue()
    return RedisKeyValue(request.getfixturevalue("redis_url"))


def queued(store: KeyValue, key: str) -> int:
    """How many stand in the queue of `key`; the only look behind the door, so that no test has to sleep."""
    if isinstance(store, RedisKeyValue):
        return int(store._redis.llen(f"{PREFIX}turn:{key}"))
    assert isinstance(store, MemoryKeyValue)
    return len(store._queues.get(key, ()))


def until(condition: Callable[[], bool]) -> None:
    """Yield to the other threads until it is so."""
    give_up = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < give_up, "it never came to that"
        threading.Event().wait(0.001)


@pytest.mark.parametrize("value", [b"", b"x", "您好".encode(), b"\x00\xff\r\n", b"x" * 100_000])
def test_value_comes_back_byte_for_byte(store: KeyValue, value: bytes) -> None:
    store.set("k", value, 60)
    assert store.get("k") == value


def test_key_nobody_set_is_none(store: KeyValue) -> None:
    assert store.get("nobody") is None


def test_later_value_wins(store: KeyValue) -> None:
    store.set("k", b"1", 60)
    store.set("k", b"2", 60)
    assert store.get("k") == b"2"


def test_released_value_is_gone_and_releasing_twice_is_no_error(store: KeyValue) -> None:
    store.set("k", b"1", 60)
    store.release("k")
    store.release("k")
    assert store.get("k") is None


def test_key_is_claimed_once(store: KeyValue) -> None:
    assert store.claim("k", 60)
    assert not store.claim("k", 60)


def test_released_claim_may_be_taken_again(store: KeyValue) -> None:
    store.claim("k", 60)
    store.release("k")
    assert store.claim("k", 60)


def test_claims_of_other_keys_do_not_hinder(store: KeyValue) -> None:
    assert store.claim("a", 60)
    assert store.claim("b", 60)


def test_of_many_who_claim_at_once_one_gets_it(store: KeyValue) -> None:
    start = threading.Barrier(16)

    def claim() -> bool:
        start.wait()
        return store.claim("k", 60)

    with ThreadPoolExecutor(16) as pool:
        taken = [f.result() for f in [pool.submit(claim) for _ in range(16)]]
    assert taken.count(True) == 1


def test_waiting_for_a_value_that_is_there_returns_it(store: KeyValue) -> None:
    store.set("k", b"done", 60)
    assert store.wait("k", 0) == b"done"


def test_waiting_returns_the_value_another_thread_sets(store: KeyValue) -> None:
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(store.wait, "k", 10)
        store.set("k", b"done", 60)
        assert waiting.result(120) == b"done"


def test_waiting_ends_with_none_after_its_time(store: KeyValue) -> None:
    started = time.monotonic()
    assert store.wait("k", 0.05) is None
    assert 0.04 < time.monotonic() - started < 60


def test_first_in_the_queue_is_served_at_once(store: KeyValue) -> None:
    with store.in_turn("alice", 0) as first:
        assert first


def test_two_people_are_served_at_once(store: KeyValue) -> None:
    with store.in_turn("alice", 0) as alice, store.in_turn("bob", 0) as bob:
        assert alice
        assert bob


def test_who_waited_too_long_is_told_so(store: KeyValue) -> None:
    with store.in_turn("alice", 0), store.in_turn("alice", 0) as second:
        assert not second


def test_place_is_given_back_when_the_work_fails(store: KeyValue) -> None:
    with pytest.raises(ZeroDivisionError), store.in_turn("alice", 0):
        raise ZeroDivisionError
    with store.in_turn("alice", 0) as first:
        assert first
    assert queued(store, "alice") == 0


def test_turns_come_in_the_order_of_asking_and_never_two_at_once(store: KeyValue) -> None:
    served: list[int] = []
    inside = threading.Lock()

    def serve(n: int) -> None:
        with store.in_turn("alice", 10) as first:
            assert first
            assert inside.acquire(blocking=False), "two at once"
            served.append(n)
            inside.release()

    with ThreadPoolExecutor(6) as pool:
        with store.in_turn("alice", 0):
            jobs = []
            for n in range(6):
                jobs.append(pool.submit(serve, n))
                until(lambda n=n: queued(store, "alice") == n + 2)  # type: ignore[misc]
        for job in jobs:
            job.result(120)
    assert served == [0, 1, 2, 3, 4, 5]


def test_one_who_gave_up_does_not_hold_up_the_next(store: KeyValue) -> None:
    with store.in_turn("alice", 0), store.in_turn("alice", 0) as gave_up:
        assert not gave_up
    with store.in_turn("alice", 0) as first:
        assert first


def test_memory_forgets_values_and_claims_when_their_time_is_over() -> None:
    now = [0.0]
    store = MemoryKeyValue(lambda: now[0])
    store.set("value", b"1", 10)
    store.claim("claim", 10)
    now[0] = 9.9
    assert store.get("value") == b"1"
    assert not store.claim("claim", 10)
    now[0] = 10.0
    assert store.get("value") is None
    assert store.claim("claim", 10)


def test_memory_does_not_grow_with_what_is_over() -> None:
    now = [0.0]
    store = MemoryKeyValue(lambda: now[0])
    for n in range(1000):
        store.set(f"k{n}", b"x", 1)
        store.claim(f"c{n}", 1)
    now[0] = 100.0
    for n in range(300):  # what is over goes little by little, so that nobody waits for all of it
        store.set(f"new{n}", b"x", 1)
    assert len(store._values) == 300


def test_memory_drives_out_the_oldest_of_a_kind_when_it_is_full() -> None:
    store = MemoryKeyValue(max_bytes=200_000)
    store.set("session", b"x", 1000)
    for n in range(1000):
        store.set(f"reply{n}", b"x" * 1000, 600)
    assert store.get("session") == b"x"
    assert store.get("reply999") is not None
    kept = [n for n in range(1000) if store.get(f"reply{n}") is not None]
    assert kept == list(range(1000 - len(kept), 1000))
    assert 100 < len(kept) < 200


def test_memory_keeps_a_value_that_is_larger_than_all_its_room() -> None:
    store = MemoryKeyValue(max_bytes=10)
    store.set("a", b"x" * 1000, 600)
    assert store.get("a") is not None


def test_memory_counts_what_is_overwritten_or_released_once() -> None:
    store = MemoryKeyValue(max_bytes=10_000)
    store.set("first", b"x" * 1000, 600)
    for _ in range(100):
        store.set("again", b"x" * 1000, 600)
        store.set("gone", b"x" * 1000, 600)
        store.release("gone")
    assert store.get("first") is not None


def test_redis_is_told_how_long_each_thing_lives(redis_url: str) -> None:
    store, raw = RedisKeyValue(redis_url), redis.Redis.from_url(redis_url)
    store.set("value", b"1", 5)
    store.claim("claim", 0.5)
    with store.in_turn("alice", 0):
        assert 0 < raw.pttl(f"{PREFIX}turn:alice") <= 60_000
    assert 4000 < raw.pttl(f"{PREFIX}value") <= 5000
    assert 0 < raw.pttl(f"{PREFIX}claim") <= 500
    raw.close()


def test_redis_place_of_one_who_died_is_passed_over(redis_url: str) -> None:
    raw = redis.Redis.from_url(redis_url)
    raw.rpush(f"{PREFIX}turn:alice", f"dead|{time.time() - 60}")
    with RedisKeyValue(redis_url).in_turn("alice", 0) as first:
        assert first
    raw.close()


def test_redis_serves_two_processes_in_one_queue(redis_url: str) -> None:
    one, other = RedisKeyValue(redis_url), RedisKeyValue(redis_url)
    assert one.claim("k", 60)
    assert not other.claim("k", 60)
    with one.in_turn("alice", 0), other.in_turn("alice", 0) as second:
        assert not second


def test_redis_out_of_reach_is_a_store_error(own_redis: RedisServer) -> None:
    store = RedisKeyValue(own_redis.url)
    store.ping()
    own_redis.kill()
    for use in (store.ping, lambda: store.get("k"), lambda: store.set("k", b"", 1), lambda: store.claim("k", 1),
                lambda: store.release("k"), lambda: store.wait("k", 1), store.in_turn("k", 1).__enter__):  # fmt: skip
        with pytest.raises(StoreError):
            use()


def test_url_decides_which_store_is_opened(redis_url: str) -> None:
    assert isinstance(open_store(""), MemoryKeyValue)
    assert isinstance(open_store(redis_url), FallbackKeyValue)


def test_killed_redis_is_replaced_by_this_process_and_used_again_when_back(own_redis: RedisServer) -> None:
    store = FallbackKeyValue(RedisKeyValue(own_redis.url), MemoryKeyValue(), retry_s=0)
    store.set("before", b"1", 60)
    own_redis.kill()
    use_everything(store)
    own_redis.start()
    store.set("after", b"1", 60)
    assert redis_holds(own_redis.url, "after")
    use_everything(store)


def test_what_was_set_outlives_a_redis_that_goes_away_and_one_that_comes_back_empty(own_redis: RedisServer) -> None:
    store = FallbackKeyValue(RedisKeyValue(own_redis.url), MemoryKeyValue(), retry_s=0)
    store.set("reply", b"1", 60)
    own_redis.kill()
    assert store.get("reply") == b"1"
    own_redis.start()
    assert not redis_holds(own_redis.url, "reply")
    assert store.get("reply") == store.wait("reply", 0) == b"1"
    store.release("reply")
    assert store.get("reply") is None


def test_a_redis_that_never_failed_is_believed_when_it_holds_nothing(own_redis: RedisServer) -> None:
    one, other = (FallbackKeyValue(RedisKeyValue(own_redis.url), MemoryKeyValue()) for _ in range(2))
    one.set("session", b"1", 60)
    other.release("session")
    assert one.get("session") is None


def redis_holds(url: str, key: str) -> bool:
    raw = redis.Redis.from_url(url)
    try:
        return bool(raw.exists(PREFIX + key))
    finally:
        raw.close()


def use_everything(store: KeyValue) -> None:
    store.set("k", b"1", 60)
    assert store.get("k") == b"1"
    assert store.wait("k", 0) == b"1"
    store.release("k")
    assert store.get("k") is None
    assert store.claim("c", 60)
    assert not store.claim("c", 60)
    store.release("c")
    with store.in_turn("alice", 0) as first, store.in_turn("alice", 0) as second:
        assert first
        assert not second


def test_redis_killed_while_somebody_is_served_does_not_break_the_serving(own_redis: RedisServer) -> None:
    store = FallbackKeyValue(RedisKeyValue(own_redis.url), MemoryKeyValue(), retry_s=0)
    with store.in_turn("alice", 1) as first:
        own_redis.kill()
        store.set("k", b"1", 60)
    assert first
    assert store.get("k") == b"1"


class Broken:
    """A store that never answers and counts how often it was tried."""

    def __init__(self) -> None:
        self.tried = 0

    def get(self, key: str) -> bytes | None:
        self.tried += 1
        raise StoreError("down")

    @contextmanager
    def in_turn(self, key: str, timeout_s: float) -> Iterator[bool]:
        self.get(key)
        yield True


def test_failing_store_is_left_alone_for_a_while() -> None:
    broken = Broken()
    store = FallbackKeyValue(broken, MemoryKeyValue(), retry_s=3600)  # type: ignore[arg-type]
    for _ in range(5):
        assert store.get("k") is None
        with store.in_turn("alice", 0) as first:
            assert first
    assert broken.tried == 1


def test_error_inside_a_turn_is_not_swallowed_by_the_spare() -> None:
    store = FallbackKeyValue(Broken(), MemoryKeyValue(), retry_s=0)  # type: ignore[arg-type]
    with pytest.raises(StoreError, match="mine"), store.in_turn("alice", 0):
        raise StoreError("mine")
    with store.in_turn("alice", 0) as first:
        assert first
