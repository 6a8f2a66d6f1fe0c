"""Each rule of the content, broken once: the complaint names the file, the line and what to do."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from bot.answers.entries import EntryKind, Verify
from bot.errors import ContentErrors
from bot.ingest.content import load, read

from .conftest import ENTRIES

Write = Callable[..., Path]

PLAN = """id: p-2020
title: 2020年活动方案
issuer: 甲市安委办
aliases: [甲市]
region: 甲省甲市
year: 2020
reviewed: 2026-01-01
facts:
- id: p-2020-theme
  kind: theme
  section: 一
  title: 主题是什么
  text: 主题是“测试”。
  questions: [主题, 什么主题, 主题是啥, 口号, 今年主题]
"""
CARDS = """cards:
- id: fire
  title: 着火了
  call: ["119"]
  first: 马上打119，人先撤。
  steps: [关门, 低身走]
  questions: [家里着火怎么办, 房子着火怎么跑, 着火了打什么, 起火如何逃生, 火灾第一步]
  sources: [{name: 消防局提示}]
"""
OUT = """groups:
- id: o-weather
  category: general
  title: 天气
  reply: 请看天气预报。
  questions: [明天下雨吗, 今天几度, 天气如何, 会下雪吗, 要不要带伞]
"""
CALENDAR = """themes:
- {year: 2023, ordinal: 22, theme: 人人讲安全 个个会应急, source: {name: 2023年通知}}
days:
- id: d-119
  title: 消防日是哪天
  questions: [消防日, 几号是消防日, 119消防日, 全国消防日, 消防宣传日]
  answer: 11月9日。
  sources: [{name: 消防法, article: 第六条}]
  reviewed: 2026-01-01
  rule: "11-09"
"""
HOTLINES = """hotlines:
- id: h-119
  title: 火警电话
  questions: [火警, 火警多少, 消防电话, 着火打几, 报火警]
  answer: 119。
  number: "119"
  urgent: true
  sources: [{name: 消防法}]
  reviewed: 2026-01-01
"""
LAWS = "laws:\n- {law: 中华人民共和国测试法, short: [测试法, 测法]}\n"
REPLIES = """[answers]
source = "依据：{source}"
[[small_talk]]
id = "st-hi"
reply = "您好。"
questions = ["你好"]
"""
ALL = {
    "entries/t.yaml": ENTRIES, "plans/p.yaml": PLAN, "emergency.yaml": CARDS, "out_of_scope.yaml": OUT,
    "calendar.yaml": CALENDAR, "hotlines.yaml": HOTLINES, "laws.yaml": LAWS, "replies.toml": REPLIES,
}  # fmt: skip


@pytest.fixture
def knowledge(write: Write) -> Path:
    """A folder with one right file of each kind."""
    for name, text in ALL.items():
        write(name, text)
    return write("replies.toml", REPLIES).parent


def complaints(folder: Path) -> list[str]:
    """As `safetybot check` prints them, without the folder."""
    return [str(e).replace(f"{folder}/", "") for e in read(folder).errors]


def test_each_kind_of_file_is_read(knowledge: Path) -> None:
    held = load(knowledge)
    assert {e.id: e.kind for e in held.entries} == {
        "t-one": EntryKind.FAQ, "t-two": EntryKind.FAQ, "p-2020-theme": EntryKind.PLAN,
        "o-weather": EntryKind.OUT_OF_SCOPE, "d-119": EntryKind.DAY, "h-119": EntryKind.HOTLINE,
        "st-hi": EntryKind.SMALL_TALK,
    }  # fmt: skip
    assert [p.id for p in held.plans] == ["p-2020"]
    assert [c.call for c in held.cards] == [("119",)]
    assert [(t.year, t.ordinal, t.source.name) for t in held.themes] == [(2023, 22, "2023年通知")]
    assert held.laws[0].short == ("测试法", "测法")
    assert held.words == {"answers": {"source": "依据：{source}"}}


def test_entry_holds_its_fields_and_the_defaults_of_its_file(knowledge: Path) -> None:
    one, two = (e for e in load(knowledge).entries if e.id.startswith("t-"))
    assert (one.title, one.answer, one.group, one.region) == ("多少度停工", "四十度停工。", "t", "全国")
    assert (one.verify, one.reviewed) == (Verify.STATUTE, date(2026, 1, 1))
    assert (one.sources[0].law, one.sources[0].article) == ("中华人民共和国测试法", "第一条")
    assert two.next == ("t-one",)


def test_year_of_a_plan_stands_beside_a_title_that_does_not_say_it(knowledge: Path, write: Write) -> None:
    write("plans/p.yaml", PLAN.replace("title: 2020年活动方案", "title: 活动方案"))
    fact = next(e for e in load(knowledge).entries if e.kind is EntryKind.PLAN)
    assert (fact.sources[0].name, fact.sources[0].ref) == ("活动方案", "2020年")


def test_block_of_danger_examples_may_hold_one_side_alone(knowledge: Path, write: Write) -> None:
    write(
        "danger_examples/x.yaml", "examples:\n- card: fire\n  now: [着火了]\n- card: fire\n  calm: [去年着火赔多少]\n"
    )
    assert [(e.text, e.now) for e in load(knowledge).examples] == [("着火了", True), ("去年着火赔多少", False)]


def test_block_of_danger_examples_must_not_be_empty(knowledge: Path, write: Write) -> None:
    write("danger_examples/x.yaml", "examples:\n- card: fire\n")
    assert any("danger_examples/x.yaml:2" in line for line in complaints(knowledge))


def test_fact_of_a_plan_carries_the_plan_as_its_source(knowledge: Path) -> None:
    fact = next(e for e in load(knowledge).entries if e.kind is EntryKind.PLAN)
    assert (fact.group, fact.year, fact.region, fact.section, fact.fact) == ("p-2020", 2020, "甲省甲市", "一", "theme")
    assert (fact.sources[0].name, fact.sources[0].section) == ("2020年活动方案", "一")


#: name of the file, what is written in place of what, what is told about it (the line counts from 1)
BROKEN = [
    ("entries/t.yaml", "  answer: 四十度停工。\n", "", "entries/t.yaml:5: t-one: 缺少 answer"),
    ("entries/t.yaml", "  title: 多少度停工\n", "", "entries/t.yaml:5: t-one: 缺少 title"),
    ("entries/t.yaml", "- id: t-one\n  title", "- title", "entries/t.yaml:5: 缺少 id"),
    ("entries/t.yaml", "id: t-two", "id: t-one", "entries/t.yaml:10: id t-one 已在 t.yaml:5 用过"),
    ("entries/t.yaml", ", 停工是几度]", "]", "entries/t.yaml:5: t-one: questions 有 4 项，至少要 5 项"),
    ("entries/t.yaml", "高温费", "''", "entries/t.yaml:10: t-two: questions 有一项是空的"),
    ("entries/t.yaml", "questions: [几度停工", "questions: [{几: 度}",
     "entries/t.yaml:5: t-one: questions 要写成文字的列表"),
    ("entries/t.yaml", "  answer: 四十度停工。", "  answer: 四十度停工。\n  short: " + "停" * 61,
     "entries/t.yaml:5: t-one: short 有 61 个字，最多 60 个"),
    ("entries/t.yaml", "四十度停工。", "停" * 321, "entries/t.yaml:5: t-one: answer 有 321 个字，最多 320 个"),
    ("entries/t.yaml", "高温津贴\n", "津" * 25 + "\n", "entries/t.yaml:10: t-two: title 有 25 个字，最多 24 个"),
    ("entries/t.yaml", "四十度停工。", "[四十度]", "entries/t.yaml:5: t-one: answer 要写成文字"),
    ("entries/t.yaml", "  sources: [{law: 中华人民共和国测试法, article: 第一条}]\n", "",
     "entries/t.yaml:5: t-one: 缺少 sources"),
    ("entries/t.yaml", "[{name: 高温办法, article: 第八条}]", "[高温办法]",
     "entries/t.yaml:10: t-two: sources 要写成"),
    ("entries/t.yaml", "{name: 高温办法, article", "{article", "entries/t.yaml:10: t-two: 出处要写 law"),
    ("entries/t.yaml", "{name: 高温办法, art", "{nmae: 高温办法, name: x, art",
     "entries/t.yaml:10: t-two: sources 里没有这些字段：nmae"),
    ("entries/t.yaml", "  next: [t-one]", "  nxt: [t-one]", "entries/t.yaml:10: 没有叫 nxt 的字段；可用："),
    ("entries/t.yaml", "  reviewed: 2026-01-01\n", "  region: 全国\n", "entries/t.yaml:5: t-one: 缺少 reviewed"),
    ("entries/t.yaml", "2026-01-01", "2026-02-30", "entries/t.yaml:3: 不是正确的 YAML：reviewed: day is out of range"),
    ("entries/t.yaml", "2026-01-01", "gestern", "entries/t.yaml:5: t-one: reviewed 要写成 2026-11-24 这样的日期"),
    ("entries/t.yaml", "  reviewed: 2026-01-01", "  ? [a]\n  : b\n  reviewed: 2026-01-01",
     "entries/t.yaml:7: 没有叫 ['a'] 的字段"),
    ("entries/t.yaml", "  next:", "  valid_from: 明年\n  next:", "entries/t.yaml:10: t-two: valid_from 要写成"),
    ("entries/t.yaml", "  next:", "  valid_from: 2026-02-01\n  valid_to: 2026-01-01\n  next:",
     "t-two: valid_to 早于 valid_from"),
    ("entries/t.yaml", "  next:", "  verify: maybe\n  next:",
     "entries/t.yaml:10: t-two: verify 只能是 official, practice, statute"),
    ("entries/t.yaml", "  next:", "  audience: [火星人]\n  next:",
     "entries/t.yaml:10: t-two: audience 里没有：火星人"),
    ("entries/t.yaml", "  title: 高温津贴\n", "  title: 高温津贴\n  title: 又一个\n",
     "entries/t.yaml:12: 不是正确的 YAML：key title stands twice"),
    ("entries/t.yaml", "questions: [几度停工", "questions: [几度停工: {", "entries/t.yaml:7: 不是正确的 YAML"),
    ("entries/t.yaml", ENTRIES, "- a\n- b\n", "entries/t.yaml:1: 文件要由“键: 值”组成"),
    ("entries/t.yaml", ENTRIES, "", "entries/t.yaml:1: 文件要由“键: 值”组成"),
    ("entries/t.yaml", ENTRIES, "topic: t\n", "entries/t.yaml:1: `entries:` 之下要有列表"),
    ("entries/t.yaml", ENTRIES, "entries: [x]\n", "entries/t.yaml: `entries:` 之下每一项都要"),
    ("plans/p.yaml", "year: 2020", "year: 去年", "plans/p.yaml:1: p-2020: year 要写成数字"),
    ("plans/p.yaml", "issuer: 甲市安委办\n", "", "plans/p.yaml:1: p-2020: 缺少 issuer"),
    ("plans/p.yaml", "aliases: [甲市]", "aliases: []", "plans/p.yaml:1: p-2020: aliases 有 0 项"),
    ("plans/p.yaml", "reviewed: 2026-01-01\n", "", "plans/p.yaml:1: p-2020: 缺少 reviewed"),
    ("plans/p.yaml", "year: 2020", "year: 2020\nyaer: 2020", "plans/p.yaml:1: 没有叫 yaer 的字段"),
    ("plans/p.yaml", "kind: theme", "kind: thema", "plans/p.yaml:9: p-2020-theme: kind 只能是"),
    ("plans/p.yaml", "  section: 一", "  sektion: 一", "plans/p.yaml:9: 没有叫 sektion 的字段"),
    ("plans/p.yaml", "  section: 一", "  date: 六月\n  section: 一",
     "plans/p.yaml:9: p-2020-theme: date 要写成"),
    ("emergency.yaml", "马上打119，人先撤。", "人先撤。",
     "emergency.yaml:2: fire: 第一行要写明拨打的号码（119）"),
    ("emergency.yaml", "马上打119", "马上打119" * 15, "emergency.yaml:2: fire: first 有"),
    ("emergency.yaml", "[关门, 低身走]", "[一, 二, 三, 四]", "emergency.yaml:2: fire: 最多三步"),
    ("emergency.yaml", 'call: ["119"]', "call: []", "emergency.yaml:2: fire: call 有 0 项"),
    ("emergency.yaml", "  steps", "  stepps", "emergency.yaml:2: 没有叫 stepps 的字段"),
    ("out_of_scope.yaml", "category: general", "category: allerlei",
     "out_of_scope.yaml:2: o-weather: category 只能是"),
    ("out_of_scope.yaml", "  reply: 请看天气预报。\n", "", "out_of_scope.yaml:2: o-weather: 缺少 reply"),
    ("calendar.yaml", ", source: {name: 2023年通知}", "", "calendar.yaml:2: 缺少 source，要写成 {name, issuer, ref}"),
    ("calendar.yaml", "ordinal: 22", "ordinal: 二十二", "calendar.yaml:2: themes 的 year 和 ordinal 要写成数字"),
    ("calendar.yaml", "rule:", "rulle:", "calendar.yaml:4: 没有叫 rulle 的字段"),
    ("hotlines.yaml", "urgent:", "dringend:", "hotlines.yaml:2: 没有叫 dringend 的字段"),
    ("laws.yaml", "law: 中华人民共和国测试法, ", "", "laws.yaml:2: 缺少 law"),
    ("replies.toml", "[answers]", "[answers", "replies.toml: 不是正确的 TOML"),
    ("replies.toml", 'reply = "您好。"\n', "", "replies.toml:1: st-hi: 缺少 reply"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "told"), BROKEN, ids=[b[3].replace("/", ".") for b in BROKEN])
def test_broken_rule_is_named_with_file_and_line(
    knowledge: Path, write: Write, name: str, old: str, new: str, told: str
) -> None:
    assert complaints(knowledge) == []
    assert ALL[name].count(old) == 1
    write(name, ALL[name].replace(old, new))
    found = complaints(knowledge)
    assert any(told in line for line in found), found


def test_everything_that_is_wrong_is_told_at_once_and_nothing_is_loaded(knowledge: Path, write: Write) -> None:
    write("entries/t.yaml", ENTRIES.replace("  answer: 四十度停工。\n", "").replace(", 高温补助", ""))
    write("emergency.yaml", CARDS.replace("119，", ""))
    with pytest.raises(ContentErrors) as e:
        load(knowledge)
    assert len(e.value.errors) == 3


def test_file_nobody_knows_is_named(knowledge: Path, write: Write) -> None:
    write("entrys.yaml", ENTRIES)
    assert any("没有叫 entrys.yaml 的内容文件" in line for line in complaints(knowledge))


def test_file_that_is_not_utf8_is_named(knowledge: Path, write: Write) -> None:
    write("entries/t.yaml", ENTRIES.encode("gbk"))
    write("replies.toml", REPLIES.encode("gbk"))
    assert complaints(knowledge) == [
        "entries/t.yaml: 不是 UTF-8 文本，请另存为 UTF-8",
        next(line for line in complaints(knowledge) if line.startswith("replies.toml: 不是正确的 TOML")),
    ]


def test_one_broken_file_does_not_hide_what_is_wrong_with_the_next(knowledge: Path, write: Write) -> None:
    write("calendar.yaml", "themes: [")
    write("hotlines.yaml", HOTLINES.replace("  answer: 119。\n", ""))
    found = complaints(knowledge)
    assert any("calendar.yaml" in line for line in found)
    assert any("hotlines.yaml:2: h-119: 缺少 answer" in line for line in found)


def test_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContentErrors, match="no such folder"):
        load(tmp_path / "none")


def test_yaml_that_would_run_code_is_refused(knowledge: Path, write: Write) -> None:
    write("laws.yaml", "laws: !!python/object/apply:os.getcwd []\n")
    assert any("laws.yaml" in line and "不是正确的 YAML" in line for line in complaints(knowledge))
