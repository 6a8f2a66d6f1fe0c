"""Work of the staff site that takes longer than a page may: done beside, with its progress in a row.

The threads that serve pages also answer people, so none of them waits for this. The row outlives the process: whoever
looks, from whichever process, sees how far it is; a row that still runs when its time is over was left by a process
that is gone, and is told as broken off.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from bot.errors import BotError, KnowledgeError
from bot.knowledge.tables import knowledge_work
from bot.store.database import Database, aware

log = logging.getLogger(__name__)

#: Longer work is given up.
LIMIT = timedelta(minutes=10)
_KEPT = timedelta(days=14)
#: So many pieces wait at most for their turn in this process; each holds what it needs in memory.
_MAX_WAITING = 8
_SHOWN = 20
#: A result is read by people; what is longer is cut by whoever makes it.
_MAX_RESULT = 4 << 20


class WorkState(StrEnum):
    """How a piece of work stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    BROKEN_OFF = "broken_off"  # never stored: the process that did it is gone


#: As staff read them.
WORK_WORDS = {
    WorkState.RUNNING: "进行中",
    WorkState.DONE: "已完成",
    WorkState.FAILED: "没有成功",
    WorkState.BROKEN_OFF: "中断了，请重新开始",
}


@dataclass(frozen=True, slots=True)
class Work:
    """A piece of work. result: what came of it, {"error": …} where it failed."""

    id: int
    kind: str
    what: str
    who: str
    state: WorkState
    done: int
    total: int
    result: Mapping[str, Any]
    at: datetime


#: Says how far the work is: so many of so many.
Step = Callable[[int, int], None]
Task = Callable[[Step], Mapping[str, Any]]


@dataclass
class Works:
    """The work of one office; a thread of this process does what was begun here, one piece after the other."""

    database: Database
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _threads: dict[int, threading.Thread] = field(default_factory=dict)

    def begin(self, kind: str, what: str, who: str, task: Task, now: datetime) -> Work:
        """Have it done. Raises KnowledgeError where too much waits already."""
        self._threads = {n: t for n, t in self._threads.items() if t.is_alive()}
        if len(self._threads) >= _MAX_WAITING:
            raise KnowledgeError("正在处理的工作太多，请等前面的完成后再试")
        values = {"kind": kind, "what": what[:200], "who": who, "state": WorkState.RUNNING, "done": 0, "total": 0,
                  "result": "", "at": now.astimezone(UTC), "until": (now + LIMIT).astimezone(UTC)}  # fmt: skip
        with self.database.begin() as db:
            db.execute(sa.delete(knowledge_work).where(knowledge_work.c.at < (now - _KEPT).astimezone(UTC)))
            row = db.execute(sa.insert(knowledge_work).values(values).returning(knowledge_work)).one()
        thread = threading.Thread(target=self._run, args=(row.id, task), name=f"work-{row.id}", daemon=True)
        self._threads[row.id] = thread
        self.database.afterwards(thread.start)  # it looks for what was written down of it
        return _work(row, now)

    def get(self, number: int, who: str, now: datetime) -> Work | None:
        """A piece of somebody's own work; None where there is none of that number."""
        c = knowledge_work.c
        with self.database.begin() as db:
            row = db.execute(sa.select(knowledge_work).where(c.id == number, c.who == who)).first()
        return _work(row, now) if row else None

    def newest(self, who: str, *kinds: str, now: datetime) -> list[Work]:
        """Somebody's last pieces of work of some kinds, the newest first."""
        c = knowledge_work.c
        wanted = sa.select(knowledge_work).where(c.who == who, c.kind.in_(kinds)).order_by(c.id.desc()).limit(_SHOWN)
        with self.database.begin() as db:
            return [_work(row, now) for row in db.execute(wanted)]

    def wait(self, number: int, timeout_s: float = 60.0) -> None:
        """Until a piece of work that was begun in this process is done."""
        if thread := self._threads.get(number):
            thread.join(timeout_s)

    def _run(self, number: int, task: Task) -> None:
        with self._turn:
            try:
                self._write(number, until=datetime.now(UTC) + LIMIT)  # its turn may have come late
                result = dict(task(lambda done, total: self._write(number, done=done, total=total)))
                state = WorkState.DONE
            except BotError as e:
                result, state = {"error": str(e)}, WorkState.FAILED
            except Exception:  # the edge of a thread: nobody else would tell the one who waits
                log.exception("work of the staff site failed", extra={"work": number})
                result, state = {"error": "程序出错，已记入日志，请联系管理员"}, WorkState.FAILED
            text = json.dumps(result, ensure_ascii=False)
            if len(text) > _MAX_RESULT:
                text, state = json.dumps({"error": "结果太大，请分几次做"}, ensure_ascii=False), WorkState.FAILED
            try:
                self._write(number, state=state, result=text)
            except BotError as e:
                log.error("the outcome of work could not be kept", extra={"work": number, "error": str(e)})

    def _write(self, number: int, **values: object) -> None:
        with self.database.begin() as db:
            db.execute(sa.update(knowledge_work).where(knowledge_work.c.id == number).values(values))


def _work(row: Any, now: datetime) -> Work:
    state = WorkState(row.state)
    until = aware(row.until)
    if state is WorkState.RUNNING and until and until < now:
        state = WorkState.BROKEN_OFF
    result = json.loads(row.result) if row.result else {}
    return Work(row.id, row.kind, row.what, row.who, state, row.done, row.total, result, aware(row.at) or row.at)
