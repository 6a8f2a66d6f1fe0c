"""How statutes are printed in the wild: numbers spaced out, contents listed, lines cut, notes added."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import ContentError
from bot.ingest.readers import Document, Format, Line
from bot.ingest.statutes import Statute, statute_of
from bot.ingest.structure import take_apart

BODY = """第一章　总则
第一条　为了测试，制定本条例。
第二条　下列单位适用本条例：
（一）甲单位；
（二）乙单位。
前款以外的单位，依照第一条的规定执行。
第二章　附则
第三条　本条例自2021年9月1日起施行。"""


def document(text: str, name: str = "测试条例.txt", title: str = "", **facts: str) -> Document:
    lines = tuple(Line(x.strip()) for x in text.split("\n") if x.strip())
    return Document(name=name, format=Format.TEXT, lines=lines, title=title, facts=facts)


def statute(body: str = BODY, head: str = "测试安全管理条例", **given: str) -> Statute:
    return statute_of(document(f"{head}\n{body}", **given))


def told(found: Statute) -> list[tuple[str, str]]:
    return [(a.number, a.text) for a in found.articles]


PLAIN = told(statute())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("第二条　", "第 二 条　"),
        ("第二条　", "第二条"),
        ("第二条　", "第2条 "),
        ("第二条　", "第２条："),
        ("第二条　", "第二条\t"),
        ("第二条　", "第二条：　"),
        ("第二条　", "第二条【适用范围】"),
        ("第二条　", "第二条 〔适用范围〕　"),
        ("第二条　", "第二条\n"),
        ("第三条　", "第三条.　"),
        ("（二）", "(二)"),
        ("（二）", "（ 二 ）"),
        ("第一章　总则", "第 一 章　总　　则"),
        ("第一章　总则", "第1章 总则"),
        ("第一章　总则", "第一章总则"),
    ],
)
def test_spelling_of_numbers_does_not_matter(before: str, after: str) -> None:
    found = statute(BODY.replace(before, after))
    assert told(found) == PLAIN
    assert [a.chapter for a in found.articles] == ["第一章 总则", "第一章 总则", "第二章 附则"]


@pytest.mark.parametrize(
    "contents",
    [
        "目录\n第一章　总则\n第二章　附则",
        "目　　录\n第一章　总则……………1\n第二章　附则……………3",
        "目录\n第一章 总则（第一条—第二条）\n第二章 附则（第三条）",
        "目录\n第一条　立法目的\n第二条　适用范围\n第三条　施行日期",
        "目录\n第一章 总则\n第一条 立法目的 1\n第二条 适用范围 1\n第二章 附则\n第三条 施行日期 2",
        "第一条 立法目的……1\n第二条 适用范围……1\n第三条 施行日期……2",
    ],
)
def test_table_of_contents_is_no_text(contents: str) -> None:
    found = statute(f"{contents}\n{BODY}")
    assert told(found) == PLAIN
    assert [a.chapter for a in found.articles] == ["第一章 总则", "第一章 总则", "第二章 附则"]


def test_parts_chapters_and_sections_are_nested() -> None:
    text = """第一编　总则
第一章　基本规定
第一条　甲一。
第二条　甲二。
第二编　物权
第一分编　通则
第二章　一般规定
第一节　登记
第三条　甲三。
第二节　交付
第四条　甲四。
第三章　保护
第五条　甲五。
第二分编　所有权
第六条　甲六。"""
    assert [a.chapter for a in statute(text).articles] == [
        "第一编 总则 / 第一章 基本规定",
        "第一编 总则 / 第一章 基本规定",
        "第二编 物权 / 第一分编 通则 / 第二章 一般规定 / 第一节 登记",
        "第二编 物权 / 第一分编 通则 / 第二章 一般规定 / 第二节 交付",
        "第二编 物权 / 第一分编 通则 / 第三章 保护",
        "第二编 物权 / 第二分编 所有权",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "第一条规定的单位，从其规定。",
        "第一条、第二条规定的单位除外。",
        "第三条所列情形除外。",
        "第九条至第十一条另行规定。",
    ],
)
def test_line_that_speaks_of_an_article_stays_in_its_own(line: str) -> None:
    found = statute(BODY.replace("前款以外", f"{line}\n前款以外"))
    assert [n for n, _ in told(found)] == ["第一条", "第二条", "第三条"]
    assert line in found.articles[1].text


def test_articles_that_share_a_line_are_parted() -> None:
    joined = BODY.replace("\n第二条　", "第二条　").replace("前款以外的单位", "见本法。第九条　以外的单位")
    found = statute(joined)
    assert [n for n, _ in told(found)] == ["第一条", "第二条", "第三条"]
    assert found.articles[0].text == "为了测试，制定本条例。"
    assert "第九条　以外的单位" in found.articles[1].text


def test_inserted_articles_are_articles_of_their_own() -> None:
    found = statute(BODY.replace("第二章", "第二条之一　增加的。\n第2条之2　再增加的。\n第二章"))
    assert [n for n, _ in told(found)] == ["第一条", "第二条", "第二条之一", "第二条之二", "第三条"]


def test_number_out_of_order_is_kept_as_text_and_told() -> None:
    found = statute(BODY.replace("前款以外", "第九十条　引用的另一部法律的条文。\n前款以外"))
    assert [n for n, _ in told(found)] == ["第一条", "第二条", "第三条"]
    assert "引用的另一部法律" in found.articles[1].text
    assert any("第九十条" in w for w in found.warnings)


def test_left_out_number_is_told_and_the_text_counts_as_an_excerpt() -> None:
    found = statute(BODY.replace("第三条　", "第五条　"))
    assert found.excerpt
    assert any("第三条、第四条" in w for w in found.warnings)


def test_two_statutes_in_one_file_are_not_run_together() -> None:
    long = "\n".join(f"第{n}条　这一条的规定写得足够长，而且是一个完整的句子。" for n in "一二三四五")
    with pytest.raises(ContentError, match="两部法规"):
        statute(f"{long}\n另一部安全管理办法\n{long}")


@pytest.mark.parametrize("title", ["附录", "附录：", "附：", "附件1", "附表 二", "附件：甲表"])
def test_annex_belongs_to_no_article(title: str) -> None:
    found = statute(f"{BODY}\n{title}\n分级标准\n（一）一级；\n（二）二级。")
    assert told(found) == PLAIN
    assert len(found.annexes) == 1
    assert found.annexes[0].text == "分级标准\n（一）一级；\n（二）二级。"


def test_annexes_are_kept_apart() -> None:
    found = statute(f"{BODY}\n附件1：甲表\n甲。\n附件2：乙表\n乙。")
    assert [(a.title, a.text) for a in found.annexes] == [("附件1：甲表", "甲。"), ("附件2：乙表", "乙。")]


@pytest.mark.parametrize(
    "tail",
    ["（打印时间：2016-03-01）", "责任编辑：某某", "【关闭窗口】", "上一篇：另一部条例", "扫一扫在手机打开当前页"],
)
def test_what_a_site_adds_below_is_not_the_last_article(tail: str) -> None:
    assert told(statute(f"{BODY}\n{tail}")) == PLAIN


def test_remarks_are_never_the_text_of_the_law() -> None:
    text = BODY.replace("前款以外", "【编者注：以上为节选】\n前款以外")
    assert told(statute(text)) == PLAIN
    partial = take_apart(
        ["第三条　有下列情形之一的：〔各项未取得〕", "第四条　〔略〕", "第五条　见安监〔2011〕9号。"], partial=True
    )
    assert [(p.number, p.text) for p in partial.articles] == [
        ("第三条", "有下列情形之一的："), ("第五条", "见安监〔2011〕9号。"),
    ]  # fmt: skip


HISTORY = [
    ("（2002年6月29日第九届全国人民代表大会常务委员会第二十八次会议通过　根据2021年6月10日《修改决定》第三次修正）",
     "法律", "全国人民代表大会常务委员会", "2021-06-10", "2021-09-01"),
    ("（2021年6月1日国务院第138次常务会议通过　2021年6月18日中华人民共和国国务院令第745号公布　自2021年9月1日起施行）",
     "行政法规", "国务院", "2021-06-18", "2021-09-01"),
    ("（二○二一年六月二十九日某某部令第12号公布）", "部门规章", "某某部", "2021-06-29", "2021-09-01"),
    ("（２０２１年６月１日广东省第十三届人民代表大会常务委员会第三十二次会议通过）", "地方性法规", "", "2021-06-01",
     "2021-09-01"),
    ("（2021年10月1日国务院令第1号公布　根据2023年5月6日《国务院关于修改部分行政法规的决定》修订）", "行政法规",
     "国务院", "2023-05-06", ""),
]  # fmt: skip


@pytest.mark.parametrize(("history", "level", "issuer", "version", "effective"), HISTORY)
def test_note_below_the_title_gives_dates_and_maker(
    history: str, level: str, issuer: str, version: str, effective: str
) -> None:
    found = statute(f"{history}\n{BODY}")
    assert (found.version, found.effective) == (version, effective)
    assert issuer in found.issuer
    assert found.level == level or level == "地方性法规"


def test_page_and_file_name_give_the_dates_where_the_text_does_not() -> None:
    assert statute(发布日期="2024年01月02日").version == "2024-01-02"
    named = statute_of(document(f"测试安全管理条例\n{BODY}", name="测试安全管理条例_20210610.docx"))
    assert named.version == "2021-06-10"
    assert any("版本日期" in w for w in statute().warnings)


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("中华人民共和国测试法", "中华人民共和国测试法"),
        ("测 试 管 理 条 例", "测试管理条例"),
        ("某某市人民政府令\n第 12 号\n《测试管理办法》已经通过，现予公布。\n市长 某某\n测试管理办法", "测试管理办法"),
        ("最高人民法院 最高人民检察院\n关于测试适用法律若干问题的解释\n法释〔2022〕19号",
         "最高人民法院最高人民检察院关于测试适用法律若干问题的解释"),
        ("测试管理条例（2021修订）", "测试管理条例"),
    ],
)  # fmt: skip
def test_title_is_found(head: str, title: str) -> None:
    assert statute(head=head).title == title


def test_title_in_two_lines_is_taken_from_the_name_of_the_file() -> None:
    found = statute_of(document(f"关于测试适用法律若干\n问题的规定\n{BODY}", name="关于测试适用法律若干问题的规定.pdf"))
    assert found.title == "关于测试适用法律若干问题的规定"


def test_local_regulation_without_a_header_holds_in_its_place() -> None:
    assert statute(head="江苏省测试管理条例").region == "江苏省"
    assert statute(head="河源市测试管理条例").region == "河源市"
    for title in (
        "测试市场管理条例",
        "城市燃气管理条例",
        "全国城市绿化条例",
        "房屋市政工程管理办法",
        "中华人民共和国城市法",
    ):
        assert statute(head=title).region == "全国"
    history = "（2022年9月1日河源市第八届人民代表大会常务委员会第七次会议通过）"
    city = statute(f"{history}\n{BODY}", head="河源市测试管理条例")
    assert (city.region, city.level, city.issuer) == ("河源市", "地方性法规", "河源市人民代表大会常务委员会")


@pytest.mark.parametrize("text", ["", "一页笔记。", "第一条　只有一条。", "方案\n一、目标\n二、步骤\n第一阶段 动员"])
def test_document_without_articles_is_no_statute(text: str) -> None:
    with pytest.raises(ContentError):
        statute_of(document(text or "空"))


def test_thousands_of_lines_take_no_time_at_all(tmp_path: Path) -> None:
    from bot.answers.normalise import chinese

    lines = [f"第{chinese(n)}条　这一条讲第{n}件事。" for n in range(1, 3001)]
    assert len(take_apart(lines).articles) == 3000
    assert len(take_apart(["第一条　" + "一" * 100_000, "第二条　" + "第" * 100_000]).articles) == 2
