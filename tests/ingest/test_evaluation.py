"""Judging answers: the same figures as the question set's own judge, and its rules one by one."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.errors import ContentError
from bot.ingest.evaluation import figures, judge, read_questions

Write = Callable[..., Path]

LAW = {"law": "中华人民共和国安全生产法", "article": "第二十五条"}


def question(**fields: Any) -> dict[str, Any]:
    return {"kind": "law", "gold": [], "must_contain": [], "must_not_contain": []} | fields


def answer(text: str = "", *cited: dict[str, str], rejected: bool = False, intent: str | None = None) -> dict[str, Any]:
    return {"answer": text, "citations": list(cited), "rejected": rejected, "intent": intent}


def cite(law: str, article: str = "第二十五条") -> dict[str, str]:
    return {"law": law, "article": article}


CASES = [
    (question(gold=[LAW]), answer("", cite("安全生产法")), {"cite@1": True, "cite@3": True, "answered": True}),
    (question(gold=[LAW]), answer("", cite("《安全生产法》")), {"cite@1": True}),
    (question(gold=[LAW]), answer("", cite("中华人民共和国安全生产法（节选）")), {"cite@1": True}),
    (question(gold=[LAW]), answer("", cite("消防法"), cite("消防法"), cite("安全生产法")),
     {"cite@1": False, "cite@3": True}),
    (question(gold=[LAW]), answer("", *[cite("消防法")] * 3, cite("安全生产法")), {"cite@3": False, "answered": False}),
    (question(gold=[LAW]), answer("", cite("安全生产法", "第二十六条")), {"cite@1": False, "strict": False}),
    (question(must_contain=["11个月|十一个月"]), answer("补 １１ 个月"), {"facts": True, "answered": True}),
    (question(must_contain=["11个月", "12333"]), answer("11个月"), {"facts": False, "answered": False}),
    (question(must_contain=["ABC"]), answer("abc"), {"facts": True}),
    (question(gold=[LAW], must_contain=["x"]), answer("x"), {"answered": True, "strict": False}),
    (question(must_contain=["x"], must_not_contain=["y"]), answer("xy"),
     {"clean": False, "answered": False, "facts": True}),
    (question(gold=[LAW]), answer(rejected=True), {"lost": True, "answered": False}),
    (question(gold=[LAW], abstain_ok=True), answer(rejected=True), {"honest": True}),
    (question(gold=[LAW], abstain_ok=True), answer("猜的"), {"honest": False}),
    (question(kind="out_of_domain"), answer(rejected=True), {"refused": True}),
    (question(kind="out_of_domain"), answer("好的"), {"refused": False}),
    (question(kind="out_of_domain", must_not_contain=["炸药"]), answer("炸药", rejected=True),
     {"refused": False, "clean": False}),
    (question(kind="smalltalk"), answer("您好"), {"small_talk": True}),
    (question(kind="smalltalk"), answer("您好", cite("消防法")), {"small_talk": False}),
    (question(intent="emergency"), answer(intent="emergency"), {"intent": True}),
    (question(intent="emergency"), answer(), {"intent": False}),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "said", "wanted"), CASES)
def test_each_figure_counts_what_its_definition_says(
    asked: dict[str, Any], said: dict[str, Any], wanted: dict[str, bool]
) -> None:
    found = judge(asked, said)
    assert {figure: found[figure] for figure in wanted} == wanted


def test_figure_that_does_not_apply_is_left_out() -> None:
    assert judge(question(), answer("x")) == {}
    assert "lost" not in judge(question(gold=[LAW], abstain_ok=True), answer())
    assert "facts" not in judge(question(gold=[LAW]), answer())


def test_figures_are_averaged_over_the_questions_they_apply_to() -> None:
    table = figures([("kind=a", {"x": True, "y": False}), ("kind=a", {"x": False}), ("kind=b", {"x": True})])
    assert table == {
        "all": {"x": (pytest.approx(2 / 3), 3), "y": (0.0, 1)},
        "kind=a": {"x": (0.5, 2), "y": (0.0, 1)},
        "kind=b": {"x": (1.0, 1)},
    }


def test_question_set_is_read_with_what_is_left_out_filled_in(write: Write) -> None:
    path = write("q.jsonl", '{"q": "你好"}\n\n{"id": "b", "q": "再见", "kind": "smalltalk", "gold": null}\n')
    first, second = read_questions(path)
    assert (first.id, first.kind, first.row["gold"]) == ("1", "", [])
    assert (second.id, second.kind, second.row["must_not_contain"]) == ("b", "smalltalk", [])


@pytest.mark.parametrize(
    "bad", ["{", "[]", '{"id": 1}', '{"q": 5}', '{"q": "x", "gold": "第一条"}', '{"q": "x", "must_contain": {"a": 1}}']
)
def test_bad_line_is_named_by_its_number(write: Write, bad: str) -> None:
    path = write("q.jsonl", f'{{"q": "你好"}}\n{bad}\n')
    with pytest.raises(ContentError) as e:
        read_questions(path)
    assert (e.value.path, e.value.line) == (path, 2)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xff\xfe\x00"])
def test_empty_or_unreadable_set_is_named(write: Write, content: bytes) -> None:
    with pytest.raises(ContentError, match="q.jsonl"):
        read_questions(write("q.jsonl", content))


def test_missing_set_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="none.jsonl"):
        read_questions(tmp_path / "none.jsonl")


@pytest.mark.shared
def test_every_question_of_the_shared_set_is_read(shared: Path) -> None:
    path = shared / "eval" / "dev.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [q.row["q"] for q in read_questions(path)] == [row["q"] for row in rows]
