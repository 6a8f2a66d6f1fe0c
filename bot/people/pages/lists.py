"""Lists that come in and go out as xlsx: what comes is checked before it is stored, what goes is on record."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from flask import Response as FlaskResponse
from flask import request, send_file
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from bot.console import Pages, current, flash, fragment, page, record
from bot.errors import OutreachError
from bot.people import importing, listing, roster, sheets
from bot.people.pages.forms import ExportForm, FollowerFilter, UnitFilter
from bot.people.pages.hall import Hall, again, own, there, to
from bot.people.units import Unit
from bot.people.work import Kind, Outcome, State, Task
from bot.settings import BEIJING
from bot.staff import Permission

_READ, _WRITE, _EXPORT = Permission.READ_PEOPLE, Permission.WRITE_PEOPLE, Permission.EXPORT_PEOPLE
#: A list of 100,000 units takes some 8 MB.
_MAX_FILE = 16 << 20
_SHOWN = 100
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TOGETHER = 2000
_HEADER = ("编号", "渠道", "状态", "地区", "单位", "行业", "岗位", "人群", "订阅", "关注时间", "最近发消息")


class ImportPages:
    """Registers its views with the group."""

    def __init__(self, pages: Pages, hall: Hall) -> None:
        self._hall = hall
        pages.get("/units/import", _WRITE)(self.import_form)
        pages.post("/units/import", _WRITE, max_bytes=_MAX_FILE)(self.import_units)
        pages.get("/units/import/empty.xlsx", _WRITE)(self.empty_list)
        pages.get("/imports/<int:number>", _WRITE)(self.imported)
        pages.get("/imports/<int:number>/progress", _WRITE)(self.import_progress)
        pages.get("/imports/<int:number>/problems.xlsx", _WRITE)(self.import_problems)
        pages.post("/imports/<int:number>/store", _WRITE)(self.store_import)
        pages.post("/imports/<int:number>/drop", _WRITE)(self.drop_import)

    def import_form(self) -> str:
        """What a list must look like, and where to drop it."""
        newest = self._hall.works.newest(Kind.IMPORT, own())
        return page("people/import.html", columns=list(sheets.COLUMNS), newest=newest, now=self._hall.clock())

    def empty_list(self) -> Response:
        """A list to be filled."""
        return _file(_written(list(sheets.COLUMNS), []), "单位名册（空表）.xlsx")

    def import_units(self) -> Response:
        """Check a list; nothing is stored yet."""
        file = request.files.get("file")
        if file is None or not file.filename:
            raise OutreachError("请先选择一个 xlsx 文件")
        name, content, region = file.filename[-100:], file.read(), own()
        number = self._hall.works.begin(Kind.IMPORT, current().name, region, name)
        self._hall.works.run(number, lambda tell: self._check(name, content, region, tell))
        record("units.check", "import", number, after={"file": name, "bytes": len(content)})
        return to(f"/staff/people/imports/{number}")

    def _check(self, name: str, content: bytes, region: str, tell: Callable[[str, int, int], None]) -> Outcome:
        tell("正在读取", 0, 0)
        rows, problems = sheets.read(
            io.BytesIO(content), name, self._hall.choices, lambda row: tell(f"已检查到第 {row} 行", row, 0)
        )
        given: list[Unit] = [one for _, one in rows]
        with self._hall.db() as db:
            if region:
                held = importing.regions(db, [one.name for one in given])
                checked = list(importing.of_district(rows, held, region))
                problems += [p for p in checked if isinstance(p, sheets.Problem)]
                given = [one for one in checked if isinstance(one, Unit)]
            changes = importing.compare(db, given) if not problems else []
        if problems:
            found = {"problems": [(p.row, p.column, p.what) for p in sorted(problems, key=lambda p: p.row)]}
            return Outcome(State.FAILED, f"有 {len(problems)} 处要改，什么都没有导入", found)
        counts = {
            kind: sum(change.kind == kind for change in changes) for kind in ("new", "changed", "reopened", "same")
        }
        return Outcome(State.CHECKED, f"{len(given)} 个单位，检查通过", {"counts": counts}, importing.packed(given))

    def imported(self, number: int) -> str:
        """How the check stands; what would change, before somebody says yes."""
        task, changes = self._task(number), []
        if task.state is State.CHECKED and task.is_held:
            given = importing.unpacked(self._hall.works.held(number))
            with self._hall.db() as db:
                changes = [c for c in importing.compare(db, given[: _SHOWN * 20]) if c.kind != "same"][:_SHOWN]
        return page("people/imported.html", task=task, changes=changes, shown=_SHOWN, now=self._hall.clock())

    def import_progress(self, number: int) -> str | Response:
        """How far it is, for the page; once it is over the page itself."""
        return _progress(self._task(number), f"/staff/people/imports/{number}", self._hall)

    def import_problems(self, number: int) -> Response:
        """All that is wrong, row by row."""
        problems = self._task(number).found.get("problems", [])
        return _file(_written(["行", "列", "问题"], problems), "要改的地方.xlsx")

    def store_import(self, number: int) -> Response:
        """Store what was checked and shown."""
        task, works, region, hall = self._task(number), self._hall.works, own(), self._hall
        if not works.move(number, State.CHECKED, State.RUNNING):
            raise OutreachError("这份名册已经导入或放弃，不能再导入一次")

        def job(tell: Callable[[str, int, int], None]) -> Outcome:
            tell("正在导入", 0, 0)
            given = importing.unpacked(works.held(number))
            with hall.db() as db:
                done = importing.store(db, given, region, hall.clock())
            told = f"新增 {done.new} 个，修改 {done.changed} 个，联络员变动 {done.officers} 人"
            return Outcome(State.DONE, told, {"counts": task.found.get("counts", {})}, b"")

        works.run(number, job)
        record("units.import", "import", number, after={"file": task.name, **task.found.get("counts", {})})
        return to(f"/staff/people/imports/{number}")

    def drop_import(self, number: int) -> Response:
        """Give a list up that was checked."""
        self._task(number)
        if self._hall.works.move(number, State.CHECKED, State.DROPPED):
            record("units.discard", "import", number, before={"state": State.CHECKED}, after={"state": State.DROPPED})
            flash("已放弃这份名册，什么都没有导入。")
        return to("/staff/people/units/import")

    def _task(self, number: int) -> Task:
        return there(self._hall.works.find(number, Kind.IMPORT, own()))


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
        return _progress(self._task(number), f"/staff/people/exports/{number}", self._hall)

    def export_file(self, number: int) -> Response:
        """The file, for the one who asked for it and gave a reason."""
        task = self._task(number)
        content = self._hall.works.held(number) if task.state is State.DONE else None
        if content is None:
            raise OutreachError("文件已经清除（只保留一天），请重新导出")
        return _file(content, task.name)

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


def _progress(task: Task, url: str, hall: Hall) -> str | Response:
    if task.state is State.RUNNING and not task.is_silent(hall.clock()):
        return fragment("people/progress.html", task=task, url=f"{url}/progress")
    return FlaskResponse("", headers={"HX-Redirect": url})


def _written(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    out = io.BytesIO()
    sheets.write(out, header, rows)
    return out.getvalue()


def _file(content: bytes, name: str) -> Response:
    response = send_file(io.BytesIO(content), _XLSX, as_attachment=True, download_name=name)
    response.headers["Cache-Control"] = "no-store"
    return response


def _day(at: Any) -> str:
    return f"{at.astimezone(BEIJING):%Y-%m-%d}" if at else ""
