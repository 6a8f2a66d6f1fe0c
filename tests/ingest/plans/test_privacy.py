"""What is personal never leaves the reader; roles, offices and public lines stay."""

import pytest

from bot.ingest.plans import extract
from bot.ingest.plans.privacy import scrub

GONE = [
    ("由分管安全生产工作的崔明远副局长担任组长。", ["崔明远"], "副局长担任组长"),
    ("局党委书记、局长张平任组长，主管副局长张恒任副组长", ["张平", "张恒"], "任副组长"),
    ("办公室主任由特监科副科长王硕担任", ["王硕"], "副科长"),
    ("通过OA发至局特监科孔祥云处。", ["孔祥云"], "局特监科"),
    ("联系人及电话/传真：陈明，0431-81870000。", ["陈明", "81870000"], "联系人"),
    ("电子邮箱：jlsaqjgc@example.com。", ["jlsaqjgc"], "电子邮箱"),
    ("组  长：李 明（区长）", ["李 明", "李明"], "区长"),
    ("副组长：王小强、赵刚（副镇长）、欧阳振华", ["王小强", "赵刚", "欧阳振华"], "副镇长"),
    ("（联系人：张三；联系电话：13812345678，0750-3831234）", ["张三", "13812345678", "3831234"], "联系电话"),
    ("联系人：市安委办 刘洋，电话：3288000", ["刘洋", "3288000"], "市安委办"),
    ("请李华工程师授课，由陈晓明主持", ["李华", "陈晓明"], "授课"),
    ("邮寄地址：江海区金瓯路288号", ["金瓯路288号"], "邮寄地址"),
    ("项目经理周建国为组长", ["周建国"], "项目经理"),
    ("联系人：何苗，手机：138 0000 1234，微信号：hemiao_88", ["何苗", "138 0000 1234", "hemiao_88"], "联系人"),
    ("责任人：孙立新；身份证号440105199001011234", ["孙立新", "440105199001011234"], "责任人"),
    ("值班员：郑 强\t13900001111", ["郑 强", "13900001111"], "值班员"),
]


@pytest.mark.parametrize(("line", "private", "kept"), GONE)
def test_names_numbers_and_addresses_of_persons_are_taken_out(line, private, kept):
    told, count = scrub(line)
    assert [p for p in private if p in told] == []
    assert kept in told
    assert count >= 1


STAYS = [
    "深入学习习近平总书记关于安全生产的重要论述",
    "由分管负责同志任组长，各部门负责人为成员",
    "成员：各科室负责人、安监办主任、各村书记",
    "书记要亲自抓，局长安排部署，主任和副主任靠前指挥",
    "各单位负责人、安全管理人员参加",
    "举报电话：0750-3831119、12350",
    "发挥88908890举报投诉热线、微信微博等平台作用",
    "组长由总经理担任，副组长由分管安全副总经理担任",
    "责任人：各科室负责人",
    "责任单位：区应急管理局、区教育局",
    "主任委员由区长担任",
    "2023年6月1日至6月30日，地点：文化广场",
    "粤安办〔2023〕69号",
    "发放宣传手册30000000份",
    "全体师生、家长委员会成员参加",
    "组 长：党委书记、董事长",
    "成员：总工程师、工会主席、各矿矿长、车间主任、班组长、农机站、水利站、司法所、文旅办、关工委",
    "副组长：常务副总经理、高级顾问",
    "安全总监、安全员、施工员、资料员",
    "请党委书记、董事长、总经理讲安全公开课",
]


@pytest.mark.parametrize("line", STAYS)
def test_roles_offices_and_public_lines_stay(line):
    assert scrub(line) == (line, 0)


def test_the_proposal_tells_that_something_was_left_out():
    plan = extract(
        "平安镇2023年“安全生产月”活动方案\n一、活动时间\n6月1日至30日\n二、联系\n联系人：周小明，13800001111"
    )
    told = next(f for f in plan.findings if f.code == "PERSONAL_DATA_IN_SOURCE")
    assert told.severity == "info"
    assert "周小明" not in repr(plan)
