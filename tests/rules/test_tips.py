"""The tips that come with the program: enough of them, short, one action each, sourced, none twice."""

import re
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.ingest.statutes import read_statute
from bot.ingest.tips import Read, Tip, across, read_tips
from bot.settings import ROOT

FOLDER = ROOT / "knowledge"
INDUSTRIES = [
    "建筑", "化工", "矿山", "烟花爆竹", "民用爆炸物品", "机械制造", "冶金", "粉尘涉爆", "有限空间", "餐饮燃气",
    "仓储物流", "道路运输", "电力", "农业农机", "渔业", "商场宾馆", "学校", "养老机构",
]  # fmt: skip
POSTS = "电工 焊工 高处作业 叉车 起重 班组长 安全员 新员工 司机 保安 负责人 操作工".split()
SEASONS = {
    "春节": "02-03", "汛期": "06-20", "高温": "07-20", "台风": "08-20", "秋收": "10-05", "森林防火": "04-04",
    "冬春火灾": "12-20", "冰雪": "01-10",
}  # fmt: skip
#: A measured figure: how old, how hot, how far, how long.
_MEASURED = re.compile(r"([0-9]+|[一二两三四五六七八九十百]+)(?:周?岁|度|℃|米|小时|分钟|秒|公里|吨|伏|%)")


@pytest.fixture(scope="module")
def read() -> Read:
    """The tips, and what is wrong with each alone."""
    return read_tips(FOLDER)


def test_nothing_is_wrong_with_any_tip_alone_or_beside_the_others(read: Read) -> None:
    assert list(map(str, read.errors)) == []
    assert list(map(str, across(read, {}, date.today() + timedelta(days=400)))) == []


def test_there_are_enough_tips_and_each_is_a_sentence_or_two(read: Read) -> None:
    assert len(read.tips) >= 450
    for tip in read.tips:
        assert 10 <= len(tip.text) <= 120, tip
        assert tip.text.endswith("。"), tip
        assert tip.text.count("。") <= 2, tip
        assert tip.sources, tip
        assert tip.audiences, tip


def test_every_industry_post_and_audience_has_tips_of_its_own(read: Read) -> None:
    industries = Counter(name for tip in read.tips for name in tip.industries)
    posts = Counter(name for tip in read.tips for name in tip.posts)
    audiences = Counter(name for tip in read.tips for name in tip.audiences)
    assert min(industries[name] for name in INDUSTRIES) >= 8
    assert min(posts[name] for name in POSTS) >= 3
    assert min(audiences[name] for name in "企业 农村 社区 学校 家庭 机关 公共场所".split()) >= 15
    assert set(industries) == set(INDUSTRIES)
    assert set(posts) == set(POSTS)


@pytest.mark.parametrize("season", SEASONS)
def test_each_season_has_tips_that_are_sent_then_and_not_all_year(season: str, read: Read) -> None:
    day = date.fromisoformat(f"2027-{SEASONS[season]}")
    then = [tip for tip in read.tips if any(s.holds(day) for s in tip.seasons)]
    assert len(then) >= 8


def test_tips_for_work_have_three_questions_for_the_team_leader(read: Read) -> None:
    for tip in read.tips:
        if tip.industries or tip.posts:
            assert len(set(tip.ask)) == 3, tip


def test_tips_name_no_product_and_hold_no_advertising_or_boast(read: Read) -> None:
    for tip in read.tips:
        assert not re.search(r"最安全|绝对安全|百分之百|推荐购买|品牌|http", tip.text), tip


@pytest.fixture
def held(shared: Path) -> dict[str, dict[str, str]]:
    """Title -> article -> text, of the statutes beside the repository."""
    statutes = map(read_statute, (shared / "regulations").glob("*.txt"))
    return {statute.title: {a.number: a.text for a in statute.articles} for statute in statutes}


@pytest.mark.shared
def test_every_article_resolves_and_every_measured_figure_stands_in_it(
    held: dict[str, dict[str, str]], read: Read
) -> None:
    for tip in read.tips:
        for source in tip.sources:
            if source.law:
                assert source.article in held[source.law], tip
                _figures_stand(tip, held[source.law][source.article])


def _figures_stand(tip: Tip, article: str) -> None:
    for figure in _MEASURED.findall(tip.text):
        assert figure in article or str(_number(figure)) in article, tip


def _number(figure: str) -> int:
    """十六 -> 16."""
    if figure.isdecimal():
        return int(figure)
    tens, ten, ones = figure.rpartition("十")
    digits = "零一二三四五六七八九"
    return (digits.index(tens or "一") * 10 if ten else 0) + (digits.index(ones) if ones else 0)
