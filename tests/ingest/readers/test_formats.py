"""What a person sees on the page is what comes out, whatever the format."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.ingest.readers import Document, Format, LineKind, read_document, read_documents, read_from_bytes

from .making import SENTENCE, docx, numbered_docx, pdf, saved, typeset, with_part, zipped
from .making import write as put

TEXT = "第一条　为了测试，制定本法。\n第二条　下列单位适用本法：\n（一）甲单位；\n（二）乙单位。\n"


def lines(document: Document) -> list[str]:
    return [line.text for line in document.lines]


@pytest.mark.parametrize(
    ("data", "charset"),
    [
        (TEXT.encode(), "utf-8"),
        (b"\xef\xbb\xbf" + TEXT.encode(), "utf-8"),
        (TEXT.encode("gb18030"), "gb18030"),
        (TEXT.encode("gbk").replace(b"\n", b"\r\n") + b"\x1a", "gb18030"),
        (b"\xff\xfe" + TEXT.encode("utf-16-le"), "utf-16-le"),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "utf-16-be"),
        (TEXT.encode("utf-16-le"), "utf-16-le"),
        (TEXT.encode("utf-16-be"), "utf-16-be"),
        (TEXT.replace("\n", "\r").encode(), "utf-8"),
    ],
)
def test_text_is_read_in_whatever_charset_it_is(data: bytes, charset: str) -> None:
    document = read_from_bytes(data, "a.txt")
    assert document.format is Format.TEXT
    assert document.charset == charset
    assert lines(document) == TEXT.strip().split("\n")


def test_traditional_text_in_big5_is_read() -> None:
    text = "消防安全檢查應當由專業人員進行，發現問題應當及時處理並且報告主管機關。\n" * 12
    assert "消防安全檢查" in read_from_bytes(text.encode("big5"), "a.txt").text


def test_one_bad_byte_does_not_change_the_charset() -> None:
    data = (SENTENCE * 40).encode()
    document = read_from_bytes(data[:600] + b"\xff" + data[600:], "a.txt")
    assert document.charset == "utf-8"
    assert document.warnings


def test_text_pasted_out_of_a_page_is_put_together_again() -> None:
    cut = "　　第一条　" + SENTENCE[:28] + "\n" + SENTENCE[28:] + "\n"
    paragraphs = cut + "\n\n                － 1 －\n\n" + cut.replace("一", "二", 1) * 3
    document = read_from_bytes(paragraphs.encode(), "a.txt")
    assert lines(document) == [f"第一条　{SENTENCE}", *[f"第二条　{SENTENCE}"] * 3]


def test_page_number_in_mid_sentence_goes_and_the_sentence_stays() -> None:
    first, second = SENTENCE[:34], SENTENCE[34:]
    text = "".join(f"　　{first}\n\n\n          — {n} —\n\n{second}\n" for n in range(1, 6))
    assert lines(read_from_bytes(text.encode(), "a.txt")) == [SENTENCE] * 5


def test_lines_of_a_list_are_not_run_together() -> None:
    text = "工作安排\n一、时间\n6月1日至30日\n二、地点\n各镇街\n三、内容\n宣传咨询、应急演练、隐患排查\n"
    assert lines(read_from_bytes(text.encode(), "a.txt")) == text.strip().split("\n")


def test_markdown_gives_words_without_marks() -> None:
    text = (
        "# 测试法\n\n## 第一章 总则\n\n**第一条** 为了[测试](http://x.cn)，制定本法。\n\n- （一）甲；\n\n"
        "| 项目 | 日期 |\n|---|---|\n| 演练 | 6月16日 |\n"
    )
    document = read_from_bytes(text.encode(), "a.md")
    assert document.format is Format.MARKDOWN
    assert document.title == "测试法"
    assert lines(document) == [
        "测试法", "第一章 总则", "第一条 为了测试，制定本法。", "（一）甲；", "项目\t日期", "演练\t6月16日",
    ]  # fmt: skip
    assert [line.kind for line in document.lines[:3]] == [LineKind.HEADING, LineKind.HEADING, LineKind.PARAGRAPH]


def test_docx_gives_paragraphs_and_table_rows_in_order() -> None:
    document = read_from_bytes(
        docx("测试工作方案", "一、目标", table=[["活动", "日期"], ["演练", "6月16日"]]), "a.docx"
    )
    assert document.format is Format.DOCX
    assert lines(document) == ["测试工作方案", "一、目标", "活动\t日期", "演练\t6月16日"]
    assert document.lines[-1].kind is LineKind.ROW
    assert document.title == "测试工作方案"


def test_numbers_that_word_counts_are_put_back() -> None:
    data = numbered_docx(
        [("chineseCounting", "%1、"), ("chineseCounting", "（%2）"), ("decimal", "%3.")],
        [(-1, "方案"), (0, "目标"), (1, "甲"), (1, "乙"), (2, "子"), (2, "丑"), (0, "步骤"), (1, "丙"), (2, "寅")],
    )
    assert lines(read_from_bytes(data, "a.docx")) == [
        "方案", "一、目标", "（一）甲", "（二）乙", "1.子", "2.丑", "二、步骤", "（一）丙", "1.寅",
    ]  # fmt: skip


def test_articles_that_word_counts_are_put_back() -> None:
    data = numbered_docx([("chineseCountingThousand", "第%1条")], [(0, f"规定之{n}。") for n in range(1, 22)])
    read = lines(read_from_bytes(data, "a.docx"))
    assert read[0] == "第一条 规定之1。"
    assert read[20] == "第二十一条 规定之21。"


def test_what_was_struck_out_in_word_is_not_read_and_what_was_added_is() -> None:
    data = docx("原文")
    added = (
        '<w:p><w:r><w:t>应当</w:t></w:r><w:del w:id="1" w:author="a"><w:r><w:delText>立即</w:delText></w:r></w:del>'
        '<w:ins w:id="2" w:author="a"><w:r><w:t>及时</w:t></w:r></w:ins><w:r><w:rPr><w:vanish/></w:rPr>'
        "<w:t>暗</w:t></w:r>"
        "<w:r><w:t>报告</w:t></w:r></w:p>"
        "<w:sdt><w:sdtContent><w:p><w:r><w:t>控件里的字</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    )
    data = with_part(data, "word/document.xml", None, (b"<w:sectPr", added.encode() + b"<w:sectPr"))
    assert lines(read_from_bytes(data, "a.docx")) == ["原文", "应当及时报告", "控件里的字"]


def test_frame_made_of_a_table_is_read_as_text() -> None:
    from docx import Document as new

    word = new()
    cell = word.add_table(1, 1).rows[0].cells[0]
    cell.text = "通知"
    cell.add_paragraph("各单位：")
    assert lines(read_from_bytes(saved(word), "a.docx")) == ["通知", "各单位："]


def test_pdf_gives_paragraphs_without_headers_and_page_numbers() -> None:
    paragraphs = [f"第{n}条　{SENTENCE}{SENTENCE}" for n in "一二三四五六七八九"] + [
        "（一）短的一项；",
        "（二）另一项。",
    ]
    data = pdf(typeset(paragraphs, header="某某市人民政府公报 2026年第3期"))
    document = read_from_bytes(data, "a.pdf")
    assert document.format is Format.PDF
    assert lines(document) == paragraphs


def test_paragraph_that_ends_a_sentence_at_the_edge_goes_on() -> None:
    text = "一" * 27 + "。" + SENTENCE  # the first sentence fills the first line to its end
    assert lines(read_from_bytes(pdf(typeset([text, SENTENCE, text])), "a.pdf")) == [text, SENTENCE, text]


def test_radicals_that_stand_for_characters_become_them() -> None:
    assert lines(read_from_bytes(pdf([[(90, 700, 12, "第⼀条　⽣产经营单位应当⼈⼈尽责。")]]), "a.pdf")) == [
        "第一条　生产经营单位应当人人尽责。"
    ]


def test_two_columns_of_a_gazette_are_read_one_after_the_other() -> None:
    paragraphs = [f"第{n}条　{SENTENCE}" for n in "一二三四五六七八九"]
    rows = [row for page in typeset(paragraphs, columns=16, size=12) for row in page[:-1]]
    half = len(rows) // 2
    page = [(180.0, 800.0, 20.0, "测试安全管理条例")]
    page += [(x - 40, 760 - 18 * n, size, text) for n, (x, _, size, text) in enumerate(rows[:half])]
    page += [(x + 220, 760 - 18 * n, size, text) for n, (x, _, size, text) in enumerate(rows[half:])]
    assert lines(read_from_bytes(pdf([page]), "a.pdf")) == ["测试安全管理条例", *paragraphs]


PAGE = """<!DOCTYPE html><html><head><meta charset="{charset}"><title>测试条例_政策_某某市人民政府</title>
<script>var t="第九条 脚本里的假条文";</script><style>p{{color:red}}</style></head><body>
<div class="header"><ul class="nav"><li><a href="/">首页</a></li><li><a href="/a">政务公开</a></li></ul></div>
<div class="breadcrumb">当前位置：<a href="/">首页</a> &gt; 正文</div>
<table class="info"><tr><th>发文字号</th><td>国令第1号</td><th>发布日期</th><td>2024年01月02日</td></tr></table>
<div id="content"><p style="text-align:center">第一章&ensp;总则</p>
<p>第一条&emsp;{sentence}</p><p><a href="#">【打印】</a><a href="#">【纠错】</a></p><p>第二条&emsp;前段，
后段。</p><div style="display:none">第八条 看不见的假条文</div><p>（一）{sentence}</p></div>
<div class="related"><h3>相关链接</h3><a href="#">烟花爆竹安全管理条例</a></div>
<div class="footer">主办：某某市人民政府办公室　网站标识码：0000000000</div></body></html>"""


@pytest.mark.parametrize(("charset", "encoding"), [("utf-8", "utf-8"), ("gb2312", "gbk"), ("gbk", "utf-8")])
def test_page_gives_its_main_text_alone(charset: str, encoding: str) -> None:
    sentence = SENTENCE + "镕"  # in GBK, not in GB2312
    document = read_from_bytes(PAGE.format(charset=charset, sentence=sentence).encode(encoding), "a.htm")
    assert document.format is Format.HTML
    assert lines(document) == ["第一章 总则", f"第一条 {sentence}", "第二条 前段，后段。", f"（一）{sentence}"]
    assert document.title == "测试条例"
    assert document.facts["发文字号"] == "国令第1号"
    assert document.facts["发布日期"] == "2024年01月02日"


def test_old_page_of_line_breaks_in_a_table_is_read() -> None:
    body = "".join(f"&nbsp;&nbsp;第{n}条&nbsp;&nbsp;{SENTENCE}<BR>\n" for n in "一二三")
    page = f"<HTML><BODY><TABLE><TR><TD><B>测试条例</B></TD></TR><TR><TD>{body}</TD></TR></TABLE></BODY></HTML>"
    assert lines(read_from_bytes(page.encode(), "a.html"))[-3:] == [f"第{n}条 {SENTENCE}" for n in "一二三"]


def test_paragraphs_in_several_columns_are_all_kept() -> None:
    parts = "".join(f"<div class=part><p>第{n}条 {SENTENCE}</p></div>" for n in "一二三四")
    page = f"<html><body><div class=menu><a href=x>首页</a></div><div>{parts}</div></body></html>"
    assert len(lines(read_from_bytes(page.encode(), "a.html"))) == 4


def test_form_around_the_whole_page_does_not_hide_it() -> None:
    page = (
        f"<html><body><form id=form1><div><p>第一条 {SENTENCE}</p><p>第二条 {SENTENCE}</p></div></form></body></html>"
    )
    assert len(lines(read_from_bytes(page.encode(), "a.aspx"))) == 2


def test_table_of_a_page_becomes_rows() -> None:
    table = "<table><tr><td>活动</td><td>日期</td></tr><tr><td>演练</td><td>6月</td></tr></table>"
    page = f"<html><body><p>{SENTENCE}</p>{table}"
    assert lines(read_from_bytes(page.encode(), "a.html")) == [SENTENCE, "活动\t日期", "演练\t6月"]


@pytest.mark.parametrize("gbk_names", [False, True])
def test_zip_gives_each_document_under_its_name(tmp_path: Path, gbk_names: bool) -> None:
    held = {"法规/测试法.txt": TEXT.encode(), "方案.docx": docx("测试方案"), "内层.zip": zipped({"a.txt": b"x"}),
            "__MACOSX/._a": b"\0"}  # fmt: skip
    path = put(tmp_path / "全部.zip", zipped(held, gbk_names=gbk_names))
    read = {r.name.removeprefix(f"{path}/"): r for r in read_documents(path)}
    assert set(read) == {"法规/测试法.txt", "方案.docx", "内层.zip"}
    assert read["内层.zip"].error is not None
    document = read["法规/测试法.txt"].document
    assert document is not None
    assert document.lines[0].text == TEXT.split("\n")[0]


def test_zip_with_one_document_is_that_document(tmp_path: Path) -> None:
    assert (
        read_document(put(tmp_path / "a.zip", zipped({"测试法.txt": TEXT.encode()}))).lines[0].text.startswith("第一条")
    )


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.txt", docx("方案"), Format.DOCX),
        ("a.docx", TEXT.encode(), Format.TEXT),
        ("a.doc", PAGE.format(charset="utf-8", sentence=SENTENCE).encode(), Format.HTML),
        ("a", pdf(typeset([SENTENCE])), Format.PDF),
    ],
)
def test_file_is_read_as_what_it_is_not_as_it_is_called(tmp_path: Path, name: str, data: bytes, kind: Format) -> None:
    assert read_document(put(tmp_path / name, data)).format is kind


def test_a_table_in_a_plain_text_keeps_its_cells() -> None:
    text = "安排表\n日期\t活动\t负责人\n3月5日\t演练\t教务处\n软管\t\t\n\n项目\t份数\n折页\t300\n"
    lines = read_from_bytes(text.encode(), "a.txt").lines
    assert [x.text.split("\t") for x in lines if x.kind is LineKind.ROW] == [
        ["日期", "活动", "负责人"],
        ["3月5日", "演练", "教务处"],
        ["软管", "", ""],
        ["项目", "份数"],
        ["折页", "300"],
    ]


@pytest.mark.parametrize(
    "line",
    ["第一条\t为了加强管理，制定本条例。", "\t\t第一章　总则", "一、\t活动主题", "（一）\t加强领导\t（区安委办）"],
)
def test_a_tab_behind_a_number_or_before_a_title_makes_no_row(line: str) -> None:
    lines = read_from_bytes(f"平安市条例\n{line}\n第二条\t本条例自公布之日起施行。\n".encode(), "a.txt").lines
    assert [x.kind for x in lines if x.kind is LineKind.ROW] == []
