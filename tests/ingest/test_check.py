"""What only shows across files: phrasings and titles that stand twice, references that lead nowhere."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from bot.answers.entries import EntryKind
from bot.ingest.check import check
from bot.ingest.holdings import held
from bot.ingest.importing import import_paths
from bot.office import texts
from bot.settings import ROOT
from bot.store.database import Database

from .conftest import ENTRIES

Write = Callable[..., Path]

TODAY = date(2026, 11, 24)
LAW = "中华人民共和国测试法"
OTHER = """topic: u
defaults:
  reviewed: 2026-01-01
entries:
- id: u-one
  title: 另一个题目
  questions: [甲怎么办, 乙怎么办, 丙怎么办, 丁怎么办, 戊怎么办]
  answer: 看情况。
  sources: [{name: 办法}]
"""
PLAN = """id: {id}
title: 方案{id}
issuer: 甲市安委办
aliases: [甲市]
year: 2020
reviewed: 2026-01-01
facts:
- id: {id}-theme
  title: 主题是什么
  text: 主题是“测试”。
  questions: [主题, 什么主题, 主题是啥, 口号, 今年主题]
"""

#: Every sentence that the code looks up, with nothing to fill in.
REPLIES = "".join(f"[{t}]\n" + "".join(f'{n} = "…"\n' for n in names) for t, names in texts.FACTS.items())


@pytest.fixture
def told(write: Write) -> Callable[..., list[str]]:
    """told(one, other): the complaints about two entry files, without the folder and the missing words."""
    write("replies.toml", REPLIES)

    def run(one: str = ENTRIES, other: str = OTHER, statutes: dict[str, dict[str, str]] | None = None) -> list[str]:
        write("entries/t.yaml", one)
        folder = write("entries/u.yaml", other).parent.parent
        errors, _ = check(folder, statutes or {}, TODAY)
        return [str(e).replace(f"{folder}/", "") for e in errors]

    return run


Told = Callable[..., list[str]]


def test_right_content_has_nothing_to_complain_of(told: Told) -> None:
    assert told() == []


@pytest.mark.parametrize("again", ["几度停工", "请问几度停工呀？", "幾度停工", " 几度 停工。"])
def test_phrasing_of_another_entry_is_named_also_when_it_is_only_dressed_up(told: Told, again: str) -> None:
    assert told(other=OTHER.replace("甲怎么办", f"'{again}'")) == [
        f"entries/u.yaml:5: u-one: 与 t-one 的问法相同：{again.strip()}"
    ]


def test_phrasing_that_stands_twice_in_one_entry_is_named(told: Told) -> None:
    assert "entries/u.yaml:5: u-one: 问法写了两遍：乙怎么办" in told(other=OTHER.replace("甲怎么办", "乙怎么办"))


def test_same_phrasing_may_lead_to_either_of_two_places(told: Told) -> None:
    one = ENTRIES.replace("defaults:", "defaults:\n  region: 广东省")
    other = OTHER.replace("甲怎么办", "几度停工").replace("defaults:", "defaults:\n  region: 湖北省")
    assert told(one, other) == []


def test_facts_of_two_plans_may_share_a_phrasing(told: Told, write: Write) -> None:
    write("plans/a.yaml", PLAN.format(id="a"))
    write("plans/b.yaml", PLAN.format(id="b"))
    assert told() == []


def test_title_of_another_entry_is_named(told: Told) -> None:
    assert "entries/u.yaml:5: u-one: 标题与 t-two 相同：高温津贴" in told(other=OTHER.replace("另一个题目", "高温津贴"))


def test_reference_to_nobody_is_named(told: Told) -> None:
    assert told(ENTRIES.replace("[t-one]", "[t-eins]")) == ["entries/t.yaml:10: t-two: next：没有叫 t-eins 的条目"]


def test_article_that_the_imported_statute_does_not_have_is_named(told: Told) -> None:
    assert told(statutes={LAW: {"第二条": "…"}}) == [f"entries/t.yaml:5: t-one: {LAW}没有第一条"]
    assert told(statutes={LAW: {"第一条": "40度停工"}}) == []
    assert told(statutes={}) == []


def test_figure_that_no_cited_article_has_is_named(told: Told) -> None:
    wrong = {LAW: {"第一条": "三十九度停工", "第二条": "四十度"}}
    assert told(statutes=wrong) == [
        "entries/t.yaml:5: t-one: 所引条文里没有“四十度”：改正，或补上写有它的条文，或写进 own_figures"
    ]
    also = ENTRIES.replace("第一条}]", "第一条}, {law: 中华人民共和国测试法, article: 第二条}]")
    assert told(also, statutes=wrong) == []


def test_figure_of_an_entry_with_another_source_is_not_compared(told: Told) -> None:
    also = ENTRIES.replace("第一条}]", "第一条}, {name: 高温办法}]")
    assert told(also, statutes={LAW: {"第一条": "三十九度停工"}}) == []


def test_figure_that_was_worked_out_is_let_pass_with_its_reason_only(told: Told) -> None:
    law = {LAW: {"第一条": "三十九度停工"}}
    own = ENTRIES.replace("第一条}]", "第一条}]\n  own_figures: {四十度: REASON}")
    assert told(own.replace("REASON", "39加1"), statutes=law) == []
    assert told(own.replace("REASON", "''"), statutes=law) == [
        "entries/t.yaml:5: t-one: own_figures 的每一项都要写明理由"
    ]
    assert told(own.replace("REASON", "39加1"), statutes={LAW: {"第一条": "四十度"}}) == [
        "entries/t.yaml:5: t-one: own_figures：四十度 不在回答里，或者条文里就有，请删去"
    ]


@pytest.mark.parametrize(
    ("ref", "right"), [("GB 2894-2025", True), ("GB 2894", False), ("令第13号", False), ("令第13号（2024年起）", True)]
)
def test_decree_or_standard_without_its_year_is_named(told: Told, ref: str, right: bool) -> None:
    found = told(other=OTHER.replace("{name: 办法}", f"{{name: 办法, ref: {ref}}}"))
    assert found == [] if right else found[0].startswith("entries/u.yaml:5: u-one: 办法：ref 要写年份")


def test_wrong_number_of_articles_is_named(told: Told) -> None:
    count = ENTRIES.replace("四十度停工。", "共3条。")
    held = {"第一条": "…", "第二条": "…"}
    assert told(count, statutes={LAW: held}) == [f"entries/t.yaml:5: t-one: {LAW}有2条，不是3条"]
    assert told(count, statutes={LAW: {**held, "第三条": "…", "附录": "…"}}) == []


def test_review_that_is_still_to_come_is_named(told: Told) -> None:
    found = told(other=OTHER.replace("2026-01-01", "2026-11-25"))
    assert found == ["entries/u.yaml:5: u-one: reviewed 是 2026-11-25，还没有到"]
    assert told(other=OTHER.replace("2026-01-01", "2026-11-24")) == []


def test_sentence_missing_from_the_replies_is_named(told: Told, write: Write) -> None:
    write("replies.toml", REPLIES.replace("\nfailure", "\nfailed"))
    assert told() == ["replies.toml: [chat] failure is missing"]


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("主题是{thema}", "{thema} is not filled in here; known: {year} {ordinal} {theme} {office_phone}"),
        ("主题是{}", "{} is not filled in here"),
        ("主题是{theme", "braces do not match"),
    ],
)
def test_sentence_that_cannot_be_filled_in_is_named(told: Told, write: Write, sentence: str, reason: str) -> None:
    write("replies.toml", REPLIES.replace('\ntheme = "…"', f'\ntheme = "{sentence}"'))
    assert any(line.startswith(f"replies.toml: [answers] theme: {reason}") for line in told())


def test_every_sentence_that_the_code_says_is_checked() -> None:
    code = "".join(
        p.read_text(encoding="utf-8") for d in ("answers", "dialogue") for p in (ROOT / "bot" / d).glob("*.py")
    )
    said = set(re.findall(r"""\b(?:words|_words?|_say)\(["']([a-z_]+)""", code))
    assert said - {name for names in texts.FACTS.values() for name in names} == set()


def test_missing_replies_are_named(told: Told, write: Write) -> None:
    write("replies.toml", "").unlink()
    assert told() == ["replies.toml: is missing: it holds what the bot says"]


def test_shipped_content_is_right() -> None:
    errors, reading = check(ROOT / "knowledge", {}, date(9999, 1, 1))
    assert [str(e) for e in errors] == []
    assert len(reading.entries) > 500


def test_every_shipped_entry_is_asked_for_in_at_least_eight_ways() -> None:
    """Facts of plans are left out: each is also asked for with the names of the plan, its unit, its place and year."""
    _, reading = check(ROOT / "knowledge", {}, date(9999, 1, 1))
    written = [e for e in reading.entries if e.kind is not EntryKind.PLAN]
    assert [(e.id, len(e.questions)) for e in written if len(e.questions) < 8] == []


@pytest.mark.shared
def test_shipped_content_holds_against_the_statutes(shared: Path, tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/bot.db")
    database.migrate()
    import_paths(database, [shared / "regulations"], lambda _line: None)
    statutes = held(database)
    database.close()
    errors, reading = check(ROOT / "knowledge", statutes, date(9999, 1, 1))
    assert [str(e) for e in errors] == []
    cited = [s for e in reading.entries for s in e.sources if s.law]
    assert len(cited) > 2000
    assert {s.law for s in cited} - set(statutes) == set(), "every cited statute is held, so every article was resolved"


def test_every_shipped_answer_names_a_source_and_when_it_was_compared_with_it() -> None:
    _, reading = check(ROOT / "knowledge", {}, date(9999, 1, 1))
    claims = [e for e in reading.entries if e.kind not in ("out_of_scope", "small_talk")]
    assert [e.id for e in claims if not e.sources or not e.reviewed] == []
