"""One transaction at a time, the same on both engines."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.errors import StoreError
from bot.store.database import LATER, Database
from bot.store.tables import article, message_log, statute, unanswered
from tests.store.conftest import Outage

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
LAW = {"title": "甲法", "version": "2021-06-10", "digest": "0", "imported_at": NOON}


def count(database: Database, table: sa.Table) -> int:
    with database.begin() as db:
        return db.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_transaction_is_committed_at_the_end(database: Database) -> None:
    with database.begin() as db:
        db.execute(sa.insert(statute).values(**LAW))
    assert count(database, statute) == 1


def test_who_reads_does_not_wait_for_who_writes(database: Database) -> None:
    with database.begin() as writer:
        writer.execute(sa.insert(statute).values(**LAW))
        with database.read() as reader:
            assert reader.scalar(sa.select(sa.func.count()).select_from(statute)) == 0
    with database.read() as reader:
        assert reader.scalar(sa.select(sa.func.count()).select_from(statute)) == 1


def test_who_writes_does_not_wait_for_who_reads(database: Database) -> None:
    with database.read() as reader:
        assert reader.scalar(sa.select(sa.func.count()).select_from(statute)) == 0
        with database.begin() as writer:
            writer.execute(sa.insert(statute).values(**LAW))
    assert count(database, statute) == 1


def test_sqlite_sees_how_its_tables_have_grown(database: Database) -> None:
    with database.begin() as db:
        db.execute(sa.insert(statute), [{**LAW, "title": f"某法{n}"} for n in range(3)])
    database.tidy()
    if database.is_sqlite:  # the other one sees to it alone, in its own time
        with database.read() as db:
            told = db.exec_driver_sql("SELECT stat FROM sqlite_stat1 WHERE tbl = 'statute'").scalars().all()
        assert {line.split()[0] for line in told} == {"3"}


def test_nothing_of_what_is_deleted_stays_in_the_files_of_sqlite(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL vacuums by itself")
    text = "只有他一个人说过的话" * 30
    with database.begin() as db:
        db.execute(sa.insert(statute).values(**LAW | {"title": text}))
    with database.begin() as db:
        db.execute(sa.delete(statute))
    database.tidy()
    file = Path(str(database.engine.url.database))
    held = b"".join(part.read_bytes() for part in file.parent.glob(f"{file.name}*"))
    assert len(held) > 4096
    assert "只有他一个人".encode() not in held


def test_transaction_is_undone_by_any_error(database: Database) -> None:
    def fail_half_way() -> None:
        with database.begin() as db:
            db.execute(sa.insert(statute).values(**LAW))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    assert count(database, statute) == 0


def test_broken_rule_of_the_schema_is_a_store_error_and_stores_nothing(database: Database) -> None:
    with pytest.raises(StoreError), database.begin() as db:
        db.execute(sa.insert(statute), [LAW, LAW])
    assert count(database, statute) == 0


def test_articles_go_with_their_statute(database: Database) -> None:
    with database.begin() as db:
        number = db.scalar(sa.insert(statute).values(**LAW).returning(statute.c.id))
        db.execute(sa.insert(article).values(statute_id=number, position=0, number="第一条", text="…"))
    with database.begin() as db:
        db.execute(sa.delete(statute))
    assert count(database, article) == 0


def test_article_without_statute_is_refused(database: Database) -> None:
    with pytest.raises(StoreError), database.begin() as db:
        db.execute(sa.insert(article).values(statute_id=99, position=0, number="第一条", text="…"))


def test_database_that_went_away_is_a_store_error_and_works_again_when_it_is_back(
    database: Database, outage: Outage
) -> None:
    assert count(database, unanswered) == 0
    outage.begin()
    with pytest.raises(StoreError):
        count(database, message_log)
    outage.end()
    assert count(database, message_log) == 0


@pytest.mark.parametrize("url", ["sqlite:////nowhere/at/all.db", "postgresql://nobody@127.0.0.1:9/none"])
def test_database_that_never_was_there_is_a_store_error_without_the_password(url: str) -> None:
    database = Database(url.replace("nobody@", "nobody:secret@"))
    with pytest.raises(StoreError) as e, database.begin():
        pass
    assert "secret" not in str(e.value)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be made"):
        Database(f"sqlite:///{tmp_path}/file/safety.db").migrate()


def test_folder_of_the_embedded_database_is_made(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/new/folder/bot.db")
    database.migrate()
    assert count(database, statute) == 0
    database.close()


def test_file_that_is_no_database_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "bot.db").write_text("这不是数据库" * 1000, encoding="utf-8")
    database = Database(f"sqlite:///{tmp_path}/bot.db")
    with pytest.raises(StoreError):
        database.migrate()
    database.close()


def test_a_line_commits_one_transaction_after_another(database: Database) -> None:
    with closing(database.line()) as line:
        for version in ("1", "2", "3"):
            with line.begin() as db:
                db.execute(sa.insert(statute).inline().values({**LAW, "version": version}), execution_options=LATER)
                assert db.scalars(sa.select(statute.c.version).order_by(statute.c.id)).all()[-1] == version
            assert count(database, statute) == int(version)


def test_what_nobody_waits_for_on_a_line_fails_all_the_same(database: Database) -> None:
    lawless = sa.insert(article).inline().values(statute_id=99, position=0, number="1", text="…")
    with closing(database.line()) as line:

        def write(*statements: sa.Insert) -> None:
            with line.begin() as db:
                for statement in statements:
                    db.execute(statement, execution_options=LATER)

        enacted = sa.insert(statute).inline().values(**LAW)
        with pytest.raises(StoreError):
            write(enacted, lawless)
        assert count(database, statute) == 0
        write(enacted)
    assert count(database, statute) == 1


def test_a_line_outlives_a_database_that_goes_away(database: Database, outage: Outage) -> None:
    with closing(database.line()) as line:
        with line.begin() as db:
            db.execute(sa.insert(statute).values(**LAW))
        outage.begin()
        with pytest.raises(StoreError), line.begin() as db:
            db.execute(sa.insert(statute).values({**LAW, "version": "2"}))
        outage.end()
        with line.begin() as db:
            db.execute(sa.insert(statute).values({**LAW, "version": "3"}))
    assert count(database, statute) == 2
