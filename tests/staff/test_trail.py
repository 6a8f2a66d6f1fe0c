"""The audit trail: complete, in order, and not to be changed unnoticed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from bot.errors import StoreError
from bot.staff.tables import audit
from bot.staff.trail import Entry, Search, Trail
from bot.store.database import Database

NOW = datetime(2026, 6, 1, 1, 0, tzinfo=UTC)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    held = Database(database_url)
    held.migrate()
    yield held
    held.close()


def entry(n: int, **more: object) -> Entry:
    return Entry(staff="li", action="broadcast.edit", kind="broadcast", object_id=str(n), at=NOW, **more)  # type: ignore[arg-type]


def test_rows_cannot_be_changed_nor_deleted(database: Database) -> None:
    trail = Trail(database)
    trail.write(entry(1))
    for statement in (audit.update().values(staff="eve"), audit.delete()):
        with pytest.raises(StoreError), database.begin() as db:
            db.execute(statement)
    assert trail.broken_at() is None
    assert [line.staff for line in trail.find(Search())] == ["li"]


def test_a_row_changed_behind_its_back_is_found(database: Database) -> None:
    trail = Trail(database)
    for n in range(5):
        trail.write(entry(n, before={"text": "旧"}, after={"text": "新\0"}, reason="改错字\ud800"))
    assert trail.broken_at() is None
    with database.begin() as db:
        if database.is_sqlite:
            db.execute(sa.text("DROP TRIGGER audit_no_update"))
        else:
            db.execute(sa.text("DROP TRIGGER audit_no_change ON audit"))
        third = db.scalars(sa.select(audit.c.id).order_by(audit.c.id)).all()[2]
        db.execute(audit.update().where(audit.c.id == third).values(reason="没有原因"))
    assert trail.broken_at() == third


def test_the_end_of_a_sound_trail_is_named(database: Database) -> None:
    trail = Trail(database)
    assert trail.sound() == "操作记录还是空的。"
    trail.write(Entry(staff="li", action="staff.sign_in", at=NOW))
    [last] = trail.find(Search())
    assert f"第{last.id}条，校验值 {last.hash[:12]}" in trail.sound()


def test_many_at_once_make_one_chain(database: Database) -> None:
    trail = Trail(database)
    threads = [threading.Thread(target=lambda k=k: [trail.write(entry(k)) for _ in range(5)]) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(trail.find(Search())) == 20
    assert trail.broken_at() is None


def test_what_is_done_and_its_record_are_held_together_or_not_at_all(database: Database) -> None:
    trail = Trail(database)

    def fail_after_writing() -> None:
        with database.begin() as db:
            trail.write(entry(1), db)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_writing()
    assert trail.find(Search()) == []


def test_search_by_person_deed_object_and_day(database: Database) -> None:
    trail = Trail(database)
    for n in range(3):
        trail.write(entry(n))
    trail.write(Entry(staff="wang", action="staff.add", kind="staff", object_id="x", at=NOW))
    assert [line.staff for line in trail.find(Search(staff="wang"))] == ["wang"]
    assert len(trail.find(Search(action="broadcast."))) == 3
    assert [line.object_id for line in trail.find(Search(kind="broadcast", object_id="1"))] == ["1"]
    assert len(trail.find(Search(since="2026-06-01", until="2026-06-01"))) == 4
    assert trail.find(Search(since="2026-06-02")) == []
    first = trail.find(Search(), at_most=2)
    assert [line.id for line in trail.find(Search(), before=first[-1].id)] == [2, 1]
