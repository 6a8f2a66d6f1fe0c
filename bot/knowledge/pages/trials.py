"""Question sets, and what drafts would change of their answers."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from flask import redirect, request
from werkzeug.wrappers import Response as BaseResponse

from bot.console import Pages, current, flash, page, record
from bot.errors import ContentError, KnowledgeError
from bot.knowledge.pages.room import Room, check_whole_office, now
from bot.knowledge.regression import QuestionSets, compare
from bot.knowledge.uploads import safe_name
from bot.knowledge.work import WORK_WORDS
from bot.staff import Permission

_MAX_QUESTIONS, _LONGEST = 5000, 300


def add(pages: Pages, room: Room) -> None:
    """Add these pages."""
    sets = QuestionSets(room.database)

    @pages.get("/regression", Permission.READ_KNOWLEDGE)
    def regression() -> str:
        works = room.works.newest(current().name, "changes", "synonyms", "lexicon", now=now())
        waiting = room.catalogue.count(("draft", "in_review"))
        return page("knowledge/regression.html", sets=sets.all(), works=works, words=WORK_WORDS, waiting=waiting)

    @pages.post("/regression", Permission.READ_KNOWLEDGE, audited=False)
    def run_regression() -> BaseResponse:
        def task(_step: object) -> dict[str, object]:
            return compare(room.keeper, room.desk, room.database, None).as_row()

        work = room.works.begin("changes", "全部草稿和待审核的条目一起试答", current().name, task, now())
        return redirect(f"/staff/knowledge/progress/{work.id}", 303)

    @pages.post("/regression/sets", Permission.WRITE_KNOWLEDGE, max_bytes=8 << 20, once="/staff/knowledge/regression")
    def add_set() -> BaseResponse:
        check_whole_office()
        name, text = _sent()
        with tempfile.TemporaryDirectory(prefix="safetybot-") as scratch:
            path = Path(scratch) / f"{name}.jsonl"
            path.write_text(text, encoding="utf-8")
            try:
                held = sets.add(path, current().name)
            except ContentError as e:
                where = f"第{e.line}行：" if e.line else ""
                raise KnowledgeError(f"问题集读不懂：{where}{e.reason}") from e
        record("questions.add", "questions", held.name, after={"count": len(held.questions)})
        flash(f"问题集“{held.name}”已保存，{len(held.questions)} 题。")
        return redirect("/staff/knowledge/regression", 303)

    @pages.post("/regression/sets/remove", Permission.WRITE_KNOWLEDGE)
    def remove_set() -> BaseResponse:
        check_whole_office()
        name = request.form.get("name", "")
        sets.remove(name)
        record("questions.remove", "questions", name)
        flash(f"问题集“{name}”已删除。")
        return redirect("/staff/knowledge/regression", 303)


def _sent() -> tuple[str, str]:
    """Name and lines of JSON of the questions that were sent: as a file, or a line each. Raises KnowledgeError."""
    file = request.files.get("file")
    name = request.form.get("name", "").strip()
    if file and file.filename:
        data = file.read()
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as e:
            raise KnowledgeError("文件不是 UTF-8 编码，请用记事本另存为 UTF-8") from e
        name = name or safe_name(file.filename).rpartition(".")[0]
    else:
        text = request.form.get("questions", "")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise KnowledgeError("还没有问题：一行写一个，或者选一个文件")
    if len(lines) > _MAX_QUESTIONS or any(len(q) > _LONGEST and not q.startswith("{") for q in lines):
        raise KnowledgeError(f"最多 {_MAX_QUESTIONS} 题，每题最多 {_LONGEST} 个字")
    name = "".join(c for c in name if c.isalnum() or c in "-_ ").strip()[:80]
    if not name:
        raise KnowledgeError("请给问题集起个名字，用汉字、字母或数字")
    return name, "\n".join(q if q.startswith("{") else json.dumps({"q": q}, ensure_ascii=False) for q in lines) + "\n"
