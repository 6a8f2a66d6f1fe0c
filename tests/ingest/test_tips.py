"""Reading tips: every fault is named with its file and line, and nothing is loaded while one is there."""

import re
from datetime import date
from pathlib import Path

import pytest

from bot.errors import ContentErrors
from bot.ingest.check import check
from bot.ingest.tips import Season, across, alike, load, read_tips

TIP = """topic: t
defaults:
  industries: [建筑]
  audiences: [企业]
  reviewed: 2026-01-01
tips:
- id: t-1
  text: 进工地先系好下颏带，帽子才戴得住。
  seasons: [11-01..03-31]
  sources: [{law: 中华人民共和国测试法, article: 第三条}]
  ask: [带子系好没有, 帽子有没有裂, 备用帽在哪里]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tips").mkdir()
    (tmp_path / "tips" / "t.yaml").write_text(TIP, encoding="utf-8")
    return tmp_path


def test_tip_is_read_with_the_fields_of_its_file_filled_in(folder: Path) -> None:
    (tip,) = load(folder)
    assert (tip.id, tip.industries, tip.audiences, len(tip.ask)) == ("t-1", ("建筑",), ("企业",), 3)
    assert tip.sources[0].article == "第三条"
    assert tip.reviewed == date(2026, 1, 1)


@pytest.mark.parametrize(
    ("day", "held"), [("2026-11-01", True), ("2027-01-15", True), ("2027-03-31", True), ("2027-04-01", False)]
)
def test_a_season_may_go_over_the_new_year(day: str, held: bool, folder: Path) -> None:
    assert load(folder)[0].seasons[0].holds(date.fromisoformat(day)) is held


def test_a_season_knows_its_length() -> None:
    assert Season((6, 16), (6, 16)).days == 1
    assert Season((12, 31), (1, 1)).days == 2


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ("帽子才戴得住。", "帽" * 120, "最多 120 个"),
        (
            "进工地先系好下颏带，帽子才戴得住。",
            "先系好带子，再看架子，别站在边上。",
            "一条提示只说一件事，这里有 3 个动作",
        ),
        ("[11-01..03-31]", "[11-01..02-30]", "seasons 要写成 06-01..09-30 这样的月日"),
        ("[11-01..03-31]", "[冬天]", "现在是：冬天"),
        ("[{law: 中华人民共和国测试法, article: 第三条}]", "[]", "缺少 sources"),
        ("[企业]", "[工人]", "audiences 里没有：工人"),
        ("[带子系好没有, 帽子有没有裂, 备用帽在哪里]", "[带子系好没有]", "写 3 个问题"),
        ("  reviewed: 2026-01-01\n", "", "缺少 reviewed"),
        ("  text:", "  txt: x\n  text:", "没有叫 txt 的字段"),
    ],
)
def test_every_fault_is_told_with_file_and_line(before: str, after: str, complaint: str, folder: Path) -> None:
    (folder / "tips" / "t.yaml").write_text(TIP.replace(before, after), encoding="utf-8")
    with pytest.raises(ContentErrors) as told:
        load(folder)
    assert complaint in str(told.value.errors[0])
    assert re.search(r"t\.yaml:[67]: ", str(told.value.errors[0]))


def test_an_id_may_stand_once(folder: Path) -> None:
    (folder / "tips" / "u.yaml").write_text(TIP, encoding="utf-8")
    assert "id t-1 已在 t.yaml:7 用过" in str(read_tips(folder).errors[0])


def test_tips_that_say_nearly_the_same_are_found(folder: Path) -> None:
    text = TIP.replace("t-1", "u-1").replace("帽子才戴得住", "帽子就戴得住")
    (folder / "tips" / "u.yaml").write_text(text, encoding="utf-8")
    assert [(one.id, other.id) for one, other, _ in alike(load(folder))] == [("t-1", "u-1")]


def test_check_looks_for_the_article_and_the_date_of_review(folder: Path) -> None:
    told = [str(e) for e in across(read_tips(folder), {"中华人民共和国测试法": ["第一条"]}, date(2025, 1, 1))]
    assert any("没有第三条" in e for e in told)
    assert any("还没有到" in e for e in told)
    errors, _ = check(folder, {"中华人民共和国测试法": {"第一条": "甲"}}, date(2026, 2, 1))
    assert any("t-1: 中华人民共和国测试法没有第三条" in str(e) for e in errors)
