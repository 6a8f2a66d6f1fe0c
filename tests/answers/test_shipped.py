"""The shipped content answers as it says: its own phrasings, places, years, and what it must never claim."""

import re

import pytest

from bot.answers import Answerer, Status
from bot.answers.cities import city_in
from bot.answers.entries import EntryKind
from tests.bases import GUANGDONG, asked


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("高温多少度停工", "40"),
        ("電動車能停樓道嗎", "疏散"),
        ("电平车能不能停楼到", "疏散"),
        ("灭火气怎么用", "灭火器"),
        ("工伤认定多久内申请", "30"),
        ("公伤认定多久内申请", "30"),
        ("怎么举报安全隐患", "12350"),
        ("2023年安全生产月主题是什么", "人人讲安全"),
        ("江海区安全月总结什么时候交", "2023"),
    ],
)
def test_common_question_is_answered(shipped: Answerer, question: str, told: str) -> None:
    outcome = shipped.answer(asked(question))
    assert told in outcome.text, outcome
    assert outcome.status in (Status.ANSWERED, Status.CHOICES)


@pytest.mark.parametrize(
    ("question", "region", "told"),
    [
        ("高温多少度停工", "全国", "40℃"),
        ("高温多少度停工", "湖南省", "40℃"),
        ("广东高温多少度停工", "全国", "39℃"),
        ("广东高温多少度停工", "广东省江门市江海区", "39℃"),
        ("高温多少度停工", "广东省江门市江海区", "39℃"),
    ],
)
def test_heat_rule_is_that_of_the_place(shipped: Answerer, question: str, region: str, told: str) -> None:
    assert told in shipped.answer(asked(question, region)).text


def test_local_entries_are_never_told_elsewhere(shipped: Answerer) -> None:
    base = shipped.base
    local = [
        e
        for e in map(base.entry, range(base.entry_count))
        if e.region.startswith(GUANGDONG) and e.kind is EntryKind.FAQ
    ]
    assert local
    for entry in local:
        for question in entry.questions:
            if base.gazetteer.find(question) or city_in(question):
                continue  # the place is named: then the rule of that place is wanted
            outcome = shipped.answer(asked(question, "湖南省"))
            assert outcome.entry != entry.id, question
            # A choice may lead to it where its title says the place.
            assert base.gazetteer.find(entry.title) or entry.id not in [c.id for c in outcome.choices], question


@pytest.mark.parametrize(
    "question", ["2027年吉林工信安全月总结什么时候交", "2026年江海区安全月主题", "今年安全生产月主题是什么"]
)
def test_year_that_is_not_held_is_refused(shipped: Answerer, question: str) -> None:
    outcome = shipped.answer(asked(question))
    assert outcome.rejected, outcome


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("今年咨询日是哪天", "每年6月16日"),
        ("明年的咨询日是几月几号", "每年6月16日"),
        ("今年安全生产月是几月", "每年6月"),
        ("今年消防日是哪天", "每年11月9日"),
        ("2030年防灾减灾日是几号", "每年5月12日"),
        ("今年全国交通安全日是什么时候", "每年12月2日"),
        ("2016年咨询日是哪天", "每年6月16日"),
    ],
)
def test_a_day_of_every_year_is_told_for_this_one(shipped: Answerer, question: str, told: str) -> None:
    outcome = shipped.answer(asked(question))
    assert (outcome.status, told in outcome.text.split("。")[0]) == (Status.ANSWERED, True), outcome


@pytest.mark.parametrize(
    "question", ["2010年咨询日是哪天", "今年防灾减灾宣传周从哪天到哪天", "明年安全生产月主题是什么"]
)
def test_what_differs_by_year_is_not_told_for_another(shipped: Answerer, question: str) -> None:
    assert shipped.answer(asked(question)).rejected


def test_every_entry_is_found_by_its_own_title(shipped: Answerer) -> None:
    """A tap sends the title: it must lead to the entry it was shown for."""
    base = shipped.base
    lost = []
    for entry in map(base.entry, range(base.entry_count)):
        if entry.kind in (EntryKind.PLAN, EntryKind.SMALL_TALK, EntryKind.OUT_OF_SCOPE):
            continue
        outcome = shipped.answer(asked(entry.title, entry.region))
        if outcome.entry != entry.id and outcome.status is not Status.EMERGENCY:
            lost.append((entry.id, entry.title, outcome.status.value, outcome.entry))
    assert lost == []


CALM = re.compile("谁|吗$|罚|判|赔|费用|标准|多少|注意")


def test_question_about_rules_is_not_taken_for_an_emergency(shipped: Answerer) -> None:
    base = shipped.base
    titles = [
        e.title for e in map(base.entry, range(base.entry_count)) if e.kind is EntryKind.FAQ and e.group != "emergency"
    ]
    assert [t for t in titles if CALM.search(t) and shipped.emergency(t)] == []


def test_every_fact_of_a_plan_is_found_with_the_name_of_its_plan(shipped: Answerer) -> None:
    base = shipped.base
    facts = [e for e in map(base.entry, range(base.entry_count)) if e.kind is EntryKind.PLAN]
    plans = {p.id: p for p in base.plans}
    lost = []
    for entry in facts:
        plan = plans[entry.group]
        outcome = shipped.answer(
            asked(f"{plan.year}年{plan.aliases[0]}安全月{entry.title.removeprefix(str(plan.year) + '年')}")
        )
        cited = {c.plan for c in outcome.citations} - {""}
        if outcome.status is Status.ANSWERED and cited - {plan.id}:
            lost.append((entry.id, cited))
    assert lost == [], "the fact of another plan was told"


def test_answers_fit_a_phone(shipped: Answerer) -> None:
    base = shipped.base
    long = [e.id for e in map(base.entry, range(base.entry_count)) if len(e.answer) > 320 or len(e.title) > 30]
    assert long == []


def test_duty_is_not_told_as_if_it_were_the_penalty(shipped: Answerer) -> None:
    outcome = shipped.answer(asked("医院门口放炮罚多少"))
    assert "罚" in outcome.text or outcome.rejected, outcome


@pytest.mark.parametrize("question", ["成都哪家兔头好吃", "法国首都在哪", "我家鹦鹉今天特别安静"])
def test_only_what_comes_near_to_small_talk_is_small_talk(shipped: Answerer, question: str) -> None:
    outcome = shipped.answer(asked(question))
    assert outcome.rejected, outcome
    assert outcome.status is not Status.SMALL_TALK


def test_one_of_two_is_told_where_either_is_held(shipped: Answerer) -> None:
    assert not shipped.answer(asked("劳务派遣工出工伤该找派遣公司还是用工单位")).rejected
