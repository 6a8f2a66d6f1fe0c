"""Which sources come first under an answer."""

from pathlib import Path

import pytest

from bot.answers import Answerer, Article, Base, Status, build
from bot.answers.citing import Citing
from bot.answers.entries import Source
from tests import bases
from tests.bases import SAFETY_LAW, asked, entry

DUTY, PENALTY, TIME = (Source(law=SAFETY_LAW, article=f"第{n}条") for n in ("一", "二", "三"))
TEXTS = {
    DUTY: "单位应当设置安全出口。",
    PENALTY: "违反本法规定的，处五万元以下罚款。",
    TIME: "单位应当在三十日内报告。",
}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    """Three articles: a duty, a penalty, a time."""
    held = [Article(law=s.law, number=s.article, text=text) for s, text in TEXTS.items()]
    entries = (entry("doors", "安全出口能锁吗", "不能。", "门锁上行吗", sources=(DUTY, PENALTY, TIME)),)
    return build(bases.knowledge(*entries), held, tmp_path_factory.mktemp("citing") / "base")


@pytest.fixture
def citing(base: Base) -> Citing:
    return Citing(base)


def test_sources_stand_in_the_order_of_the_entry(citing: Citing) -> None:
    told = entry("x", "x", "答案", sources=(DUTY, PENALTY, TIME))
    assert citing.order(told, [], "安全出口能锁吗") == [DUTY, PENALTY, TIME]


@pytest.mark.parametrize(
    ("question", "first"),
    [("锁了罚多少", PENALTY), ("锁了会被处分吗", PENALTY), ("多久内报告", TIME), ("能锁吗", DUTY)],
)
def test_article_that_holds_what_is_asked_for_comes_first(citing: Citing, question: str, first: Source) -> None:
    told = entry("x", "x", "答案", sources=(DUTY, first))
    assert citing.order(told, [], question)[0] == first


def test_article_that_the_next_entries_share_comes_before_one_of_the_told_entry_alone(citing: Citing) -> None:
    told = entry("x", "x", "答案", sources=(DUTY, TIME))
    others = [(entry(name, name, "答案", sources=(TIME,)), 0.01) for name in ("y", "z")]
    assert citing.order(told, others, "能锁吗") == [TIME, DUTY]


def test_what_lies_far_behind_is_no_further_reading(citing: Citing) -> None:
    told, other = entry("x", "x", "答案", sources=(DUTY,)), entry("y", "y", "答案", sources=(TIME,))
    assert citing.order(told, [(other, 0.1)], "能锁吗") == [DUTY, TIME]
    assert citing.order(told, [(other, 1.0)], "能锁吗") == [DUTY]


def test_document_of_another_entry_is_not_cited(citing: Citing) -> None:
    other = entry("y", "y", "答案", sources=(Source(name="别的办法"),))
    assert citing.order(entry("x", "x", "答案", sources=(DUTY,)), [(other, 0.0)], "能锁吗") == [DUTY]


def test_penalty_is_cited_and_quoted_first_where_it_is_asked_for(base: Base) -> None:
    outcome = bases.answerer(base).answer(asked("安全出口锁了罚多少"))
    assert outcome.citations[0].article == "第二条"
    assert "原文：“违反本法规定的，处五万元以下罚款。”" in outcome.text


# What else may be meant.


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Answerer:
    """Two entries that a vague question comes equally near to."""
    entries = (
        entry("lock-day", "白天能锁安全出口吗", "白天不能锁。第二句。", "白天锁安全出口行吗", "白天安全出口上锁"),
        entry("lock-night", "夜里能锁安全出口吗", "夜里也不能锁。" + "别的话。" * 30, "夜里锁安全出口行吗", "夜里上锁"),
    )
    base = build(bases.knowledge(*entries), list(bases.articles()), tmp_path_factory.mktemp("twins") / "base")
    return bases.answerer(base)


def test_what_is_nearly_as_likely_is_told_in_short(twins: Answerer) -> None:
    outcome = twins.answer(asked("安全出口可以锁吗"))
    assert {outcome.entry} <= {"lock-day", "lock-night"}
    assert "白天不能锁" in outcome.text
    assert "夜里也不能锁" in outcome.text
    assert "如果您问的是“" in outcome.text
    assert outcome.text.count("别的话") < 30 or outcome.entry == "lock-night"


def test_known_phrasing_is_told_alone(twins: Answerer) -> None:
    assert "如果您问的是" not in twins.answer(asked("白天锁安全出口行吗")).text


def test_nearest_entry_is_told_in_short_where_none_is_sure(twins: Answerer) -> None:
    unsure = bases.answerer(twins.base, answer_at=0.999, offer_at=0.999)
    outcome = unsure.answer(asked("安全出口可以锁吗"))
    assert (outcome.status, outcome.rejected, outcome.unanswered) == (Status.UNKNOWN, True, True)
    assert "最接近的是“" in outcome.text


# The rule beside a report.


def test_rule_stands_beside_how_to_report(shipped: Answerer) -> None:
    outcome = shipped.answer(asked("我们厂消防通道一直堵着没人管"))
    assert outcome.intent == "hazard_report"
    assert outcome.text.startswith("发现安全隐患")
    assert "相关规定（" in outcome.text
    assert outcome.citations


def test_small_base_reports_without_a_rule(base: Base, tmp_path: Path) -> None:
    empty = build(bases.knowledge(entries=bases.ENTRIES[:1]), [], tmp_path / "one")
    outcome = bases.answerer(empty).answer(asked("我要举报"))
    assert outcome.intent == "hazard_report"
    assert "相关规定" not in outcome.text
