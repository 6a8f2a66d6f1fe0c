"""The audit trail as pages: searched, read, exported, checked."""

from __future__ import annotations

import re
from typing import Any

from flask import Response, redirect, request

from bot.console.deeds import KINDS, said
from bot.console.desk import console
from bot.console.keyset import cut
from bot.console.pages import Pages, flash, page, record
from bot.staff import Permission
from bot.staff.trail import Line, Search
from bot.workbooks import workbook

pages = Pages("audit", __name__, "/staff/audit")
_AT_MOST = 50
_EXPORTED = 100_000
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_HEADER = ("编号", "时间（UTC）", "谁", "做了什么", "对象", "对象编号", "之前", "之后", "原因", "地址", "校验值")


@pages.get("/", Permission.READ_AUDIT)
def trail() -> str:
    search, given = _search(), request.args.get("after", "")
    after = int(given) if given.isdecimal() and len(given) < 19 else None
    found = cut(console().trail.find(search, after, _AT_MOST + 1), _AT_MOST, lambda line: line.id)
    people = console().accounts.displays()
    return page("console/audit.html", found=found, search=search, said=said, people=people, kinds=KINDS)


@pages.post("/export", Permission.READ_AUDIT)
def export() -> Any:
    search = _search()
    lines: list[Line] = []
    for line in console().trail.every(search):
        lines.append(line)
        if len(lines) == _EXPORTED:
            break
    record("audit.export", "audit", after={"rows": len(lines)}, reason=request.form.get("reason", ""))
    rows = (
        (n.id, n.at.isoformat(), n.staff, n.action, n.kind, n.object_id, n.before, n.after, n.reason, n.address, n.hash)
        for n in lines
    )
    kept = workbook("操作记录", _HEADER, rows)
    headers = {"Content-Disposition": "attachment; filename=audit.xlsx"}
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return Response(kept, content_type=kind, headers=headers)


@pages.post("/check", Permission.READ_AUDIT)
def check() -> Any:
    broken = console().trail.broken_at()
    if broken is None:
        flash(console().trail.sound())
    else:
        flash(f"第{broken}条操作记录和写下时不一样，或者它前面的记录被删过。请保留现场，联系安装人员。", "bad")
    record("audit.check", "audit", broken or "")
    return redirect("/staff/audit/", 303)


def _search() -> Search:
    held = {name: request.values.get(name, "").strip()[:120] for name in Search.__slots__}
    for day in ("since", "until"):
        if not _DAY.fullmatch(held[day]):
            held[day] = ""
    return Search(**held)
