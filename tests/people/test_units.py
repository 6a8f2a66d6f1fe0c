"""Lists of units: each cell checked, nothing half-imported, nothing that runs when opened; officers with a history."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from openpyxl import Workbook, load_workbook

from bot.errors import OutreachError
from bot.people import load_choices, officers, sheets, units
from bot.people.tables import unit
from bot.people.units import Unit
from bot.services import PEOPLE
from bot.store.database import Database

from .conftest import MORNING

HEADER = ("单位名称", "类别", "地区", "行业", "联络员", "联系电话")
PLANT = ("江门机械厂", "企业", "广东省江门市江海区", "机械", "王工", 13800000000)
SCHOOL = ("江海小学", "学校", "广东省江门市江海区", None, None, None)
CHOICES = load_choices(PEOPLE)


@pytest.fixture
def sheet(tmp_path: Path) -> Any:
    """Writes a list; returns its path."""

    def write(*rows: Any) -> Path:
        book = Workbook()
        for row in rows:
            book.active.append(row)  # type: ignore[union-attr]
        book.save(tmp_path / "名册.xlsx")
        return tmp_path / "名册.xlsx"

    return write


def brought(database: Database, path: Path) -> units.Stored:
    found = sheets.read_units(path, CHOICES)
    with database.begin() as db:
        return units.store(db, found, MORNING)


def test_a_list_is_read_under_its_title_with_columns_in_any_order(database: Database, sheet: Any) -> None:
    path = sheet(("2026年单位名册",), (), ("联系电话", "单位名称 *", "联络员"), ("0750-3860000", "江海小学", "李老师"))
    assert brought(database, path) == units.Stored(new=1, changed=0, officers=1)


def test_near_words_and_numbers_are_read_as_they_are_meant(database: Database, sheet: Any) -> None:
    brought(database, sheet(HEADER, PLANT, SCHOOL))
    with database.begin() as db:
        [school, plant] = units.listed(db)[::-1] if units.listed(db)[0].unit.name == PLANT[0] else units.listed(db)
    assert plant.unit == Unit("江门机械厂", "企业", "广东省江门市江海区", "机械制造", "王工", "13800000000")
    assert school.unit.officer == ""
    assert len({plant.code, school.code}) == 2
    assert set(plant.code) <= set(officers.ALPHABET)


def test_a_code_has_letters_and_digits_so_that_no_word_is_taken_for_one() -> None:
    made = [officers.new_code(units.CODE_CHARS) for _ in range(500)]
    assert not [code for code in made if code.isalpha() or code.isdigit()]


def test_each_wrong_cell_is_named_and_nothing_is_imported(database: Database, sheet: Any) -> None:
    path = sheet(
        HEADER,
        PLANT,
        ("", "企业", "广东省", "", "", ""),
        ("甲厂", "工厂", "江门市江海区", "航天", "张三", "没有"),
        (PLANT[0], "企业", "", "", "", "13800000000"),
        ("=1+1", "", "", "", "", ""),
    )
    with pytest.raises(sheets.SheetError) as e:
        brought(database, path)
    told = str(e.value)
    for words in (
        "第3行“单位名称”：是空的", "第4行“类别”：“工厂”不在可选项里，请改成：企业、学校",
        "第4行“地区”：“江门市江海区”要从省写起",
        "第4行“行业”：“航天”不认识", "第4行“联系电话”：“没有”不像电话号码", "第5行“单位名称”：与第2行重复",
        "第5行“联络员”：有电话没有姓名", "第6行“单位名称”：是公式", "共8处要改", "什么都没有导入",
    ):  # fmt: skip
        assert words in told
    with database.begin() as db:
        assert units.listed(db) == []


def test_dates_numbers_and_failed_formulas_are_no_names(sheet: Any) -> None:
    rows = [(datetime(2026, 5, 1), "企业"), (20260501, "企业"), ("#REF!", "企业"), (True, "企业"), ("3M工厂", "企业")]
    with pytest.raises(sheets.SheetError) as e:
        sheets.read_units(sheet(HEADER, *rows), CHOICES)
    assert [(p.row, p.column) for p in e.value.problems] == [(n, "单位名称") for n in (2, 3, 4, 5)]
    assert "#REF!" in str(e.value)


def test_full_width_signs_and_blanks_between_characters_are_taken_as_meant(sheet: Any) -> None:
    path = sheet(HEADER, ("甲　厂", "企 业", "广东省 江门市 江海区", "机械", "王　工", "０７５０－３８６００００"))
    assert sheets.read_units(path, CHOICES) == [
        Unit("甲厂", "企业", "广东省江门市江海区", "机械制造", "王工", "0750-3860000")
    ]
    with pytest.raises(sheets.SheetError, match="与第2行重复"):
        sheets.read_units(sheet(HEADER, ("甲　厂", "企业"), ("甲 厂", "企业")), CHOICES)


def test_a_number_that_excel_rounded_is_told_how_to_mend(sheet: Any) -> None:
    with pytest.raises(sheets.SheetError, match="约数"):
        sheets.read_units(sheet(HEADER, ("甲厂", "企业", "", "", "王工", "1.38E+10")), CHOICES)


def test_merged_cells_of_the_list_are_refused_and_those_of_its_title_are_not(sheet: Any) -> None:
    path = sheet(("单位名册",), HEADER, ("甲厂", "企业", "广东省"), ("乙厂", "企业", None))
    book = load_workbook(path)
    book.active.merge_cells("A1:F1")  # type: ignore[union-attr]
    book.save(path)
    assert len(sheets.read_units(path, CHOICES)) == 2
    book.active.merge_cells("C3:C4")  # type: ignore[union-attr]
    book.save(path)
    with pytest.raises(OutreachError, match="第3行“地区”是合并的单元格（C3:C4）"):
        sheets.read_units(path, CHOICES)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda p: p / "没有.xlsx", "没有这个文件"),
        (lambda p: _written(p / "a.xlsx", b"not a zip"), "另存为 xlsx"),
        (lambda p: _written(p / "b.xlsx", b"PK\x05\x06" + b"\0" * 18), "另存为 xlsx"),
    ],
)
def test_a_file_that_is_no_list_is_refused(tmp_path: Path, make: Any, words: str) -> None:
    with pytest.raises(OutreachError, match=words):
        sheets.read_units(make(tmp_path), CHOICES)


def test_a_list_without_a_header_is_refused(sheet: Any) -> None:
    with pytest.raises(OutreachError, match="没有表头"):
        sheets.read_units(sheet(PLANT, SCHOOL), CHOICES)
    with pytest.raises(OutreachError, match="没有单位"):
        sheets.read_units(sheet(HEADER), CHOICES)


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_an_export_is_imported_again_unchanged(database: Database, sheet: Any, tmp_path: Path) -> None:
    brought(database, sheet(HEADER, PLANT, SCHOOL))
    with database.begin() as db:
        assert sheets.write_units(tmp_path / "out.xlsx", units.listed(db)) == 2
    assert brought(database, tmp_path / "out.xlsx") == units.Stored(0, 0, 0)


def test_nothing_in_an_export_runs(database: Database, tmp_path: Path) -> None:
    evil = ["=cmd|' /C calc'!A0", "+1+1", "-2", "@SUM(A1)", "\t=1", "甲\x0b乙", "\r=1", "\n=1", " =1", "\ufeff=1",
            "\u200b@SUM(A1)", "\x01=1", "＝1+1", "＋1", "－1", "＠SUM(A1)"]  # fmt: skip
    with database.begin() as db:
        units.store(db, [Unit(name) for name in evil], MORNING)
        sheets.write_units(tmp_path / "out.xlsx", units.listed(db))
    cells = [row[0] for row in load_workbook(tmp_path / "out.xlsx").worksheets[0].iter_rows(min_row=2)]
    assert all(cell.data_type == "s" for cell in cells)
    assert all(re.match(r"'|甲乙", str(cell.value)) for cell in cells), [cell.value for cell in cells]
    assert {"＝1+1", "+1+1", "-2"} <= {sheets.plain(str(cell.value)) for cell in cells}


def test_handing_over_keeps_the_history_and_ends_the_old_code(database: Database) -> None:
    with database.begin() as db:
        units.store(db, [Unit("甲厂", officer="王工", phone="1380000000")], MORNING)
        old = officers.current(db, units.find(db, "甲厂"))
        assert units.hand_over(db, "甲厂", "李工", "1390000000", MORNING + timedelta(days=1))
        assert not units.hand_over(db, "甲厂", "李工", "1390000001", MORNING + timedelta(days=2))
        history = officers.history(db, units.find(db, "甲厂"))
        assert [(o.name, o.phone, o.until is None) for o in history] == [
            ("李工", "1390000001", True), ("王工", "1380000000", False),
        ]  # fmt: skip
        assert old
        assert old.code
        assert officers.claim(db, old.code, 1) == ""


def test_a_closed_unit_is_joined_no_more_and_opens_by_the_next_list(database: Database) -> None:
    with database.begin() as db:
        units.store(db, [Unit("甲厂")], MORNING)
        assert units.close(db, "甲厂", MORNING) == 0
        assert units.listed(db) == []
        with pytest.raises(OutreachError, match="没有名为“甲厂”的单位"):
            units.find(db, "甲厂")
        assert units.store(db, [Unit("甲厂", "企业")], MORNING).changed == 1
        assert [held.unit.kind for held in units.listed(db)] == ["企业"]


def test_ten_thousand_rows_are_read_and_stored_quickly(sheet: Any, sqlite_url: str) -> None:
    database = Database(sqlite_url)
    rows = [(f"单位{n}", "企业", "广东省江门市", "建筑", f"联络员{n}", "13800000000") for n in range(10_000)]
    path = sheet(HEADER, *rows)
    started = time.process_time()
    assert brought(database, path) == units.Stored(10_000, 0, 10_000)
    rows = [(name, "学校", *rest) for name, _kind, *rest in rows]
    assert brought(database, sheet(HEADER, *rows)) == units.Stored(0, 10_000, 0)
    assert time.process_time() - started < 30, "it takes about 4 s"
    with database.begin() as db:
        assert db.scalar(sa.select(sa.func.count()).where(unit.c.kind == "学校")) == 10_000
    database.close()
