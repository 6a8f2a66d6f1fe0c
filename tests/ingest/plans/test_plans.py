"""Whole plans of many kinds, written for these tests: data/NAME.txt is the document, NAME.yaml what it says."""

import json
from pathlib import Path

import pytest

from benchmarks.plan_scoring import Score, score
from benchmarks.plans import loaded
from bot.ingest.plans import as_json, as_text, extract, from_row, to_row

DATA = Path(__file__).parent / "data"
PLANS = sorted(p.stem for p in DATA.glob("*.yaml"))


@pytest.fixture(scope="module", params=PLANS)
def plan(request):
    """What stands in the document and what was read from it."""
    path = DATA / f"{request.param}.yaml"
    return loaded(path), extract(path.with_suffix(".txt").read_text(encoding="utf-8"), path.name)


def test_nearly_every_fact_is_read_and_hardly_any_made_up(plan):
    expected, proposal = plan
    total, wrong = Score(), {}
    for name, held in score(expected, as_json(proposal)).items():
        if held.missed or held.extra:
            wrong[name] = (list(held.missed), list(held.extra))
        total.add(held)
    assert total.f1 >= 0.97, wrong


def test_what_is_wrong_with_it_is_found(plan):
    expected, proposal = plan
    assert set(expected["findings"]) - {f.code for f in proposal.findings} == set()


def test_no_false_alarm_is_an_error(plan):
    expected, proposal = plan
    errors = [f for f in proposal.findings if f.severity == "error"]
    assert not (expected.get("no_errors") and errors), errors


def test_nothing_of_a_person_is_kept(plan):
    expected, proposal = plan
    held = json.dumps(as_json(proposal), ensure_ascii=False) + repr(proposal) + as_text(proposal)
    assert [name for name in expected["private"] if name in held] == []


def test_every_fact_has_its_id_section_sentence_and_confidence(plan):
    _, proposal = plan
    assert len({f.id for f in proposal.facts}) == len(proposal.facts) > 5
    assert all(f.section and f.sentence and 0 < f.confidence <= 1 for f in proposal.facts)


def test_a_proposal_survives_its_way_through_json(plan):
    _, proposal = plan
    assert from_row(json.loads(json.dumps(to_row(proposal)))) == proposal


def test_the_same_file_read_again_gives_the_same_proposal():
    text = (DATA / f"{PLANS[0]}.txt").read_text(encoding="utf-8")
    assert extract(text) == extract(text)


def test_the_proposal_for_staff_is_chinese_and_names_every_fact():
    proposal = extract((DATA / "01-county-fire-month.txt").read_text(encoding="utf-8"))
    told = as_text(proposal)
    assert "报送期限（2）" in told
    assert "2023-12-01" in told
    assert "县消安办" in told
    assert "请核对" in told
    assert all(f.id in told for f in proposal.facts if f.kind != "theme")


def test_limits_of_format_stay_with_what_is_handed_in():
    rows = as_json(extract((DATA / "01-county-fire-month.txt").read_text(encoding="utf-8")))["deadlines"]
    limits = next(r["limits"] for r in rows if r["date"] == "2023-12-01")
    assert any("2000字" in x for x in limits)
    assert any("JPG" in x for x in limits)
    assert any("1M" in x for x in limits)


def test_two_dates_with_fenbie_get_one_thing_each():
    text = (
        "东山区2023年“安全生产月”和“安全生产东山行”活动方案\n一、活动时间\n2023年6月1日至30日\n二、要求\n"
        "请各单位于6月29日前和12月19日前向区安委办分别报送“安全生产月”活动总结和“安全生产东山行”活动总结以及照片。"
    )
    first, second = as_json(extract(text))["deadlines"]
    assert "安全生产月" in first["what"]
    assert "东山行" not in first["what"]
    assert "照片" in first["what"]
    assert "东山行" in second["what"]
    assert second["date"] == "2023-12-19"
    assert second["to"] == "区安委办"


def test_days_told_together_are_limits_together():
    text = (
        "东山县2027年“安全生产月”活动方案\n一、活动时间\n2027年6月1日至30日\n二、活动内容\n"
        "（一）应急演练。6月25日前，各煤矿、危化企业至少开展一次演练。\n三、要求\n"
        "各乡镇于5月28日前报送活动方案和联络员名单，6月12日、6月26日前分别报送阶段小结，7月5日前报送总结和统计表。"
    )
    proposal = extract(text)
    due = {f.date: f.what for f in proposal.facts if f.kind == "deadline" and "活动方案" in f.sentence}
    assert due == {
        "2027-05-28": "活动方案和联络员名单",
        "2027-06-12": "阶段小结",
        "2027-06-26": "阶段小结",
        "2027-07-05": "总结和统计表",
    }
    assert not any(f.date == "2027-06-12" for f in proposal.facts if f.kind != "deadline")
    assert not [f for f in proposal.findings if "才结束" in f.message]
    assert [f.who for f in proposal.facts if f.kind == "activity"] == ["各煤矿、危化企业"]


def facts_of(kind: str, items: str) -> list[tuple[str, str]]:
    """Date and name of the facts of a kind, in a plan with these items."""
    head = "东山县2027年“安全生产月”活动方案\n一、活动时间\n2027年6月1日至30日\n二、活动内容\n"
    proposal = extract(f"{head}{items}\n三、要求\n各单位要抓好落实。\n")
    return [(f.date, f.what) for f in proposal.facts if f.kind == kind]


def test_a_stage_that_ends_in_its_heading_is_a_limit():
    items = "（一）动员部署阶段（5月28日前）。各单位制定方案。\n（二）总结提升阶段（7月5日前）。各单位认真总结经验。"
    assert facts_of("deadline", items) == [("2027-05-28", "动员部署阶段"), ("2027-07-05", "总结提升阶段")]


def test_what_is_due_may_stand_before_its_day():
    items = "（一）知识竞赛。6月18日下午3点初赛，6月25日决赛，各代表队3人，报名截止6月10日下班前。"
    assert facts_of("deadline", items) == [("2027-06-10", "报名")]


def test_days_listed_before_a_deed_are_days_of_that_deed():
    items = "（一）主题宣讲。邀请专家于6月8日、6月11日、6月17日分别在东街、西街、北街宣讲。"
    assert [(day, what.removeprefix("分别")) for day, what in facts_of("event", items)] == [
        ("2027-06-08", "在东街、西街、北街宣讲"),
        ("2027-06-11", "在东街、西街、北街宣讲"),
        ("2027-06-17", "在东街、西街、北街宣讲"),
    ]


def test_a_day_for_rain_is_no_day_of_its_own():
    items = "（一）应急演练。6月24日举办综合演练（如遇雨顺延至6月26日）。"
    assert [day for day, _what in facts_of("event", items)] == ["2027-06-24"]


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ("因6月16日恰逢赶集日前一天，我镇集中咨询活动定于6月15日上午8:30在大市场东门开展。", ["2027-06-15"]),
        ("6月18日上午，在戏台广场集中开展咨询。", ["2027-06-18"]),
        ("6月10日召开筹备会，各单位要参与。", ["2027-06-10", "2027-06-16"]),
        ("各单位要积极参与。", ["2027-06-16"]),
        ("活动推迟至6月20日举行。", ["2027-06-20"]),
    ],
)
def test_the_name_of_the_consultation_day_is_no_day_where_another_is_set(said, days):
    items = f"（一）“6·16”安全宣传咨询日。{said}"
    assert sorted(day for day, _what in facts_of("event", items)) == days
