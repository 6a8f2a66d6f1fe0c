"""Which tip is chosen: closest first, in season, on its day, and never again within 90 days."""

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.answers.entries import Source
from bot.ingest.tips import Season, Tip, load
from bot.outreach.choosing import LEADER, REST, Profile, choose, message
from bot.settings import ROOT

ODD, EVEN = (datetime(2027, 1, d, 1, tzinfo=UTC) for d in ((2, 3) if date(2027, 1, 2).toordinal() % 2 else (3, 2)))
WINTER = Season((11, 1), (3, 31))
SOURCE = (Source(law="中华人民共和国安全生产法", article="第五十七条"),)


def tip(name: str, **fields: object) -> Tip:
    return Tip(**{"id": name, "text": f"{name}。", "sources": SOURCE, "audiences": ("企业",), **fields})  # type: ignore[arg-type]


BUILDER = tip("builder", industries=("建筑",))
WELDER = tip("welder", industries=("建筑",), posts=("焊工",))
ANY_WELDER = tip("any-welder", posts=("焊工",), ask=("问一", "问二", "问三"))
WORKER = tip("worker")
HOME = tip("home", audiences=("家庭",))
WINTER_HOME = tip("winter-home", audiences=("家庭",), seasons=(WINTER,))
OFFICE = tip("office", audiences=("机关",))
TIPS = (OFFICE, HOME, WINTER_HOME, WORKER, ANY_WELDER, BUILDER, WELDER)


def order(profile: Profile, now: datetime) -> list[str]:
    """The tips that one after another are chosen on the same day."""
    sent: list[str] = []
    while found := choose(TIPS, now, profile, sent):
        sent.append(found.id)
    return sent


def test_industry_and_post_come_first_then_audience_then_home() -> None:
    found = order(Profile(industry="建筑", post="焊工"), ODD)
    assert found[:4] == ["welder", "builder", "any-welder", "worker"]
    assert set(found[4:]) == {"home", "winter-home"}


def test_who_named_an_industry_and_no_post_is_told_of_all_work_in_it_but_not_how_to_lead() -> None:
    boss = tip("boss", industries=("建筑",), posts=("负责人", LEADER))
    profile, sent = Profile(industry="建筑", audience="企业"), list[str]()
    while found := choose((*TIPS, boss), ODD, profile, sent):
        sent.append(found.id)
    assert sent[:3] == ["builder", "welder", "worker"]
    assert not {"boss", "any-welder"} & set(sent)


@pytest.mark.parametrize("industry", sorted({i for t in load(ROOT / "knowledge") for i in t.industries}))
def test_every_industry_is_told_of_its_own_work_once_in_two_weeks_at_least(industry: str) -> None:
    tips, last, own = load(ROOT / "knowledge"), dict[str, int](), 0
    for n in range(120):
        known = [name for name, day in last.items() if n - day < REST.days]
        found = choose(tips, ODD + timedelta(days=n), Profile(industry=industry, audience="企业"), known)
        assert found
        last[found.id] = n
        own += industry in found.industries
    assert own >= 120 // 14


def test_every_second_day_what_is_in_season_comes_first() -> None:
    assert order(Profile(industry="建筑", post="焊工"), EVEN)[0] == "winter-home"


def test_nobody_gets_a_tip_of_another_industry_post_or_office() -> None:
    assert set(order(Profile(audience="家庭"), ODD)) == {"home", "winter-home", "worker"}


def test_a_tip_stays_away_outside_its_season() -> None:
    summer = datetime(2027, 7, 1, 1, tzinfo=UTC)
    assert "winter-home" not in order(Profile(audience="家庭"), summer)


def test_the_day_is_that_of_beijing() -> None:
    only = (tip("june", audiences=("家庭",), seasons=(Season((6, 16), (6, 16)),)),)
    assert choose(only, datetime(2027, 6, 15, 16, tzinfo=UTC), Profile(), ()) == only[0]
    assert choose(only, datetime(2027, 6, 15, 15, 59, tzinfo=UTC), Profile(), ()) is None


@pytest.mark.parametrize("now", [ODD, EVEN])
def test_the_tip_of_the_very_day_goes_before_all(now: datetime) -> None:
    at = (now.month, now.day)
    occasion = tip("occasion", audiences=("企业", "家庭"), seasons=(Season(at, at),))
    found = choose((*TIPS, occasion), now, Profile(industry="建筑", post="焊工"), ())
    assert found == occasion


def test_the_same_facts_give_the_same_tip_and_another_seed_another_order() -> None:
    tips = load(ROOT / "knowledge")
    profile = Profile(industry="建筑")
    assert choose(tips, ODD, profile, (), 7) == choose(tuple(reversed(tips)), ODD, profile, (), 7)
    assert len({choose(tips, ODD, profile, (), seed) for seed in range(20)}) > 5


@pytest.mark.parametrize(
    "profile",
    [
        Profile(), Profile(industry="建筑", post=LEADER), Profile(industry="渔业", audience="农村"),
        Profile(audience="机关"), Profile(industry="其他行业", post="操作工"), Profile(audience="学校"),
    ],
)  # fmt: skip
def test_the_tips_that_come_with_the_program_last_all_year_without_a_repeat_in_90_days(profile: Profile) -> None:
    tips = load(ROOT / "knowledge")
    last: dict[str, datetime] = {}
    for n in range(400):
        now = datetime(2027, 1, 1, tzinfo=UTC) + timedelta(days=n)
        found = choose(tips, now, profile, [name for name, at in last.items() if now - at < REST])
        assert found is not None
        assert now - last.get(found.id, now - REST) >= REST
        last[found.id] = now


def test_a_team_leader_gets_three_questions_and_how_to_answer() -> None:
    text = message(ANY_WELDER, leader=True)
    assert text.splitlines() == [
        "【班前会】any-welder。", "1. 问一？", "2. 问二？", "3. 问三？", "问完回复到岗人数，如：到岗12人",
        "依据：《中华人民共和国安全生产法》第五十七条",
    ]  # fmt: skip
    assert message(HOME, leader=True).count("？") == 3


def test_a_message_names_its_source_and_tells_of_the_slower_pace() -> None:
    assert message(HOME).splitlines() == ["【安全提示】home。", "依据：《中华人民共和国安全生产法》第五十七条"]
    assert message(HOME, slowed=True).endswith("以后改为每周一条。想照旧每天收，回复：每天")
