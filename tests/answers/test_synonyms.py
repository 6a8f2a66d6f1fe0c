"""What people call things is read as what entries call them, where that helps; the list says what is wrong with it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bot.answers import Answerer, Status
from bot.answers.normalise import normalise
from bot.answers.synonym_faults import faults
from bot.answers.synonyms import NONE, PATH, Pair, Synonyms, one, parse, read, written
from bot.errors import ContentError
from bot.ingest import content
from bot.settings import ROOT
from tests.bases import answerer, asked, lexicon

CANTON, SICHUAN = "广东省", "四川省"


def formal(text: str, *pairs: Pair, own: tuple[Pair, ...] = (), region: str = "全国", known: str = "") -> str:
    return Synonyms(pairs, own).formal(text, region, lambda word: word in known.split())


@pytest.mark.parametrize(
    ("said", "read_as"),
    [
        ("小电驴能上楼吗", "电动自行车能上楼吗"),
        ("电驴能上楼吗", "电动自行车能上楼吗"),  # the longer word first, whatever its place in the list
        ("电动自行车能上楼吗", "电动自行车能上楼吗"),
        ("自行车道能停吗", "自行车道能停吗"),  # kept whole: 行车 stands inside
        ("行车要年检吗", "桥式起重机要年检吗"),
        ("你好", "你好"),
        ("", ""),
    ],
)
def test_words_are_exchanged_whole_and_formal_ones_stay(said: str, read_as: str) -> None:
    pairs = [Pair("电驴", "电动自行车"), Pair("小电驴", "电动自行车"), Pair("行车", "桥式起重机"), Pair("自行车", "")]
    assert formal(said, *pairs) == read_as


def test_a_word_that_many_entries_hold_stays() -> None:
    assert (
        formal("老板的小电驴", Pair("老板", "用人单位"), Pair("小电驴", "电动自行车"), known="老板")
        == "老板的电动自行车"
    )


def test_a_local_word_counts_only_there_and_before_the_general_one() -> None:
    pairs = Pair("电鸡", "电动自行车", CANTON), Pair("炮子", "鞭炮"), Pair("炮子", "哑炮", SICHUAN)
    assert formal("电鸡炮子", *pairs) == "电鸡鞭炮"
    assert formal("电鸡炮子", *pairs, region="广东省江门市") == "电动自行车鞭炮"
    assert formal("电鸡炮子", *pairs, region=SICHUAN) == "电鸡哑炮"


def test_a_pair_of_both_ways_is_read_backwards_too() -> None:
    assert formal("灭火器和灭火筒", Pair("灭火筒", "灭火器", both=True)) == "灭火筒和灭火器"


def test_own_words_come_before_the_shipped_ones_and_may_switch_them_off() -> None:
    shipped = Pair("炮子", "鞭炮"), Pair("电鸡", "电动自行车")
    assert formal("炮子电鸡", *shipped, own=(Pair("炮子", "炸药"), Pair("电鸡", ""))) == "炸药电鸡"


def test_a_list_is_written_as_it_is_read() -> None:
    pairs = [Pair("小电驴", "电动自行车"), Pair("自行车", ""), Pair("电鸡", "电动自行车", CANTON, both=True)]
    assert [p.said for p in parse(written(pairs))] == [p.said for p in pairs]
    assert (
        one("小电驴 = 电动自行车").said == one("“小电驴”＝电动自行车").said == ("小电驴", "电动自行车", "全国", False)
    )


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ('"甲甲" = "乙乙"\n甲 乙', 2, "写法不对"),
        ('["车"]\n"甲甲" = "乙乙"\n"甲甲" = "丙丙"', 3, "前面已经写过"),
        ('["车"]\n"甲甲" = "乙乙"\n["车"]\n"甲丙" = "丙丙"', 3, "前面已经写过"),
        ('"甲甲" = 5', 1, "请写成"),
        ('["车"]\n"甲甲" = { means = "乙乙", where = "广东省" }', 2, "不认识 where"),
        ('"甲甲" = { means = "乙乙", both = "yes" }', 1, "true 或 false"),
    ],
)
def test_a_slip_of_the_pen_is_named_with_file_and_line(tmp_path: Path, text: str, line: int, reason: str) -> None:
    path = tmp_path / "synonyms.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ContentError, match=reason) as raised:
        read(path)
    assert (raised.value.path, raised.value.line) == (path, line)


def test_a_file_of_another_charset_or_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "gbk.toml").write_bytes('"电驴" = "电动自行车"'.encode("gbk"))
    with pytest.raises(ContentError, match="UTF-8"):
        read(tmp_path / "gbk.toml")
    with pytest.raises(ContentError, match="读不了"):
        read(tmp_path / "nothing.toml")
    with pytest.raises(ContentError, match="口语=正式说法"):
        one("小电驴")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('"驴" = "电动自行车"', "驴：太短"),
        ('"小电驴" = "车"', "车：太短"),
        ('"電驢" = "电动自行车"', "简体"),
        ('"电 驴" = "电动自行车"', "简体|不能有空格"),
        ('"电驴！" = "电动自行车"', "半角|标点"),
        ('"电驴" = "电驴"', "两边写得一样"),
        (f'"电驴" = "{"车" * 13}"', "太长"),
        ('["甲"]\n"电驴" = "电动自行车"\n["乙"]\n"电驴" = "电动自行车"', "电驴：第 2 行已写过"),
        ('["甲"]\n"电驴" = "电动自行车"\n["乙"]\n"电驴" = "摩托车"', "第 2 行说它是“电动自行车”，这里说是“摩托车”"),
        ('"电驴" = "电瓶车"\n"电瓶车" = "电动自行车"', "请直接写 电动自行车"),
        ('"电驴" = "电瓶车"\n"电瓶车" = "电驴"', "绕成了一圈"),
        ('"救命" = "求助电话"', "判断险情用的词"),
        ('"泄漏物" = { means = "触电", both = true }', "判断险情用的词"),
        ('"行车" = "桥式起重机"', '"自行车" = ""'),
        ('"老实" = { means = "", both = true }', "右边是空的"),
    ],
)  # fmt: skip
def test_what_would_do_harm_is_told_with_what_to_do(text: str, reason: str) -> None:
    pairs = parse(text)
    found = list(faults(pairs, lexicon(), ["骑自行车走哪边", "电动自行车能停楼道吗"]))
    assert any(re.search(reason, why) for _, why in found), found


def test_one_word_may_mean_two_things_in_two_places_and_a_torn_word_may_be_kept() -> None:
    two = parse(written([Pair("炮子", "鞭炮", CANTON)]) + '["川"]\n' + written([Pair("炮子", "哑炮", SICHUAN)]))
    kept = parse('"行车" = "桥式起重机"\n"自行车" = ""')
    assert list(faults([*two, *kept], lexicon(), ["骑自行车走哪边"])) == []


def test_the_shipped_list_has_no_faults() -> None:
    entries = content.read(ROOT / "knowledge").entries
    phrasings = [normalise(q) for e in entries for q in (e.title, *e.questions)]
    assert list(faults(read(PATH), lexicon(), phrasings)) == []


def test_the_shipped_list_is_large_and_its_formal_words_are_known(shipped: Answerer) -> None:
    pairs = [p for p in read(PATH) if p.means]
    assert len(pairs) > 300
    nothing = [pair for pair in pairs if not shipped.matcher.holders(pair.means)]
    assert len(nothing) < len(pairs) / 20, nothing


def test_the_shipped_list_helps_with_colloquial_questions(shipped: Answerer, without: Answerer) -> None:
    lines = (ROOT / "benchmarks/data/colloquial.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    before, after = ([bot.answer(asked(r["q"])).entry in r["entries"] for r in rows] for bot in (without, shipped))
    assert sum(after) >= sum(before) + 8
    assert sum(b and not a for b, a in zip(before, after, strict=True)) <= 2


@pytest.mark.parametrize("question", ["小电驴着火了", "老板不给安全帽", "煤气坛子漏气了"])
def test_danger_and_hazards_are_read_as_they_were_said(shipped: Answerer, without: Answerer, question: str) -> None:
    assert shipped.answer(asked(question)) == without.answer(asked(question))


@pytest.mark.parametrize(
    "question", ["老板不给安全帽", "电瓶车楼道充电罚多少", "工地摔了算不算工伤", "厂里烟味很大找谁"]
)
def test_questions_as_people_say_them_are_answered(shipped: Answerer, question: str) -> None:
    assert shipped.answer(asked(question)).status in (Status.ANSWERED, Status.CHOICES)


@pytest.fixture(scope="module")
def without(shipped: Answerer) -> Answerer:
    """The shipped content without synonyms."""
    return answerer(shipped.base, said=NONE)
