"""Statute texts to articles: none lost, none split, and a broken form is named with its line."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.errors import ContentError
from bot.ingest.readers.limits import MAX_BYTES
from bot.ingest.statutes import PASSAGES, article_key, parse_statute, read_passages, read_statute

from .conftest import STATUTE


def test_header_becomes_the_facts_of_the_statute() -> None:
    law = parse_statute(STATUTE, "测试法.txt")
    assert (law.title, law.level, law.issuer) == ("中华人民共和国测试法", "法律", "全国人民代表大会常务委员会")
    assert (law.version, law.effective, law.status) == ("2021-06-10", "2021-09-01", "现行有效")
    assert (law.region, law.excerpt, law.origin) == ("全国", False, "测试法.txt")


def test_articles_keep_number_chapter_paragraphs_and_items() -> None:
    first, second, third = parse_statute(STATUTE).articles
    assert (first.number, first.text, first.chapter) == ("第一条", "为了测试，制定本法。", "第一章 总则")
    assert second.text.split("\n") == [
        "下列单位适用本法：", "（一）甲；", "（二）乙。", "前款规定以外的单位，依照第一条的规定执行。",
    ]  # fmt: skip
    assert third.chapter == "第二章 附则"


@pytest.mark.parametrize(
    "same",
    [
        STATUTE.replace("\n", "\r\n"),
        STATUTE.replace("\n", "\r"),
        "\ufeff" + STATUTE,
        STATUTE.rstrip("\n"),
        STATUTE + "\n\n\n",
        STATUTE.replace("\n第二条", "\n\n\n第二条"),
        STATUTE.replace("第一条　", "第一条 "),
        STATUTE.replace("第二条　", "第 二 条："),
        STATUTE.replace("第二条　", "第2条\t"),
        STATUTE.replace("第二条　", "第２条、"),
        STATUTE.replace("第二条　", "第二条"),
        STATUTE.replace("第一章 总则", "第 一 章　　总　则"),
        STATUTE.replace("（一）", "(一)").replace("（二）", "( 二）"),
        STATUTE.replace("第一章 总则", "目　录\n第一章　总则\n第二章　附则\n\n第一章 总则"),
        STATUTE.replace("第一章 总则", "目录\n第一条　总则\n第三条　附则\n\n第一章 总则"),
    ],
)
def test_line_ends_marks_and_blank_lines_do_not_matter(same: str) -> None:
    assert parse_statute(same).digest == parse_statute(STATUTE).digest


def test_article_inserted_later_is_an_article_of_its_own() -> None:
    law = parse_statute(STATUTE.replace("第三条　", "第二条之一　增加的一条。\n第二条之二　再一条。\n第三条　"))
    assert [a.number for a in law.articles] == ["第一条", "第二条", "第二条之一", "第二条之二", "第三条"]


def test_line_that_only_speaks_of_an_article_belongs_to_the_one_before() -> None:
    law = parse_statute(STATUTE.replace("前款规定以外", "第一条规定以外"))
    assert len(law.articles) == 3
    assert law.articles[1].text.endswith("第一条规定以外的单位，依照第一条的规定执行。")


def test_remark_in_brackets_is_not_the_text_of_the_law() -> None:
    law = parse_statute(STATUTE.replace("第三条　", "【以下为编者摘要】\n〔略〕\n第三条　"))
    assert "摘要" not in law.articles[1].text
    assert "略" not in law.articles[1].text


def test_excerpt_carries_the_title_of_the_whole_and_may_have_gaps() -> None:
    law = parse_statute(
        STATUTE.replace("标题：中华人民共和国测试法", "标题：中华人民共和国测试法（安全条文节选）").replace(
            "第三条", "第九条"
        )
    )
    assert law.title == "中华人民共和国测试法"
    assert law.excerpt


@pytest.mark.parametrize(
    ("title", "level", "region"),
    [
        ("广东省安全生产条例", "地方性法规", "广东省"),
        ("汕头经济特区消防条例", "地方性法规", "汕头市"),
        ("深圳经济特区安全生产监督管理条例", "经济特区法规", "深圳市"),
        ("河源市暴雨灾害预警与响应条例", "地方性法规", "河源市"),
        ("广东省实施《中华人民共和国消防法》办法", "地方性法规", "广东省"),
        ("内蒙古自治区安全生产条例", "地方性法规", "内蒙古自治区"),
        ("中华人民共和国安全生产法", "法律", "全国"),
        ("城市公共交通条例", "行政法规", "全国"),
    ],
)
def test_local_regulation_holds_where_its_title_says(title: str, level: str, region: str) -> None:
    text = STATUTE.replace("中华人民共和国测试法", title).replace("效力级别：法律", f"效力级别：{level}")
    assert parse_statute(text).region == region


def test_region_in_the_header_wins() -> None:
    assert parse_statute(STATUTE.replace("备注：只为测试", "适用区域：广东省江门市")).region == "广东省江门市"


@pytest.mark.parametrize(
    ("given", "kept"),
    [("2021-09-01（第三条）", "2021-09-01"), ("2021", "2021"), ("见末条", "2021-09-01"), ("", "2021-09-01")],
)
def test_day_of_effect_is_a_date_or_that_of_the_last_article(given: str, kept: str) -> None:
    assert parse_statute(STATUTE.replace("本版施行日期：2021-09-01", f"本版施行日期：{given}")).effective == kept


BROKEN = [
    (STATUTE.replace("标题：中华人民共和国测试法", "标题："), 1, "标题"),
    (STATUTE.replace("时效性：", "效力："), 6, "header line expected"),
    (STATUTE.replace("时效性：现行有效", "这一行没有冒号"), 6, "这一行没有冒号"),
    (STATUTE.replace("2021-06-10", "二〇二一年六月"), 4, "版本日期"),
    (STATUTE.replace("\n\n中华", "\n中华"), 8, "header line expected"),
    ("标题：中华人民共和国测试法", 1, "no empty line"),
    ("标题：中华人民共和国测试法\n\n中华人民共和国测试法\n没有条文。\n", None, "no article"),
    (STATUTE.replace("第二条　", "第三条　"), 19, "第三条"),
    (STATUTE.replace("第三条　本法", "第一条　本法"), 19, "第一条"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "told"), BROKEN)
def test_broken_form_is_named_with_path_and_line(
    text: str, line: int | None, told: str, write: Callable[..., Path]
) -> None:
    path = write("坏.txt", text)
    with pytest.raises(ContentError) as e:
        read_statute(path)
    assert e.value.path == path
    assert told in e.value.reason
    if line:
        assert e.value.line == line


def test_text_that_is_not_utf8_is_read(write: Callable[..., Path]) -> None:
    assert read_statute(write("gbk.txt", STATUTE.encode("gb18030"))).digest == parse_statute(STATUTE).digest


def test_huge_file_is_refused_before_it_is_read(write: Callable[..., Path]) -> None:
    path = write("huge.txt", STATUTE)
    with path.open("r+b") as f:
        f.truncate(MAX_BYTES + 1)
    with pytest.raises(ContentError, match="太大"):
        read_statute(path)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="nobody.txt"):
        read_statute(tmp_path / "nobody.txt")


def test_long_statute_is_read_whole() -> None:
    articles = "".join(f"第{n}千条　{n}\n" for n in "一二三四五六七八九")
    law = parse_statute("标题：长法\n\n长法\n" + articles)
    assert len(law.articles) == 9


@pytest.mark.parametrize(
    ("printed", "key"),
    [
        ("第一条", (1, 0)),
        ("第十条", (10, 0)),
        ("第一百零三条", (103, 0)),
        ("第一百三十三条之一", (133, 1)),
        ("第二千零九条", (2009, 0)),
    ],
)
def test_article_numbers_are_read_in_order(printed: str, key: tuple[int, int]) -> None:
    assert article_key(printed) == key


@pytest.mark.parametrize("printed", ["", "第条", "第x条", "二十五", "附录"])
def test_what_is_no_article_number_is_refused(printed: str) -> None:
    with pytest.raises(ContentError):
        article_key(printed)


def passage(**fields: object) -> str:
    return json.dumps({"id": 1, "law": "甲法", "article": "第一条", "text": "一。"} | fields, ensure_ascii=False)


def test_passages_become_statutes_in_file_order(write: Callable[..., Path]) -> None:
    lines = [passage(), passage(law="乙法"), "", passage(article="第二条", text="二。", version="2020-01-01")]
    laws = read_passages(write("corpus.jsonl", "\n".join(lines)))
    assert [(law.title, law.version, [a.number for a in law.articles]) for law in laws] == [
        ("甲法", PASSAGES, ["第一条"]), ("乙法", PASSAGES, ["第一条"]), ("甲法", f"{PASSAGES}2020-01-01", ["第二条"]),
    ]  # fmt: skip


def test_passages_keep_the_ids_they_were_given(write: Callable[..., Path]) -> None:
    laws = read_passages(write("corpus.jsonl", "\n".join([passage(id=7), passage(id="b-9", article="第二条")])))
    assert [a.passage for a in laws[0].articles] == ["7", "b-9"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "not JSON"),
        ("[]", "object"),
        ('"x"', "object"),
        (passage(text=""), "text"),
        (passage(law=None), "law"),
        (passage(article=5), "article"),
        ('{"id": 1}', "law"),
        (passage(version=5), "version"),
    ],
)
def test_bad_line_of_passages_is_named_by_its_number(line: str, told: str, write: Callable[..., Path]) -> None:
    path = write("corpus.jsonl", f"{passage()}\n\n{line}\n{passage()}\n")
    with pytest.raises(ContentError) as e:
        read_passages(path)
    assert (e.value.path, e.value.line) == (path, 3)
    assert told in e.value.reason


def test_passages_that_are_not_utf8_are_named(write: Callable[..., Path]) -> None:
    with pytest.raises(ContentError, match="gbk.jsonl"):
        read_passages(write("gbk.jsonl", passage().encode("gbk")))
