"""A process that calls often does not ask the store for the token each time, and lets go of one that is rejected."""

from __future__ import annotations

import time

import pytest

from bot.store.kv import MemoryKeyValue
from bot.tokens import TokenKeeper
from tests.clocks import Clock


class Elsewhere:
    """A store outside of the process: it counts how often it is asked."""

    def __init__(self) -> None:
        self._held, self.asked = MemoryKeyValue(), 0

    def get(self, key: str) -> bytes | None:
        """See KeyValue."""
        self.asked += 1
        return self._held.get(key)

    def __getattr__(self, name: str) -> object:
        return getattr(self._held, name)


@pytest.fixture
def store() -> Elsewhere:
    """An empty one."""
    return Elsewhere()


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Stands still: what may be used for three seconds must not hang on how fast the machine is."""
    clock = Clock(time.monotonic())
    monkeypatch.setattr(time, "monotonic", clock)
    return clock


def keeper(store: Elsewhere, *tokens: str) -> TokenKeeper:
    left = list(tokens)
    return TokenKeeper(store, "wx0", lambda _force: (left.pop(0), 7200.0))  # type: ignore[arg-type]


def test_the_store_is_not_asked_for_each_call(store: Elsewhere) -> None:
    ours = keeper(store, "one")
    assert ours.token() == "one"
    before = store.asked
    assert {ours.token() for _ in range(100)} == {"one"}
    assert store.asked == before


def test_after_some_seconds_it_is_asked_again(store: Elsewhere, clock: Clock) -> None:
    ours, theirs = keeper(store, "one"), keeper(store, "two")
    ours.token()
    assert theirs.renewed("one") == "two"
    assert ours.token() == "one"  # good for five minutes still
    clock.now += 4
    assert ours.token() == "two"


def test_a_rejected_token_is_not_used_again(store: Elsewhere) -> None:
    ours = keeper(store, "one", "two")
    assert [ours.token(), ours.renewed("one"), ours.token()] == ["one", "two", "two"]
