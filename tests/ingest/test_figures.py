"""Figures are read however they are written, and an answer's are looked for in the law's."""

from __future__ import annotations

import pytest

from bot.ingest.figures import Figure, figures, unfounded, value


@pytest.mark.parametrize(
    ("number", "read"),
    [("25", 25), ("1,000", 1000), ("5万", 50_000), ("二十五", 25), ("一百零三", 103), ("二十万", 200_000), ("十", 10),
     ("一千万", 10_000_000), ("1千万", 10_000_000), ("两", 2), ("1.5", 1.5), ("半", 0.5), ("一亿二千万", 120_000_000),
     ("2亿", 200_000_000), ("一二三", None)],
)  # fmt: skip
def test_a_number_is_read(number: str, read: float | None) -> None:
    assert value(number) == read


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("处五万元以上十万元以下的罚款", {Figure(50_000, "元", "以上"), Figure(100_000, "元", "以下")}),
        ("罚5至10万元", {Figure(50_000, "元"), Figure(100_000, "元")}),
        ("３０天内申请", {Figure(30, "日")}),
        ("三十日，30日，三十天", {Figure(30, "日")}),
        ("百分之三十以上，50%", {Figure(30, "%", "以上"), Figure(50, "%")}),
        ("三分之一", {Figure(0.333333, "份")}),
        ("2021年9月1日起施行，3年内有效", {Figure(36, "个月")}),
        ("一年半", {Figure(18, "个月")}),
        ("2年和24个月", {Figure(24, "个月")}),
        ("24小时和1440分钟", {Figure(1440, "分钟")}),
        ("不超过25公里", {Figure(25_000, "米")}),
        ("直径大于25mm，0.1MPa", {Figure(0.025, "米"), Figure(0.1, "兆帕")}),
        ("3—10人或100万—500万元", {Figure(3, "人"), Figure(10, "人"), Figure(1e6, "元"), Figure(5e6, "元")}),
        ("三人以上十人以下死亡", {Figure(3, "人", "以上"), Figure(10, "人", "以下")}),
        ("气温40℃以上或40摄氏度以上", {Figure(40, "℃", "以上")}),
        ("二倍以上五倍以下", {Figure(2, "倍", "以上"), Figure(5, "倍", "以下")}),
        ("每年6月16日；第三十日；法律没写统一小时数；几十秒；24小时抢修电话；安监总安健〔2012〕89号", set()),
        ("占职工总数百分之十以上", {Figure(10, "%", "以上")}),
    ],
)
def test_figures_are_levelled(text: str, told: set[Figure]) -> None:
    assert figures(text) == told


LAW = "单位应当自事故伤害发生之日起30日内提出申请；处二万元以上五万元以下的罚款；每一年检查一次"


@pytest.mark.parametrize(
    ("answer", "strange"),
    [
        ("三十天内申请，罚2万元以上5万元以下", []),
        ("60天内申请", ["60天"]),
        ("罚2万元以下", ["2万元以下"]),
        ("罚2万元至5万元", []),
        ("30年内申请", ["30年"]),
        ("每年检查1次", []),
        ("一年看一次", []),
        ("两人同去", []),
    ],
)
def test_a_figure_that_the_law_does_not_have_is_named_as_it_is_written(answer: str, strange: list[str]) -> None:
    assert [f.written for f in unfounded(answer, LAW)] == strange
