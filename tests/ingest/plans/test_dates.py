"""Dates in every usual spelling, read against a plan of 2023 issued on 20 May."""

import pytest

from bot.ingest.plans.dates import Frame, When, find, iso, weekday
from bot.ingest.plans.text import level

PLAN = Frame(2023, "2023-05-20")
NOWHERE = Frame()


def one(text: str, frame: Frame = PLAN) -> When:
    found = find(level(text), frame)
    assert len(found) == 1, (text, found)
    return found[0]


DAYS = [
    ("6月16日", "2023-06-16"),
    ("6 月16 日", "2023-06-16"),
    ("6月 16日", "2023-06-16"),
    ("６月１６日", "2023-06-16"),
    ("6月16号", "2023-06-16"),
    ("06月06日", "2023-06-06"),
    ("2023年6月16日", "2023-06-16"),
    ("2024年6月16日", "2024-06-16"),
    ("2023 年 6 月 16 日", "2023-06-16"),
    ("二〇二三年六月十六日", "2023-06-16"),
    ("二零二三年六月十六日", "2023-06-16"),
    ("二○二三年十二月三十一日", "2023-12-31"),
    ("六月三十日", "2023-06-30"),
    ("十一月九日", "2023-11-09"),
    ("2023.6.16", "2023-06-16"),
    ("2023-06-16", "2023-06-16"),
    ("2023/6/16", "2023-06-16"),
    ("2023.06.06", "2023-06-06"),
    ("“6·16”", "2023-06-16"),
    ("“5.12”", "2023-05-12"),
    ("“12·2”", "2023-12-02"),
    ("今年6月16日", "2023-06-16"),
    ("本年度6月16日", "2023-06-16"),
    ("次年1月10日", "2024-01-10"),
    ("明年3月1日", "2024-03-01"),
    ("6月份第二个星期日", "2023-06-11"),
    ("6月第二个星期日", "2023-06-11"),
    ("3月第1个周一", "2023-03-06"),
    ("6月16日（星期五）", "2023-06-16"),
    ("6月16日上午9:00", "2023-06-16"),
    ("6月12日下午14:30", "2023-06-12"),
    ("6月1日晚", "2023-06-01"),
    ("6月16日9时至11时30分", "2023-06-16"),
]


@pytest.mark.parametrize(("text", "day"), DAYS)
def test_a_day_is_read_in_every_spelling(text, day):
    when = one(text)
    assert (when.date, when.start, when.end, when.is_day) == (day, day, day, True)


SPANS = [
    ("6月1日至30日", "2023-06-01", "2023-06-30"),
    ("6月1日-6月30日", "2023-06-01", "2023-06-30"),
    ("6月1日—6月30日", "2023-06-01", "2023-06-30"),
    ("6月1日——30日", "2023-06-01", "2023-06-30"),
    ("6月1日～30日", "2023-06-01", "2023-06-30"),
    ("6月1日到6月30日", "2023-06-01", "2023-06-30"),
    ("6月1日起至6月30日止", "2023-06-01", "2023-06-30"),
    ("6月1-30日", "2023-06-01", "2023-06-30"),
    ("2023年6月1日—6月30日", "2023-06-01", "2023-06-30"),
    ("2023年6月1日至2023年12月31日", "2023-06-01", "2023-12-31"),
    ("２０２３年６月１日～６月３０日", "2023-06-01", "2023-06-30"),
    ("6 月 1 日 至 30 日", "2023-06-01", "2023-06-30"),
    ("6月1日（星期四）至6月30日（星期五）", "2023-06-01", "2023-06-30"),
    ("2023.6.1-2023.6.30", "2023-06-01", "2023-06-30"),
    ("2023.6.1-6.30", "2023-06-01", "2023-06-30"),
    ("6.1-6.30", "2023-06-01", "2023-06-30"),
    ("2023-06-01至2023-06-30", "2023-06-01", "2023-06-30"),
    ("2023/6/1-2023/6/30", "2023-06-01", "2023-06-30"),
    ("二〇二三年六月一日至六月三十日", "2023-06-01", "2023-06-30"),
    ("11月1日至次年3月31日", "2023-11-01", "2024-03-31"),
    ("11月至次年3月", "2023-11", "2024-03"),
    ("2022年11月1日至2023年3月31日", "2022-11-01", "2023-03-31"),
    ("12月至2月", "2023-12", "2024-02"),
    ("5月至12月底", "2023-05", "2023-12"),
    ("5月份开始，到12月底", "2023-05", "2023-12"),
    ("6月1日至12月底", "2023-06-01", "2023-12-31"),
    ("6月—12月", "2023-06", "2023-12"),
    ("6—12月", "2023-06", "2023-12"),
    ("2023年4月至11月", "2023-04", "2023-11"),
    ("即日起至12月31日", "2023-05-20", "2023-12-31"),
    ("从即日起到年底", "2023-05-20", "2023-12-31"),
    ("第二季度", "2023-04", "2023-06"),
    ("2023年第三季度", "2023-07", "2023-09"),
    ("上半年", "2023-01", "2023-06"),
    ("全年", "2023-01", "2023-12"),
    ("6月", "2023-06", "2023-06"),
    ("6月份", "2023-06", "2023-06"),
    ("2023年6月", "2023-06", "2023-06"),
    ("二〇二三年六月", "2023-06", "2023-06"),
]


@pytest.mark.parametrize(("text", "start", "end"), SPANS)
def test_a_span_has_its_first_and_last_day_as_exact_as_told(text, start, end):
    when = one(text)
    assert (when.start, when.end, when.fault) == (start, end, "")


VAGUE = [
    ("6月上旬", "2023-06", "2023-06-01", "2023-06-10"),
    ("6月中旬", "2023-06", "2023-06-11", "2023-06-20"),
    ("6月下旬", "2023-06", "2023-06-21", "2023-06-30"),
    ("6月初", "2023-06", "2023-06-01", "2023-06-10"),
    ("2月底", "2023-02", "2023-02-21", "2023-02-28"),
    ("6月末", "2023-06", "2023-06-21", "2023-06-30"),
    ("１０月下旬", "2023-10", "2023-10-21", "2023-10-31"),
    ("年底", "2023-12", "2023-12-21", "2023-12-31"),
]


@pytest.mark.parametrize(("text", "month", "start", "end"), VAGUE)
def test_a_part_of_a_month_is_its_month_with_its_days(text, month, start, end):
    when = one(text)
    assert (when.date, when.start, when.end, when.vague, when.text) == (month, start, end, True, level(text))


LIMITS = [
    ("6月29日前", "2023-06-29"),
    ("6月29日之前", "2023-06-29"),
    ("6月29日以前", "2023-06-29"),
    ("6月29日下班前", "2023-06-29"),
    ("6月29日17:00前", "2023-06-29"),
    ("6月29日17时前", "2023-06-29"),
    ("6月29日下午5时前", "2023-06-29"),
    ("6月29日（星期四）前", "2023-06-29"),
    ("6月29日(周四)下班前", "2023-06-29"),
    ("截至6月29日", "2023-06-29"),
    ("截止时间：6月29日", "2023-06-29"),
    ("报送时间为6月29日", "2023-06-29"),
    ("不迟于6月29日", "2023-06-29"),
    ("6月底前", "2023-06-30"),
    ("6月中旬前", "2023-06-20"),
    ("2023年7月3日前", "2023-07-03"),
    ("7.3前", "2023-07-03"),
    ("年底前", "2023-12-31"),
    ("25日前", "2023-05-25"),
    ("10日前", "2023-06-10"),
]


@pytest.mark.parametrize(("text", "day"), LIMITS)
def test_a_limit_is_known_as_one(text, day):
    when = one(text)
    assert (when.date, when.due) == (day, True)


RHYTHMS = [
    ("每月", "monthly", False),
    ("每月25日前", "monthly", True),
    ("每月5日", "monthly", False),
    ("每月底前", "monthly", True),
    ("每周", "weekly", False),
    ("每周五前", "weekly", True),
    ("每周三", "weekly", False),
    ("每季度", "quarterly", False),
    ("每天", "daily", False),
    ("每日", "daily", False),
    ("每年", "yearly", False),
    ("每半年", "half-yearly", False),
]


@pytest.mark.parametrize(("text", "rhythm", "due"), RHYTHMS)
def test_a_rhythm_has_no_day(text, rhythm, due):
    when = one(text)
    assert (when.recurring, when.due, when.start) == (rhythm, due, "")


@pytest.mark.parametrize(
    "text",
    ["活动结束后5日内", "收到通知之日起10个工作日内", "演练结束后3天内", "培训结束后一周内", "每次活动结束后两日内"],
)
def test_what_counts_from_a_deed_is_relative(text):
    assert any(w.relative and w.due for w in find(level(text), PLAN))


UNKNOWN = [
    ("6月16日", "06-16"),
    ("6月16日前", "06-16"),
    ("“6·16”", "06-16"),
    ("6月", "06"),
]


@pytest.mark.parametrize(("text", "date"), UNKNOWN)
def test_without_a_year_only_month_and_day_are_told(text, date):
    assert one(text, NOWHERE).date == date


def test_a_year_told_before_holds_for_what_follows():
    first, second = find("2019年6月1日启动，6月30日结束", NOWHERE)
    assert (first.start, second.start) == ("2019-06-01", "2019-06-30")


def test_two_days_of_one_sentence_are_two():
    assert [w.date for w in find("6月29日前和12月19日前报送", PLAN)] == ["2023-06-29", "2023-12-19"]
    assert [w.date for w in find("5月31日启动，6月16日咨询", PLAN)] == ["2023-05-31", "2023-06-16"]


def test_days_listed_after_a_month_are_days_of_it():
    assert [w.date for w in find("6月5日、12日和19日免费开放", PLAN)] == ["2023-06-05", "2023-06-12", "2023-06-19"]
    assert [w.start for w in find("6月5日、7月1日", PLAN)] == ["2023-06-05", "2023-07-01"]


FAULTS = [
    ("6月31日", "impossible"),
    ("2023年2月29日", "impossible"),
    ("6月1日至6月31日", "impossible"),
    ("6月30日至6月1日", "reversed"),
    ("2023年12月31日至6月1日", "reversed"),
    ("2023年6月1日至2022年6月30日", "reversed"),
]


@pytest.mark.parametrize(("text", "fault"), FAULTS)
def test_days_that_cannot_be_are_told(text, fault):
    assert one(text).fault == fault


NOT_DATES = [
    "1.聚焦企业主体责任",
    "11.5万元",
    "3.5小时",
    "第2条",
    "5个月",
    "粤安办〔2023〕69号",
    "12350",
    "不少于2小时",
    "65条措施",
    "GB 2894",
    "1280像素×720像素",
    "2.1提高认识",
    "第7.1款",
    "十九届二中、三中全会",
    "一是加强",
    "前期准备",
    "24小时值守",
    "5.0版本",
    "9.5折",
    "二十大精神",
    "100日",
    "0750-3831119",
    "3-5张",
    "1至2个",
]


@pytest.mark.parametrize("text", NOT_DATES)
def test_figures_that_are_no_dates_stay_figures(text):
    assert [w for w in find(level(text), PLAN) if w.start or w.fault] == []


def test_the_weekday_beside_a_date_is_read():
    assert one("6月16日（星期五）").weekday == 4
    assert one("6月18日（周日）").weekday == 6
    assert (weekday("2023-06-16"), weekday("2023-06"), weekday("06-16")) == (4, None, None)


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ((2023, 6, 1), "2023-06-01"),
        ((None, 6, 1), "06-01"),
        ((2023, 6), "2023-06"),
        ((2023,), "2023"),
        ((None, 6), "06"),
    ],
)
def test_iso_is_as_exact_as_its_parts(parts, text):
    assert iso(*parts) == text
