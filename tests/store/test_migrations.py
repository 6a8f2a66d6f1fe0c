"""The migrations lead to the schema that the code speaks of, on both engines."""

import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import bot.conversations.tables  # the metadata is whole when all rooms have put their tables in
import bot.knowledge.tables
import bot.office.tables
import bot.outreach.calendar_tables
import bot.outreach.media_tables
import bot.outreach.menu_tables
import bot.outreach.tables
import bot.outreach.tip_tables
import bot.people.tables
import bot.staff.tables
import bot.store.migrations as migrations
import bot.unanswered.tables  # noqa: F401
from bot.errors import StoreError
from bot.outreach import standing
from bot.store.database import Database
from bot.store.tables import metadata

FOLDER = Path(str(migrations.__file__)).parent


def test_upgraded_database_has_the_schema_of_the_tables(database: Database) -> None:
    with database.begin() as db:
        context = MigrationContext.configure(db, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_head_names_the_newest_file_and_the_chain_has_one_end() -> None:
    newest = max(re.match(r"\d{4}", p.name)[0] for p in (FOLDER / "versions").glob("[0-9]*.py"))  # type: ignore[index]
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    assert newest == migrations.HEAD
    assert ScriptDirectory.from_config(config).get_heads() == [migrations.HEAD]


def test_migrating_again_changes_nothing_and_keeps_what_is_there(database: Database) -> None:
    with database.begin() as db:
        db.execute(sa.insert(metadata.tables["statute"]).values(title="甲法", digest="0", imported_at=sa.func.now()))
    database.migrate()
    with database.begin() as db:
        assert db.scalar(sa.text("SELECT title FROM statute")) == "甲法"
        assert db.scalars(sa.text("SELECT version_num FROM alembic_version")).all() == [migrations.HEAD]


def test_two_threads_may_migrate_at_once(empty_database_url: str) -> None:
    start = threading.Barrier(4)

    def migrate() -> None:
        database = Database(empty_database_url)
        start.wait()
        database.migrate()
        database.close()

    with ThreadPoolExecutor(4) as pool:
        for job in [pool.submit(migrate) for _ in range(4)]:
            job.result(120)
    assert version(empty_database_url) == [migrations.HEAD]


def test_two_processes_may_migrate_at_once(empty_database_url: str) -> None:
    code = f"from bot.store.database import Database; Database({empty_database_url!r}).migrate()"
    started = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) for _ in range(3)]
    told = [process.communicate(timeout=120)[1].decode() for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], told
    assert version(empty_database_url) == [migrations.HEAD]


def version(database_url: str) -> list[str]:
    database = Database(database_url)
    with database.begin() as db:
        found = list(db.scalars(sa.text("SELECT version_num FROM alembic_version")))
    database.close()
    return found


def test_database_of_a_newer_version_is_refused_with_what_to_do(database: Database) -> None:
    database.migrate()
    with database.begin() as db:
        db.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="9999.*newer version"):
        database.migrate()


def test_a_reminder_that_one_person_approved_waits_for_two(empty_database_url: str) -> None:
    database, config = Database(empty_database_url), Config()
    config.set_main_option("script_location", str(FOLDER))
    with database.begin() as db:
        config.attributes["connection"] = db
        command.upgrade(config, "0031")
        row = "('fire-day', 'abc', '张三', CURRENT_TIMESTAMP)"
        db.execute(sa.text(f"INSERT INTO standing_approval (reminder, digest, who, at) VALUES {row}"))
    database.migrate()
    with database.read() as db:
        held = standing.read(db, standing.reminder("fire-day"), "abc")
    database.close()
    assert (held.lets, held.proposer, "现在要两个人" in held.words) == (False, "张三", True)
