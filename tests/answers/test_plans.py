"""Which plan a question names, for which year, and whether it asks for a theme."""

from collections.abc import Callable
from datetime import date
from functools import cache

import pytest

from bot.answers import Answerer, Base, Outcome, Status
from bot.answers.entries import Plan
from bot.answers.normalise import normalise
from bot.answers.plans import PlanNames, asks_theme, years
from tests import bases, plan_samples
from tests.plan_samples import DISTRICT, TOWN

TODAY = date(2026, 11, 24)
JIANGHAI = "广东省江门市江海区"


def plan(name: str, aliases: tuple[str, ...], region: str = "全国", year: int = 2023) -> Plan:
    return Plan(id=name, title=name, issuer=name, region=region, year=year, aliases=aliases)


PLANS = [
    plan("jianghai", ("江海区", "江海", "五邑"), JIANGHAI),
    plan("jianghai-2020", ("江海区", "江海"), JIANGHAI, 2020),
    plan("jilin", ("吉林省工信厅", "吉林工信"), "吉林省", 2018),
    plan("tongzhong", ("通钟", "通城钟台"), "湖北省", 2020),
]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2023年安全月主题", [2023]),
        ("二〇二三年主题", [2023]),
        ("二零二六年", [2026]),
        ("今年的主题", [2026]),
        ("去年主题", [2025]),
        ("前年", [2024]),
        ("明年什么主题", [2027]),
        ("2020和2023", [2020, 2023]),
        ("电话12320231", []),
        ("主题是什么", []),
    ],
)
def test_years_are_read(text: str, said: list[int]) -> None:
    assert years(normalise(text), TODAY) == said


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("2023年安全生产月的主题是什么", True),
        ("今年主题是啥", True),
        ("第22个安全生产月主题", True),
        ("消防宣传月主题", False),
        ("防灾减灾日今年的主题", False),
        ("主题班会怎么开", False),
        ("安全生产月是几月", False),
    ],
)
def test_question_for_the_national_theme_is_told_from_others(text: str, asked: bool) -> None:
    assert asks_theme(normalise(text)) is asked


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("江海区活动主题", ["jianghai", "jianghai-2020"]),
        ("五邑行什么时候", ["jianghai"]),
        ("吉林省工信厅总结几号交", ["jilin"]),
        ("江海区五邑行", ["jianghai"]),
        ("吉林公信总结几号交", ["jilin"]),
        ("吉淋工芯的活动", ["jilin"]),
        ("jilin工信的活动", ["jilin"]),
        ("高温几度停工", []),
        ("", []),
    ],
)
def test_plan_is_found_by_its_names_also_as_they_sound(text: str, found: list[str]) -> None:
    assert [p.id for p in PlanNames(PLANS).find(normalise(text))] == found


def test_short_name_is_not_found_by_its_sound_alone() -> None:
    assert PlanNames(PLANS).find("同种的植物") == []


def test_own_plan_is_meant_by_those_at_home_newest_first() -> None:
    names = PlanNames(PLANS)
    assert [p.id for p in names.at_home("我们区总结什么时候交", JIANGHAI)] == ["jianghai", "jianghai-2020"]
    assert names.at_home("我们区总结什么时候交", "湖南省") == []
    assert names.at_home("我们区高温津贴多少", JIANGHAI) == []
    assert names.at_home("总结什么时候交", JIANGHAI) == []


def test_name_and_year_are_taken_out_of_the_question() -> None:
    names = PlanNames(PLANS)
    assert names.without_name("江海区2023年的总结几号交") == "总结几号交"
    assert names.without_name("江海区") == "江海区"


def test_no_plans_at_all_is_no_error() -> None:
    assert PlanNames([]).find("江海区") == []


# Over whole plans.


@pytest.fixture(scope="session")
def plans_base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    """Six plans of invented places beside the two of the small base."""
    return plan_samples.base(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="session")
def office(plans_base: Base) -> Callable[[str], Answerer]:
    """office(region): an answerer of an office there."""
    return cache(lambda region: bases.answerer(plans_base, region))


def told(office: Callable[[str], Answerer], question: str, region: str = "全国") -> Outcome:
    return office(region).answer(bases.asked(question, region))


def test_plans_of_one_place_are_told_apart_by_unit_and_year(office: Callable[[str], Answerer]) -> None:
    assert "6月28日" in told(office, "石渡区安委办安全月总结什么时候交").text
    assert "6月27日" in told(office, "石渡区教育局安全月小结什么时候交").text
    assert "7月4日" in told(office, "石渡区2025年安全月总结什么时候交").text


def test_plan_is_asked_for_where_two_of_one_year_may_be_meant(office: Callable[[str], Answerer]) -> None:
    outcome = told(office, "石渡区2024年安全生产月主题是什么")
    assert outcome.status is Status.CHOICES
    assert [c.label for c in outcome.choices] == ["石渡区安委办2024年", "石渡区教育局2024年"]
    answers = [told(office, c.text) for c in outcome.choices]
    assert "个个会应急" in answers[0].text
    assert "守护校园平安" in answers[1].text


def test_only_the_plan_that_holds_it_is_meant(office: Callable[[str], Answerer]) -> None:
    assert "人民公园" in told(office, "2024年石渡区咨询日在哪里搞").text


def test_newest_plan_of_a_place_comes_first_and_an_older_one_is_history(office: Callable[[str], Answerer]) -> None:
    assert "体育馆" in told(office, "石渡区咨询日在哪里办").text
    assert "2024年的方案，活动已在" in told(office, "石渡区2024年澜江行总结什么时候交").text


def test_plan_of_this_year_is_no_history(office: Callable[[str], Answerer]) -> None:
    in_june = bases.asked("石渡区应急局总结交给谁", today=date(2025, 6, 3))
    assert "活动已在" not in office("全国").answer(in_june).text


@pytest.mark.parametrize(
    ("question", "region", "shown"),
    [
        ("6月16日咨询日我们区搞什么", DISTRICT, "体育馆"),
        ("我们镇消防宣传月总结什么时候交", TOWN, "11月29日"),
        ("本区2024年联络员名单报给谁", DISTRICT, "区安委办"),
        ("咱们省减灾日宣传周哪几天", DISTRICT, "5月10日"),
        ("宣传月总结几号交", TOWN, "11月29日"),
        ("区教育局小结报到哪个科室", DISTRICT, "安全管理股"),
    ],
)
def test_plan_of_the_persons_own_place_is_meant(
    office: Callable[[str], Answerer], question: str, region: str, shown: str
) -> None:
    assert shown in told(office, question, region).text


@pytest.mark.parametrize(
    "question",
    [
        "今年石渡区安全月总结什么时候交",
        "石渡区2023年咨询日在哪里",
        "白鹭镇安全生产月总结什么时候交",
        "青溪区安全月总结几号交",
        "长河县2024年安全月联络员报给谁",
    ],
)
def test_plan_that_is_not_held_is_not_made_up(office: Callable[[str], Answerer], question: str) -> None:
    outcome = told(office, question)
    assert outcome.rejected
    assert outcome.unanswered
    assert "现有" in outcome.text
    assert "月28日" not in outcome.text
    assert "7月4日" not in outcome.text


def test_national_theme_is_told_where_the_place_has_no_plan_of_the_year(office: Callable[[str], Answerer]) -> None:
    outcome = told(office, "白鹭镇2024年安全生产月主题是什么")
    assert outcome.rejected
    assert "畅通生命通道" in outcome.text


@pytest.mark.parametrize("question", ["石渡区高温几度停工", "石渡区安委办电动车能停楼道吗", "白鹭镇多久看一次灭火器"])
def test_question_about_the_law_at_a_plans_place_stays_with_the_law(
    office: Callable[[str], Answerer], question: str
) -> None:
    assert not told(office, question).entry.startswith("plan-")


def test_tap_says_the_year_once(shipped: Answerer) -> None:
    outcome = shipped.answer(bases.asked("江门市工业和信息化局2020年安全生产月方案活动有哪些"))
    assert any("2020年" in c.label for c in outcome.choices)
    assert [c.text for c in outcome.choices if c.text.count("2020年") > 1] == []


def test_taps_below_a_fact_ask_the_same_plan(office: Callable[[str], Answerer]) -> None:
    outcome = told(office, "石渡区应急局总结交给谁")
    assert outcome.choices
    for tap in outcome.choices:
        assert {c.plan for c in told(office, tap.text).citations} == {c.plan for c in outcome.citations}


@pytest.mark.parametrize(
    ("text", "asks"), [("石渡区教育局照片交几张", True), ("石渡区教育局的楼裂了", False), ("照片交几张", False)]
)
def test_somebody_who_asks_a_unit_is_told_from_one_who_reports(plans_base: Base, text: str, asks: bool) -> None:
    assert PlanNames(plans_base.plans).asks_unit(text) is asks
