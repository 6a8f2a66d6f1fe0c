"""Documents handed in by the browser, read beside, and what came of them; all knowledge as one file, and back."""

from __future__ import annotations

import secrets
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from flask import Response, abort, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from bot.console import Pages, current, flash, page, record
from bot.errors import ContentError, KnowledgeError
from bot.ingest.readers.limits import MAX_BYTES
from bot.knowledge import files, parcels, uploads
from bot.knowledge.pages.room import Room, check_whole_office, now
from bot.knowledge.parcels import Parcel
from bot.knowledge.uploads import Given
from bot.knowledge.work import WORK_WORDS, Step, WorkState
from bot.staff import Permission
from bot.store import files as kept

#: One request: some documents of the size that is read, with what a form adds.
_MAX_REQUEST = MAX_BYTES + (2 << 20)
_MAX_FILES = 20
_WANTED = {"auto": "自动判断", "plan": "活动方案", "statute": "法律法规"}


def add(pages: Pages, room: Room) -> None:
    """Add these pages."""

    @pages.get("/import", Permission.WRITE_KNOWLEDGE)
    def uploading() -> str:
        check_whole_office()
        held = room.works.newest(current().name, "upload", now=now())
        return page(
            "knowledge/import.html", works=held, words=WORK_WORDS, wanted=_WANTED, accepted=uploads.ACCEPTED,
            most_mb=MAX_BYTES >> 20, most=_MAX_FILES,
        )  # fmt: skip

    @pages.post("/import", Permission.WRITE_KNOWLEDGE, max_bytes=_MAX_REQUEST, once="/staff/knowledge/import")
    def upload() -> BaseResponse:
        check_whole_office()
        wanted = request.form.get("wanted", "auto")
        if wanted not in _WANTED:
            abort(400)
        taken, refused = _examined(_given("files"))
        if not taken and not refused:
            raise KnowledgeError("还没有选文件。把文件拖进框里，或者点“选择文件”")
        for why in refused:
            flash(f"没有收：{why}", "bad")
        if not taken:
            return redirect("/staff/knowledge/import", 303)
        who = current().name
        what = taken[0].name if len(taken) == 1 else f"{taken[0].name} 等 {len(taken)} 个文件"
        work = room.works.begin("upload", f"读取 {what}", who, _reading(room, taken, wanted, who), now())
        record("document.upload", "work", work.id, after={"files": [g.name for g in taken], "wanted": wanted})
        return redirect(f"/staff/knowledge/progress/{work.id}", 303)

    @pages.get("/files", Permission.READ_KNOWLEDGE)
    def all_files() -> str:
        check_whole_office()
        works = room.works.newest(current().name, "export", "bring", "brought", now=now())
        return page("knowledge/files.html", works=works,
                    words=WORK_WORDS, now=now(), parcels=room.parcels.newest(), states=parcels.WORDS)  # fmt: skip

    @pages.post("/files/export", Permission.READ_KNOWLEDGE)
    def export() -> BaseResponse:
        check_whole_office()
        work = room.works.begin("export", "打包全部知识", current().name, lambda _step: _export(room), now())
        record("knowledge.export", "work", work.id)
        return redirect(f"/staff/knowledge/progress/{work.id}", 303)

    @pages.get("/files/<int:number>.zip", Permission.READ_KNOWLEDGE)
    def exported(number: int) -> Response:
        check_whole_office()
        held = room.works.get(number, current().name, now())
        if held is None or held.kind != "export" or held.state is not WorkState.DONE:
            abort(404)
        name = str(held.result.get("file", ""))
        size = kept.size_of(room.database, name)
        if not size:
            raise KnowledgeError("这个包已经清理掉了（只保留一天），请重新打包")
        response = Response(kept.pieces(room.database, name), mimetype="application/zip")
        response.headers.set("Content-Disposition", "attachment", filename="safetybot-knowledge.zip")
        response.content_length = size
        return response

    @pages.post("/files/bring", Permission.WRITE_KNOWLEDGE, max_bytes=_MAX_REQUEST, once="/staff/knowledge/files")
    def bring() -> BaseResponse:
        check_whole_office()
        given = next(iter(_given("package")), None)
        if given is None:
            raise KnowledgeError("还没有选文件。请选以前在这里下载的 zip")
        who = current().name

        def task(_step: Step) -> Mapping[str, Any]:
            return {"parcel": room.parcels.hand_in(given, who, now()).id}

        work = room.works.begin("bring", f"检查 {given.name}", who, task, now())
        record("knowledge.hand_in", "work", work.id, after={"file": given.name})
        return redirect(f"/staff/knowledge/progress/{work.id}", 303)

    @pages.get("/files/parcels/<int:number>", Permission.READ_KNOWLEDGE)
    def parcel(number: int) -> str:
        held = _parcel(room, number)
        return page("knowledge/parcel.html", parcel=held, words=parcels.WORDS, me=current().name)

    @pages.post("/files/parcels/<int:number>/accept", Permission.REVIEW_KNOWLEDGE)
    def accept_parcel(number: int) -> BaseResponse:
        held, who = _parcel(room, number), current().name
        if held.who == who:
            raise KnowledgeError("这个包是您自己传的，请另一位同事审核")

        def task(_step: Step) -> Mapping[str, Any]:
            return {"lines": room.parcels.accept(number, who)}

        work = room.works.begin("brought", f"读入 {held.name}", who, task, now())
        record("knowledge.import", "parcel", number, after={"file": held.name, "digest": held.digest[:16]})
        return redirect(f"/staff/knowledge/progress/{work.id}", 303)

    @pages.post("/files/parcels/<int:number>/refuse", Permission.WRITE_KNOWLEDGE)
    def refuse_parcel(number: int) -> BaseResponse:
        held, why = _parcel(room, number), request.form.get("reason", "").strip()[:300]
        if held.who != current().name and not current().may(Permission.REVIEW_KNOWLEDGE):
            raise KnowledgeError(f"这个包是{held.who}传的，请他自己或审核的同事放弃")
        room.parcels.refuse(number, current().name, why)
        record(
            "knowledge.refuse", "parcel", number, before={"state": held.state}, after={"state": "refused"}, reason=why
        )
        flash("不读入这个包，什么都没有改。")
        return redirect("/staff/knowledge/files", 303)


def _parcel(room: Room, number: int) -> Parcel:
    check_whole_office()
    held = room.parcels.get(number)
    if held is None:
        abort(404)
    return held


def _given(name: str) -> list[Given]:
    found = [f for f in request.files.getlist(name) if f.filename]
    if len(found) > _MAX_FILES:
        raise KnowledgeError(f"一次最多传 {_MAX_FILES} 个文件；更多请打成 zip")
    given = [Given(uploads.safe_name(f.filename or ""), f.read()) for f in found]
    for file in found:
        file.close()
    return given


def _examined(given: list[Given]) -> tuple[list[Given], list[str]]:
    """Those that may be read, and why not the others."""
    taken, refused = [], []
    for file in given:
        try:
            uploads.examine(file)
            taken.append(file)
        except ContentError as e:
            refused.append(f"{file.name}：{e.reason}")
    return taken, refused


def _reading(room: Room, given: list[Given], wanted: str, who: str) -> Callable[[Step], Mapping[str, Any]]:
    def task(step: Step) -> Mapping[str, Any]:
        found: list[Any] = []
        for n, file in enumerate(given):
            if len(given) > 1:
                step(n, len(given))
            found += _read_one(room, file, wanted, who, step if len(given) == 1 else lambda _done, _total: None)
        return {"files": found}

    return task


def _read_one(room: Room, file: Given, wanted: str, who: str, step: Step) -> list[Any]:
    try:
        office = room.office
        return list(uploads.read(office.settings, file, wanted, who, step, office.known_places)["files"])
    except KnowledgeError as e:  # the others are read all the same
        return [{"name": file.name, "as": "nothing", "why": str(e)}]


def _export(room: Room) -> Mapping[str, Any]:
    """Packed, and kept for a day where every host can hand it out."""
    kept.tidy(room.database, now())
    name = f"knowledge-{secrets.token_hex(8)}"
    with tempfile.TemporaryDirectory(prefix="safetybot-") as scratch:
        folder = Path(scratch) / "export"
        count = len(files.export(room.database, folder))
        kept.keep(room.database, name, _zipped(folder), now())
    return {"file": name, "count": count}


def _zipped(folder: Path) -> BytesIO:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            archive.write(path, path.relative_to(folder).as_posix())
    out.seek(0)
    return out
