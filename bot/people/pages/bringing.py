"""Lists that come in as xlsx: checked row by row, shown, and stored once somebody has said yes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request
from werkzeug.wrappers import Response

from bot.console import Pages, current, flash, page, record
from bot.errors import OutreachError
from bot.people.pages.files import as_download, progress, written
from bot.people.pages.hall import Hall, own, there, to
from bot.people.pages.rolls import Given, Roll
from bot.people.work import Outcome, State, Task
from bot.staff import Permission

#: A list of 100,000 units takes some 8 MB.
_MAX_FILE = 16 << 20
_SHOWN = 100


class ImportPages:
    """Registers its views with the group, for one kind of list."""

    def __init__(self, pages: Pages, hall: Hall, roll: Roll) -> None:
        self._pages, self._hall, self._roll = pages, hall, roll
        home, tasks = (url.removeprefix("/staff/people") for url in (roll.home, roll.tasks))
        self._get(home, self.form)
        self._post(home, self.bring, max_bytes=_MAX_FILE, once=roll.home)
        self._get(f"{home}/empty.xlsx", self.empty)
        self._get(f"{tasks}/<int:number>", self.one)
        self._get(f"{tasks}/<int:number>/progress", self.how_far)
        self._get(f"{tasks}/<int:number>/problems.xlsx", self.problems)
        self._post(f"{tasks}/<int:number>/store", self.store)
        self._post(f"{tasks}/<int:number>/drop", self.drop)

    def _get(self, path: str, view: Callable[..., Any]) -> None:
        self._pages.get(path, Permission.WRITE_PEOPLE)(self._named(view))

    def _post(self, path: str, view: Callable[..., Any], **options: Any) -> None:
        self._pages.post(path, Permission.WRITE_PEOPLE, **options)(self._named(view))

    def _named(self, view: Callable[..., Any]) -> Callable[..., Any]:
        def serve(**args: Any) -> Any:
            return view(**args)

        serve.__name__ = f"import_{self._roll.name}_{view.__name__}"
        return serve

    def form(self) -> str:
        """What a list must look like, and where to drop it."""
        newest = self._hall.works.newest(self._roll.kind, own())
        return page("people/import.html", roll=self._roll, newest=newest, now=self._hall.clock())

    def empty(self) -> Response:
        """A list to be filled."""
        return as_download(written(list(self._roll.columns), []), f"{self._roll.title}（空表）.xlsx")

    def bring(self) -> Response:
        """Check a list; nothing is stored yet."""
        file = request.files.get("file")
        if file is None or not file.filename:
            raise OutreachError("请先选择一个 xlsx 文件")
        with file.stream as handed:
            given = Given(file.filename[-100:], handed.read(), own(), current().name)
        roll, works, hall = self._roll, self._hall.works, self._hall

        def job(tell: Callable[[str, int, int], None]) -> Outcome:
            tell("正在读取", 0, 0)
            return roll.check(hall, given, tell)

        number = works.begin(roll.kind, given.by, given.own, given.name)
        works.run(number, job)
        record(f"{roll.name}.check", "import", number, after={"file": given.name, "bytes": len(given.content)})
        return to(f"{roll.tasks}/{number}")

    def one(self, number: int) -> str:
        """How the check stands; what would change, before somebody says yes."""
        task, roll = self._task(number), self._roll
        is_ready = task.state is State.CHECKED and task.is_held
        changes = roll.changes(self._hall, self._hall.works.held(number), own()) if is_ready else []
        return page("people/imported.html", roll=roll, task=task, changes=changes, shown=_SHOWN, now=self._hall.clock())

    def how_far(self, number: int) -> str | Response:
        """How far it is, for the page; once it is over the page itself."""
        return progress(self._task(number), f"{self._roll.tasks}/{number}", self._hall)

    def problems(self, number: int) -> Response:
        """All that is wrong, row by row."""
        found = self._task(number).found.get("problems", [])
        return as_download(written(["行", "列", "问题"], found), "要改的地方.xlsx")

    def store(self, number: int) -> Response:
        """Store what was checked and shown."""
        task, works, hall, roll, region = self._task(number), self._hall.works, self._hall, self._roll, own()
        why, me = request.form.get("reason", "").strip()[:200], current().name
        if roll.asks_why and not why:
            raise OutreachError("请写明资料从哪里来、为什么改，会记入操作记录")
        if not works.move(number, State.CHECKED, State.RUNNING):
            raise OutreachError("这份名册已经导入或放弃，不能再导入一次")

        def job(tell: Callable[[str, int, int], None]) -> Outcome:
            tell("正在导入", 0, 0)
            told = roll.store(hall, works.held(number), region, me)
            return Outcome(State.DONE, told, {"counts": task.found.get("counts", {})}, b"")

        works.run(number, job)
        after = {"file": task.name, **task.found.get("counts", {})}
        record(f"{roll.name}.import", "import", number, after=after, reason=why)
        return to(f"{roll.tasks}/{number}")

    def drop(self, number: int) -> Response:
        """Give a list up that was checked."""
        self._task(number)
        if self._hall.works.move(number, State.CHECKED, State.DROPPED):
            was, now_is = {"state": State.CHECKED}, {"state": State.DROPPED}
            record(f"{self._roll.name}.discard", "import", number, before=was, after=now_is)
            flash("已放弃这份名册，什么都没有导入。")
        return to(self._roll.home)

    def _task(self, number: int) -> Task:
        return there(self._hall.works.find(number, self._roll.kind, own()))
