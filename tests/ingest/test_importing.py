"""Files and folders somebody names: what is taken, what is passed over with a word, what is refused whole."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.answers.entries import Source
from bot.ingest import importing
from bot.ingest.holdings import articles, shelf
from bot.ingest.importing import import_package, import_paths, read_paths
from bot.ingest.progress import Progress
from bot.ingest.statutes import parse_statute
from bot.store.database import Database
from tests.bases import entry

from .conftest import STATUTE
from .readers.making import docx, pdf, typeset, zipped
from .test_lawsdb import make_laws_db

Write = Callable[..., Path]


def passages(*laws: str) -> str:
    rows = [{"id": n, "law": law, "article": "第一条", "text": "一。"} for n, law in enumerate(laws)]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def docx_of(text: str) -> bytes:
    return docx(*(line for line in text.split("\n") if line))


def run(database: Database, *paths: Path) -> tuple[int, list[str]]:
    said: list[str] = []
    return import_paths(database, paths, said.append), said


def test_named_file_is_imported_and_counted(database: Database, write: Write) -> None:
    code, said = run(database, write("a.txt", STATUTE))
    assert code == 0
    assert said == [
        "1 statutes with 3 articles: 1 added, 0 updated, 0 unchanged; 0 files passed over, 0 refused",
    ]


def test_importing_again_changes_nothing(database: Database, write: Write) -> None:
    path = write("a.txt", STATUTE)
    run(database, path)
    before = shelf(database)
    code, said = run(database, path, path)
    assert code == 0
    assert "0 added, 0 updated, 2 unchanged" in said[-1]
    assert shelf(database) == before


def test_one_bad_line_and_nothing_of_that_file_is_stored(database: Database, write: Write) -> None:
    bad = write("bad.jsonl", passages("甲法", "乙法") + "{\n")
    good = write("good.jsonl", passages("丙法"))
    code, said = run(database, bad, good)
    assert code == 1
    assert said[0].startswith(f"{bad}:3: not JSON")
    assert "1 refused" in said[-1]
    assert {a.law for a in articles(database)} == {"丙法"}


def test_broken_statute_is_named_and_the_others_are_taken(database: Database, write: Write) -> None:
    broken = write("broken.txt", STATUTE.replace("第三条　", "第一条　"))
    code, said = run(database, broken, write("good.txt", STATUTE))
    assert code == 1
    assert f"{broken}:19" in said[0]
    assert shelf(database).statutes == 1


@pytest.mark.parametrize("name", ["law.docx", "law.pdf", "law.html", "law"])
def test_file_is_taken_for_what_it_holds_whatever_its_name(database: Database, write: Write, name: str) -> None:
    assert run(database, write(name, STATUTE))[0] == 0


@pytest.mark.parametrize(
    "content",
    [b"\x89PNG\r\n\x1a\n", b"%PDF-1.7 cut", b"", "随手记的一页。".encode(), zipped({"a.txt": "笔记".encode()})],
)
def test_named_file_that_is_no_statute_is_refused(database: Database, write: Write, content: bytes) -> None:
    path = write("given.txt", content)
    code, said = run(database, path, write("good.txt", STATUTE))
    assert code == 1
    assert str(path) in "".join(said[:-1])
    assert "1 added" in said[-1]
    assert "1 refused" in said[-1]


def test_archive_gives_its_statutes_and_passes_over_the_rest(database: Database, write: Write) -> None:
    other = STATUTE.replace("中华人民共和国测试法", "另一部测试法")
    path = write("all.zip", zipped({"甲/测试法.txt": STATUTE.encode(), "乙.docx": docx_of(other), "笔记.txt": b"x"}))
    code, said = run(database, path)
    assert code == 0
    assert "passed over" in said[0]
    assert {a.law for a in articles(database)} == {"中华人民共和国测试法", "另一部测试法"}


def test_same_statute_in_every_format_is_one_statute(database: Database, write: Write) -> None:
    body = STATUTE.split("\n\n", 1)[1].replace("测试法\n", "测试法\n（2021年6月10日通过）\n", 1)
    page = "<html><body>" + "".join(f"<p>{line}</p>" for line in body.split("\n")) + "</body></html>"
    write("in/a.htm", page)
    write("in/b.docx", docx_of(body))
    write("in/c.pdf", pdf(typeset([line for line in body.split("\n") if line])))
    write("in/d.md", body.replace("第一章", "# 第一章").replace("第一条", "**第一条**"))
    folder = write("in/e.txt", STATUTE).parent
    code, said = run(database, folder)
    assert code == 0
    assert "1 added, 1 updated, 3 unchanged" in said[-1]
    before = shelf(database)
    assert before.statutes == 1
    assert "0 added, 0 updated, 5 unchanged" in run(database, folder)[1][-1]
    assert shelf(database) == before
    held = list(articles(database))
    assert [a.text for a in held] == [a.text for a in parse_statute(STATUTE).articles]
    assert held[0].effective == "2021-09-01"


def test_newer_version_tells_what_changed_and_who_cites_it(database: Database, write: Write) -> None:
    run(database, write("old.txt", STATUTE))
    newer = (
        STATUTE.replace("2021-06-10", "2025-06-10")
        .replace("2021-09-01", "2025-09-01")
        .replace("（二）乙。", "（二）丙。")
    )
    newer = newer.replace("第三条　本法", "第三条　新增加的一条，讲别的事情。\n第四条　本法")
    title = "中华人民共和国测试法"
    entries = [
        entry("cites-second", "甲", "乙", sources=(Source(law=title, article="第二条"),)),
        entry("cites-third", "丙", "丁", sources=(Source(law=title, article="第三条第一款"),)),
        entry("cites-first", "戊", "己", sources=(Source(law=title, article="第一条"),)),
    ]
    said: list[str] = []
    assert import_paths(database, [write("new.txt", newer)], said.append, entries) == 0
    told = "\n".join(said)
    assert "2021-06-10 → 2025-06-10" in told
    assert "文字有变 1 条：第二条" in told
    assert "条号有变 1 条：第三条→第四条" in told
    assert "新增 1 条：第三条" in told
    assert "cites-second（第二条）" in told
    assert "cites-third（第三条第一款）" in told
    assert "cites-first" not in told
    assert import_paths(database, [write("new.txt", newer)], said.append, entries) == 0
    assert "1 unchanged" in said[-1]


def test_terminal_sees_how_far_it_has_come(write: Write) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    seen, unseen = Terminal(), io.StringIO()
    for stream in (seen, unseen):
        with Progress(2, stream) as progress:
            progress.step("甲.docx")
            progress.step("乙.docx")
    assert "2/2 乙.docx" in seen.getvalue()
    assert seen.getvalue().endswith("\r\033[K")
    assert unseen.getvalue() == ""


def test_missing_path_is_refused(database: Database, tmp_path: Path) -> None:
    code, said = run(database, tmp_path / "none.txt")
    assert code == 1
    assert "没有这个文件" in said[0]


def test_folder_gives_its_statutes_and_names_what_it_passes_over(write: Write) -> None:
    folder = write("laws/b.txt", STATUTE).parent
    write("laws/deep/a.txt", STATUTE.replace("测试", "另测"))
    write("laws/README.md", "x")
    write("laws/notes.txt", "随手记的")
    write("laws/facts.txt", "标题：举报热线\n备注：事实摘录，非法律原文\n\n举报热线\n")
    write("laws/.hidden.txt", STATUTE)
    results = {r.path.name: r for r in read_paths([folder])}
    assert set(results) == {"b.txt", "a.txt", "README.md", "notes.txt", "facts.txt"}
    assert [len(results[n].statutes) for n in ("b.txt", "a.txt")] == [1, 1]
    assert all(results[n].skipped for n in ("README.md", "notes.txt", "facts.txt"))
    assert not any(r.error for r in results.values())


def test_broken_statute_in_a_folder_is_an_error(database: Database, write: Write) -> None:
    path = write("laws/broken.txt", STATUTE.replace("2021-06-10", "昨天"))
    code, said = run(database, path.parent)
    assert code == 1
    assert f"{path}:4" in said[0]


def test_package_gives_the_laws_we_know_and_leaves_what_came_from_files(
    database: Database, write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    knowledge = write("knowledge/laws.yaml", "laws:\n- {law: 甲法, short: [甲]}\n- {law: 乙法, short: [乙]}\n").parent
    given = make_laws_db(tmp_path / "laws.db", [("甲法", "现行有效"), ("乙法", "现行有效"), ("丙法", "现行有效")])
    run(database, write("a.txt", STATUTE.replace("中华人民共和国测试法", "乙法").replace("2021-06-10", "2020-01-01")))
    monkeypatch.setattr(importing, "fetched", lambda: given)
    said: list[str] = []
    assert import_package(database, knowledge, False, said.append) == 0
    assert {a.law for a in articles(database)} == {"甲法", "乙法"}
    assert "制定本法" in next(a.text for a in articles(database) if a.law == "乙法")
    assert "1 safety laws imported, 1 held already" in said[0]


def test_package_is_not_asked_for_when_statutes_are_there(
    database: Database, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "fetched", lambda: pytest.fail("nothing is to be fetched"))
    run(database, write("a.txt", STATUTE))
    said: list[str] = []
    assert import_package(database, Path("/nowhere"), True, said.append) == 0
    assert said == []
