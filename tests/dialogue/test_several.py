"""Where a message is cut into questions, and how they are answered together."""

from collections.abc import Callable

import pytest

from bot.answers import Answerer
from bot.dialogue import QuestionUnanswered
from bot.dialogue.several import parts

from .conftest import Talk


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("高温几度停工？电动车能停楼道吗？", ["高温几度停工", "电动车能停楼道吗"]),
        ("高温几度停工?电动车能停楼道吗", ["高温几度停工", "电动车能停楼道吗"]),
        ("1、高温几度停工 2、电动车能停楼道吗", ["高温几度停工", "电动车能停楼道吗"]),
        ("一、高温几度停工；二、电动车能停楼道吗", ["高温几度停工", "电动车能停楼道吗"]),
        ("①高温几度停工②电动车能停楼道吗", ["高温几度停工", "电动车能停楼道吗"]),
        ("高温几度停工\n电动车能停楼道吗\n", ["高温几度停工", "电动车能停楼道吗"]),
        ("第一，高温几度停工。第二，电动车能停楼道吗", ["高温几度停工", "电动车能停楼道吗"]),
        ("高温几度停工，还有电动车能停楼道吗", ["高温几度停工", "电动车能停楼道吗"]),
        ("高温几度停工另外想问电动车能停楼道吗", ["高温几度停工", "电动车能停楼道吗"]),
        ("请问高温几度停工，津贴发多少，找谁", ["高温几度停工", "津贴发多少", "找谁"]),
        ("我在工地上班。高温几度停工？津贴发多少？", ["高温几度停工", "津贴发多少"]),
    ],
)
def test_message_is_cut_at_the_ends_of_its_questions(text: str, cut: list[str]) -> None:
    assert parts(text) == cut


@pytest.mark.parametrize(
    "text",
    [
        "高温几度停工",
        "我在工地摔了。老板不管。算工伤吗？",
        "老板让我爬上去，没有安全带，可以不爬吗",
        "",
        "？？？",
        "12345",
        "安全生产法第二十五条第一款第三项讲什么",
        "灭火器，水基的，多久检查一次",
        "谢谢。您好。高温几度停工",
    ],
)
def test_one_question_stays_whole(text: str) -> None:
    assert len(parts(text)) < 2


def test_each_is_answered_with_its_source(talk: Talk) -> None:
    reply = talk.says("高温几度停工？电动车能停楼道吗？")
    assert reply.startswith("您问了两件事")
    assert (
        reply.index("1. 高温几度停工")
        < reply.index("四十度")
        < reply.index("2. 电动车能停楼道吗")
        < reply.index("不能停放")
    )
    assert "依据：《安全生产法》第二十五条" in reply
    assert "依据：《消防法》第二十八条" in reply
    assert talk.turn
    assert talk.turn.reply
    assert [c.law[7:] for c in talk.turn.reply.citations] == ["安全生产法", "消防法"]


def test_its_number_gives_an_answer_in_full(talk: Talk) -> None:
    talk.says("高温几度停工？电动车能停楼道吗？")
    assert "占用、堵塞" in talk.says("第2个")


def test_same_question_twice_is_one(talk: Talk) -> None:
    assert "分别回答" not in talk.says("高温几度停工？多少度可以停工？")


def test_what_is_not_ours_falls_out(talk: Talk) -> None:
    assert "分别回答" not in talk.says("高温几度停工？明天下雨吗？")
    assert "天气" not in talk.says("高温几度停工？明天下雨吗？电动车能停楼道吗？")


def test_part_that_is_not_known_is_said_and_handed_on(talk: Talk) -> None:
    reply = talk.says("高温几度停工？qwertz？电动车能停楼道吗？")
    assert "1. 高温几度停工" in reply
    assert "其余的我没有把握" in reply
    assert "qwertz" not in reply
    assert [e.question for e in talk.events if isinstance(e, QuestionUnanswered)] == ["qwertz"]


def test_at_most_three_are_answered_and_they_fit(talk_with: Callable[..., Talk], small_bot: Answerer) -> None:
    talk = talk_with(small_bot, max_text_bytes=1000)
    reply = talk.says("1、安全员有哪些职责 2、高温几度停工 3、电动车能停楼道吗 4、灭火器多久检查一次")
    assert "先答前三件" in reply
    assert "1. 查看更多" in reply
    assert talk.turn
    assert talk.turn.reply
    assert len(talk.turn.reply.text.encode()) <= 1000
    while talk.session.unread:
        reply += talk.says("更多")
    assert "不能停放" in reply
    assert "每月检查" not in reply


def test_danger_in_one_of_them_comes_first(talk: Talk) -> None:
    assert "119" in talk.says("高温几度停工？救命我家着火了怎么办？").split("\n")[0]
