"""`safetybot plan extract`: one plan from any kind of file, for staff and for programs."""

import json
import zipfile
from pathlib import Path

import pytest

from bot.cli import main
from tests.ingest.readers.making import docx

DATA = Path(__file__).parent / "data"
#: What `--json` always holds, for programs that rely on it.
KEYS = {
    "title",
    "issuer",
    "region",
    "sector",
    "year",
    "theme",
    "doc_no",
    "issue_date",
    "periods",
    "events",
    "deadlines",
    "activities",
    "duties",
    "hotlines",
    "laws",
    "documents",
    "doc_numbers",
    "organisation",
    "contact",
    "goal",
    "requirements",
    "attachments",
    "sections",
    "findings",
    "facts",
}


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("SAFETYBOT_VAR_DIR", str(tmp_path / "var"))


def test_json_has_every_key_with_iso_dates_and_null_for_what_is_absent(capsys):
    assert main(["plan", "extract", str(DATA / "02-company-month.txt"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told) == KEYS
    assert (told["year"], told["issue_date"], told["doc_no"], told["region"]) == (2024, "2024-05-20", None, None)
    assert told["deadlines"][1]["date"] == "2024-07-03"
    assert told["deadlines"][1]["to"] == "公司安全环保部"
    assert {"number": "1", "title": "活动主题"} in told["sections"]
    assert {"id", "kind", "section", "sentence", "confidence"} <= set(told["facts"][0])


def test_without_a_year_dates_are_month_and_day(tmp_path, capsys):
    path = tmp_path / "plan.txt"
    path.write_text(
        "安全宣传活动方案\n一、活动时间\n6月1日至6月30日\n二、要求\n各单位于7月5日前将总结报区安委办。",
        encoding="utf-8",
    )
    assert main(["plan", "extract", str(path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["year"] is None
    assert (told["periods"][0]["start"], told["periods"][0]["end"]) == ("06-01", "06-30")
    assert told["deadlines"][0]["date"] == "07-05"


def test_staff_read_a_chinese_proposal(capsys):
    assert main(["plan", "extract", str(DATA / "01-county-fire-month.txt")]) == 0
    told = capsys.readouterr().out
    assert told.startswith("青石县2023年消防宣传月活动方案")
    assert "发文单位：青石县消防安全委员会办公室" in told


def test_a_table_of_a_word_file_is_read_row_by_row(tmp_path, capsys):
    rows = [
        ("序号", "活动内容", "时间", "责任单位"),
        ("1", "消防知识讲座", "11月9日", "保卫科"),
        ("2", "疏散演练", "11月20日", "总务处"),
    ]
    path = tmp_path / "plan.docx"
    path.write_bytes(
        docx("滨江中学2023年消防宣传月活动方案", "一、活动时间：2023年11月1日至30日", "二、活动安排", table=rows)
    )
    assert main(["plan", "extract", str(path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [e["date"] for e in told["events"]] == ["2023-11-09", "2023-11-20"]
    assert [a["title"] for a in told["activities"]] == ["消防知识讲座", "疏散演练"]
    assert told["activities"][0]["who"] == "保卫科"


def test_a_text_file_keeps_its_tables_and_loses_its_page_numbers(capsys):
    assert main(["plan", "extract", str(DATA / "31-factory-table.txt"), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["activities"]) == 6
    assert main(["plan", "extract", str(DATA / "17-pdf-wrapped.txt"), "--json"]) == 0
    assert "CONVERSION_ARTEFACT" not in {f["code"] for f in json.loads(capsys.readouterr().out)["findings"]}


def test_a_zip_with_one_plan_is_read(tmp_path, capsys):
    path = tmp_path / "plan.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(DATA / "12-city-five-entries.txt", "plan.txt")
    assert main(["plan", "extract", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["year"] == 2021


@pytest.mark.parametrize("charset", ["gb18030", "utf-16", "utf-8-sig"])
def test_a_text_in_any_charset_is_read(tmp_path, capsys, charset):
    path = tmp_path / "plan.txt"
    path.write_bytes((DATA / "08-table-community.txt").read_text(encoding="utf-8").encode(charset))
    assert main(["plan", "extract", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "梧桐社区2025年安全生产月活动安排"


def test_a_page_of_a_government_site_tells_its_own_number_and_date(tmp_path, capsys):
    path = tmp_path / "plan.html"
    body = "".join(
        f"<p>{line}</p>" for line in (DATA / "12-city-five-entries.txt").read_text(encoding="utf-8").split("\n") if line
    )
    path.write_text(
        "<html><head><meta charset='utf-8'><title>方案</title></head><body><div class='nav'><a href='/'>首页</a></div>"
        "<table><tr><td>发文字号</td><td>临安办〔2021〕8号</td></tr></table>"
        f"<div class='content'>{body}</div></body></html>",
        encoding="utf-8",
    )
    assert main(["plan", "extract", str(path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["title"], told["doc_no"]) == ("临川市推进安全宣传“五进”工作实施方案", "临安办〔2021〕8号")


@pytest.mark.parametrize("content", [b"", b"\n \n", b"PK\x03\x04broken"])
def test_a_file_without_text_is_one_clear_line(tmp_path, capsys, content):
    path = tmp_path / "plan.docx"
    path.write_bytes(content)
    assert main(["plan", "extract", str(path)]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert "plan.docx" in told.err
    assert "Traceback" not in told.err


def test_a_missing_file_is_one_clear_line(tmp_path, capsys):
    assert main(["plan", "extract", str(tmp_path / "none.txt")]) == 1
    assert "none.txt" in capsys.readouterr().err
