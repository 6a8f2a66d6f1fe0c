"""Figures are read however they are written, and an answer's are looked for in the law's."""

from __future__ import annotations

import pytest

from bot.ingest.figures import figures, unfounded, value


@pytest.mark.parametrize(
    ("number", "read"),
    [("25", 25), ("1,000", 1000), ("5万", 50_000), ("二十五", 25), ("一百零三", 103), ("二十万", 200_000), ("十", 10),
     ("一千万", 10_000_000), ("两", 2), ("1.5", 1.5), ("半", 0.5), ("一亿二千万", 120_000_000)],
)  # fmt: skip
def test_a_number_is_read(number: str, read: float) -> None:
    assert value(number) == read


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("处五万元以上十万元以下的罚款", {(50_000, "元"), (100_000, "元")}),
        ("罚5万至10万元", {(50_000, "元"), (100_000, "元")}),
        ("３０天内申请", {(30, "日")}),
        ("百分之三十以上", {(30, "%")}),
        ("2021年9月1日起施行，3年内有效", {(3, "年")}),
        ("不超过25公里", {(25, "千米")}),
    ],
)
def test_figures_are_levelled(text: str, told: set[tuple[float, str]]) -> None:
    assert told <= figures(text)


def test_a_figure_that_the_law_does_not_have_is_named() -> None:
    law = "单位应当自事故伤害发生之日起30日内提出申请；处二万元以上五万元以下的罚款"
    assert unfounded("30日内申请，罚2万元以上5万元以下", law) == []
    assert unfounded("60天内申请", law) == ["60日"]
