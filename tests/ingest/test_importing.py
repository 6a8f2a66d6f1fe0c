"""Files and folders somebody names: what is taken, what is passed over with a word, what is refused whole."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.ingest import importing
from bot.ingest.importing import import_package, import_paths, read_paths
from bot.ingest.library import articles, shelf
from bot.store.database import Database

from .conftest import STATUTE
from .test_lawsdb import make_laws_db

Write = Callable[..., Path]


def passages(*laws: str) -> str:
    rows = [{"id": n, "law": law, "article": "第一条", "text": "一。"} for n, law in enumerate(laws)]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


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
    broken = write("broken.txt", STATUTE.replace("第二条　", "第二条"))
    code, said = run(database, broken, write("good.txt", STATUTE))
    assert code == 1
    assert f"{broken}:13" in said[0]
    assert shelf(database).statutes == 1


@pytest.mark.parametrize("name", ["law.docx", "law.pdf", "law.html", "law"])
def test_format_that_cannot_be_read_yet_is_refused_when_named(database: Database, write: Write, name: str) -> None:
    path = write(name, STATUTE)
    code, said = run(database, path)
    assert code == 1
    assert str(path) in said[0]


def test_missing_path_is_refused(database: Database, tmp_path: Path) -> None:
    code, said = run(database, tmp_path / "none.txt")
    assert code == 1
    assert "no such file" in said[0]


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
