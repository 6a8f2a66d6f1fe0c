"""Workbooks that go out, and how far work is that makes or reads them."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from flask import Response as FlaskResponse
from flask import send_file
from werkzeug.wrappers import Response

from bot.console import fragment
from bot.people import sheets
from bot.people.pages.hall import Hall
from bot.people.work import State, Task

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def written(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A workbook of one sheet."""
    out = io.BytesIO()
    sheets.write(out, header, rows)
    return out.getvalue()


def as_download(content: bytes, name: str) -> Response:
    """A workbook for whoever asked, and for no cache."""
    response = send_file(io.BytesIO(content), _XLSX, as_attachment=True, download_name=name)
    response.headers["Cache-Control"] = "no-store"
    return response


def progress(task: Task, url: str, hall: Hall) -> str | Response:
    """How far it is, for the page at `url`; once it is over the page itself."""
    if task.state is State.RUNNING and not task.is_silent(hall.clock()):
        return fragment("people/progress.html", task=task, url=f"{url}/progress")
    return FlaskResponse("", headers={"HX-Redirect": url})
