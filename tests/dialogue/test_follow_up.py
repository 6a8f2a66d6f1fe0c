"""How a message leans on what was said, by its form; how it is made full; which reading is answered."""

from collections.abc import Callable

import pytest

from bot.answers import Answerer, Candidate, Outcome, Status
from bot.answers.matching import level
from bot.dialogue.follow_up import Form, read, stem, swapped, wins

from .conftest import Talk


@pytest.mark.parametrize(
    ("text", "form", "rest"),
    [
        ("那罚多少？", Form.BARE, "罚多少"),
        ("罚多少", Form.BARE, "罚多少"),
        ("找谁", Form.BARE, "找谁"),
        ("什么时候开始", Form.BARE, "什么时候开始"),
        ("要什么材料？", Form.BARE, "要什么材料"),
        ("那它多久一次", Form.BARE, "多久一次"),
        ("这个要坐牢吗", Form.BARE, "要坐牢"),
        ("那会怎样处罚呢", Form.BARE, "会怎样处罚"),
        ("个人呢", Form.WHAT_ABOUT, "个人"),
        ("那学校呢", Form.WHAT_ABOUT, "学校"),
        ("那公司呢？", Form.WHAT_ABOUT, "公司"),
        ("要是货车呢", Form.WHAT_ABOUT, "货车"),
        ("如果是孕妇的话呢", Form.WHAT_ABOUT, "孕妇"),
        ("那2020年的呢", Form.WHAT_ABOUT, "2020年"),
        ("那个人捏😂", Form.WHAT_ABOUT, "个人"),
        ("个人", Form.WHAT_ABOUT, "个人"),
        ("那工伤怎么申请", Form.POINTS, "工伤怎么申请"),
        ("它的灭火器怎么用", Form.POINTS, "灭火器怎么用"),
        ("工伤怎么申请", Form.SHORT, "工伤怎么申请"),
        ("没有证件", Form.SHORT, "没有证件"),
        ("电动车停在楼道里会罚多少钱", Form.NOT, "电动车停在楼道里会罚多少钱"),
        ("你是谁", Form.NOT, "你是谁"),
        ("你能干嘛", Form.NOT, "你能干"),
        ("😀", Form.NOT, "😀"),
        ("", Form.NOT, ""),
        ("123", Form.NOT, "123"),
        ("这次活动的主题是什么", Form.NOT, "这次活动的主题是什么"),
    ],
)
def test_form_is_told_by_the_words(text: str, form: Form, rest: str) -> None:
    leaning = read(level(text))
    assert leaning.form is form
    assert leaning.rest.strip("的吗") == rest


@pytest.mark.parametrize(
    ("question", "word", "full"),
    [
        ("公司不买保险罚多少", "个人", "个人不买保险罚多少"),
        ("电动车超载罚多少", "货车", "货车超载罚多少"),
        ("江海区2023年主题", "2020年", "江海区2020年主题"),
        ("楼道能充电吗", "阳台", "阳台能充电吗"),
        ("高温几度停工", "孕妇", "孕妇高温几度停工"),
        ("学校要演练吗", "学校", "学校要演练吗"),
        ("灭火器怎么用", "水基的", "水基的灭火器怎么用"),
    ],
)
def test_one_of_a_kind_takes_the_place_of_another(question: str, word: str, full: str) -> None:
    assert swapped(question, word) == full


@pytest.mark.parametrize(
    ("question", "about"),
    [
        ("电动车能停楼道吗", "电动车停楼道"),
        ("工伤认定多久内申请", "工伤认定申请"),
        ("电动车停楼道罚多少", "电动车停楼道"),
        ("新能源车能进吗", "新能源车进"),
        ("怎么办", "怎么办"),
    ],
)
def test_stem_of_a_question_is_what_it_is_about(question: str, about: str) -> None:
    assert stem(question) == about


def outcome(status: Status, confidence: float, entry: str = "e") -> Outcome:
    return Outcome(status, "", confidence=confidence, entry=entry)


SURE, GOOD, FAIR, POOR = (outcome(Status.ANSWERED, c) for c in (0.95, 0.8, 0.6, 0.35))
NEAR = Outcome(Status.UNKNOWN, "", candidates=(Candidate("e", "", 0.2),))
LOST = outcome(Status.UNKNOWN, 0.1, "")


@pytest.mark.parametrize(
    ("joined", "alone", "form", "is_joined"),
    [
        (FAIR, GOOD, Form.BARE, True),
        (POOR, LOST, Form.BARE, True),
        (LOST, GOOD, Form.BARE, True),
        (NEAR, SURE, Form.BARE, False),
        (FAIR, outcome(Status.ANSWERED, 1.0), Form.BARE, False),
        (FAIR, outcome(Status.ANSWERED, 1.0), Form.WHAT_ABOUT, True),
        (FAIR, GOOD, Form.POINTS, False),
        (GOOD, FAIR, Form.POINTS, True),
        (POOR, LOST, Form.POINTS, False),
        (GOOD, FAIR, Form.SHORT, False),
        (GOOD, LOST, Form.SHORT, True),
        (POOR, LOST, Form.SHORT, False),
        (GOOD, outcome(Status.SMALL_TALK, 0.4), Form.SHORT, False),
    ],
)
def test_better_reading_wins_by_the_stated_rule(joined: Outcome, alone: Outcome, form: Form, is_joined: bool) -> None:
    assert wins(joined, alone, form) is is_joined


@pytest.mark.parametrize(
    "text", ["电动车能停楼道吗", "灭火器多久检查一次", "安全员职责", "高温津贴发多少", "你好", "安法第二十五条"]
)
def test_complete_question_is_never_bent(talk_with: Callable[..., Talk], small_bot: Answerer, text: str) -> None:
    fresh, running = talk_with(small_bot), talk_with(small_bot)
    running.says("高温几度停工")
    running.session = running.session.offering(())
    assert running.says(text) == fresh.says(text)


def test_context_is_told_in_the_first_line(talk: Talk) -> None:
    talk.says("电动车能停楼道吗")
    assert talk.says("那充电呢").split("\n")[0] == "接着说“电动车能停楼道吗”："


def test_nothing_leans_on_an_emergency_or_on_what_is_not_ours(talk: Talk) -> None:
    for before in ("救命着火了", "明天下雨吗"):
        talk.says("电动车能停楼道吗")
        talk.says(before)
        assert "接着说" not in talk.says("那充电呢")


def test_small_talk_in_between_ends_no_topic(talk: Talk) -> None:
    talk.says("电动车能停楼道吗")
    talk.says("你好")
    assert "接着说“电动车能停楼道吗”" in talk.says("那充电呢")


def test_question_leans_on_nothing_after_half_an_hour(talk: Talk) -> None:
    talk.says("电动车能停楼道吗")
    talk.now = talk.now.replace(hour=13)
    assert "接着说" not in talk.says("那充电呢")


@pytest.mark.parametrize("text", ["个人呢", "孩子呢？", "我们这里呢"])
def test_words_that_merely_lean_raise_no_alarm(talk: Talk, text: str) -> None:
    talk.says("电动车能停楼道吗")
    talk.says(text)
    assert talk.turn
    assert talk.turn.noted.status != "emergency"
