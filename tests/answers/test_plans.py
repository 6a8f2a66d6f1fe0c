"""Which plan a question names, for which year, and whether it asks for a theme."""

from datetime import date

import pytest

from bot.answers.entries import Plan
from bot.answers.normalise import normalise
from bot.answers.plans import PlanNames, asks_theme, years

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
