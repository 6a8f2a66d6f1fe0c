"""What is wrong with a plan, one fault at a time; and what is not wrong is not told."""

import pytest

from bot.ingest.plans import extract

GOOD = """清河县2023年“安全生产月”和“安全生产清河行”活动方案

为做好2023年“安全生产月”和“安全生产清河行”活动，制定本方案。
一、活动主题
人人讲安全、个个会应急
二、活动时间
（一）“安全生产月”活动：2023年6月1日至6月30日。
（二）“安全生产清河行”活动：2023年6月1日至12月31日。
三、活动内容
（一）开展安全宣传咨询日活动。6月16日（星期五），县安委办在人民广场设置咨询台，公布举报电话12350。
（二）开展应急演练。各企业至少组织一次演练。
（三）开展警示教育。各单位集中观看警示教育片。
四、工作要求
（一）加强领导。各单位要制定方案。一是明确责任，二是细化任务，三是抓好落实。
（二）按时报送。各单位于7月5日前将“安全生产月”活动总结，12月31日前将“安全生产清河行”活动总结报送县安委办。

清河县安全生产委员会办公室
2023年5月20日
"""


def codes(text: str, severity: str = "") -> set[str]:
    return {f.code for f in extract(text).findings if not severity or f.severity == severity}


def test_a_sound_plan_has_no_error_and_no_warning():
    told = [f for f in extract(GOOD).findings if f.severity != "info"]
    assert told == []


ERRORS = [
    ("于7月5日前", "于2022年7月5日前", "YEAR_MISMATCH"),
    ("人人讲安全、个个会应急\n", "消除事故隐患，筑牢安全防线\n", "THEME_YEAR_MISMATCH"),
    ("2023年6月1日至6月30日", "2022年6月1日至6月30日", "YEAR_MISMATCH"),
    ("2023年6月1日至6月30日", "2023年6月30日至6月1日", "PERIOD_REVERSED"),
    ("2023年6月1日至6月30日", "2023年6月1日至6月31日", "DATE_IMPOSSIBLE"),
    ("6月16日（星期五）", "6月16日（星期四）", "WEEKDAY_MISMATCH"),
    ("四、工作要求", "五、工作要求", "ITEM_NUMBER_GAP"),
    ("（二）开展应急演练", "（一）开展应急演练", "ITEM_NUMBER_DUPLICATE"),
    ("（二）开展应急演练。各企业至少组织一次演练。\n", "", "ITEM_NUMBER_GAP"),
    ("二是细化任务，三是", "三是", "ITEM_NUMBER_GAP"),
    ("将“安全生产清河行”活动总结", "将“安全生产万里行”活动总结", "CAMPAIGN_NAME_MIX"),
    ("将“安全生产清河行”活动总结", "将“安全生产清河”活动总结", "CAMPAIGN_NAME_TYPO"),
    ("于7月5日前", "于5月10日前", "DUE_BEFORE_ISSUE"),
]


@pytest.mark.parametrize(("right", "wrong", "code"), ERRORS)
def test_a_sure_contradiction_is_an_error(right, wrong, code):
    assert right in GOOD
    assert code in codes(GOOD.replace(right, wrong, 1), "error")


WARNINGS = [
    ("各单位要制定方案。", "我区各单位要制定方案。", "FOREIGN_PLACE"),
    ("6月16日（星期五），", "2022年6月16日，", "YEAR_MISMATCH"),
    ("于7月5日前", "于6月25日前", "DUE_BEFORE_PERIOD_END"),
    ("6月16日（星期五），", "6月中旬，", "DATE_VAGUE"),
    ("县安委办在人民广场", "县安监局在人民广场", "OUTDATED_BODY"),
    ("各企业至少组织一次演练", "清苑县安委办组织各企业演练", "FOREIGN_PLACE"),
    ("各单位要制定方案", "各单位要按附件3制定方案", "ATTACHMENT_MISSING"),
    (
        "（一）开展安全宣传咨询日活动。6月16日（星期五），县安委办在人民广场设置咨询台，",
        "（一）开展宣传活动。县安委办",
        "NO_CONSULTATION_DAY",
    ),
    ("\n清河县安全生产委员会办公室\n2023年5月20日\n", "", "MISSING_ISSUE_DATE_DOCNO"),
    ("2023年5月20日", "2023年6月5日", "ISSUED_AFTER_START"),
    (
        "各单位集中观看警示教育片",
        "各单位集中观看警示教育片不少于2小时，电子屏滚动播放公益广告不少于2小时",
        "QUANTITY_AMBIGUOUS",
    ),
    ("人人讲安全、个个会应急\n", "\n", "EMPTY_SECTION"),
    ("“安全生产清河行”活动：2023年6月1日至12月31日", "“安全生产清河行”活动：另行通知", "CAMPAIGN_PERIOD_MISSING"),
    ("各单位要制定方案。", "各单位要制定方案。推动安全宣传进企业、进学校、进农村、进家庭。", "AUDIENCE_LIST_SHORT"),
    ("人人讲安全、个个会应急\n", "人人讲安全、个个懂应急\n", "THEME_TYPO"),
]


@pytest.mark.parametrize(("right", "wrong", "code"), WARNINGS)
def test_what_lacks_or_is_doubtful_is_a_warning(right, wrong, code):
    assert right in GOOD
    found = extract(GOOD.replace(right, wrong, 1)).findings
    assert code in {f.code for f in found if f.severity == "warn"}


NOTES = [
    ("各单位集中观看", "[bookmark: _GoBack]各单位集中观看", "CONVERSION_ARTEFACT"),
    ("各单位集中观看", "各单位Error! Reference source not found.集中观看", "CONVERSION_ARTEFACT"),
    ("各单位集中观看", '各单位HYPERLINK "http://a.b/c"集中观看', "CONVERSION_ARTEFACT"),
    ("各单位集中观看", "各单位\ufffc集中\ufffd观看", "CONVERSION_ARTEFACT"),
    ("各单位集中观看", "各单位&nbsp;集中观看", "CONVERSION_ARTEFACT"),
    ("各单位集中观看", "各单位（含企业集中观看", "UNCLOSED_BRACKET"),
    ("各单位集中观看", "各单位集中开展活动活动并观看", "DUPLICATED_WORD"),
    ("公布举报电话12350", "公布举报电话", "HOTLINE_NUMBER_MISSING"),
    ("三、活动内容\n", "三、活动内容\n以“人人讲安全，个个会应急”为主题开展活动。\n", "THEME_PUNCT"),
    ("报送县安委办。", "报送县安委办。联系人：王小明，13800001111。", "PERSONAL_DATA_IN_SOURCE"),
]


@pytest.mark.parametrize(("right", "wrong", "code"), NOTES)
def test_matters_of_form_are_notes(right, wrong, code):
    assert right in GOOD
    found = extract(GOOD.replace(right, wrong, 1)).findings
    assert code in {f.code for f in found if f.severity == "info"}
    assert [f for f in found if f.severity == "error"] == []


NO_ERRORS = [
    ("四、工作要求", "四、工作要求\n各单位要积极参加全国“安全生产万里行”活动，配合省“安全生产燕赵行”采访。"),
    ("（三）开展警示教育。", "（三）开展警示教育。深刻吸取2021年湖北十堰“6·13”燃气爆炸事故教训，"),
    ("（三）开展警示教育。", "（三）开展以“我身边的安全”为主题的征文活动。"),
    ("三、活动内容", "三、活动内容\n1.甲。\n2.乙。"),
    ("各单位集中观看警示教育片。", "各单位集中观看警示教育片。1.看片。2.讨论。4.总结。"),
    ("2023年5月20日", "2022年12月28日"),
    ("各企业至少组织一次演练。", "各企业至少组织一次演练，2024年1月10日前完成评估。"),
    ("为做好2023年", "根据《关于开展2022年“安全生产月”活动的通知》（冀安办〔2022〕5号），为做好2023年"),
    ("（一）加强领导。", "（一）加强领导。落实《河北省2021年安全生产要点》。"),
]


@pytest.mark.parametrize(("right", "with_more"), NO_ERRORS)
def test_what_is_right_brings_no_error(right, with_more):
    assert right in GOOD
    assert codes(GOOD.replace(right, with_more, 1), "error") == set()


def test_a_finding_quotes_the_sentence_in_plain_chinese():
    wrong = GOOD.replace("6月16日（星期五）", "6月16日（星期四）")
    told = next(f for f in extract(wrong).findings if f.code == "WEEKDAY_MISMATCH")
    assert told.where == "三（一）"
    assert "2023-06-16是星期五" in told.message
    assert "县安委办在人民广场" in told.message


def test_the_theme_of_a_local_campaign_is_only_doubted():
    text = GOOD.replace("人人讲安全、个个会应急\n", "共建平安清河、共享美好生活\n")
    told = next(f for f in extract(text).findings if f.code == "THEME_YEAR_MISMATCH")
    assert told.severity == "warn"


def test_a_paragraph_cut_by_the_next_item_is_an_error():
    text = GOOD.replace(
        "（一）加强领导。各单位要制定方案。一是明确责任，二是细化任务，三是抓好落实。\n",
        "（一）加强领导。各单位要高度重视、加强领导、落实责任，成立活动组织机构，认真研究活动安排，专题研究、制定\n",
    ).replace("报送县安委办。\n", "报送县安委办。\n方案、精心组织、务求实效，确保活动取得成效。\n")
    assert "PARAGRAPH_SPLIT" in codes(text, "error")


@pytest.mark.parametrize(
    ("year", "law", "severity"),
    [
        ("2026", "森林防火条例", "warn"),
        ("2026", "危险化学品安全管理条例", "info"),
        ("2024", "煤矿安全监察条例", "warn"),
    ],
)
def test_a_law_out_of_force_is_told_with_its_successor(year, law, severity):
    text = (
        GOOD.replace("2023", year).replace("（星期五）", "").replace("各单位集中观看", f"宣传《{law}》，各单位集中观看")
    )
    assert [f.severity for f in extract(text).findings if f.code == "OUTDATED_LAW"] == [severity]
    before = text.replace(year, "2023")
    assert "OUTDATED_LAW" not in {f.code for f in extract(before).findings}


TITLED = "平安县2023年“安全生产月”活动方案\n为营造安全氛围，制定本方案。\n"
DECIMAL = "1 活动内容\n1.1 启动仪式\n举行启动仪式。\n1.2 宣传发动\n悬挂横幅。\n1.3 教育培训\n开展培训。\n"


def all_codes(text):
    return [f.code for f in extract(text).findings]


def test_a_number_that_is_missing_among_decimal_ones_is_an_error():
    found = extract(TITLED + DECIMAL + "1.5 隐患排查\n开展排查。\n").findings
    told = next(f for f in found if f.code == "ITEM_NUMBER_GAP")
    assert told.severity == "error"
    assert "1.4" in told.message
    assert "ITEM_NUMBER_GAP" not in all_codes(
        TITLED + DECIMAL + "1.4 隐患排查\n开展排查。\n2 要求\n2.1 加强领导\n落实责任。"
    )


def test_a_theme_of_another_year_in_the_foreword_is_told():
    plan = (
        "平安县2024年“安全生产月”活动方案\n"
        "为营造“遵守安全生产法 当好第一责任人”的浓厚氛围，结合知识竞赛，制定本方案。\n"
        "一、活动主题\n人人讲安全、个个会应急——畅通生命通道\n二、活动时间\n6月1日至30日\n三、活动内容\n开展宣传。"
    )
    told = [f for f in extract(plan).findings if f.code == "THEME_INCONSISTENT"]
    assert [f.where for f in told] == ["前言"]
    assert "THEME_INCONSISTENT" not in all_codes(
        plan.replace("遵守安全生产法 当好第一责任人", "人人讲安全、个个会应急")
    )


def test_a_blank_inside_a_slogan_is_no_typing_error():
    plan = (
        "“快乐出行 平安回家”交通安全日活动方案\n一、活动时间\n2024年12月2日至8日\n二、活动内容\n"
        "（一）启动仪式。12月2日，举行“快乐出行，平安回家”启动仪式。\n（二）宣讲。民警进校宣讲。"
    )
    assert "CAMPAIGN_NAME_TYPO" not in all_codes(plan)


OUTSIDE = (
    "关于开展“森林防火宣传月”活动的方案\n一、活动时间\n3月10日至4月10日\n二、活动内容\n"
    "（一）动员会。3月10日，召开动员会。\n（二）总结会。4月{}日晚上召开总结会，表彰先进。"
)


def test_a_closing_meeting_after_the_last_day_is_told_even_without_a_year():
    assert "EVENT_OUTSIDE_PERIOD" in all_codes(OUTSIDE.format(18))
    assert "EVENT_OUTSIDE_PERIOD" not in all_codes(OUTSIDE.format(9))


def test_vague_dates_and_remains_of_conversion_are_told_once_a_plan():
    plan = (
        "平安县2024年消防宣传月活动方案\n一、活动时间\n11月1日至30日\n二、活动内容\n（一）演练。11月中旬，组织演练。\n"
        "（二）竞赛。11月下旬，举办竞赛。&nbsp;\n（三）检查。[bookmark: a]开展检查。"
    )
    found = all_codes(plan)
    assert found.count("DATE_VAGUE") == 1
    assert found.count("CONVERSION_ARTEFACT") == 1


def test_a_receiver_told_in_the_next_sentence_is_told():
    plan = (
        "平安县2024年消防宣传月活动方案\n一、活动时间\n11月1日至30日\n二、工作要求\n"
        "各镇于10月25日前报送方案，12月5日前报送总结。{}\n"
    )
    assert "RECIPIENT_IMPLICIT" not in all_codes(plan.format("材料统一报送县消安办宣传科。"))
    assert "RECIPIENT_IMPLICIT" in all_codes(plan.format(""))


def test_a_winter_campaign_may_end_in_the_next_year():
    plan = (
        "平安县2024年冬季防火工作方案\n一、工作时间\n2024年11月1日至2025年3月10日。\n"
        "（1）部署阶段：2024年11月1日—11月10日；\n（2）总结阶段：2025年3月1日—3月10日。\n二、要求\n落实责任。"
    )
    assert "YEAR_MISMATCH" not in all_codes(plan)


def test_a_village_is_not_blamed_for_having_no_document_number():
    plan = (
        "平安村2024年防溺水工作方案\n一、工作时间\n6月1日至30日\n二、任务\n开展巡查。\n"
        "平安镇平安村村民委员会\n2024年5月20日"
    )
    assert not {"MISSING_DOCNO", "MISSING_ISSUE_DATE_DOCNO"} & set(all_codes(plan))
