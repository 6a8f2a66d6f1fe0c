"""The statutes that were imported: write them once, read those in force for the index, the others as history."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from bot.answers.entries import Article
from bot.ingest.changes import Revision, compare, squeezed
from bot.ingest.statutes import PASSAGES, Annex, ParsedArticle, Statute
from bot.settings import BEIJING
from bot.store.database import Database
from bot.store.tables import article, statute, statute_annex

#: Statuses that must never answer as the law of today.
REPEALED = ("已废止", "已修改", "失效", "废止")
_WAITING = ("尚未生效", "尚未施行", "未生效")
_ENDS = re.compile(r"((?:《[^《》]{3,80}(?:《[^《》]*》[^《》]*)?》[^《》。；]{0,40})+)同时废止")
_MAX_STATUS = 40


class Imported(StrEnum):
    """What became of one statute."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of one statute, and how it differs from what answered before, if it is the newest."""

    statute: Statute
    what: Imported
    revision: Revision | None = None


@dataclass(frozen=True, slots=True)
class Shelf:
    """Figures about what the library holds."""

    statutes: int
    articles: int
    revision: str


def save(database: Database, statutes: Iterable[Statute], *, replace: bool = True) -> dict[Imported, int]:
    """Store statutes, all or none; see `store`."""
    done = dict.fromkeys(Imported, 0)
    for saved in store(database, statutes, replace=replace):
        done[saved.what] += 1
    return done


def store(database: Database, statutes: Iterable[Statute], *, replace: bool = True) -> list[Saved]:
    """Store statutes, all or none.

    replace  a statute of the same title and version gives way where its text differs; an excerpt never replaces
             a full text, and what was only inferred never replaces what a header said
    """
    with database.begin() as db:
        return [_save_one(db, item, replace) for item in statutes]


def _save_one(db: sa.Connection, item: Statute, replace: bool) -> Saved:
    item = _fitting(item)
    rows = db.execute(sa.select(statute).where(statute.c.title == item.title)).all()
    row = next((r for r in rows if r.version == item.version), None) or _same_words(db, rows, item)
    if row and (not replace or row.digest == item.digest or (item.excerpt and not row.excerpt)):
        return Saved(item, Imported.UNCHANGED)
    held = _load(db, row) if row else None
    if held:
        item = _merged(held, item)
        if item.digest == held.digest:
            return Saved(item, Imported.UNCHANGED)
    before = held or _before(db, rows, item)
    if row:
        db.execute(sa.delete(statute).where(statute.c.id == row.id))
    _insert(db, item)
    return Saved(item, Imported.UPDATED if row else Imported.ADDED, _revision(before, item))


def _same_words(db: sa.Connection, rows: Sequence[Any], item: Statute) -> Any:
    """A held version with the same words, for a file that does not say for sure which version it is."""
    if item.declared or item.version.startswith(PASSAGES):
        return None
    words = _words(item.articles)
    return next(
        (r for r in rows if not r.version.startswith(PASSAGES) and _words(_articles_of(db, r.id)) == words), None
    )


def _words(articles: Iterable[ParsedArticle]) -> list[tuple[str, str]]:
    return [(a.number, squeezed(a.text or "")) for a in articles]


def _merged(held: Statute, new: Statute) -> Statute:
    """The new text with what is known of it from either side; the held text where both say the same."""
    names = ("level", "issuer", "effective", "status", "note", "history")
    first, second = (new, held) if new.declared else (held, new)
    known = {name: getattr(first, name) or getattr(second, name) for name in names}
    same = _words(held.articles) == _words(new.articles)
    chapters = any(a.chapter for a in held.articles)
    return replace(
        new,
        version=held.version,
        region=first.region if first.region != "全国" else second.region,
        articles=held.articles if same and (chapters or not any(a.chapter for a in new.articles)) else new.articles,
        annexes=new.annexes if new.annexes and not (same and held.annexes) else held.annexes,
        excerpt=held.excerpt and new.excerpt if same else new.excerpt,
        **known,
    )


def _fitting(item: Statute) -> Statute:
    """A statute as the columns take it: what is too long for the status is kept in the note."""
    status = re.split(r"[（(；;，,]", item.status)[0].strip() if len(item.status) > _MAX_STATUS else item.status
    note = item.note if status == item.status else "；".join(x for x in (item.note, f"时效性：{item.status}") if x)
    articles = tuple(a if len(a.chapter) <= 200 else replace(a, chapter=a.chapter[:200]) for a in item.articles)
    return replace(item, status=status[:_MAX_STATUS], note=note, articles=articles)


def _insert(db: sa.Connection, item: Statute) -> None:
    number = db.scalar(sa.insert(statute).values(_columns(item)).returning(statute.c.id))
    db.execute(sa.insert(article), [
        {"statute_id": number, "position": n, "number": a.number, "passage": a.passage[:40], "chapter": a.chapter,
         "text": a.text}
        for n, a in enumerate(item.articles)
    ])  # fmt: skip
    if item.annexes:
        db.execute(sa.insert(statute_annex), [
            {"statute_id": number, "position": n, "title": a.title[:200], "text": a.text}
            for n, a in enumerate(item.annexes)
        ])  # fmt: skip


def _columns(item: Statute) -> dict[str, object]:
    return {
        "title": item.title, "level": item.level[:40], "issuer": item.issuer[:200], "version": item.version,
        "effective": item.effective, "status": item.status, "region": item.region, "excerpt": int(item.excerpt),
        "origin": item.origin[:200], "digest": item.digest, "imported_at": datetime.now(UTC), "note": item.note,
        "history": item.history, "repeals": "\n".join(repealed_by(item)),
    }  # fmt: skip


def repealed_by(item: Statute) -> list[str]:
    """The titles that a statute's last articles put an end to; its own earlier versions are not named."""
    text = "\n".join(a.text for a in item.articles[-3:] if a.text)
    titles = [t for m in _ENDS.finditer(text) for t in re.findall(r"《((?:[^《》]|《[^《》]*》)+)》", m[1])]
    return [t for t in dict.fromkeys(titles) if t != item.title and not t.endswith(("决定", "通知"))]


def _load(db: sa.Connection, row: Any) -> Statute:
    annexes = db.execute(
        sa.select(statute_annex.c.title, statute_annex.c.text)
        .where(statute_annex.c.statute_id == row.id)
        .order_by(statute_annex.c.position)
    )
    return Statute(
        title=row.title, level=row.level, issuer=row.issuer, version=row.version, effective=row.effective,
        status=row.status, region=row.region, excerpt=bool(row.excerpt), origin=row.origin, note=row.note,
        history=row.history, articles=_articles_of(db, row.id), annexes=tuple(Annex(a.title, a.text) for a in annexes),
    )  # fmt: skip


def _articles_of(db: sa.Connection, number: int) -> tuple[ParsedArticle, ...]:
    rows = db.execute(
        sa.select(article.c.number, article.c.text, article.c.chapter, article.c.passage)
        .where(article.c.statute_id == number)
        .order_by(article.c.position)
    )
    return tuple(ParsedArticle(r.number, r.text, r.chapter, r.passage) for r in rows)


def _before(db: sa.Connection, rows: Sequence[Any], item: Statute) -> Statute | None:
    """The version before a new one; None where a newer one is held, or the new one is but an excerpt."""
    held = [r for r in rows if not r.version.startswith(PASSAGES) and not r.excerpt]
    if not held or item.excerpt or item.version.startswith(PASSAGES):
        return None
    newest = max(held, key=lambda r: (r.version, r.effective))
    return _load(db, newest) if (newest.version, newest.effective) < (item.version, item.effective) else None


def _revision(before: Statute | None, item: Statute) -> Revision | None:
    if before is None or before.excerpt or item.version.startswith(PASSAGES):
        return None
    changes = compare(before.articles, item.articles)
    return Revision(item.title, before.version, item.version, changes) if changes else None


def last_revision(database: Database, title: str) -> Revision | None:
    """How the newest version of a statute differs from the one before; None where fewer than two are held."""
    with database.begin() as db:
        rows = db.execute(sa.select(statute).where(statute.c.title == title)).all()
        held = sorted((r for r in rows if not r.version.startswith(PASSAGES)), key=lambda r: (r.version, r.effective))
        return _revision(_load(db, held[-2]), _load(db, held[-1])) if len(held) > 1 else None


def today() -> str:
    """The day in China, ISO."""
    return datetime.now(BEIJING).date().isoformat()


def shelf(database: Database, day: date | None = None) -> Shelf:
    """Count what is held; `revision` changes whenever any statute does, or comes into force."""
    with database.begin() as db:
        rows = db.execute(_facts()).all()
        articles = db.scalar(sa.select(sa.func.count()).select_from(article)) or 0
    parts = sorted(r.digest for r in rows)
    parts += sorted(f"{r.title}\t{r.version}" for r in in_force(rows, _iso(day)))
    return Shelf(len(rows), articles, hashlib.sha256("".join(parts).encode()).hexdigest()[:16])


def _facts() -> sa.Select[Any]:
    return sa.select(statute).order_by(statute.c.title, statute.c.version.desc(), statute.c.effective.desc())


def _iso(day: date | None) -> str:
    return day.isoformat() if day else today()


def articles(database: Database, day: date | None = None, titles: Collection[str] | None = None) -> Iterator[Article]:
    """Every article that may answer: of each title the newest version in force, in a fixed order.

    titles  only of these; None: of all
    """
    with database.begin() as db:
        for law in in_force(db.execute(_facts()).all(), _iso(day)):
            if titles is not None and law.title not in titles:
                continue
            for row in _articles_of(db, law.id):
                yield Article(
                    law=law.title, number=row.number, text=row.text, chapter=row.chapter, region=law.region,
                    status=law.status, effective=law.effective, version=law.version.removeprefix(PASSAGES),
                    issuer=law.issuer, passage=row.passage,
                )  # fmt: skip


def in_force(laws: Sequence[Any], day: str) -> list[Any]:
    """The rows that answer on a day (ISO); rows sorted by title, newest version first."""
    best: dict[str, Any] = {}
    for law in laws:
        if law.version.startswith(PASSAGES):
            best[f"{law.title} {law.version}"] = law  # a collection is searched as it is, every version of it
        elif not is_waiting(law, day):
            # The newest that has come into force decides: if it was repealed, no older one comes back.
            best.setdefault(law.title, law)
    ended = _ended(best.values())
    return [law for law in best.values() if not law.status.startswith(REPEALED) and not _is_ended(law, ended)]


def is_waiting(law: Any, day: str) -> bool:
    """Whether a version is not in force yet."""
    if law.effective > day or (not law.effective and law.version > day):
        return True
    # Said when the file was made; its day may have come since.
    return law.status.startswith(_WAITING) and not law.version < law.effective <= day


def repealing(law: Any, day: str) -> bool:
    """Whether what a version puts an end to has come to its end."""
    return not law.status.startswith(REPEALED) and not is_waiting(law, day)


def _ended(laws: Iterable[Any]) -> dict[str, str]:
    """Title -> the day since when another statute in force has put an end to it."""
    out: dict[str, str] = {}
    for law in laws:
        if not law.status.startswith(REPEALED):
            for title in filter(None, law.repeals.split("\n")):
                out[title] = max(out.get(title, ""), law.effective or law.version)
    return out


def _is_ended(law: Any, ended: dict[str, str]) -> bool:
    since = ended.get(law.title, "")
    return bool(since) and not law.version.startswith(PASSAGES) and law.version < since


def held(database: Database, titles: Collection[str] | None = None) -> dict[str, dict[str, str]]:
    """Full title -> article number -> its text, of what may answer; annexes go by their title.

    titles  only of these; None: of all
    """
    out: dict[str, dict[str, str]] = {}
    for item in articles(database, titles=titles):
        out.setdefault(item.law, {})[item.number] = item.text
    with database.begin() as db:
        for law in in_force(db.execute(_facts()).all(), today()):
            if titles is not None and law.title not in titles:
                continue
            for annex in _load(db, law).annexes:
                out[law.title].setdefault(annex.title, annex.text)
    return out
