"""Entries laid over a base are told as if the base had been built with them."""

from __future__ import annotations

import pytest

from bot.answers import Base, build
from bot.answers.overlay import LaidOver
from tests import bases

NEW = (
    bases.entry("drone", "无人机要登记吗", "要登记。", "飞无人机登记", "无人机报备", region=bases.JIANGHAI),
    bases.entry("ebike", "电动车能停楼道吗", "本区一律不能。", "楼道能放电瓶车吗", "电动自行车楼道充电"),
    bases.entry("lantern", "孔明灯能放吗", "不能放。", "放天灯", "许愿灯在哪放"),
)
QUESTIONS = (
    "飞无人机登记", "我想飞无人机，怎么登记", "楼道能放电瓶车吗", "电瓶车停楼道里行不行", "孔明灯", "许愿灯在哪里放",
    "高温几度停工", "安全生产法第二十五条", "江海区的总结几号交", "吉林省工信厅的活动主题",
    "你好", "明天下雨吗",
)  # fmt: skip


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    return bases.small(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="module")
def laid(base: Base) -> Base:
    return LaidOver(base, {"heat-stop-gd"}, NEW, base.plans)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Base:
    entries = [e for e in bases.ENTRIES if e.id not in ("heat-stop-gd", "ebike")]
    return build(bases.knowledge(entries=(*entries, *NEW)), list(bases.articles()), tmp_path_factory.mktemp("b") / "x")


@pytest.mark.parametrize("question", QUESTIONS)
def test_question_gets_the_answer_that_a_base_of_its_own_would_give(laid: Base, built: Base, question: str) -> None:
    one, other = (
        bases.answerer(b, bases.JIANGHAI).answer(bases.asked(question, bases.JIANGHAI)) for b in (laid, built)
    )
    # What is named as further reading hangs on the last digit of a score.
    assert (one.text.split("\n")[0], one.status, one.entry) == (other.text.split("\n")[0], other.status, other.entry)


def test_every_phrasing_of_a_new_entry_leads_to_it(laid: Base) -> None:
    bot = bases.answerer(laid, bases.JIANGHAI)
    for entry in NEW:
        for question in (entry.title, *entry.questions):
            assert bot.answer(bases.asked(question, bases.JIANGHAI)).entry == entry.id


def test_likeness_is_that_of_a_base_of_its_own_but_for_rounding(laid: Base, built: Base) -> None:
    """The weights of words differ a little: a new one counts as the rarest that the base knows."""
    for question in QUESTIONS[:6]:
        one, other = (bases.answerer(b).matcher.find(question, bases.JIANGHAI).matches[0] for b in (laid, built))
        assert one.likeness == pytest.approx(other.likeness, abs=0.15)


def test_what_is_gone_is_told_by_no_way(laid: Base) -> None:
    assert laid.entry_by_id("heat-stop-gd") is None
    assert laid.exact("广东多少度停工") == []
    found = bases.answerer(laid, bases.GUANGDONG).answer(bases.asked("广东热到几度停工", bases.GUANGDONG))
    assert found.entry != "heat-stop-gd"
    assert "heat-stop-gd" not in [c.id for c in found.candidates]


def test_a_new_place_is_known_and_the_base_below_is_untouched(base: Base) -> None:
    far = bases.entry("far", "铜钟乡的灯会", "要报备。", "灯会报备", "办灯会", region="贵州省铜钟乡")
    laid = LaidOver(base, (), [far], base.plans)
    assert laid.gazetteer.find("铜钟乡办灯会") == "贵州省铜钟乡"
    assert base.gazetteer.find("铜钟乡办灯会") == ""
    assert (base.entry_count + 1, base.entry_by_id("far")) == (laid.entry_count, None)


def test_a_plan_and_its_facts_come_and_go(base: Base) -> None:
    facts = bases.plan_facts("河源", "广东省河源市", 2024)
    plan = bases.Plan(
        id="河源", title="河源方案", issuer="河源市安委办", region="广东省河源市", year=2024, aliases=("河源市", "河源")
    )
    laid = LaidOver(base, (), facts, [*base.plans, plan])
    asked = bases.asked("河源市的总结什么时候交")
    assert "河源的总结在6月29日前报送" in bases.answerer(laid).answer(asked).text
    gone = LaidOver(base, ["江海-summary"], [], [p for p in base.plans if p.id != "江海"])
    assert "6月29日" not in bases.answerer(gone).answer(bases.asked("江海区的总结什么时候交")).text


def test_nothing_laid_over_changes_nothing(base: Base) -> None:
    same = LaidOver(base, (), (), base.plans)
    for question in QUESTIONS[6:]:
        assert bases.answerer(same).answer(bases.asked(question)) == bases.answerer(base).answer(bases.asked(question))
