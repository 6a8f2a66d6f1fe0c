"""Pages of lists of units: uploaded, checked cell by cell, stored or given up; and what is no list."""

# ruff: noqa: F811  the fixture is another module's

from __future__ import annotations

import io
import re
import zipfile

import pytest
from openpyxl import Workbook, load_workbook
from werkzeug.test import TestResponse

from bot.people import units
from bot.people.tables import people_task, unit
from bot.people.units import Unit
from tests.console.pages import NOW, Client
from tests.people.test_pages import BASE, EVIL, HEADER, HERE, Site, site, workbook  # noqa: F401


def brought(client: Client, content: bytes, name: str = "名册.xlsx") -> TestResponse:
    """The page of a list that was uploaded."""
    answer = client.post(f"{BASE}/units/import", {"file": (io.BytesIO(content), name)})
    return client.get(answer.location) if answer.status_code == 303 else answer


def test_a_list_is_checked_shown_and_only_then_stored(site: Site) -> None:
    content = workbook(
        HEADER, ("江海机械厂", "企业", HERE, "化工", "", ""), ("江海新村", "村", HERE, "", "陈姨", "13900001111")
    )
    page = brought(site.author, content)
    assert "新增 <strong>1</strong>" in page.text
    assert "修改 <strong>1</strong>" in page.text
    assert "行业：机械制造 → 化工" in page.text
    assert "联络员：" not in page.text
    assert not [u for u in site.rows(unit) if u.name == "江海新村"]
    [url] = re.findall(r'action="(/staff/people/imports/\d+/store)"', page.text)
    done = site.author.post(url)
    assert "新增 1 个，修改 1 个，联络员变动 1 人" in site.author.get(done.location).text
    assert [u for u in site.rows(unit) if u.name == "江海新村"]
    assert site.author.post(url).status_code == 409
    with site.office.services.database.begin() as db:
        units.store(db, [Unit("江海机械厂", "企业", HERE, "机械制造")], NOW)


def test_a_wrong_cell_is_named_by_row_and_column_and_all_can_be_fetched(site: Site) -> None:
    before = len(site.rows(unit))
    page = brought(
        site.author, workbook(HEADER, ("甲", "工厂", "江海区", "", "", "没有"), ("", "", "", "", "", "139000011112"))
    )
    assert "第 2 行" in page.text
    assert "类别" in page.text
    assert "不像电话号码" in page.text
    assert "第 3 行" in page.text
    [url] = re.findall(r'href="([^"]+problems.xlsx)"', page.text)
    rows = list(load_workbook(io.BytesIO(site.author.get(url).data)).worksheets[0].iter_rows(values_only=True))
    assert rows[0] == ("行", "列", "问题")
    assert len(rows) == 7
    assert len(site.rows(unit)) == before


def test_a_list_may_be_given_up(site: Site) -> None:
    page = brought(site.author, workbook(HEADER, ("不要的厂",)))
    [url] = re.findall(r'action="(/staff/people/imports/\d+/drop)"', page.text)
    site.author.post(url)
    assert site.rows(people_task)[-1].held is None
    assert site.author.post(url.replace("drop", "store")).status_code == 409


GIF = b"GIF89a" + workbook(HEADER, ("甲",))
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as held:
        for name, content in files.items():
            held.writestr(name.replace("__", "/"), content)
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"", b"x", SVG, b"PK\x03\x04" + b"\0" * 100, workbook(HEADER, ("甲",))[:-200], zipped(a=b"b"),
        zipped(**{"[Content_Types].xml": b"<x>", "xl__workbook.xml": b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"}),
        zipped(**{"xl__worksheets__sheet1.xml": b"0" * (1 << 20)}), workbook(("甲", "乙")), workbook(),
    ],
)  # fmt: skip
def test_rubbish_is_refused_with_what_to_do(site: Site, content: bytes) -> None:
    page = brought(site.author, content)
    assert page.status_code == 200
    assert "没有导入" in page.text
    assert "程序出错" not in page.text
    assert re.search("另存为 xlsx|没有表头|下面没有单位", page.text)


def test_a_name_of_a_file_is_shown_and_runs_nothing(site: Site) -> None:
    page = brought(site.author, SVG, f"../../{EVIL}.xlsx")
    assert "<script>alert" not in page.text


def test_a_cell_far_outside_costs_no_more_than_the_rest(site: Site) -> None:
    book, out = Workbook(), io.BytesIO()
    book.active.append(HEADER)
    book.active["XFD1048576"] = "甲"
    book.save(out)
    assert "超过100000行" in brought(site.author, out.getvalue()).text


def test_a_file_that_is_too_large_is_refused(site: Site) -> None:
    body, kind = io.BytesIO(b"0" * (17 << 20)), "multipart/form-data; boundary=x"
    answer = site.author.browser.post(
        f"{BASE}/units/import", input_stream=body, content_type=kind, content_length=17 << 20
    )
    assert answer.status_code == 413
