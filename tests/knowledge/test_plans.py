"""Plans: a proposal is kept once, ticked facts are live, another selection takes their place, withdrawing takes all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.answers import Asked
from bot.errors import KnowledgeError
from bot.ingest.plans import extract
from bot.ingest.plans.proposal import FactKind
from bot.knowledge import PlanState, live
from bot.knowledge.plans import PlanDesk, select
from bot.services import Services
from bot.store.database import Database

from .conftest import ME
from .plans import PROPOSAL


@pytest.fixture
def plans(office: Services) -> PlanDesk:
    return office.plan_desk


def facts(database: Database) -> list[str]:
    return sorted(e.fact for e in live.read(database).entries.values() if e)


def told(services: Services, text: str) -> str:
    services.keeper.look()
    return services.answerer.answer(Asked(text, date(2026, 5, 1), "广东省江门市江海区")).text


def test_a_proposal_is_kept_once_and_whole(plans: PlanDesk) -> None:
    first, new = plans.store(PROPOSAL, "方案.docx", ME)
    again, newer = plans.store(PROPOSAL, "又一份.docx", ME)
    other, _ = plans.store(replace(PROPOSAL, year=2025), "方案.docx", ME)
    assert (new, newer, again.id) == (True, False, first.id)
    assert [p.id for p in plans.plans()] == [first.id, other.id]
    assert plans.plan(first.id).proposal == PROPOSAL
    assert (again.state, again.file) == (PlanState.PROPOSED, "方案.docx")


def test_the_same_file_read_anew_takes_the_place_of_a_proposal_nobody_accepted(plans: PlanDesk) -> None:
    first, _ = plans.store(replace(PROPOSAL, facts=PROPOSAL.facts[:3]), "方案.docx", ME)
    better, new = plans.store(PROPOSAL, "方案.docx", ME)
    assert (better.id, new, better.proposal) == (first.id, True, PROPOSAL)
    plans.accept(first.id, select(PROPOSAL), ME)
    later, _ = plans.store(replace(PROPOSAL, theme="又一个"), "方案.docx", ME)
    assert later.id != first.id
    assert plans.plan(first.id).proposal == PROPOSAL


def test_another_plan_in_a_file_of_the_same_name_is_kept_beside(plans: PlanDesk) -> None:
    others = [
        replace(PROPOSAL, issuer="别的安委办"),
        replace(PROPOSAL, year=2025),
        replace(PROPOSAL, facts=tuple(replace(f, sentence=f"另一句{f.id}") for f in PROPOSAL.facts)),
    ]
    numbers = {plans.store(p, "方案.docx", ME)[0].id for p in (PROPOSAL, *others)}
    assert len(numbers) == 4


def test_a_proposal_answers_nothing_until_it_is_accepted(office: Services, plans: PlanDesk) -> None:
    held, _ = plans.store(PROPOSAL, "方案.docx", ME)
    assert live.read(office.database) == live.EMPTY
    assert plans.rows() == []
    assert plans.accept(held.id, select(PROPOSAL), ME)
    assert live.read(office.database).plans[0].year == 2026
    assert [(r.fact, r.kind, r.date, r.start, r.to) for r in plans.rows()] == [
        ("period-1", FactKind.PERIOD, "", "2026-06-01", ""),
        ("event-1", FactKind.EVENT, "2026-06-16", "", ""),
        ("deadline-1", FactKind.DEADLINE, "2026-06-29", "", "区安委办"),
    ]
    assert "6月29日" in told(office, "江海区安全生产月的总结几号前交")


def test_accepting_twice_changes_nothing(office: Services, plans: PlanDesk) -> None:
    held, _ = plans.store(PROPOSAL, "方案.docx", ME)
    plans.accept(held.id, ["theme-1", "event-1"], ME)
    before, rows = live.read(office.database), plans.rows()
    assert not plans.accept(held.id, ["event-1", "theme-1"], ME)
    assert live.read(office.database) == before
    assert plans.rows() == rows


def test_accepting_another_selection_changes_to_it_and_rows_keep_their_ids(office: Services, plans: PlanDesk) -> None:
    held, _ = plans.store(PROPOSAL, "方案.docx", ME)
    plans.accept(held.id, ["event-1", "deadline-1"], ME)
    number = {r.fact: r.id for r in plans.rows()}
    plans.accept(held.id, ["event-1", "period-1"], ME)
    assert [r.fact for r in plans.rows()] == ["event-1", "period-1"]
    assert {"event", "period"} <= set(facts(office.database))
    assert "deadline" not in facts(office.database)
    plans.accept(held.id, ["deadline-1"], ME)
    assert [(r.fact, r.id) for r in plans.rows()] == [("deadline-1", number["deadline-1"])]


def test_withdrawing_takes_the_facts_out_of_answers_and_rows(office: Services, plans: PlanDesk) -> None:
    held, _ = plans.store(PROPOSAL, "方案.docx", ME)
    plans.accept(held.id, select(PROPOSAL), ME)
    assert "6月16日" in told(office, "江海区安全生产月咨询日是哪天")
    assert plans.withdraw(held.id, ME, "换了新的")
    assert "6月16日" not in told(office, "江海区安全生产月咨询日是哪天")
    assert plans.rows() == []
    assert not plans.withdraw(held.id, ME)
    assert plans.accept(held.id, select(PROPOSAL), ME)
    assert len(plans.rows()) == 3


def test_facts_are_chosen_by_id_or_kind_and_what_is_unknown_is_named() -> None:
    assert select(PROPOSAL, kinds=["theme", "deadline"]) == ("theme-1", "deadline-1")
    assert select(PROPOSAL, only=["event-1"], kinds=["theme"]) == ("theme-1", "event-1")
    for wrong in ({"only": ["event-9"]}, {"kinds": ["evnt"]}, {"kinds": ["hotline"]}):
        with pytest.raises(KnowledgeError, match=r"event-9|evnt|没有选中"):
            select(PROPOSAL, **wrong)


@pytest.mark.parametrize("deed", ["plan", "withdraw"])
def test_a_plan_that_does_not_exist_is_refused_by_number(plans: PlanDesk, deed: str) -> None:
    with pytest.raises(KnowledgeError, match="没有编号为 7 的方案"):
        plans.plan(7) if deed == "plan" else plans.withdraw(7, ME)


OWN_PLAN = """江海区2026年“安全生产月”活动方案
一、活动时间
2026年6月1日至6月30日
二、活动内容
（一）启动仪式。6月3日上午9时，在人民广场举行启动仪式。
（二）安全宣传咨询日。6月18日上午，在古镇戏台开展集中咨询活动。
（三）“敲门行动”。6月8日至6月20日，网格员入户讲解燃气、用电安全。
三、工作要求
各街道于7月5日前报送总结。
江海区安全生产委员会办公室
2026年5月10日
"""


@pytest.mark.parametrize(
    ("question", "holds"),
    [
        ("敲门行动是干啥的", "入户讲解"), ("启动仪式在哪里", "人民广场"), ("咨询日在哪里搞", "古镇戏台"),
    ],
)  # fmt: skip
def test_what_is_arranged_here_is_told_without_naming_the_plan(
    office: Services, plans: PlanDesk, question: str, holds: str
) -> None:
    proposal = extract(OWN_PLAN)
    held, _ = plans.store(proposal, "方案.txt", ME)
    plans.accept(held.id, select(proposal), ME)
    assert holds in told(office, question)
    elsewhere = office.answerer.answer(Asked(question, date(2026, 5, 1), "湖南省长沙市"))
    years_later = office.answerer.answer(Asked(question, date(2028, 5, 1), "广东省江门市江海区"))
    assert holds not in elsewhere.text
    assert holds not in years_later.text


@pytest.mark.parametrize("question", ["几度停工", "什么时候可以放烟花", "年终总结怎么写"])
def test_what_is_arranged_here_does_not_answer_for_what_holds_everywhere(
    office: Services, plans: PlanDesk, question: str
) -> None:
    before = told(office, question)
    proposal = extract(OWN_PLAN)
    held, _ = plans.store(proposal, "方案.txt", ME)
    plans.accept(held.id, select(proposal), ME)
    assert told(office, question) == before
