"""Accepted plans in the calendar: their deadlines and events remind, until the plan is withdrawn."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.ingest.plans import extract
from bot.ingest.plans.proposal import Fact, FactKind, Proposal
from bot.knowledge.plans import PlanDesk, select
from bot.outreach import drafts, plan_firings
from bot.outreach.announcing import announce
from bot.outreach.calendar import Ran
from bot.outreach.outlook import view
from bot.outreach.states import State
from bot.store.database import Database

from .conftest import BOOK, Opens, beijing, lets

PROPOSAL = Proposal(
    title="2027年“安全生产月”活动方案",
    issuer="江海区安全生产委员会办公室",
    region="广东省江门市江海区",
    year=2027,
    facts=(
        Fact(id="period-1", kind=FactKind.PERIOD, section="三", confidence=1.0, what="安全生产月",
             start="2027-06-01", end="2027-06-30", sentence="安全生产月为6月1日至30日。"),
        Fact(id="event-1", kind=FactKind.EVENT, section="四（一）", confidence=0.9, what="咨询日现场活动",
             date="2027-06-20", sentence="6月20日在文化广场开展咨询日现场活动。"),
        Fact(id="deadline-1", kind=FactKind.DEADLINE, section="五", confidence=0.9, what="活动总结",
             date="2027-06-29", to="区安委办", sentence="6月29日前将活动总结报区安委办。"),
        Fact(id="deadline-2", kind=FactKind.DEADLINE, section="五", confidence=0.9, what="统计表",
             date="07-03", to="区安委办", sentence="7月3日前报统计表。"),
        Fact(id="event-2", kind=FactKind.EVENT, section="四（二）", confidence=0.9, what="应急演练",
             date="2027-06", sentence="6月开展应急演练。"),
    ),
)  # fmt: skip


@pytest.fixture
def number(plans: PlanDesk) -> int:
    """An accepted plan."""
    held, _ = plans.store(PROPOSAL, "方案.docx", "张三")
    plans.accept(held.id, select(PROPOSAL), "张三")
    return held.id


def sent(database: Database, opens: Opens) -> list[tuple[str, str, str]]:
    found = opens(database, "reminders: []").firings(beijing("2027-06-01 00:00"), beijing("2027-07-31 00:00"))
    return [(f.reminder.split("-", 2)[2], str(f.send_day)[5:], f.audience.words) for f in found]


def test_deadlines_and_events_remind_officers_and_the_public(database: Database, opens: Opens, number: int) -> None:
    officers, public = "广东省江门市江海区联络员", "广东省江门市江海区公众"
    assert sent(database, opens) == [
        ("event-1", "06-11", officers),  # seven days before is a Sunday
        ("event-1", "06-17", officers),
        ("event-1", "06-18", officers),  # the day before is a Saturday
        ("event-1", "06-20", public),
        ("event-1", "06-20", officers),
        ("deadline-1", "06-22", officers),
        ("period-1", "06-23", officers),  # it ends in seven days
        ("deadline-1", "06-25", officers),  # 26 June and 3 July are Saturdays
        ("deadline-2", "06-25", officers),  # the year is the plan's
        ("deadline-1", "06-28", officers),
        ("deadline-1", "06-29", officers),
        ("deadline-2", "06-30", officers),
        ("deadline-2", "07-02", officers),
    ]


def test_a_deadline_says_what_is_due_to_whom_and_where_that_stands(
    database: Database, opens: Opens, number: int
) -> None:
    calendar = opens(database, "reminders: []")
    (first, *_rest) = calendar.firings(beijing("2027-06-22 00:00"), beijing("2027-06-22 12:00"))
    text = first.texts["officer"]
    assert text.startswith("7天后（6月29日）要报送：活动总结，报给区安委办。")
    assert "按不含当天理解更稳" in text
    assert "五：“6月29日前将活动总结报区安委办。”" in text


def test_a_withdrawn_plan_sends_nothing_any_more(
    database: Database, opens: Opens, plans: PlanDesk, number: int
) -> None:
    calendar = opens(database, "reminders: []")
    fired = calendar.run(beijing("2027-06-22 09:00"), announce).fired
    assert [f.firing.reminder for f in fired] == [f"plan-{number}-deadline-1"]
    plans.withdraw(number, "张三", "换了新的")
    assert sent(database, opens) == []
    assert calendar.run(beijing("2027-06-22 09:01"), announce).fired == ()
    with database.begin() as db:
        assert drafts.read(db, fired[0].broadcast_id).state is State.CANCELLED
    assert calendar.run(beijing("2027-06-29 09:01"), announce).fired == ()


def test_a_withdrawn_plan_takes_its_consultation_day_with_it_and_the_national_one_returns(
    database: Database, opens: Opens, plans: PlanDesk
) -> None:
    calendar = opens(database)
    lets(calendar, "consult-day", beijing("2027-06-01 09:00"))
    assert states(database, calendar.run(beijing("2027-06-09 09:00"), announce)) == ["in_review"]  # the national one
    held, _ = plans.store(PROPOSAL, "方案.docx", "张三")
    plans.accept(held.id, ["event-1"], "张三")
    local = calendar.run(beijing("2027-06-11 09:00"), announce)
    assert [f.firing.id for f in local.fired] == ["consult-officer:2027-06-20:7:联络员"]
    plans.withdraw(held.id, "张三", "换日子")
    back = calendar.run(beijing("2027-06-11 09:01"), announce)
    assert (states(database, local), [f.firing.id for f in back.fired]) == (["cancelled"], [])
    day_before = calendar.run(beijing("2027-06-15 09:00"), announce)
    assert [f.firing.id for f in day_before.fired] == ["consult-officer:2027-06-16:1:联络员"]
    today = calendar.run(beijing("2027-06-16 08:30"), announce)
    assert states(database, today) == ["scheduled"]
    plans.accept(held.id, ["event-1"], "张三")
    again = calendar.run(beijing("2027-06-16 08:31"), announce)
    assert states(database, today) == states(database, day_before) == ["cancelled"]
    assert [f.firing.id for f in again.fired] == []
    plans.withdraw(held.id, "张三")
    assert states(database, calendar.run(beijing("2027-06-16 08:32"), announce)) == ["scheduled"]


def states(database: Database, ran: Ran) -> list[str]:
    """How the broadcasts of what fired stand now."""
    with database.begin() as db:
        return [str(drafts.read(db, f.broadcast_id).state) for f in ran.fired]


def test_taking_a_fact_out_takes_its_reminders_out(
    database: Database, opens: Opens, plans: PlanDesk, number: int
) -> None:
    plans.accept(number, ["deadline-1"], "张三")
    assert {name for name, _day, _who in sent(database, opens)} == {"deadline-1"}


def test_what_the_plan_dates_only_by_month_is_pointed_out_not_guessed(
    database: Database, opens: Opens, number: int
) -> None:
    outlook = view(opens(database, "reminders: []"), beijing("2027-06-01 09:00"))
    assert any("应急演练" in note and "没有具体日期" in note for note in outlook.missing)


def test_the_same_day_told_by_plan_and_calendar_is_pointed_out(
    database: Database, opens: Opens, plans: PlanDesk
) -> None:
    day = replace(PROPOSAL.facts[1], date="2027-11-09", what="全国消防日")
    held, _ = plans.store(replace(PROPOSAL, facts=(day,)), "方案.docx", "张三")
    plans.accept(held.id, ["event-1"], "张三")
    fire = "- {id: fire-day, day: cal-fire-day, audience: [公众], text: 今天是消防日。}\n"
    outlook = view(opens(database, BOOK + fire), beijing("2027-11-07 09:00"))
    assert any("说的是同一件事" in note and "全国消防日" in note for note in outlook.collisions)


def test_a_period_is_told_of_before_it_begins_and_before_it_ends(
    database: Database, opens: Opens, plans: PlanDesk
) -> None:
    held, _ = plans.store(PROPOSAL, "方案.docx", "张三")
    plans.accept(held.id, ["period-1"], "张三")
    found = opens(database, "reminders: []").firings(beijing("2027-05-01 00:00"), beijing("2027-07-30 00:00"))
    assert [(f"{f.send_day:%m-%d}", f.texts["public"].split("\n")[0]) for f in found] == [
        ("05-28", "4天后（6月1日）起：安全生产月。"),  # three days before is a Saturday
        ("06-23", "7天后（6月30日）结束：安全生产月。"),
    ]
    plans.withdraw(held.id, "张三")
    assert opens(database, "reminders: []").firings(beijing("2027-05-01 00:00"), beijing("2027-07-30 00:00")) == []


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("（二）安全宣传咨询日。6月18日上午8:30，在戏台广场开展集中咨询活动，各乡镇设分会场。", "2027-06-18"),
        ("（二）“安全宣传咨询日”活动。定于6月15日（星期二）在县城设置主会场，发放资料。", "2027-06-15"),
        ("（二）“6·16”安全宣传咨询日活动。各单位要参与。\n县安委办定于6月17日在公园举办现场咨询。", "2027-06-17"),
        ("（二）安全宣传咨询日活动\n时间：6月18日上午\n地点：人民广场", "2027-06-18"),
        ("（二）安全宣传咨询日。6月10日召开筹备会；6月18日在戏台广场举行现场咨询；6月20日前报送信息。", "2027-06-18"),
        ("（二）企业宣讲。6月18日赴企业开展安全咨询服务。", ""),
    ],
)
def test_the_day_stands_under_the_heading_of_the_consultation_day(
    database: Database, plans: PlanDesk, said: str, day: str
) -> None:
    head = "东山县2027年“安全生产月”活动方案\n一、活动时间\n2027年6月1日至30日\n二、活动内容\n"
    proposal = extract(f"{head}（一）启动仪式。6月3日举行。\n{said}\n三、要求\n各单位要抓好落实。\n")
    held, _ = plans.store(proposal, "方案.txt", "张三")
    plans.accept(held.id, select(proposal), "张三")
    with database.begin() as db:
        found = plan_firings.consultation_days(plan_firings.read(db))
    assert [str(d) for d in found.get(2027, [])] == [day for day in [day] if day]


def told(database: Database, opens: Opens, plans: PlanDesk, items: str) -> list[tuple[str, str, str]]:
    """Fact, day and first line of what goes out to the public and to officers by a plan with these items."""
    head = "东山县2027年“安全生产月”活动方案\n一、活动时间\n2027年6月1日至30日\n二、活动内容\n"
    proposal = extract(f"{head}{items}\n三、要求\n各单位要抓好落实。\n")
    held, _ = plans.store(proposal, "方案.txt", "张三")
    plans.accept(held.id, [f.id for f in proposal.facts if f.kind in ("event", "deadline")], "张三")
    found = opens(database, "reminders: []").firings(beijing("2027-06-01 00:00"), beijing("2027-07-30 00:00"))
    return [
        (f.audience.who[0], f"{f.send_day:%m-%d}", f.texts["public"].split("\n")[0])
        for f in found
        if f.send_day == f.day
    ]


def test_an_event_is_called_by_its_heading(database: Database, opens: Opens, plans: PlanDesk) -> None:
    found = told(database, opens, plans, "（一）启动仪式。6月3日上午9时，在文化广场举行，企业负责人参加。")
    assert [(who, line.split("。")[0]) for who, _day, line in found] == [
        ("公众", "今天（6月3日）：启动仪式：在文化广场举行，企业负责人参加"),
        ("联络员", "今天（6月3日）：启动仪式：在文化广场举行，企业负责人参加"),
    ]


def test_what_is_not_handed_in_is_not_asked_for(database: Database, opens: Opens, plans: PlanDesk) -> None:
    items = "（一）应急演练。6月22日前，各企业至少开展1次消防演练。\n（二）总结。6月29日前报送总结。"
    assert [line.split("：")[0] for who, _day, line in told(database, opens, plans, items)] == [
        "今天（6月22日）到期", "今天（6月29日）要报送",
    ]  # fmt: skip


def test_nobody_is_called_on_the_national_day_where_the_plan_sets_another(
    database: Database, opens: Opens, plans: PlanDesk
) -> None:
    items = "（一）“6·16”安全宣传咨询日。因赶集，我镇集中咨询活动定于6月15日上午8:30在大市场东门开展。"
    assert {day for _who, day, _line in told(database, opens, plans, items)} == {"06-15"}
