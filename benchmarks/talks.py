"""The pages of talks over a million messages of 100,000 followers: lists, search, a talk; on SQLite and PostgreSQL.

    python -m benchmarks.talks [--messages 1000000] [--postgres]

Milliseconds of what the database does for a page, half of the calls and all but one in twenty; the page itself adds
some 5. One message in ten is of a kind that staff look for, spread over 90 days.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from benchmarks.people import databases
from bot.conversations import lists, search, talks, threads
from bot.conversations.rows import ensure
from bot.conversations.search import Sought
from bot.people.tables import follower
from bot.store.database import Database, unhurried
from bot.store.tables import message_log, saying

NOW = datetime(2026, 6, 16, 4, tzinfo=UTC)
_DAYS = timedelta(days=90)
_PEOPLE, _SAYINGS, _AT_ONCE, _CALLS = 100_000, 3_000, 20_000, 25
_REGIONS = ("广东省江门市江海区", "广东省江门市新会区", "广东省江门市蓬江区", "广东省广州市", "吉林省长春市", "")
_WORDS = "煤气 阳台 电动车 楼道 工伤 高温 津贴 举报 消防 通道 灭火器 检查 培训 罚款 多少 怎么 可以 吗 谁 管".split()
_STATUSES = ["answered"] * 90 + ["unknown"] * 4 + ["choices"] * 3 + ["emergency"] + ["human"] * 2
_NEVER = "谁也没有说过"


@dataclass(frozen=True)
class Member:
    """One of staff."""

    region: str = ""
    id: int = 1
    display: str = "同事"


def fill(database: Database, messages: int) -> None:
    """Make followers, what the bot says, and what they wrote."""
    database.migrate()
    chance = random.Random(1)
    with database.begin() as db:
        unhurried(db)
        for begin in range(0, _PEOPLE, _AT_ONCE):
            db.execute(sa.insert(follower), [_follower(n) for n in range(begin, begin + _AT_ONCE)])
        said = [{"id": f"{n:024d}", "text": f"{n}：" + "先关阀门再开窗。" * 12, "at": NOW} for n in range(_SAYINGS)]
        db.execute(sa.insert(saying), said)
    for begin in range(0, messages, _AT_ONCE):
        rows = [_message(chance, n, messages) for n in range(begin, min(begin + _AT_ONCE, messages))]
        with database.begin() as db:
            unhurried(db)
            db.execute(sa.insert(message_log), rows)
    with database.begin() as db:
        unhurried(db)
        db.execute(sa.text("ANALYZE"))


def _address(n: int) -> str:
    return f"o{n:027d}"


def _follower(n: int) -> dict[str, object]:
    return {"channel": "official", "address": _address(n), "region": _REGIONS[n % 6], "last_message_at": NOW}


def _message(chance: random.Random, n: int, of: int) -> dict[str, object]:
    status = chance.choice(_STATUSES)
    return {
        "at": NOW - _DAYS * (1 - n / of), "channel": "official", "address": _address(chance.randrange(_PEOPLE)),
        "kind": "text", "text": "".join(chance.choices(_WORDS, k=6)) + str(n), "status": status,
        "intent": "human" if status == "human" else "", "saying": f"{chance.randrange(_SAYINGS):024d}",
    }  # fmt: skip


def cases(database: Database) -> Iterator[tuple[str, Callable[[sa.Connection], object]]]:
    """What is asked of the database, by name."""
    everywhere, district = Member(), Member(_REGIONS[0])
    day = (NOW - timedelta(days=80)).date()
    with database.begin() as db:
        talk = talks.find(db, ensure(db, "official", _address(7), NOW))
        assert talk
    yield "who waits", lambda db: (lists.waiting(db, everywhere), lists.taken(db, everywhere))
    yield "unanswered, 48 hours", lambda db: lists.unanswered(db, everywhere, NOW)
    yield "the same of a district", lambda db: lists.unanswered(db, district, NOW)
    for name, sought in {
        "newest": Sought(),
        "a word that many say": Sought(words="煤气"),
        "a word that nobody said": Sought(words=_NEVER),
        "... on a day long ago": Sought(words=_NEVER, since=day, until=day),
        "emergencies": Sought(kind="emergency"),
        "unknown, a word that nobody said": Sought(kind="unknown", words=_NEVER),
        "a district": Sought(district=_REGIONS[0]),
        "a district where nobody lives": Sought(district="西藏自治区"),
    }.items():
        yield f"search: {name}", lambda db, sought=sought: search.search(db, sought)  # type: ignore[misc]
    yield "a talk", lambda db: threads.read(db, talk)
    yield "what is new in it", lambda db: threads.since(db, talk, (10**9, 0))


def measure(database: Database) -> Iterator[tuple[str, float, float]]:
    """Name, and milliseconds of half and of nearly all calls."""
    for name, call in cases(database):
        times = []
        for _ in range(_CALLS):
            started = time.perf_counter()
            with database.begin() as db:
                call(db)
            times.append((time.perf_counter() - started) * 1000)
        times.sort()
        yield name, times[_CALLS // 2], times[int(_CALLS * 0.95)]


def main() -> None:
    """Fill each database and print a line for each case."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--postgres", action="store_true")
    args = parser.parse_args()
    with databases(args.postgres) as held:
        for name, database in held.items():
            fill(database, args.messages)
            for case, half, most in measure(database):
                print(f"{name:<12}{case:<48}{half:8.1f}{most:8.1f}", flush=True)
            database.close()


if __name__ == "__main__":
    main()
