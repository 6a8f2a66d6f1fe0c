"""The full sync with WeChat's list of followers, from the page."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Response as FlaskResponse
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response

from bot.console import Pages, current, fragment, page, record
from bot.errors import OutreachError
from bot.people.pages.hall import Hall, own, there, to
from bot.people.work import Kind, Outcome, State, Task
from bot.staff import Permission

_FIGURES = re.compile(r"已同步(\d+)人，共(\d+)人")


class SyncPages:
    """Registers its views with the group."""

    def __init__(self, pages: Pages, hall: Hall) -> None:
        self._hall = hall
        pages.get("/sync", Permission.WRITE_PEOPLE)(self.sync)
        pages.post("/sync", Permission.WRITE_PEOPLE)(self.start_sync)
        pages.get("/sync/<int:number>/progress", Permission.WRITE_PEOPLE)(self.sync_progress)

    def sync(self) -> str:
        """What it does, and how the last ones went."""
        _whole_office()
        newest = self._hall.works.newest(Kind.SYNC, "")
        return page("people/sync.html", newest=newest, has_account=self._hall.sync is not None, now=self._hall.clock())

    def start_sync(self) -> Response:
        """Begin, or go on where the last one was interrupted."""
        _whole_office()
        run, works = self._hall.sync, self._hall.works
        if run is None:
            raise OutreachError("还没有设置 wechat.app_id 和 wechat.secret，读不了关注者名单")
        number = works.begin(Kind.SYNC, current().name, "", "全部关注者", alone=True)

        def job(tell: Callable[[str, int, int], None]) -> Outcome:
            done = run(lambda told: tell(told, *_counts(told)))
            told = f"微信现有 {done.listed} 人：新增 {done.came} 人，取消关注 {done.left} 人"
            return Outcome(State.DONE, told, {"listed": done.listed, "came": done.came, "left": done.left})

        works.run(number, job)
        record("followers.sync", "sync", number)
        return to("/staff/people/sync")

    def sync_progress(self, number: int) -> str | Response:
        """How far it is, for the page."""
        _whole_office()
        task: Task = there(self._hall.works.find(number, Kind.SYNC, ""))
        if task.state is State.RUNNING and not task.is_silent(self._hall.clock()):
            return fragment("people/progress.html", task=task, url=f"/staff/people/sync/{number}/progress")
        return FlaskResponse("", headers={"HX-Redirect": "/staff/people/sync"})


def _whole_office() -> None:
    if own():
        raise Forbidden("全量同步由上级办公室来做：它涉及所有地区的关注者。")


def _counts(told: str) -> tuple[int, int]:
    found = _FIGURES.search(told)
    return (int(found[1]), int(found[2])) if found else (0, 0)
