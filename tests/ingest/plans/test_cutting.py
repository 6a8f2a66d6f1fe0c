"""Texts of facts are cut where a clause ends, never within a title; who does something is never what it is done to."""

import pytest

from bot.ingest.plans import extract
from bot.ingest.plans.activities import doer
from bot.ingest.plans.proposal import FactKind
from bot.ingest.plans.telling import title_of
from bot.ingest.plans.text import shorten

PLAN = """青山区2026年“安全生产月”活动方案
一、活动主题
人人讲安全、个个会应急
二、活动时间
2026年6月1日至30日
三、活动内容
（一）6月5日，宣传《中华人民共和国安全生产法》组织企业学习《生产安全事故应急条例》《中华人民共和国突发事件应对法》《工贸企业重大事故隐患判定标准》等法规标准。
（二）6月16日上午，在青山广场设主会场，由区应急管理局组织，向群众发放资料。
（三）广泛宣传12350安全生产举报投诉电话和“96119”火灾隐患举报电话。
四、有关要求
请各单位于7月3日前将活动总结报区安委办。
青山区安全生产委员会办公室
2026年5月20日
"""


@pytest.fixture(scope="module")
def proposal():
    return extract(PLAN, "plan.txt")


def test_no_text_of_a_fact_ends_within_a_title(proposal):
    for fact in proposal.facts:
        assert fact.what.count("《") == fact.what.count("》"), fact
        assert fact.what.count("“") == fact.what.count("”"), fact


def test_the_law_that_is_made_known_is_not_who_does_it(proposal):
    assert [f for f in proposal.facts if "《" in f.who or "宣传" in f.who] == []
    assert {f.date: f.who for f in proposal.of(FactKind.EVENT)}["2026-06-16"] == "区应急管理局"


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("宣传《中华人民共和国安全生产法》组织学习", ""),
        ("宣传安全知识应形式多样", ""),
        ("教育引导职工积极参与", ""),
        ("宣传部门要组织报道", "宣传部门"),
        ("消防救援大队要开展演练", "消防救援大队"),
        ("由区应急管理局组织", "区应急管理局"),
        ("各街道要结合实际", "各街道"),
    ],
)
def test_who_does_it_is_a_body(text, who):
    assert doer(text) == who


def test_a_hotline_has_its_number_and_what_it_is_for(proposal):
    lines = [(f.number, f.what) for f in proposal.of(FactKind.HOTLINE)]
    assert lines == [("12350", "安全生产举报投诉电话"), ("96119", "火灾隐患举报电话")]


def test_a_long_text_is_cut_at_a_mark_outside_titles():
    text = "学习《关于安全、防火，以及救援的规定》和“一盔一带，安全守护”要求，组织演练并讲评"
    assert shorten(text, 30) == "学习《关于安全、防火，以及救援的规定》和“一盔一带，安全守护”要求"
    assert shorten("没有标点" * 5, 8) == "没有标点" * 5
    assert len(shorten("没有标点" * 500, 8)) == 32


def test_a_title_that_can_be_tapped_ends_before_a_name_that_does_not_fit():
    assert title_of("深入学习贯彻执行《工贸企业重大事故隐患判定标准和处置办法》的活动") == "深入学习贯彻执行…"
