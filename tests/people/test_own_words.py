"""订阅 and 退订 in people's own words: dialect, anger, typing errors, bare answers; and codes sent by themselves."""

import pytest
import sqlalchemy as sa

from bot.people.tables import liaison_officer, unit

from .conftest import BOB, Office
from .test_talk import PLANT


@pytest.mark.parametrize(
    "words",
    [
        "退定", "unsubscribe", "tuiding", "把我的订阅全部取消", "我的推送都停掉", "莫再给我发嘞", "唔好再send嘢畀我",
        "别再推了烦死了", "退訂一下", "俺不想再收了", "太吵了，关闭推送",
    ],
)  # fmt: skip
def test_all_ends_in_dialect_in_anger_and_with_typing_errors(office: Office, words: str) -> None:
    office.says("订阅防汛、消防")
    assert "已全部退订" in office.says(words)
    assert not office.person().topics  # type: ignore[union-attr]


def test_who_is_in_despair_is_not_merely_unsubscribed(office: Office) -> None:
    office.says("订阅防汛")
    for words in ("别发了，烦，想死", "不想再收到了，烦，不活了"):
        assert "已全部退订" not in office.says(words)
    assert "您的订阅" not in office.says("退订，烦死了，想死")


@pytest.mark.parametrize(
    "words", ["我不想收交通了", "不要交通了", "交通别发了", "把交通提醒退了", "唔要交通了", "莫再发交通的消息"]
)
def test_one_topic_ends_in_any_order_of_words(office: Office, words: str) -> None:
    office.says("订阅交通、消防")
    assert office.says(words) == "已退订：交通。"
    assert office.person().topics == ("消防",)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "words", ["俺想订个防汛的", "给我推送防汛提醒", "订月防汛", "dingyue 防汛", "subscribe 防汛", "帮我订一下防汛"]
)
def test_one_topic_begins_in_other_words(office: Office, words: str) -> None:
    assert "已订阅：防汛" in office.says(words)


@pytest.mark.parametrize("words", ["有啥能订的", "可以订阅哪些内容", "subscribe"])
def test_who_asks_what_there_is_sees_it(office: Office, words: str) -> None:
    assert "想收到哪些内容" in office.says(words)


def test_typed_words_answer_what_the_bot_asks(office: Office) -> None:
    office.says("订阅每日安全提示")
    for words, told in (
        ("我是工人", "人群 企业"),
        ("在工地上班", "行业 建筑"),
        ("电焊工", "岗位 焊工"),
        ("早上7点", "时段 早上"),
    ):
        assert f"记下了：{told}" in office.says(words)


def test_another_word_than_the_one_asked_for_counts_where_it_is_known(office: Office) -> None:
    office.says("订阅高温")
    assert "记下了：行业 电力" in office.says("电力")
    assert "您的订阅：高温" in office.says("跳过")
    assert "您的订阅：高温" in office.says("不填了")


def test_an_answer_is_taken_though_the_same_words_were_answered_as_a_question_before(office: Office) -> None:
    office.says("电工", BOB)
    office.says("订阅高温")
    assert "记下了：岗位 电工" in office.says("电工")


def test_unasked_the_same_words_are_no_answer(office: Office) -> None:
    assert "记下了" not in office.says("工人")
    assert office.person().audience == ""  # type: ignore[union-attr]


def test_danger_comes_before_an_answer(office: Office) -> None:
    office.says("订阅高温")
    assert office.says("工地着火了快来人").startswith("先打119")


def test_times_are_understood_as_people_say_them(office: Office) -> None:
    for words, told in (
        ("每天早上", "频率 每天，时段 早上"),
        ("每周一条就够了", "频率 每周"),
        ("改到晚上8点", "时段 傍晚"),
        ("时段：7点半", "时段 早上"),
        ("时间改成12点", "时段 中午"),
        ("时段下午六点", "时段 傍晚"),
    ):
        assert f"记下了：{told}" in office.says(words)


def test_a_word_that_stands_in_no_list_is_told_so_with_the_list(office: Office) -> None:
    told = office.says("行业：挖比特币")
    assert "没有认出这个行业" in told
    assert "1. 建筑" in told
    assert "没有认出这个地方" in office.says("地区：月亮上")
    assert "1. 每天" in office.says("频率：一周两次")
    assert "没有认出" not in office.says("岗位：电工证怎么考")


def test_a_late_yes_asks_again_before_anything_goes(office: Office) -> None:
    office.says("订阅防汛")
    office.says("删除我的数据")
    office.says("我的订阅")
    assert "要删除您的聊天记录" in office.says("确认删除")
    assert office.person().topics == ("防汛",)  # type: ignore[union-attr]
    assert "已删除" in office.says("确认删除")


def test_a_code_by_itself_is_enough(office: Office) -> None:
    [held] = office.unit(PLANT)
    with office.database.begin() as db:
        db.execute(sa.update(unit).values(code="BVM6TZ"))
        db.execute(sa.update(liaison_officer).values(code="AVPHE4WR"))
    assert "已加入江门机械厂" in office.says("BVM6TZ")
    assert "联络员" in office.says("avphe4wr")
    assert "没有这个代码" in office.says("AVPHE4WR")
    assert "没有这个代码" not in office.says("danger")
    assert held.officer_code


@pytest.mark.parametrize(
    "words",
    [
        "加入代码{}",
        "加入代码是 {}",
        "我要加入，代码{}",
        "我要加入单位 {}",
        "代码：{}",
        "我的代码是{}",
        "联络员代码是{}AB",
    ],
)
def test_a_code_may_come_with_its_name(office: Office, words: str) -> None:
    for code in ("ZR2HWN", "sh2rnk"):
        assert "没有这个代码" in office.says(words.format(code))


def test_a_scan_of_a_code_that_is_worth_nothing_says_so_to_members_of_another_unit(office: Office) -> None:
    [held] = office.unit(PLANT)
    office.does("subscribe", f"qrscene_unit-{held.code}")
    for key in ("unit-XXXXXX", "unit-" + "A" * 500):
        told = office.does("SCAN", key)
        assert "没有这个代码" in told
        assert "已加入" not in told
    assert office.person().unit == "江门机械厂"  # type: ignore[union-attr]
