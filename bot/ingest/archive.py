"""Every version of every statute in the database, for those who ask for one that does not answer any more."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from bot.answers.editions import Edition
from bot.answers.entries import Article
from bot.errors import StoreError
from bot.ingest.holdings import is_waiting, repealing, today
from bot.ingest.statutes import PASSAGES
from bot.store.database import Database
from bot.store.tables import article, statute

log = logging.getLogger(__name__)


class StatuteArchive:
    """Reads from the database when asked: old versions are asked for now and then, and need no memory."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def titles(self) -> Sequence[str]:
        """All titles, those of repealed statutes too."""
        return [row.title for row in self._rows(sa.select(statute.c.title).distinct().where(_whole()))]

    def editions(self, title: str) -> Sequence[Edition]:
        """The versions of a title, newest first."""
        chosen = sa.select(statute).where(statute.c.title == title, _whole())
        rows = self._rows(chosen.order_by(statute.c.version.desc(), statute.c.effective.desc()))
        day = today()
        return [
            Edition(
                r.id, r.title, r.version, r.effective, r.status, r.note, waiting=is_waiting(r, day),
                excerpt=bool(r.excerpt),
            )
            for r in rows
        ]  # fmt: skip

    def articles(self, edition: Edition) -> Sequence[Article]:
        """The articles of a version, in order."""
        rows = self._rows(sa.select(article).where(article.c.statute_id == edition.id).order_by(article.c.position))
        return [
            Article(
                law=edition.title, number=r.number, text=r.text, chapter=r.chapter, status=edition.status,
                effective=edition.effective, version=edition.version,
            )
            for r in rows
        ]  # fmt: skip

    def ended_by(self, title: str) -> tuple[str, str]:
        """(ISO day, title) of the statute in force that put an end to this one; ("", "") for none."""
        rows = self._rows(sa.select(statute).where(statute.c.repeals.contains(title, autoescape=True)))
        day = today()
        ends = [r for r in rows if title in r.repeals.split("\n") and repealing(r, day)]
        last = max(ends, key=lambda r: r.effective or r.version, default=None)
        return (last.effective or last.version, last.title) if last else ("", "")

    def _rows(self, query: sa.Select[Any]) -> Sequence[Any]:
        try:
            with self._database.begin() as db:
                return db.execute(query).all()
        except StoreError:
            log.warning("old versions of statutes cannot be read from the database")
            return ()


def _whole() -> sa.ColumnElement[bool]:
    return sa.not_(statute.c.version.startswith(PASSAGES))
