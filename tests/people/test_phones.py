"""Telephones and robots become people whom broadcasts know: consent noted, a stop outlives the next list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.errors import OutreachError
from bot.people import load_choices, segments
from bot.people.phones import answered, import_phones, keep_robots, robots_of, stop
from bot.people.sheets import SheetError, write
from bot.people.tables import follower, phone_consent, phone_stop, unit
from bot.services import PEOPLE
from bot.store.database import Database
from bot.store.tables import metadata

NOW = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)
HEADER = ("手机号", "同意方式", "同意日期", "地区", "单位", "行业")
GOOD = ("138 0000 0001", "入职登记表签字", "2026-05-20", "广东省江门市", "甲厂", "建筑")
CHOICES = load_choices(PEOPLE)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'test.db'}")
    metadata.create_all(database.engine)
    with database.begin() as db:
        db.execute(sa.insert(unit).values(id=1, name="甲厂", code="A1"))
    yield database
    database.close()


def sheet(folder: Path, *rows: Sequence[str]) -> Path:
    write(folder / "号码.xlsx", HEADER, rows)
    return folder / "号码.xlsx"


def reached(database: Database, channel: str) -> int:
    return segments.count(database, {"field": "channel", "values": [channel]}, NOW)


def test_a_number_with_consent_can_be_reached_and_the_consent_is_kept(database: Database, tmp_path: Path) -> None:
    done = import_phones(database, sheet(tmp_path, GOOD), CHOICES, "张三", NOW)
    assert (done.new, done.known, reached(database, "sms")) == (1, 0, 1)
    with database.begin() as db:
        held = db.execute(sa.select(follower)).one()
        consent = db.execute(sa.select(phone_consent)).one()
    assert (held.address, held.unit_id, held.region) == ("13800000001", 1, "广东省江门市")
    assert (consent.how, consent.since, consent.by) == ("入职登记表签字", "2026-05-20", "张三")
    assert import_phones(database, sheet(tmp_path, GOOD), CHOICES, "张三", NOW).known == 1


@pytest.mark.parametrize(
    ("place", "value", "what"),
    [
        (0, "0750-3123456", "“手机号”：不是内地手机号"),
        (1, "", "“同意方式”：是空的；没有写明本人同意"),
        (2, "去年", "“同意日期”"),
        (2, "2026-06-02", "不能在将来"),
        (3, "江门", "要从省写起"),
        (4, "乙厂", "请先导入名册"),
        (5, "航天", "不认识"),
    ],
)
def test_one_wrong_cell_and_nothing_is_taken_over(
    place: int, value: str, what: str, database: Database, tmp_path: Path
) -> None:
    other = ("13800000002", *GOOD[1:])
    wrong = [value if n == place else cell for n, cell in enumerate(GOOD)]
    with pytest.raises(SheetError, match=what):
        import_phones(database, sheet(tmp_path, other, wrong), CHOICES, "张三", NOW)
    assert reached(database, "sms") == 0


def test_a_number_in_full_width_is_the_same_number(database: Database, tmp_path: Path) -> None:
    import_phones(database, sheet(tmp_path, GOOD, ("１３８　００００　０００２", *GOOD[1:])), CHOICES, "张三", NOW)
    with database.begin() as db:
        assert sorted(db.scalars(sa.select(follower.c.address))) == ["13800000001", "13800000002"]


def test_who_said_stop_stays_out_until_a_later_consent(database: Database, tmp_path: Path) -> None:
    import_phones(database, sheet(tmp_path, GOOD), CHOICES, "张三", NOW)
    assert stop(database, "13800000001", "电话里说", NOW)
    assert not stop(database, "13800000001", "电话里说", NOW)
    import_phones(database, sheet(tmp_path, GOOD), CHOICES, "张三", NOW)
    assert reached(database, "sms") == 0
    later = (*GOOD[:2], "2026-07-01", *GOOD[3:])
    done = import_phones(database, sheet(tmp_path, later), CHOICES, "张三", datetime(2026, 7, 2, tzinfo=UTC))
    assert (done.again, reached(database, "sms")) == (1, 1)


def test_a_long_list_is_taken_over_whole_whatever_each_row_says(database: Database, tmp_path: Path) -> None:
    bare = (*GOOD[:3], "", "", "")
    rows = [(str(13900000000 + n), *(GOOD if n % 2 else bare)[1:]) for n in range(1201)]
    assert import_phones(database, sheet(tmp_path, GOOD, *rows), CHOICES, "张三", NOW).new == 1202
    stop(database, "13900000003", "电话里说", NOW)
    done = import_phones(database, sheet(tmp_path, *rows), CHOICES, "李四", NOW)
    assert (done.new, done.known, done.again, reached(database, "sms")) == (0, 1201, 0, 1201)
    with database.begin() as db:
        by = Counter(db.scalars(sa.select(phone_consent.c.by)))
        regions = db.scalars(sa.select(follower.c.region).where(follower.c.address.in_(["13900000001", "13900000002"])))
        assert (by, sorted(regions)) == ({"张三": 2, "李四": 1200}, ["", "广东省江门市"])


def test_robots_are_those_of_the_settings(database: Database) -> None:
    held = robots_of("甲厂=0d3f0f4e-5a4e-0001；民爆工作群=0d3f0f4e-5a4e-0002")
    assert keep_robots(database, held, NOW) == (2, 0)
    assert segments.count(database, {"field": "unit", "values": ["甲厂"]}, NOW) == 1
    assert keep_robots(database, {"甲厂": "0d3f0f4e-5a4e-0001"}, NOW) == (1, 1)
    assert reached(database, "robot") == 1
    with pytest.raises(OutreachError, match="wecom.robots"):
        robots_of("0d3f0f4e-5a4e-0001")


@pytest.mark.parametrize(
    "text", ["R", "r", "TD", "td。", "ＴＤ", " t ", "退订", "拒收", "退订回T", "不要再发了", "取消"]
)
def test_who_answers_so_gets_no_more_and_it_is_on_record(database: Database, tmp_path: Path, text: str) -> None:
    import_phones(database, sheet(tmp_path, GOOD), CHOICES, "张三", NOW)
    with database.begin() as db:
        assert answered(db, "+8613800000001", text, NOW)
        assert answered(db, "13800000001", text, NOW)  # the gateway brings it twice
        [record] = db.execute(sa.select(phone_stop)).all()
    assert reached(database, "sms") == 0
    assert record.how.startswith("短信回复“")
    import_phones(database, sheet(tmp_path, GOOD), CHOICES, "张三", NOW)  # consented before that
    assert reached(database, "sms") == 0


@pytest.mark.parametrize(
    "text", ["", "收到", "谢谢", "R2型灭火器在哪领", "咨询日在哪里", "退休职工能参加吗", "T恤有吗", "我不取消"]
)
def test_who_answers_otherwise_still_gets_them(database: Database, tmp_path: Path, text: str) -> None:
    import_phones(database, sheet(tmp_path, GOOD), CHOICES, "张三", NOW)
    with database.begin() as db:
        assert not answered(db, "13800000001", text, NOW)
    assert reached(database, "sms") == 1


def test_who_was_never_brought_and_wants_nothing_is_not_brought_later(database: Database, tmp_path: Path) -> None:
    with database.begin() as db:
        assert answered(db, "13800000001", "R", NOW)
        assert not answered(db, "不是号码", "R", NOW)
    import_phones(database, sheet(tmp_path, GOOD), CHOICES, "张三", NOW)
    assert reached(database, "sms") == 0
