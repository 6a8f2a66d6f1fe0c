"""Lists that go out as xlsx: who took what, and what for, is on record."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from flask import request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from bot.console import Pages, current, page, record
from bot.errors import OutreachError
from bot.people import listing, roster, sheets
from bot.people.pages.files import as_download, progress
from bot.people.pages.forms import ExportForm, FollowerFilter, UnitFilter
from bot.people.pages.hall import Hall, again, own, there, to
from bot.people.work import Kind, Outcome, State, Task
from bot.settings import BEIJING
from bot.staff import Permission

_WRITE, _EXPORT = Permission.WRITE_PEOPLE, Permission.EXPORT_PEOPLE
_TOGETHER = 2000
_HEADER = ("编号", "渠道", "状态", "地区", "单位", "行业", "岗位", "人群", "订阅", "关注时间", "最近发消息")


class ExportPages:
    """Registers its views with the group."""

    def __init__(self, pages: Pages, hall: Hall) -> None:
        self._hall = hall
        pages.get("/export/<kind>", _EXPORT)(self.export_form)
        pages.post("/export/<kind>", _EXPORT)(self.export_list)
        pages.get("/exports/<int:number>", _EXPORT)(self.exported)
        pages.get("/exports/<int:number>/progress", _EXPORT)(self.export_progress)
        pages.get("/exports/<int:number>/file", _EXPORT)(self.export_file)

    def export_form(self, kind: str) -> str:
        """What it is for."""
        self._filter(kind)
        return page("people/export.html", form=ExportForm(), kind=kind, action=again())

    def export_list(self, kind: str) -> Response | tuple[str, int]:
        """Write the list; who, what and why are on record."""
        form, asked, region = ExportForm(request.form), self._filter(kind), own()
        if not form.validate():
            return page("people/export.html", form=form, kind=kind, action=again()), 422
        phones = bool(form.phones.data) and current().may(_WRITE)
        name = f"{'单位名册' if kind == 'units' else '关注者'}{self._hall.clock().astimezone(BEIJING):%Y%m%d-%H%M}.xlsx"
        works = self._hall.works
        number = works.begin(Kind.EXPORT, current().name, region, name)
        rows = self._units(asked, region, phones) if kind == "units" else self._people(asked, region)
        header = [*sheets.COLUMNS, *sheets.ADDED] if kind == "units" else _HEADER
        works.run(number, lambda tell: _export(header, rows, tell))
        shown = {name: value for name, value in asdict(asked).items() if value and name != "address"}
        record(f"{kind}.export", "export", number, after={**shown, "phones": phones}, reason=form.reason.data or "")
        return to(f"/staff/people/exports/{number}")

    def _filter(self, kind: str) -> Any:
        form: FollowerFilter | UnitFilter
        if kind == "units":
            form = UnitFilter(self._hall.choices, request.args)
        elif kind == "followers":
            form = FollowerFilter(self._hall.choices, request.args)
        else:
            raise NotFound()
        if not form.validate():
            raise OutreachError("筛选条件不对，请回到名单重新筛选")
        return form.asked

    def _units(self, asked: roster.Filter, region: str, phones: bool) -> Iterator[list[object]]:
        with self._hall.database.read() as db:
            rows = roster.every(db, asked, region)
        for row in rows:
            u = row.unit
            phone = u.phone if phones else roster.masked(u.phone)
            known = roster.OFFICERS[row.officer_state] if u.officer else ""
            yield [
                u.name,
                u.kind,
                u.region,
                u.industry,
                u.officer,
                phone,
                row.code,
                row.officer_code,
                row.people,
                known,
            ]

    def _people(self, asked: listing.Filter, region: str) -> Iterator[list[object]]:
        after, now = None, self._hall.clock()
        while True:
            with self._hall.database.read() as db:
                rows = listing.page(db, asked, region, after, now, _TOGETHER)
            for r in rows:
                channel, state = listing.CHANNEL_WORDS.get(r.channel, r.channel), listing.STATES.get(r.state, r.state)
                yield [
                    r.id, channel, state, r.region, r.unit, r.industry, r.post, r.audience, "、".join(r.topics),
                    _day(r.followed_at), _day(r.last_message_at),
                ]  # fmt: skip
            if len(rows) < _TOGETHER:
                return
            after = rows[-1].id

    def exported(self, number: int) -> str:
        """How far it is; the file once it is there."""
        return page("people/exported.html", task=self._task(number), now=self._hall.clock())

    def export_progress(self, number: int) -> str | Response:
        """How far it is, for the page."""
        return progress(self._task(number), f"/staff/people/exports/{number}", self._hall)

    def export_file(self, number: int) -> Response:
        """The file, for the one who asked for it and gave a reason."""
        task = self._task(number)
        content = self._hall.works.held(number) if task.state is State.DONE else None
        if content is None:
            raise OutreachError("文件已经清除（只保留一天），请重新导出")
        return as_download(content, task.name)

    def _task(self, number: int) -> Task:
        task = there(self._hall.works.find(number, Kind.EXPORT, own()))
        return there(task if task.by == current().name else None)


def _export(header: Sequence[str], rows: Iterable[Sequence[object]], tell: Callable[[str, int, int], None]) -> Outcome:
    def counted() -> Iterator[Sequence[object]]:
        for number, row in enumerate(rows, 1):
            if not number % _TOGETHER:
                tell(f"已写 {number} 行", number, 0)
            yield row

    out = io.BytesIO()
    lines = sheets.write(out, header, counted())
    return Outcome(State.DONE, f"{lines} 行", {"lines": lines}, out.getvalue())


def _day(at: Any) -> str:
    return f"{at.astimezone(BEIJING):%Y-%m-%d}" if at else ""
