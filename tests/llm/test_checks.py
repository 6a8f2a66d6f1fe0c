"""What the checks accept as a rewrite of an answer; `benchmarks.rewrites` measures more of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.llm.checks import Plain, fault
from bot.llm.figures import figures

DATA = Path(__file__).parent.parent.parent / "benchmarks" / "data"
ROWS = [
    json.loads(line)
    for name in ("rewrites", "rewrites_apart")
    for line in (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize("row", ROWS, ids=[row["plain"][:12] for row in ROWS])
def test_no_tampered_rewrite_is_accepted(row: dict[str, list[str]]) -> None:
    plain = Plain(str(row["plain"]), tuple(row["words"]))
    assert not [text for text in row["tampered"] if not fault(text, plain)]


def test_enough_of_the_honest_rewrites_are_accepted() -> None:
    judged = [not fault(text, Plain(row["plain"], tuple(row["words"]))) for row in ROWS for text in row["honest"]]
    assert sum(judged) >= 14
    assert len(judged) == 33


FIGURES = (
    ("五万元", "5万元"), ("50000元", "50,000元"), ("24小时", "二十四个小时"), ("第三条", "第3条"), ("百分之五", "5%"),
    ("三十天", "30日"), ("一亿两千万元", "120000000元"), ("第一百三十四条之一", "第134条之1"), ("３７℃", "37摄氏度"),
    ("三分之一", "3分之1"), ("①两年②三年", "2年3年"), ("一二三五零", "12350"), ("2021年9月1日", "二〇二一年九月一日"),
)  # fmt: skip


@pytest.mark.parametrize(("one", "other"), FIGURES)
def test_a_figure_is_the_same_however_it_is_written(one: str, other: str) -> None:
    assert figures(one) == figures(other) != []


OTHER_FIGURES = (
    ("五万元", "五千元"), ("5万元", "5元"), ("24小时", "24日"), ("第三条", "第三款"), ("5%", "5‰"), ("5个月", "5月"),
    ("3个工作日", "3日"), ("16周岁", "16岁"), ("两年半", "两年"), ("12350", "12345"), ("第3次", "3次"),
    ("1.5米", "15米"), ("10余人", "10人"),
)  # fmt: skip


@pytest.mark.parametrize(("one", "other"), OTHER_FIGURES)
def test_another_figure_is_told_apart(one: str, other: str) -> None:
    assert figures(one) != figures(other)


@pytest.mark.parametrize(
    "text", ["一般应当", "统一安排", "万一起火", "千万不要", "下列情形之一", "一种情况", "（一）停产；（二）整改"]
)
def test_words_and_marks_of_lists_are_no_figures(text: str) -> None:
    assert figures(text) == []
