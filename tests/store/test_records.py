"""What is written down stays written down, whatever dies in between."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.errors import StoreError
from bot.store.database import Database
from bot.store.records import MessageRow, RatingRow, Records, UnansweredRow
from bot.store.tables import message_log, rating, unanswered
from tests.store.conftest import Outage

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
MESSAGE = MessageRow(NOON, "official", "oAlice", "text", "你好", "answered", "", "st-greeting", 0.9, 1.5)
QUESTION = UnansweredRow(NOON, "official", "oAlice", "鲨鱼咬人怎么办", (("a", 0.1), ("b", 0.05)))
RATING = RatingRow(NOON, "official", "oAlice", "高温几度停工", "heat-stop", 0.9, 0, "")


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    return tmp_path / "var" / "spool.jsonl"


@pytest.fixture
def records(database: Database, spool: Path) -> Records:
    return Records(database, spool)


def written(database: Database, table: sa.Table, column: str) -> list[str]:
    with database.begin() as db:
        return list(db.scalars(sa.select(table.c[column]).order_by(table.c.id)))


def next_process(database: Database, spool: Path) -> None:
    """What a new process does with the spool it finds."""
    later = Records(database, spool)
    later.start()
    later.stop()


def test_log_rows_are_written_in_order_by_the_time_it_stops(records: Records, database: Database) -> None:
    records.start()
    for n in range(700):
        records.note(replace(MESSAGE, text=str(n)))
    records.stop()
    assert written(database, message_log, "text") == [str(n) for n in range(700)]


def test_row_comes_back_as_it_was_noted(records: Records, database: Database) -> None:
    records.note(MESSAGE)
    records.start()
    records.stop()
    with database.begin() as db:
        row = db.execute(sa.select(message_log)).one()
    assert (row.channel, row.address, row.kind, row.status, row.entry) == (
        "official", "oAlice", "text", "answered", "st-greeting",
    )  # fmt: skip
    assert (row.confidence, row.took_ms) == (0.9, 1.5)


def test_kept_question_is_there_at_once(records: Records, database: Database) -> None:
    records.keep(QUESTION)
    assert written(database, unanswered, "question") == ["鲨鱼咬人怎么办"]
    assert written(database, unanswered, "candidates") == ['[["a", 0.1], ["b", 0.05]]']


def test_noting_never_blocks_even_when_nobody_writes(records: Records) -> None:
    for _ in range(20_100):
        records.note(MESSAGE)


def test_starting_and_stopping_twice_is_no_error(records: Records) -> None:
    records.start()
    records.start()
    records.stop()
    records.stop()


def test_while_the_database_is_away_rows_wait_in_the_spool_and_are_written_later(
    records: Records, database: Database, outage: Outage, spool: Path
) -> None:
    records.start()
    outage.begin()
    records.keep(QUESTION)
    records.keep(replace(QUESTION, question="第二个问题"))
    records.note(MESSAGE)
    records.stop()
    assert spool.stat().st_size > 0
    outage.end()
    next_process(database, spool)
    assert written(database, unanswered, "question") == ["鲨鱼咬人怎么办", "第二个问题"]
    assert written(database, message_log, "text") == ["你好"]
    assert not spool.exists() or not spool.stat().st_size


def test_kept_row_is_refused_loudly_when_even_the_disk_refuses(
    database: Database, outage: Outage, tmp_path: Path
) -> None:
    (tmp_path / "var").write_text("a file where a folder should be")
    records = Records(database, tmp_path / "var" / "spool.jsonl")
    outage.begin()
    with pytest.raises(StoreError, match="spool"):
        records.keep(QUESTION)


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from bot.store.database import Database
from bot.store.records import Records, UnansweredRow
records = Records(Database("sqlite:////nowhere/at/all.db"), Path(sys.argv[1]))
n = 0
while True:
    records.keep(UnansweredRow(datetime.now(UTC), "official", "oAlice", f"问题{n}", ()))
    print(n, flush=True)
    n += 1
"""


def test_killed_writer_loses_nothing_that_it_had_promised(database: Database, spool: Path) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(spool)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert writer.stdout
    promised = [int(writer.stdout.readline()) for _ in range(50)]
    writer.kill()
    promised += [int(line) for line in writer.stdout.read().split()]
    writer.stdout.close()
    writer.wait()
    next_process(database, spool)
    assert set(written(database, unanswered, "question")) >= {f"问题{n}" for n in promised}


@pytest.mark.parametrize("cut", range(1, 160, 7))
def test_torn_last_line_of_the_spool_costs_only_itself(tmp_path: Path, cut: int) -> None:
    spool, database = tmp_path / "spool.jsonl", Database(f"sqlite:///{tmp_path}/bot.db")
    gone = Records(Database("sqlite:////nowhere/at/all.db"), spool)
    for n in range(3):
        gone.keep(replace(QUESTION, question=f"问题{n}"))
    spool.write_bytes(spool.read_bytes()[:-cut])
    gone.keep(replace(QUESTION, question="撕裂之后"))
    database.migrate()
    next_process(database, spool)
    assert written(database, unanswered, "question") == ["问题0", "问题1", *(["问题2"] if cut == 1 else []), "撕裂之后"]
    database.close()


def test_half_a_character_at_the_end_of_the_spool_is_no_fault(database: Database, spool: Path) -> None:
    spool.parent.mkdir(parents=True)
    spool.write_bytes('["UnansweredRow", {"question": "半个字'.encode()[:-1])
    next_process(database, spool)
    assert written(database, unanswered, "question") == []
    assert not spool.exists() or not spool.stat().st_size


STRANGE = [
    "\x00",
    "a\x00b",
    "\ud800",
    "一\udfff二",
    "\u2028\u2029\x85",
    "\n\r\t",
    "😀" * 500,
    "\x1b[0m",
    "'; DROP TABLE x--",
]


@pytest.mark.parametrize("text", STRANGE)
def test_strange_text_is_kept_and_does_not_stop_the_writer(records: Records, database: Database, text: str) -> None:
    records.start()
    records.keep(replace(QUESTION, question=text))
    records.note(replace(MESSAGE, text=text))
    records.stop()
    records.note(MESSAGE)
    records.start()
    records.stop()
    assert len(written(database, unanswered, "question")) == 1
    assert written(database, message_log, "text")[-1] == "你好"
    assert len(written(database, message_log, "text")) == 2


@pytest.mark.parametrize("text", STRANGE)
def test_strange_text_passes_through_the_spool(tmp_path: Path, text: str) -> None:
    spool, database = tmp_path / "spool.jsonl", Database(f"sqlite:///{tmp_path}/bot.db")
    gone = Records(Database("sqlite:////nowhere/at/all.db"), spool)
    gone.keep(replace(QUESTION, question=text))
    gone.keep(QUESTION)
    database.migrate()
    next_process(database, spool)
    assert written(database, unanswered, "question")[1:] == ["鲨鱼咬人怎么办"]
    database.close()


def test_one_who_leaves_is_forgotten_and_others_are_not(records: Records, database: Database) -> None:
    bob = replace(MESSAGE, address="oBob", text="鲍勃")
    records.start()
    records.note(MESSAGE)
    records.note(bob)
    records.stop()
    records.keep(QUESTION)
    records.erase("official", "oAlice")
    assert written(database, message_log, "text") == ["鲍勃"]
    assert written(database, unanswered, "question") == ["鲨鱼咬人怎么办"]
    assert written(database, unanswered, "address") == [""]


def test_same_address_on_another_channel_is_another_person(records: Records, database: Database) -> None:
    records.keep(QUESTION)
    records.erase("web", "oAlice")
    assert written(database, unanswered, "address") == ["oAlice"]


def test_rows_still_waiting_are_forgotten_too(records: Records, database: Database) -> None:
    records.note(MESSAGE)
    records.note(replace(MESSAGE, address="oBob", text="鲍勃"))
    records.erase("official", "oAlice")
    records.start()
    records.stop()
    assert written(database, message_log, "text") == ["鲍勃"]


def test_one_who_leaves_while_the_database_is_away_is_forgotten_later(
    records: Records, database: Database, outage: Outage, spool: Path
) -> None:
    records.keep(QUESTION)
    outage.begin()
    records.keep(replace(QUESTION, question="停电时问的"))
    records.erase("official", "oAlice")
    outage.end()
    next_process(database, spool)
    assert written(database, unanswered, "question") == ["鲨鱼咬人怎么办", "停电时问的"]
    assert written(database, unanswered, "address") == ["", ""]


def test_question_asked_again_is_kept_as_often_as_it_was_asked(records: Records, database: Database) -> None:
    records.start()
    for address in ("oAlice", "oBob", "oCarol"):
        records.keep(replace(QUESTION, address=address))
    records.stop()
    assert sorted(written(database, unanswered, "address")) == ["oAlice", "oBob", "oCarol"]


def test_rating_comes_back_as_it_was_given(records: Records, database: Database) -> None:
    records.rate(replace(RATING, useful=1))
    with database.begin() as db:
        row = db.execute(sa.select(rating)).one()
    assert (row.channel, row.address, row.question, row.entry, row.confidence, row.useful, row.reason) == (
        "official", "oAlice", "高温几度停工", "heat-stop", 0.9, 1, "",
    )  # fmt: skip


def test_rating_with_its_reason_replaces_that_without(records: Records, database: Database) -> None:
    records.rate(RATING)
    records.rate(replace(RATING, address="oBob"))
    records.rate(replace(RATING, reason="看不懂"))
    assert written(database, rating, "address") == ["oBob", "oAlice"]
    assert written(database, rating, "reason") == ["", "看不懂"]


def test_rating_is_kept_while_the_database_is_away(
    records: Records, database: Database, outage: Outage, spool: Path
) -> None:
    outage.begin()
    records.rate(RATING)
    records.rate(replace(RATING, reason="看不懂\ud800\x00" + "长" * 500))
    outage.end()
    next_process(database, spool)
    assert [r[:3] for r in written(database, rating, "reason")] == ["看不懂"]


def test_rating_of_one_who_leaves_stays_without_them(records: Records, database: Database) -> None:
    records.rate(RATING)
    records.rate(replace(RATING, channel="web"))
    records.erase("official", "oAlice")
    assert written(database, rating, "address") == ["", "oAlice"]
