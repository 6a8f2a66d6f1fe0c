"""What people think of an answer is handed on, once, with the reason where they give one."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.answers import Answerer
from bot.dialogue import AnswerRated, QuestionUnanswered

from .conftest import Talk

RATED = AnswerRated("高温几度停工", "heat-stop", 1.0, useful=True)


def rated(talk: Talk) -> list[AnswerRated]:
    return [e for e in talk.events if isinstance(e, AnswerRated)]


@pytest.mark.parametrize(
    "words", ["有用", "有用谢谢", "谢谢有用", "有用！", "👍", "👍👍", "[强]", "有用👍", "问题解决了", "解決了"]
)
def test_useful_answer_is_noted(talk: Talk, words: str) -> None:
    talk.says("高温几度停工")
    assert "谢谢您的反馈" in talk.says(words)
    assert rated(talk) == [RATED]


@pytest.mark.parametrize("words", ["没用", "没有用", "👎", "[弱]", "没解决问题", "答非所问", "没用啊"])
def test_useless_answer_is_noted_and_why_is_asked(talk: Talk, words: str) -> None:
    talk.says("高温几度停工")
    assert "5. 其他" in talk.says(words)
    assert rated(talk) == [replace(RATED, useful=False)]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("1", "没答到点上"),
        ("③", "和我们这里不一样"),
        ("其他", "其他"),
        ("看不懂", "看不懂"),
        ("不一样", "和我们这里不一样"),
        ("选4", "想找人工"),
    ],
)
def test_reason_is_noted(talk: Talk, said: str, reason: str) -> None:
    talk.says("高温几度停工")
    talk.says("没用")
    talk.says(said)
    assert rated(talk)[-1] == replace(RATED, useful=False, reason=reason)


@pytest.mark.parametrize(
    "said", ["你们讲的跟区里通知的数对不上", "我要的是露天搭棚子的人", "讲了半天还是不明白我的情况"]
)
def test_reason_in_own_words_is_kept_and_thanked_for(talk: Talk, said: str) -> None:
    talk.says("高温几度停工")
    talk.says("没用")
    assert "原因已经记下" in talk.says(said)
    assert rated(talk)[-1] == replace(RATED, useful=False, words=said)
    assert not [e for e in talk.events if isinstance(e, QuestionUnanswered)]
    assert "各省规定" in talk.says("1")  # what was offered before can still be picked


@pytest.mark.parametrize("said", ["更多", "我在江海区", "缢魑怎么魍魉", "电动车停楼道"])
def test_what_is_no_reason_goes_its_way(talk: Talk, said: str) -> None:
    talk.says("高温几度停工")
    talk.says("没用")
    talk.says(said)
    assert [r.words for r in rated(talk)] == [""]


def test_thanks_and_a_question_are_no_reason(talk_with: Callable[..., Talk], shipped_bot: Answerer) -> None:
    talk = talk_with(shipped_bot)
    talk.says("灭火器怎么用")
    talk.says("没用")
    assert "不客气" in talk.says("谢谢")
    talk.says("动火作业要办证吗")
    talk.says("没用")
    assert "举报" in talk.says("电动车停楼道")
    assert [r.words for r in rated(talk)] == ["", ""]


def test_reason_is_asked_for_once(talk: Talk) -> None:
    talk.says("高温几度停工")
    talk.says("没用")
    assert "四十度" not in talk.says("电动车能停楼道吗")
    talk.says("其他")
    assert [r.reason for r in rated(talk)] == [""]


def test_answer_is_rated_once(talk: Talk) -> None:
    talk.says("高温几度停工")
    for words in ("有用", "没用", "有用"):
        talk.says(words)
    assert rated(talk) == [RATED]


def test_next_answer_is_rated_anew(talk: Talk) -> None:
    talk.says("高温几度停工")
    talk.says("有用")
    talk.says("电动车能停楼道吗")
    talk.says("有用")
    assert [r.entry for r in rated(talk)] == ["heat-stop", "ebike"]


def test_article_is_rated_by_its_name(talk: Talk) -> None:
    talk.says("安法第三十八条")
    talk.says("有用")
    assert rated(talk)[0].entry == "中华人民共和国安全生产法第三十八条"


@pytest.mark.parametrize("words", ["有用吗", "灭火器没用怎么办", "谢谢", "好的", "有用的灭火器"])
def test_other_words_rate_nothing(talk: Talk, words: str) -> None:
    talk.says("高温几度停工")
    talk.says(words)
    assert rated(talk) == []
