"""Which questions belong together: every wording is put into a cluster once, and stays there.

So a cluster keeps its number from day to day, whatever staff did with it: the same question asked tomorrow is found
among its wordings, one in other words joins it because it is like them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.store.database import Database
from bot.unanswered.asks import Ask, distinct
from bot.unanswered.tables import cluster_question, question_cluster

if TYPE_CHECKING:
    from bot.answers import Base
    from bot.unanswered.grouping import Said

#: Wordings of a cluster that a new one is compared with, its first.
_COMPARED = 6
_CHUNK = 500
#: Names our lock among those of the PostgreSQL server; on SQLite a transaction is alone anyway.
_LOCK = 20_061_102


@dataclass(frozen=True, slots=True)
class _Held:
    """What is known when grouping begins. last: the greatest id of a wording."""

    said: list[Said]
    clusters: list[int]
    last: int


def alone(db: sa.Connection) -> None:
    """Keep other processes out of clusters and the ledger until this transaction ends."""
    if db.dialect.name == "postgresql":
        db.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def gather(database: Database, asks: Iterable[Ask], base: Base, now: datetime) -> int:
    """Put the wordings that are new into clusters; how many they were. What others put in meanwhile stands."""
    from bot.unanswered.grouping import Said, group  # numpy: not for a worker that only looks whom to tell

    wanted = distinct(asks)
    while True:
        with database.begin() as db:
            known = clusters_of(db, (a.key for a in wanted))
            new = [a for a in wanted if a.key not in known]
            if not new:
                return 0
            held = _held(db)
        said = [Said(a.text, a.near) for a in new]
        found = group([*held.said, *said], held.clusters, base)[len(held.said) :]
        with database.begin() as db:
            alone(db)
            if _last(db) == held.last:
                _write(db, new, found, now)
                return len(new)


def clusters_of(db: sa.Connection, keys: Iterable[str]) -> dict[str, int]:
    """The clusters of wordings, by key; new ones are left out."""
    c = cluster_question.c
    out: dict[str, int] = {}
    for chunk in _chunks(list(dict.fromkeys(keys))):
        out.update((r.digest, r.cluster) for r in db.execute(sa.select(c.digest, c.cluster).where(c.digest.in_(chunk))))
    return out


def _held(db: sa.Connection) -> _Held:
    from bot.unanswered.grouping import Said

    c = cluster_question.c
    rank = sa.func.row_number().over(partition_by=c.cluster, order_by=c.id).label("rank")
    ranked = sa.select(c.id, c.cluster, c.text, c.candidates, rank).subquery()
    rows = db.execute(sa.select(ranked).where(ranked.c.rank <= _COMPARED).order_by(ranked.c.id)).all()
    said = [Said(r.text, tuple((n, s) for n, s in json.loads(r.candidates))) for r in rows]
    return _Held(said, [r.cluster for r in rows], _last(db))


def _last(db: sa.Connection) -> int:
    return db.scalar(sa.select(sa.func.max(cluster_question.c.id))) or 0


def _write(db: sa.Connection, new: Sequence[Ask], found: Sequence[int], now: datetime) -> None:
    """Write wordings under their clusters; those that are new get numbers in the order of their first wording."""
    held = set(db.scalars(sa.select(question_cluster.c.id)))
    free = max(held, default=0) + 1
    numbers: dict[int, int] = {}
    for name in found:
        if name not in held and name not in numbers:
            numbers[name] = free + len(numbers)
    clusters = [{"id": n, "state": "open", "created_at": now, "at": now} for n in numbers.values()]
    rows = [
        {
            "cluster": numbers.get(name, name), "digest": a.key, "text": a.text,
            "candidates": json.dumps(a.near, ensure_ascii=False),
        }
        for a, name in zip(new, found, strict=True)
    ]  # fmt: skip
    if clusters:
        db.execute(sa.insert(question_cluster), clusters)
    db.execute(sa.insert(cluster_question), rows)


def _chunks(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    for n in range(0, len(keys), _CHUNK):
        yield keys[n : n + _CHUNK]
