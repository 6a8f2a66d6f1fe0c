"""The workbook of what came of a broadcast: made by one host, fetched from another, gone when it has served."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

from bot.services import Services
from bot.store.tables import kept_file
from tests.console.pages import Client, Office

from .conftest import HOME, does, written


def test_the_outcome_is_fetched_from_whichever_host_is_asked(
    office: Office, author: Client, approver: Client, tmp_path: Path
) -> None:
    number = written(author, text="结果表格")
    does(author, number, "submit")
    does(approver, number, "approve", version="1", then="send")
    began = author.post(f"{HOME}/broadcasts/{number}/export")
    assert began.status_code == 303
    for thread in threading.enumerate():
        if thread.name.startswith("people-"):
            thread.join(120)
    settings = office.services.settings
    other = Office(Services(replace(settings, var_dir=tmp_path, database_url=settings.database)))
    theirs = Client(other.app, author.staff, author.word, author.csrf)
    other.now = office.now
    assert "下载" in theirs.get(began.location).text
    fetched = theirs.get(f"{began.location}/file")
    assert fetched.data[:2] == b"PK"
    assert fetched.content_length == len(fetched.data)
    assert "filename*=UTF-8''" in fetched.headers["Content-Disposition"]
    other.services.close()
    with office.services.database.begin() as db:
        db.execute(kept_file.delete())
    assert "请重新导出" in author.get(f"{began.location}/file").text
