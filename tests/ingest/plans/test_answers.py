"""An accepted plan answers: its facts, lists and sections, and honestly what it does not say."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from bot.answers import Answerer, Outcome, Status
from bot.answers.entries import EntryKind
from bot.ingest.plans.answers import to_knowledge
from bot.ingest.plans.proposal import Fact, FactKind, Proposal, Section
from tests import bases, plan_samples
from tests.plan_samples import NAMES, proposal


@pytest.fixture(scope="session")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Outcome]:
    """ask(question): the outcome over the sample plans, for an office of the whole country."""
    bot: Answerer = bases.answerer(plan_samples.base(tmp_path_factory.getbasetemp()))
    return lambda text: bot.answer(bases.asked(text))


def plan_of(*facts: Fact, **fields: object) -> Proposal:
    """A plan with these facts."""
    given = {
        "title": "青溪县2024年“安全生产月”活动方案",
        "issuer": "青溪县应急管理局",
        "region": "云岭省青溪县",
        "year": 2024,
    }
    return Proposal(**{**given, "facts": facts, **fields})  # type: ignore[arg-type]


def fact(kind: FactKind, what: str, sentence: str = "", **fields: object) -> Fact:
    """One fact."""
    given = {"id": f"{kind}-1", "section": "一", "confidence": 0.9, "sentence": sentence or what}
    return Fact(kind=kind, what=what, **{**given, **fields})  # type: ignore[arg-type]


def told(*facts: Fact) -> str:
    """The answer for the first of these facts."""
    return to_knowledge(plan_of(*facts))[1][0].answer


# The entries.


@pytest.mark.parametrize("name", NAMES)
def test_every_entry_is_whole(name: str) -> None:
    source = proposal(name)
    plan, entries = to_knowledge(source)
    assert len({e.id for e in entries}) == len(entries)
    for entry in entries:
        assert entry.kind is EntryKind.PLAN
        assert entry.id.startswith(f"{plan.id}-")
        assert (entry.group, entry.region, entry.year) == (plan.id, source.region, source.year)
        assert entry.sources[0].name == source.title
        assert entry.sources[0].ref == source.doc_no
        assert str(source.year) in entry.answer
        assert len(set(entry.questions)) >= 8, entry.title
        assert entry.title not in entry.questions
        assert len(entry.title) <= 30
        assert len(entry.answer) <= 520
        assert not any(source.issuer in q for q in entry.questions)


def test_same_plan_gives_the_same_entries() -> None:
    assert to_knowledge(proposal("town-fire-2024")) == to_knowledge(proposal("town-fire-2024"))


def test_plan_keeps_its_id_when_facts_change() -> None:
    source = proposal("town-fire-2024")
    assert (
        to_knowledge(replace(source, facts=source.facts[:3], doc_no="白政发〔2024〕9号"))[0].id
        == to_knowledge(source)[0].id
    )


def test_plans_of_one_place_and_year_have_ids_of_their_own() -> None:
    assert len({to_knowledge(proposal(name))[0].id for name in NAMES}) == len(NAMES)


def test_only_what_is_ticked_is_told() -> None:
    source = proposal("district-2025")
    ticked = {f.id for f in source.facts if f.kind is not FactKind.DEADLINE}
    _, entries = to_knowledge(source, ticked)
    text = "\n".join(e.answer for e in entries)
    assert "体育馆" in text
    assert "7月4日" not in text
    assert "6月20日" not in text


def test_nothing_ticked_leaves_the_sections_only() -> None:
    _, entries = to_knowledge(proposal("district-2025"), ())
    assert not any(e.fact in ("theme", "deadline", "event") for e in entries)


def test_plan_ends_with_the_last_of_its_days() -> None:
    _, entries = to_knowledge(proposal("district-2025"))
    assert {e.valid_to for e in entries} == {date(2025, 7, 4)}


def test_plan_without_a_year_never_ends() -> None:
    source = plan_of(fact(FactKind.THEME, "人人讲安全"), year=None)
    plan, entries = to_knowledge(source)
    assert plan.year == 0
    assert entries[0].valid_to is None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("district-2024", ("石渡区", "石渡", "澜江石渡", "石渡区安委办", "石渡安委会", "区安委办", "澜江行")),
        ("district-2025", ("石渡区应急局", "石渡应急管理局", "区应急局", "澜江市石渡区应急管理局")),
        ("schools-2024", ("石渡区教育局", "石渡教育", "区教育局")),
        ("town-fire-2024", ("白鹭镇", "白鹭", "白鹭镇政府", "青禾白鹭镇")),
        ("province-disaster-2025", ("云岭省减灾办", "云岭减灾委", "省减灾办")),
        ("company-2025", ("恒昌化工", "恒昌公司", "澜江市恒昌化工有限公司")),
    ],
)
def test_plan_is_called_by_every_usual_name(name: str, said: tuple[str, ...]) -> None:
    assert set(said) <= set(to_knowledge(proposal(name))[0].aliases)


# The words.


def test_deadline_tells_who_what_when_whom_and_in_which_form() -> None:
    due = fact(
        FactKind.DEADLINE, "活动总结和照片", date="2024-06-28", to="县安委办", who="各乡镇", limits=("照片不少于3张",)
    )
    assert told(due) == (
        "青溪县应急局2024年“安全生产月”方案要求各乡镇在2024年6月28日前把活动总结和照片报送县安委办，格式要求：照片不少于3张。"
    )


@pytest.mark.parametrize(
    ("fields", "when"),
    [
        ({"when": "每月25日前", "recurring": "monthly"}, "每月25日前"),
        ({"when": "活动结束后5日内"}, "活动结束后5日内"),
        ({"date": "2024-06", "when": "6月下旬"}, "2024年6月下旬"),
        ({"date": "06-28"}, "6月28日前"),
        ({}, "没有写具体日期"),
    ],
)
def test_deadline_is_told_as_exactly_as_the_plan_does(fields: dict[str, str], when: str) -> None:
    assert when in told(fact(FactKind.DEADLINE, "活动总结", to="县安委办", **fields))


def test_what_is_to_be_done_by_a_day_is_not_told_as_something_to_hand_in() -> None:
    answer = told(fact(FactKind.DEADLINE, "疏散通道自查", date="2024-06-10"))
    assert "2024年6月10日前完成：疏散通道自查" in answer
    assert "报送" not in answer


def test_own_words_of_the_plan_follow_where_they_say_more() -> None:
    more = fact(FactKind.ACTIVITY, "安全公开课", "企业负责人面向职工讲一堂安全公开课。")
    assert told(more).endswith("方案原文：“企业负责人面向职工讲一堂安全公开课”")
    assert "原文" not in told(fact(FactKind.THEME, "人人讲安全", "人人讲安全。"))


def test_long_sentence_is_cut_around_the_matter() -> None:
    long = "，".join(f"第{n}项工作按照部署要求抓好落实" for n in range(30)) + "，开展溺水警示教育，" + "，".join(
        f"第{n}个部门切实负起责任来" for n in range(30)
    )  # fmt: skip
    answer = told(fact(FactKind.ACTIVITY, "溺水警示教育", long))
    assert "开展溺水警示教育" in answer
    assert len(answer) < 320


def test_figure_is_told_with_what_it_is_compared_by() -> None:
    screens = fact(FactKind.DUTY, "大屏滚动播放公益广告", quantity=2.0, unit="小时", comparator=">=", per="day")
    assert "每天不少于2小时" in told(screens)
    cases = fact(FactKind.DUTY, "曝光典型案例", quantity=1.0, most=2.0, unit="个", per="month")
    assert "每月1至2个" in told(cases)


def test_hotline_is_named_by_the_words_beside_its_number() -> None:
    line = fact(
        FactKind.HOTLINE,
        "现隐患可拨打96119火灾隐患举报电话，遇到火",
        "发现隐患可拨打96119火灾隐患举报电话。",
        number="96119",
    )
    assert told(line).startswith("青溪县应急局2024年“安全生产月”方案写明的火灾隐患举报电话：96119。")


def test_section_is_told_sentence_by_sentence() -> None:
    text = "各单位设立安全专栏。" + "每个班组开展一次事故案例讨论，由班组长主持，全员发言。"
    _, entries = to_knowledge(plan_of(sections=(Section("三", "宣传教育", text),)))
    assert any("班组长主持" in e.answer and "安全专栏" not in e.answer for e in entries)


# What people ask.


@pytest.mark.parametrize(
    ("question", "shown"),
    [
        ("石渡区安委办2024年主题", "畅通生命通道"),
        ("澜江行搞到什么时候", "12月31日"),
        ("石渡区安委办谁牵头", "组委会"),
        ("石渡区安委办咨询日在哪", "人民公园"),
        ("石渡区安委办联络员名单几号报", "5月28日"),
        ("石渡区安委办总结通过什么平台报", "粤政通"),
        ("石渡区安委办照片要几张", "5至8张"),
        ("石渡区安委办大屏每天放多久", "2小时"),
        ("石渡区安委办学校要搞什么活动", "防溺水"),
        ("石渡区安委办村里要做什么", "宣讲"),
        ("石渡区安委办依据什么文件", "澜安办〔2024〕19号"),
        ("石渡区安委办联系哪个科室", "宣传教育股"),
        ("石渡区安委办所有要交的东西和时间", "12月20日"),
        ("5月31日石渡区安委办有什么活动", "启动仪式"),
        ("石渡区安委办举报电话", "12345"),
        ("石渡区安委办方案哪天印发的", "5月20日"),
        ("石渡区安委办方案分几部分", "工作要求"),
        ("石度区安委办总结几号交", "6月28日"),
        ("白鹭镇大喇叭每天放多久", "20分钟"),
        ("白鹭镇119那天在哪搞活动", "农贸市场"),
        ("云岭省减灾办总结抄送给哪个处", "救灾处"),
        ("恒昌化工签到表什么时候交", "5月6日"),
    ],
)
def test_question_about_a_plan_is_answered_from_it(ask: Callable[[str], Outcome], question: str, shown: str) -> None:
    outcome = ask(question)
    assert outcome.status is Status.ANSWERED
    assert shown in outcome.text


@pytest.mark.parametrize(
    ("question", "never"),
    [
        ("石渡区安委办安全月经费多少", "6万"),
        ("石渡区安委办联系人手机号", ""),
        ("石渡区教育局咨询日在哪里搞", "人民公园"),
        ("石渡区教育局举报电话多少", "12350"),
        ("白鹭镇消防月报送邮箱是多少", ""),
        ("云岭省减灾办大屏每天放多久", "2小时"),
        ("恒昌化工宣传周学校要做什么", "疏散"),
    ],
)
def test_what_a_plan_does_not_say_is_not_told_from_its_neighbour(
    ask: Callable[[str], Outcome], question: str, never: str
) -> None:
    outcome = ask(question)
    assert outcome.rejected
    assert "没有写" in outcome.text
    assert "可问" in outcome.text
    assert not never or never not in outcome.text
