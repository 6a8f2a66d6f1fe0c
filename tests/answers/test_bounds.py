"""Where the knowledge ends the bot says so, names whom to ask, and tells no rule of another place."""

import pytest

from bot.answers import Answerer, Status
from tests.bases import asked

ASIDE = (Status.UNKNOWN, Status.OUT_OF_SCOPE)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("杭州高温津贴一个月发多少", ["浙江省杭州市", "人社局", "12333"]),
        ("咱们县的最低工资是多少", ["当地", "人社局", "12333"]),
        ("成都哪些地方可以放烟花", ["四川省成都市", "公安派出所", "12345"]),
        ("我们镇森林防火期从几月到几月", ["防火期", "林业", "12345"]),
        ("武汉电动车带小孩几岁以下可以", ["湖北省武汉市", "公安交管部门"]),
        ("贵阳老小区加装电梯政府补多少", ["贵州省贵阳市", "12345"]),
        ("我们区应急局的地址在哪", ["12345"]),
        ("长沙的安全员考试在哪报名", ["湖南省长沙市", "考试机构"]),
    ],
)
def test_local_rule_that_is_not_held_is_said_to_be_local(shipped: Answerer, question: str, told: list[str]) -> None:
    outcome = shipped.answer(asked(question))
    assert outcome.rejected
    assert outcome.status is Status.UNKNOWN, outcome
    assert all(word in outcome.text for word in ["没有收录", *told]), outcome.text


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("我的举报处理到哪一步了", "12350"),
        ("上个月交的工伤认定批下来没", "12333"),
        ("帮我查下我同事有没有电工证", "别人的信息"),
        ("前几天那起爆炸死了几个人", "通报"),
        ("去年全国工地一共死了多少人", "统计"),
        ("明天我们这会不会发大水", "气象台"),
        ("你们下次什么时候来检查我们厂", "办公室电话0750-3860000"),
        ("咳嗽胸闷是不是得了尘肺", "职业病诊断机构"),
        ("GB 30871第5章的原文发我", "openstd.samr.gov.cn"),
        ("安全月知识竞赛的答案发我", "组织单位"),
        ("我这伤能赔多少给个准数", "12348"),
        ("防毒面具哪个牌子好", ""),
    ],
)
def test_what_nobody_can_know_from_here_is_not_guessed(shipped: Answerer, question: str, told: str) -> None:
    outcome = shipped.answer(asked(question))
    assert outcome.rejected
    assert outcome.status in ASIDE, outcome
    assert told in outcome.text or outcome.status is Status.OUT_OF_SCOPE, outcome.text


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("在成都上班路上被车撞了算不算工伤", "非本人主要责任"),
        ("杭州工伤认定自己申请多久过期", "1年"),
        ("一次性工亡补助金按什么标准算", "20倍"),
        ("丧葬补助金是几个月工资", "6个月"),
        ("我们县瞒报事故老板罚多少", "60%"),
        ("工伤认定多久出结果", "60日"),
        ("昨晚加班回家路上被车撞算工伤吗", "工伤"),
        ("职业病诊断去哪里做", "所在地"),
    ],
)
def test_what_national_law_answers_is_answered(shipped: Answerer, question: str, told: str) -> None:
    outcome = shipped.answer(asked(question))
    assert not outcome.rejected
    assert told in outcome.text, outcome


def test_national_rule_is_told_as_national_where_a_place_is_named(shipped: Answerer) -> None:
    text = shipped.answer(asked("南京工伤认定多久出结果")).text
    assert text.startswith("江苏省南京市的当地规定我这里没有收录，按全国的规定说：")
    assert not shipped.answer(asked("工伤认定多久出结果")).text.startswith("江苏")


@pytest.mark.parametrize(
    ("question", "told", "law"),
    [
        ("河源暴雨红色预警学校停不停课", "河源市", "河源市暴雨灾害预警与响应条例"),
        ("汕头住宅楼道停电动车罚多少", "汕头", "汕头经济特区消防条例"),
        ("广东野外用火森林防火期是几月到几月", "10月1日", "广东省森林防火条例"),
    ],
)
def test_local_rule_that_is_held_is_told(shipped: Answerer, question: str, told: str, law: str) -> None:
    outcome = shipped.answer(asked(question))
    assert not outcome.rejected
    assert told in outcome.text, outcome
    assert law in [c.law for c in outcome.citations]


def test_rule_of_the_office_is_not_told_of_another_place(shipped: Answerer) -> None:
    text = shipped.answer(asked("杭州高温津贴什么时候发", "广东省江门市")).text
    assert "广东" not in text
    assert "浙江省杭州市" in text


def test_kind_that_is_missing_is_named(shipped: Answerer) -> None:
    outcome = shipped.answer(asked("请人来做一次安全评价要花多少钱"))
    assert outcome.rejected
    assert "价格" in outcome.text


def test_nothing_a_person_wrote_is_said_back(shipped: Answerer) -> None:
    outcome = shipped.answer(asked("帮我查下王小二的焊工证什么时候到期"))
    assert outcome.rejected
    assert "王小二" not in outcome.text
