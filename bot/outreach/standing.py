"""What may go out by itself: one person puts it forward as it reads now, another approves it; any edit ends that."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.errors import OutreachError
from bot.outreach import persons
from bot.outreach.approval import named
from bot.outreach.menu_tables import standing_order
from bot.store.database import Database, aware

log = logging.getLogger(__name__)

#: Subject -> as staff call it.
TIPS, DAY_MENU = "tips", "day-menu"
WORDS = {TIPS: "每日安全提示", DAY_MENU: "咨询日的菜单"}
_REMINDER = "reminder:"
#: So much of a digest tells two texts of one subject apart, for people who pass it on.
_MARK = 8


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a subject stands.

    is_current  it is about what is there now; else somebody has edited it since
    mark        of what is there now: whoever approves names the one that they read
    alone       one person let it, when one was enough: that counts for nothing now
    """

    is_current: bool
    proposer: str = ""
    proposed_at: datetime | None = None
    approver: str = ""
    approved_at: datetime | None = None
    mark: str = ""
    alone: bool = False

    @property
    def lets(self) -> bool:
        """Whether it goes out by itself."""
        return self.is_current and self.approver != ""

    @property
    def words(self) -> str:
        """As staff read it."""
        if not self.proposer:
            return "还没有人提交，不会自动发"
        if self.alone:
            return f"以前由 {self.proposer} 一人批准，现在要两个人，不会自动发，请重新提交、批准"
        if not self.is_current:
            return "提交以后内容改过，不会自动发，请重新提交、批准"
        if not self.approver:
            return f"{self.proposer} 已提交，等另一人批准，在此之前不会自动发"
        return f"{self.proposer} 提交，{self.approver} 批准，自动发"


def reminder(name: str) -> str:
    """The subject that a reminder of the calendar is."""
    return f"{_REMINDER}{name}"


def words(subject: str) -> str:
    """What staff call a subject."""
    return WORDS.get(subject) or f"提醒 {subject.removeprefix(_REMINDER)}"


def propose(database: Database, subject: str, digest: str, by: str, now: datetime, what: int = 0) -> None:
    """Put forward what reads as `digest`; what was approved before ends."""
    row: dict[str, Any] = {
        "digest": digest, "what": what, "proposer": named(by), "proposed_at": now.astimezone(UTC), "approver": "",
        "approved_at": None,
    }  # fmt: skip
    with database.begin() as db:
        insert = (sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert)(standing_order)
        keep = insert.values(subject=subject, **row)
        db.execute(keep.on_conflict_do_update(index_elements=["subject"], set_=row))
    log.info("put forward to go out by itself", extra={"subject": subject})


def approve(database: Database, subject: str, digest: str, by: str, now: datetime, read: str | None = None) -> None:
    """Let it go out by itself from now on, as it was put forward by another person. Raises OutreachError.

    read  the mark of what they read, where they name it
    """
    by, c = named(by), standing_order.c
    if read is not None and read != mark(digest):
        raise OutreachError(f"{words(subject)}：您看过以后内容改了，请重新看过再批准")
    with database.begin() as db:
        held = db.execute(sa.select(standing_order).where(c.subject == subject)).one_or_none()
        if held is None or held.digest != digest:
            raise OutreachError(f"{words(subject)}：现在的内容还没有人提交，请先由一人提交，再由另一人批准")
        if persons.same(db, by, [held.proposer]):
            raise OutreachError(f"{words(subject)}：是 {held.proposer} 提交的，须由另一人批准")
        mine = sa.update(standing_order).where(c.subject == subject, c.digest == digest, c.proposer == held.proposer)
        if db.execute(mine.values(approver=by, approved_at=now.astimezone(UTC))).rowcount != 1:
            raise OutreachError(f"{words(subject)}：刚才有人另外提交过，请看过再批准")
    log.info("approved to go out by itself", extra={"subject": subject})


def withdraw(database: Database, subject: str) -> bool:
    """From now on it does not go out by itself; False where it did not before."""
    with database.begin() as db:
        return db.execute(sa.delete(standing_order).where(standing_order.c.subject == subject)).rowcount == 1


def read(db: sa.Connection, subject: str, digest: str) -> Standing:
    """Where a subject that reads as `digest` now stands."""
    return read_all(db, {subject: digest})[subject]


def read_all(db: sa.Connection, digests: Mapping[str, str]) -> dict[str, Standing]:
    """Where subjects stand. digests: subject -> how it reads now."""
    c = standing_order.c
    rows = {row.subject: row for row in db.execute(sa.select(standing_order).where(c.subject.in_(list(digests))))}
    return {subject: _standing(rows.get(subject), digest) for subject, digest in digests.items()}


def _standing(held: sa.Row[tuple[Any, ...]] | None, digest: str) -> Standing:
    if held is None:
        return Standing(False, mark=mark(digest))
    return Standing(
        held.digest == digest, held.proposer, aware(held.proposed_at), held.approver, aware(held.approved_at),
        mark(digest), not held.digest,
    )  # fmt: skip


def mark(digest: str) -> str:
    """The part of a digest that people see."""
    return digest[:_MARK]


def approver(db: sa.Connection, subject: str, digest: str) -> str:
    """Who lets it go out by itself as it reads now, "" where nobody does."""
    held = read(db, subject, digest)
    return held.approver if held.is_current else ""
