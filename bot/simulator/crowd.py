"""Many followers who are counted rather than kept: each is known by a number, and costs a byte a count."""

from collections.abc import Iterator
from dataclasses import dataclass

PREFIX = "oFans"
#: An openid has 28 characters.
DIGITS = 23
#: What one byte holds; nobody receives the same thing more often than that.
MOST = 255


@dataclass(slots=True)
class Crowd:
    """Followers made from their rank, 0 to size - 1.

    size      how many there are
    tag_ids   the tags that all of them wear
    wrote_at  when each of them wrote last (epoch seconds), None for never
    """

    size: int = 0
    tag_ids: tuple[int, ...] = ()
    wrote_at: float | None = None

    def openid(self, rank: int) -> str:
        """The openid of the follower number `rank`."""
        return f"{PREFIX}{rank:0{DIGITS}d}"

    def rank(self, openid: object) -> int | None:
        """The number behind an openid, None for who is not of the crowd."""
        if not isinstance(openid, str) or not openid.startswith(PREFIX):
            return None
        digits = openid[len(PREFIX) :]
        if len(digits) != DIGITS or not (digits.isascii() and digits.isdigit()) or int(digits) >= self.size:
            return None
        return int(digits)


class Tally:
    """How often something happened to each of many people: a byte for one of the crowd, an entry for the rest."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._named: dict[str, int] = {}
        self._ranked = bytearray()

    def of(self, address: str) -> int:
        """The count of one person."""
        rank = self._crowd.rank(address)
        if rank is None:
            return self._named.get(address, 0)
        return self._ranked[rank] if rank < len(self._ranked) else 0

    def add(self, address: str, count: int = 1) -> None:
        """Count `count` more, which may be negative; no count falls below 0."""
        rank = self._crowd.rank(address)
        if rank is not None:
            self.add_rank(rank, count)
        else:
            self._named[address] = max(self._named.get(address, 0) + count, 0)

    def add_rank(self, rank: int, count: int = 1) -> None:
        """The same for one of the crowd."""
        if rank >= len(self._ranked):
            self._ranked.extend(bytes(self._crowd.size - len(self._ranked)))
        self._ranked[rank] = min(max(self._ranked[rank] + count, 0), MOST)

    def of_rank(self, rank: int) -> int:
        """The count of one of the crowd."""
        return self._ranked[rank] if rank < len(self._ranked) else 0

    def clear(self, address: str) -> None:
        """Forget one person's count."""
        self.add(address, -self.of(address))

    def spread(self) -> dict[int, int]:
        """Count -> how many people have it, from 1 on."""
        spread: dict[int, int] = {}
        for count in self._named.values():
            spread[count] = spread.get(count, 0) + 1
        for count in range(1, MOST + 1):
            people = self._ranked.count(count)
            spread[count] = spread.get(count, 0) + people
        return {count: people for count, people in sorted(spread.items()) if count and people}

    def people(self) -> Iterator[tuple[str, int]]:
        """Everybody with a count above 0, the crowd by rank after the others."""
        yield from ((address, count) for address, count in self._named.items() if count)
        for rank, count in enumerate(self._ranked):
            if count:
                yield self._crowd.openid(rank), count
