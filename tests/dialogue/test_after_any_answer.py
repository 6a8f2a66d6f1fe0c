"""What may be said after an answer can be said after any: a card, a refusal, small talk, a report, nothing at all."""

import pytest

from bot.dialogue import AnswerRated, QuestionUnanswered

from .conftest import Talk

DANGER, REFUSED, CHAT, REPORT, UNKNOWN = (
    "家里着火了快救命",
    "明天下雨吗",
    "你好",
    "我们厂消防通道一直堵着没人管",
    "完全不相干的xyz",
)


@pytest.mark.parametrize("before", [DANGER, REFUSED, CHAT, UNKNOWN, ""])
@pytest.mark.parametrize("said", ["说得简单点", "原文", "还有呢", "转人工"])
def test_every_word_has_its_answer(talk: Talk, before: str, said: str) -> None:
    if before:
        talk.says(before)
    reply = talk.says(said)
    assert reply
    assert "没有把握" not in reply
    assert talk.turn is not None
    assert not any(isinstance(e, QuestionUnanswered) for e in talk.turn.events)


@pytest.mark.parametrize("before", [DANGER, REFUSED, CHAT, REPORT, UNKNOWN])
def test_every_answer_can_be_rated_once(talk: Talk, before: str) -> None:
    talk.says(before)
    assert "谢谢您的反馈" in talk.says("有用")
    assert [e.useful for e in talk.events if isinstance(e, AnswerRated)] == [True]
    assert "评价已经收到" in talk.says("没用")


@pytest.mark.parametrize("before", [DANGER, REFUSED, CHAT])
def test_reason_is_asked_and_kept_after_what_is_no_subject(talk: Talk, before: str) -> None:
    talk.says(before)
    assert "哪里不合适" in talk.says("没用")
    assert "原因已经记下" in talk.says("1")
    assert [e.reason for e in talk.events if isinstance(e, AnswerRated)] == ["", "没答到点上"]


def test_card_is_told_by_its_first_line(talk: Talk) -> None:
    first = talk.says(DANGER).split("\n")[0]
    assert talk.says("说得简单点") == f"简单说：{first}"


def test_refusal_is_nothing_to_lean_on(talk: Talk) -> None:
    talk.says("电动车能停楼道吗")
    talk.says(REFUSED)
    assert talk.session.topic is None
    assert "您问的是哪件事" in talk.says("罚多少")


@pytest.mark.parametrize("said", ["罚多少", "那罚多少", "个人呢", "要什么材料", "怎么办"])
def test_question_without_a_matter_is_asked_back_where_nothing_was_said(talk: Talk, said: str) -> None:
    assert "您问的是哪件事" in talk.says(said)


@pytest.mark.parametrize("said", ["不对", "答错了", "你理解错了。"])
def test_bare_denial_is_asked_what_was_meant(talk: Talk, said: str) -> None:
    talk.says("电动车能停楼道吗")
    assert "您想问的是什么" in talk.says(said)
