"""The workbook of what came of a broadcast: asked for, waited for with its progress, fetched by who asked for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from flask import Response, redirect
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from bot.console import Pages, console, current, fragment, page
from bot.errors import OutreachError
from bot.outreach import exporting
from bot.outreach.exporting import Order
from bot.outreach.pages.desks import Desks
from bot.people.work import Kind, Outcome, State, Task, Works
from bot.staff import Permission
from bot.store import files

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_EXPORT = Permission.EXPORT_PEOPLE


def register(pages: Pages, desks: Desks) -> None:
    """Add these pages to the group."""

    @pages.post("/broadcasts/<int:number>/export", _EXPORT)
    def export(number: int) -> BaseResponse:
        held, me, house = desks.mine(number), current(), desks.house
        files.tidy(house.database, desks.clock())
        clock = console().clock  # the work goes on when there is no request any more
        works = Works(house.database, clock)
        task = works.begin(Kind.OUTCOME, me.name, me.region, f"推送{number}结果.xlsx")
        order = Order(house.settings.database, number, exporting.name_of(task))

        def job(tell: Callable[[str, int, int], None]) -> Outcome:
            tell("正在写表格", 0, 0)
            count = exporting.export(order, lambda done, total: tell(f"已写 {done:,} 行", done, total))
            house.broadcasts.taken_along(number, count, me.name, clock())
            return Outcome(State.DONE, f"{count:,} 行", {"lines": count, "broadcast": number})

        works.run(task, job)
        desks.note("export", held, held, f"第 {task} 份")
        return redirect(f"/staff/outreach/broadcasts/{number}/exports/{task}", 303)

    @pages.get("/broadcasts/<int:number>/exports/<int:task>", _EXPORT)
    def exported(number: int, task: int) -> str:
        held, found = desks.mine(number), _task(desks, number, task)
        return page("outreach/exported.html", held=held, task=found, now=desks.clock())

    @pages.get("/broadcasts/<int:number>/exports/<int:task>/progress", _EXPORT)
    def export_progress(number: int, task: int) -> str | Response:
        held, found = desks.mine(number), _task(desks, number, task)
        url = f"/staff/outreach/broadcasts/{held.id}/exports/{task}"
        if found.state is State.RUNNING and not found.is_silent(desks.clock()):
            return fragment("people/progress.html", task=found, url=f"{url}/progress")
        return Response("", headers={"HX-Redirect": url})

    @pages.get("/broadcasts/<int:number>/exports/<int:task>/file", _EXPORT)
    def export_file(number: int, task: int) -> Any:
        found = _task(desks, desks.mine(number).id, task)
        name, database = exporting.name_of(task), desks.house.database
        size = files.size_of(database, name) if found.state is State.DONE else 0
        if not size:
            raise OutreachError("文件已经清除（只保留一天），请重新导出")
        response = Response(files.pieces(database, name), mimetype=_XLSX)
        response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(found.name)}"
        response.headers["Cache-Control"] = "no-store"
        response.content_length = size
        return response


def _task(desks: Desks, number: int, task: int) -> Task:
    """The work of whoever is signed in, for this broadcast; else there is none."""
    found = Works(desks.house.database, desks.clock).find(task, Kind.OUTCOME, current().region)
    if found is None or found.by != current().name or found.name != f"推送{number}结果.xlsx":
        raise NotFound("没有这份表格")
    return found
