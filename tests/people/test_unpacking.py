"""Workbooks that were made to fill the memory of whoever reads them, and honest large ones."""

from __future__ import annotations

import io
import resource
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from bot.errors import OutreachError
from bot.people import load_choices, sheets
from bot.people.unpacking import is_harmless
from bot.services import PEOPLE

HEAD = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
MB = 1 << 20


def packed(**parts: str | bytes) -> io.BytesIO:
    """A workbook of one sheet, with some of its parts exchanged. Names: __ stands for a stroke, _ for a point."""
    book, out = Workbook(), io.BytesIO()
    book.active.append(["单位名称"])  # type: ignore[union-attr]
    book.save(out)
    done = io.BytesIO()
    with zipfile.ZipFile(out) as held, zipfile.ZipFile(done, "w", zipfile.ZIP_DEFLATED) as made:
        given = {name.replace("__", "/").replace("_", "."): text for name, text in parts.items()}
        for name in {*held.namelist(), *given}:
            made.writestr(name, given[name] if name in given else held.read(name))
    done.seek(0)
    return done


BOMBS = {
    "texts": lambda: packed(xl__sharedStrings_xml="<sst>" + "<si><t>x</t></si>" * 2_600_000),
    "long text": lambda: packed(xl__sharedStrings_xml="<sst><si><t>" + "x" * (49 * MB)),
    "texts that call themselves a sheet": lambda: packed(
        xl__sharedStrings_xml=f"<!--<sheetData></row>--><x:sst xmlns:x='a'>{'<x:si/>' * 2_600_000}"
    ),
    "styles": lambda: packed(xl__styles_xml="<styleSheet><cellXfs>" + "<xf/>" * 250_000),
    "one row": lambda: packed(xl__worksheets__sheet1_xml=HEAD + "<row>" + "<c/>" * 450_000),
    "rows that never end": lambda: packed(xl__worksheets__sheet1_xml=HEAD + "<row/>" * 450_000),
    "one cell": lambda: packed(xl__worksheets__sheet1_xml=HEAD + "<row><c><v>" + "1" * (17 * MB)),
    "laughs": lambda: packed(xl__sharedStrings_xml="<!DOCTYPE a [<!ENTITY b 'ha'>]><sst><si><t>&b;</t></si></sst>"),
    "laughs in UTF-16": lambda: packed(xl__workbook_xml="<!DOCTYPE a [<!ENTITY b 'ha'>]><a>&b;</a>".encode("utf-16")),
    "laughs in UTF-16 without a mark": lambda: packed(xl__workbook_xml="<!DOCTYPE a []><a/>".encode("utf-16-be")),
    "parts": lambda: packed(**{f"p{n}": "" for n in range(2_001)}),
}


@pytest.mark.parametrize("name", BOMBS)
def test_what_would_fill_the_memory_is_not_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "名册.xlsx").write_bytes(BOMBS[name]().getvalue())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(OutreachError, match="解开后太大"):
        sheets.read_units(tmp_path / "名册.xlsx", load_choices(PEOPLE))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10  # of KB


def test_all_together_may_not_be_too_much() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for n in range(4):
            made.writestr(f"xl/worksheets/sheet{n}.xml", (HEAD + ("<row>" + " " * MB + "</row>") * 50).encode())
    assert not is_harmless(out)


def test_a_long_honest_list_may_be_read() -> None:
    book, out = Workbook(write_only=True), io.BytesIO()
    sheet = book.create_sheet()
    for n in range(12_000):
        sheet.append(
            [f"江门市江海区第{n}机械制造有限公司", "企业", "广东省江门市江海区", "机械制造", f"王{n}", "13800000000"]
        )
    book.save(out)
    picture = packed(xl__media__image1_png=b"\x89PNG\r\n" + bytes(range(256)) * 40_000)
    assert is_harmless(out)
    assert is_harmless(picture)
    assert out.tell() == picture.tell() == 0
