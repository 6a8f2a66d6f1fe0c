"""Work that takes longer than a page: written down with how far it is, done in a thread, looked at by the page.

A process that dies leaves its work untouched from then on: whoever looks is told so, and may begin again.
"""

from __future__ import annotations

import contextlib
import json
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from bot.errors import BotError, OutreachError, StoreError
from bot.people.scope import inside
from bot.people.tables import people_task
from bot.store.database import Database, aware

log = logging.getLogger(__name__)

#: Work that was not heard of for so long has died with its process.
_SILENT = timedelta(minutes=2)
#: Lists of people are not kept longer than staff need to fetch them.
HELD_FOR = timedelta(days=1)
#: A page waits so long for work that is done at once anyway, seconds.
_PATIENCE_S = 1.5


class Kind(StrEnum):
    """What is done."""

    IMPORT = "import"  # of units
    PEOPLE = "people"  # an import of what is known of followers
    PHONES = "phones"  # an import of telephones
    EXPORT = "export"
    SYNC = "sync"
    OUTCOME = "outcome"  # an export of what came of a broadcast


class State(StrEnum):
    """How it stands. An import that was checked waits for somebody to say yes."""

    RUNNING = "running"
    CHECKED = "checked"
    DONE = "done"
    FAILED = "failed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Task:
    """One piece of work. told: how it stands, in Chinese; found: what came of it; is_held: there is a file."""

    id: int
    kind: Kind
    state: State
    by: str
    region: str
    name: str
    done: int
    total: int
    told: str
    found: Mapping[str, Any]
    started_at: datetime | None
    touched_at: datetime | None
    ended_at: datetime | None
    is_held: bool

    def is_silent(self, now: datetime) -> bool:
        """Whether it died: running, and not heard of for minutes."""
        return self.state is State.RUNNING and self.touched_at is not None and self.touched_at < now - _SILENT


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a piece of work ends with. held: a file to be kept; None keeps what is there."""

    state: State
    told: str
    found: Mapping[str, Any]
    held: bytes | None = None


class Works:
    """The work of one database. clock: aware UTC."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self.database, self._clock = database, clock

    def begin(self, kind: Kind, by: str, region: str, name: str, *, alone: bool = False) -> int:
        """Write work down as running; returns its number. alone: one at a time. Raises OutreachError otherwise."""
        now, c = self._clock(), people_task.c
        with self.database.begin() as db:
            db.execute(
                sa.update(people_task).where(c.started_at < now - HELD_FOR, c.held.is_not(None)).values(held=None)
            )
            running = sa.select(c.id).where(c.kind == kind, c.state == State.RUNNING, c.touched_at > now - _SILENT)
            if alone and db.scalar(running.limit(1)) is not None:
                raise OutreachError("已经有人在做这件事，请等它做完；进度在本页可以看到")
            values = {"kind": kind, "state": State.RUNNING, "by": by, "region": region, "name": name[:200]}
            key = db.execute(
                sa.insert(people_task).values(**values, started_at=now, touched_at=now)
            ).inserted_primary_key
        return int(key[0]) if key else 0

    def run(self, number: int, job: Callable[[Callable[[str, int, int], None]], Outcome]) -> None:
        """Do work in a thread of its own; comes back when it is done, or soon; as a part of a deed, after it.

        job  is given a function that notes how far it is: words, done, in all
        """
        thread = threading.Thread(target=self._run, args=(number, job), name=f"people-{number}", daemon=True)

        def start() -> None:
            thread.start()
            thread.join(_PATIENCE_S)

        self.database.afterwards(start)  # it looks for what was written down of it

    def _run(self, number: int, job: Callable[[Callable[[str, int, int], None]], Outcome]) -> None:
        def tell(told: str, done: int = 0, total: int = 0) -> None:
            with contextlib.suppress(StoreError):  # the work matters more than how far it is said to be
                self._write(number, told=told, done=done, total=total)

        try:
            outcome = job(tell)
        except StoreError as e:
            log.warning("work for the people pages met a busy database", extra={"task": number, "error": str(e)})
            outcome = Outcome(State.FAILED, "数据库正忙，没有做完。请过一分钟再试一次。", {})
        except BotError as e:
            outcome = Outcome(State.FAILED, str(e), {})
        except Exception:
            log.exception("work for the people pages failed", extra={"task": number})
            outcome = Outcome(State.FAILED, "程序出错，没有做完，已记入日志。请再试一次；还不行请联系管理员。", {})
        held = {} if outcome.held is None else {"held": outcome.held}
        found = json.dumps(dict(outcome.found), ensure_ascii=False)
        self._write(number, state=outcome.state, told=outcome.told, found=found, ended_at=self._clock(), **held)

    def _write(self, number: int, **values: Any) -> None:
        with self.database.begin() as db:
            mine = people_task.c.id == number
            db.execute(sa.update(people_task).where(mine).values(**values, touched_at=self._clock()))

    def move(self, number: int, before: State, after: State) -> bool:
        """Take work from one state to another. False: it is in that state no more, somebody else was quicker."""
        c = people_task.c
        values: dict[str, Any] = {"state": after, "touched_at": self._clock()}
        if after is State.DROPPED:
            values["held"] = None
        with self.database.begin() as db:
            return (
                db.execute(sa.update(people_task).where(c.id == number, c.state == before).values(values)).rowcount == 1
            )

    def find(self, number: int, kind: Kind, own: str) -> Task | None:
        """Work by its number; None where there is none of this kind for staff of the region `own`."""
        c = people_task.c
        with self.database.begin() as db:
            row = db.execute(_select().where(c.id == number, c.kind == kind, inside(c.region, own))).one_or_none()
        return _task(row) if row else None

    def held(self, number: int) -> bytes | None:
        """The file that is kept with work, None once it is gone."""
        with self.database.begin() as db:
            found: bytes | None = db.scalar(sa.select(people_task.c.held).where(people_task.c.id == number))
        return found

    def newest(self, kind: Kind, own: str, size: int = 5) -> list[Task]:
        """The last pieces of work of a kind."""
        c = people_task.c
        with self.database.read() as db:
            rows = db.execute(
                _select().where(c.kind == kind, inside(c.region, own)).order_by(c.id.desc()).limit(size)
            ).all()
        return [_task(row) for row in rows]


def waiting(db: sa.Connection, by: str) -> list[Task]:
    """Lists that somebody brought and that wait for them to say yes."""
    c = people_task.c
    return [_task(row) for row in db.execute(_select().where(c.state == State.CHECKED, c.by == by).order_by(c.id))]


_PLAIN = ("id", "kind", "state", "by", "region", "name", "done", "total", "told", "found")


def _select() -> sa.Select[Any]:
    c = people_task.c
    return sa.select(
        *(c[name] for name in _PLAIN), c.started_at, c.touched_at, c.ended_at, c.held.is_not(None).label("is_held")
    )


def _task(row: sa.Row[Any]) -> Task:
    held: dict[str, Any] = {name: getattr(row, name) for name in _PLAIN}
    held |= {name: aware(getattr(row, name)) for name in ("started_at", "touched_at", "ended_at")}
    held |= {"kind": Kind(row.kind), "state": State(row.state), "found": json.loads(row.found)}
    return Task(**held, is_held=bool(row.is_held))
