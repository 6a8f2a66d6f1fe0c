"""The statutes that were imported: write them once, read them for the index."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import sqlalchemy as sa

from bot.answers.entries import Article
from bot.ingest.statutes import PASSAGES, Statute
from bot.store.database import Database
from bot.store.tables import article, statute

#: Statuses that must never answer as the law of today.
REPEALED = ("已废止", "已修改", "失效", "尚未生效")


class Imported(StrEnum):
    """What became of one statute."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Shelf:
    """Figures about what the library holds."""

    statutes: int
    articles: int
    revision: str


def save(database: Database, statutes: Iterable[Statute], *, replace: bool = True) -> dict[Imported, int]:
    """Store statutes, all or none.

    replace  a statute of the same title and version gives way where its text differs; an excerpt never replaces
             a full text
    """
    done = dict.fromkeys(Imported, 0)
    with database.begin() as db:
        for item in statutes:
            done[_save_one(db, item, replace)] += 1
    return done


def _save_one(db: sa.Connection, item: Statute, replace: bool) -> Imported:
    same = sa.and_(statute.c.title == item.title, statute.c.version == item.version)
    row = db.execute(sa.select(statute.c.id, statute.c.digest, statute.c.excerpt).where(same)).first()
    if row and (not replace or row.digest == item.digest or (item.excerpt and not row.excerpt)):
        return Imported.UNCHANGED
    if row:
        db.execute(sa.delete(article).where(article.c.statute_id == row.id))
        db.execute(sa.delete(statute).where(statute.c.id == row.id))
    number = db.scalar(sa.insert(statute).values(_columns(item)).returning(statute.c.id))
    db.execute(sa.insert(article), [
        {"statute_id": number, "position": n, "number": a.number, "passage": a.passage[:40], "chapter": a.chapter,
         "text": a.text}
        for n, a in enumerate(item.articles)
    ])  # fmt: skip
    return Imported.UPDATED if row else Imported.ADDED


def _columns(item: Statute) -> dict[str, object]:
    return {
        "title": item.title, "level": item.level, "issuer": item.issuer, "version": item.version,
        "effective": item.effective, "status": item.status, "region": item.region, "excerpt": int(item.excerpt),
        "origin": item.origin, "digest": item.digest, "imported_at": datetime.now(UTC),
    }  # fmt: skip


def shelf(database: Database) -> Shelf:
    """Count what is held; `revision` changes whenever any statute does."""
    with database.begin() as db:
        digests = db.scalars(sa.select(statute.c.digest).order_by(statute.c.digest)).all()
        articles = db.scalar(sa.select(sa.func.count()).select_from(article)) or 0
    return Shelf(len(digests), articles, hashlib.sha256("".join(digests).encode()).hexdigest()[:16])


def articles(database: Database) -> Iterator[Article]:
    """Every article that may answer: of each title the newest version in force, in a fixed order."""
    with database.begin() as db:
        laws = db.execute(sa.select(statute).order_by(statute.c.title, statute.c.version.desc())).all()
        chosen = _in_force(laws)
        for law in chosen:
            rows = db.execute(
                sa.select(article.c.number, article.c.passage, article.c.chapter, article.c.text)
                .where(article.c.statute_id == law.id)
                .order_by(article.c.position)
            )
            for row in rows:
                yield Article(
                    law=law.title, number=row.number, text=row.text, chapter=row.chapter, region=law.region,
                    status=law.status, effective=law.effective, version=law.version.removeprefix(PASSAGES),
                    issuer=law.issuer, passage=row.passage,
                )  # fmt: skip


def _in_force(laws: Iterable[sa.Row[tuple[object, ...]]]) -> list[sa.Row[tuple[object, ...]]]:
    today = datetime.now(UTC).date().isoformat()
    best: dict[str, sa.Row[tuple[object, ...]]] = {}
    for law in laws:
        if law.version.startswith(PASSAGES):
            best[f"{law.title} {law.version}"] = law  # a collection is searched as it is, every version of it
            continue
        if law.status.startswith(REPEALED) or (law.effective and law.effective > today):
            continue
        best.setdefault(law.title, law)  # newest version first
    return list(best.values())


def held(database: Database) -> dict[str, set[str]]:
    """Full title -> article numbers, of everything that may answer."""
    out: dict[str, set[str]] = {}
    for item in articles(database):
        out.setdefault(item.law, set()).add(item.number)
    return out
