"""Layouts of plans: whose work it is, where a plan is from, tables that are forms, items that last for days."""

import pytest

from bot.ingest.plans import FactKind, extract, extract_bytes

HEAD = "平安县2024年消防宣传月活动方案\n一、活动时间\n11月1日至30日\n二、活动内容\n"


def told(text, kind):
    return [f.what for f in extract(text).of(kind)]


@pytest.mark.parametrize(
    ("sentence", "office"),
    [
        ("成立领导小组，日常工作由县消防宣传中心负责。", "县消防宣传中心"),
        ("成立领导小组，大队宣传科（融媒体工作室）具体承办，负责对外联络。", "大队宣传科（融媒体工作室）"),
        ("领导小组具体事务由校安全办公室承担。", "校安全办公室"),
    ],
)
def test_who_does_the_daily_work_is_the_office_to_turn_to(sentence, office):
    assert told(f"{HEAD}（一）宣讲。开展宣讲。\n三、组织领导\n{sentence}", FactKind.CONTACT) == [office]


def test_a_person_who_does_the_daily_work_is_no_office():
    assert told(f"{HEAD}（一）宣讲。开展宣讲。\n三、组织领导\n日常工作由副校长负责。", FactKind.CONTACT) == []


@pytest.mark.parametrize("days", ["11月5日至9日", "11月5日零时至11月9日24时", "11月5日8:00—11月9日18:00"])
def test_an_item_that_lasts_for_days_is_a_period_of_its_own(days):
    plan = extract(f"{HEAD}（一）隐患随手拍。{days}，市民上传隐患照片。\n（二）演练。11月20日，组织演练。")
    assert [(p.what, p.start, p.end) for p in plan.of(FactKind.PERIOD)][1:] == [
        ("隐患随手拍", "2024-11-05", "2024-11-09")
    ]
    assert [e.date for e in plan.of(FactKind.EVENT)] == ["2024-11-20"]


FORM = "（一）宣讲。开展宣讲。\n\n附件\n活动情况统计表\n项目\t单位\t数量\n举办讲座\t场\t\n发放资料\t份\t"
PLAN_TABLE = (
    "（一）宣讲。11月5日，开展宣讲。\n\n附件\n活动安排表\n日期\t活动\t责任单位\n"
    "11月5日\t宣讲活动\t教育局\n11月8日\t疏散演练\t住建局"
)


def test_a_form_to_be_filled_in_holds_no_activities():
    assert told(HEAD + FORM, FactKind.ACTIVITY) == ["宣讲"]


def test_a_table_adds_only_what_the_text_does_not_tell():
    plan = extract(HEAD + PLAN_TABLE)
    assert [a.what for a in plan.of(FactKind.ACTIVITY)] == ["宣讲", "疏散演练"]
    assert [e.date for e in plan.of(FactKind.EVENT)] == ["2024-11-05", "2024-11-08"]


def test_annexes_are_told_where_only_they_themselves_or_the_text_name_them():
    text = (
        "（一）宣讲。开展宣讲，填写《宣讲情况表》（附件2）。\n\n平安县消防救援大队\n2024年10月20日\n\n"
        "附件1\n消防宣传月任务分解表\n一、宣讲由教育局负责。"
    )
    assert told(HEAD + text, FactKind.ATTACHMENT) == ["消防宣传月任务分解表", "宣讲情况表"]


def test_a_list_of_annexes_above_the_signature_is_a_list():
    text = (
        "（一）宣讲。开展宣讲。\n附件1：安全用火明白卡\n平安县消防救援大队\n2024年10月20日\n"
        "附件1：\n安全用火明白卡\n一、人走火灭。"
    )
    plan = extract(HEAD + text)
    assert [a.what for a in plan.of(FactKind.ATTACHMENT)] == ["安全用火明白卡"]
    assert plan.issuer == "平安县消防救援大队"
    assert plan.issue_date == "2024-10-20"


def test_items_without_titles_tell_how_the_titled_one_above_is_done():
    text = (
        "（一）教育\n1.专题学习\n①各部门11月上旬组织一次集体学习。\n②负责人讲授公开课不少于1课时。\n"
        "2.自查自改\n①各企业逐条排查隐患，建立清单。\n②每月开展一次回头看。"
    )
    assert told(HEAD + text, FactKind.ACTIVITY) == ["专题学习", "自查自改"]


@pytest.mark.parametrize(
    ("issuer", "region"),
    [
        ("惠州仲恺高新技术产业开发区管理委员会", "广东省惠州市仲恺高新技术产业开发区"),
        ("南沙镇金花村村民委员会", "广西壮族自治区金秀瑶族自治县南沙镇金花村"),
    ],
)
def test_a_place_is_told_in_full(issuer, region):
    text = (
        "森林防火宣传月活动方案\n我村地处金秀瑶族自治县南沙镇东部，依据《广西壮族自治区森林防火条例》制定本方案。\n"
        if "村" in issuer
        else "安全宣传月活动方案\n制定本方案。\n"
    )
    plan = extract(f"{text}一、活动时间\n3月1日至31日\n二、活动内容\n开展宣传。\n{issuer}\n3月1日")
    assert (plan.issuer, plan.region) == (issuer, region)


def test_a_web_page_without_a_heading_in_its_text_has_its_own_title():
    page = (
        "<html><head><title>平安市卫生健康局关于开展2025年职业病防治法宣传周活动的通知_平安市卫生健康局</title></head>"
        "<body><div id='zoom'><p>各县区卫生健康局：</p><p>现将有关事项通知如下，请认真组织实施。</p>"
        "<p>一、活动时间</p>"
        "<p>2025年4月25日至5月1日。</p><p>二、活动内容</p><p>（一）开展讲座。各县区开展讲座不少于3场。</p></div></body></html>"
    )
    plan = extract_bytes(page.encode(), "08.html")
    assert plan.title == "平安市卫生健康局关于开展2025年职业病防治法宣传周活动的通知"
