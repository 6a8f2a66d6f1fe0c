"""Sessions: a random word in a cookie, of which only the digest is held; and forms that came after one had ended."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.staff.accounts import person
from bot.staff.roles import Staff
from bot.staff.tables import parked_form, sent_form, staff, staff_session
from bot.store.database import Database, aware

#: How long an ended session is remembered, so that a form that comes late has an owner.
_REMEMBERED = timedelta(days=1)
_SEEN_EVERY = timedelta(minutes=1)
_MAX_PARKED = 300_000  # characters


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in.

    is_proven    both factors were shown
    must_change  the password was given by another person; has_factor: there is a second factor
    is_over      it ended by time: it may do nothing but park a form
    notes        what the next page begins with: text and tone
    """

    id: int
    staff: Staff
    csrf: str
    is_proven: bool
    must_change: bool
    has_factor: bool
    is_over: bool
    notes: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Parked:
    """A form that was sent after its session had ended."""

    id: int
    path: str
    fields: list[tuple[str, str]]
    at: datetime


class Sessions:
    """The sessions in one database.

    idle, whole  how long one lasts without a request, and at most
    """

    def __init__(self, database: Database, idle: timedelta, whole: timedelta) -> None:
        self._database, self._idle, self._whole = database, idle, whole

    def begin(self, staff_id: int, *, is_proven: bool, address: str, now: datetime) -> str:
        """A new session; returns the word for the cookie. What was before under another word stays apart."""
        word = secrets.token_urlsafe(32)
        row = {"token": _digest(word), "csrf": secrets.token_urlsafe(24), "address": address[:64]}
        with self._database.begin() as db:
            db.execute(staff_session.delete().where(staff_session.c.seen_at < now - self._whole - _REMEMBERED))
            times = {"began_at": now, "seen_at": now}
            db.execute(staff_session.insert().values(**row, **times, staff_id=staff_id, is_proven=int(is_proven)))
        return word

    def find(self, word: str, now: datetime, *, is_by_itself: bool = False) -> Session | None:
        """Whose word this is, None where it was never given out or its account was closed.

        is_by_itself  a page asks, and nobody has touched it: that keeps no session alive
        """
        if not word:
            return None
        of_session = [staff_session.c[name] for name in ("csrf", "is_proven", "notes", "began_at", "seen_at")]
        columns = [staff_session.c.id.label("session_id"), *of_session, *staff.c]
        query = sa.select(*columns).select_from(staff_session.join(staff))
        with self._database.read() as db:
            mine = (staff_session.c.token == _digest(word), staff.c.active == 1)
            row = db.execute(query.where(*mine)).one_or_none()
        if row is None:
            return None
        began, seen = aware(row.began_at), aware(row.seen_at)
        assert began is not None
        assert seen is not None
        is_over = now - seen > self._idle or now - began > self._whole
        if not is_over and not is_by_itself and now - seen > _SEEN_EVERY:
            self._see(row.session_id, now)
        notes = [(text, tone) for text, tone in json.loads(row.notes)] if row.notes else []
        return Session(
            row.session_id, person(row), row.csrf, bool(row.is_proven), bool(row.must_change), bool(row.totp), is_over,
            notes,
        )  # fmt: skip

    def _see(self, session_id: int, now: datetime) -> None:
        with self._database.begin() as db:
            db.execute(staff_session.update().where(staff_session.c.id == session_id).values(seen_at=now))

    def note(self, session_id: int, notes: Sequence[tuple[str, str]]) -> None:
        """Let the next page begin with these."""
        held = json.dumps(notes, ensure_ascii=False) if notes else ""
        with self._database.begin() as db:
            db.execute(staff_session.update().where(staff_session.c.id == session_id).values(notes=held))

    def end(self, session_id: int) -> None:
        """Sign out."""
        with self._database.begin() as db:
            db.execute(staff_session.delete().where(staff_session.c.id == session_id))

    def end_others(self, staff_id: int, but: int) -> None:
        """Sign out everywhere else."""
        mine = staff_session.c.staff_id == staff_id
        with self._database.begin() as db:
            db.execute(staff_session.delete().where(mine, staff_session.c.id != but))

    def park(self, staff_id: int, path: str, fields: Sequence[tuple[str, str]], now: datetime) -> None:
        """Keep what was typed for a day; the last form alone. What is too long is not kept."""
        held = json.dumps(fields, ensure_ascii=False)
        if len(held) > _MAX_PARKED:
            return
        with self._database.begin() as db:
            db.execute(parked_form.delete().where(parked_form.c.staff_id == staff_id))
            db.execute(parked_form.insert().values(staff_id=staff_id, path=path[:500], fields=held, at=now))

    def parked(self, staff_id: int, now: datetime) -> Parked | None:
        """What was kept."""
        query = sa.select(parked_form).where(parked_form.c.staff_id == staff_id, parked_form.c.at > now - _REMEMBERED)
        with self._database.begin() as db:
            row = db.execute(query.order_by(parked_form.c.id.desc()).limit(1)).one_or_none()
        if row is None:
            return None
        at = aware(row.at)
        assert at is not None
        return Parked(row.id, row.path, [(k, v) for k, v in json.loads(row.fields)], at)

    def drop_parked(self, staff_id: int) -> None:
        """It was sent, or is not wanted."""
        with self._database.begin() as db:
            db.execute(parked_form.delete().where(parked_form.c.staff_id == staff_id))

    def made(self, form: str) -> str | None:
        """The page of what a form made, "" where it has none of its own; None where it was not sent yet."""
        with self._database.read() as db:
            held: str | None = db.scalar(sa.select(sent_form.c.location).where(sent_form.c.digest == form))
        return held

    def sent(self, form: str, location: str, now: datetime) -> bool:
        """Remember what a form made; False where another one like it came first, and what this one made must go.

        form  the digest of who sent it, where to, its key and all that was typed
        """
        with self._database.begin() as db:
            insert = (sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert)(sent_form)
            row = insert.values(digest=form, location=location[:500], at=now)
            # Not the row count: psycopg's is not told for an INSERT.
            is_first = db.scalar(row.on_conflict_do_nothing().returning(sent_form.c.digest)) is not None
            db.execute(sent_form.delete().where(sent_form.c.at < now - _REMEMBERED))
        return is_first


def _digest(word: str) -> str:
    return hashlib.sha256(word.encode("utf-8", "replace")).hexdigest()
