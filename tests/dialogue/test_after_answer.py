"""What may be said after any answer."""

from collections.abc import Callable

import pytest

from bot.answers import Answerer
from bot.answers.entries import Entry
from bot.dialogue.after_answer import points, shorter
from tests import bases

from .conftest import Talk


@pytest.mark.parametrize(
    ("answer", "short"),
    [
        ("不能停放。", "不能停放。"),
        ("不能停放。也不能充电。", "不能停放。也不能充电。"),
        ("不能停放。" + "很长的一句话" * 10 + "。", "不能停放。"),
        ("很长的一句话" * 12 + "。后面还有。", "很长的一句话" * 12 + "。"),
        ("一部分，" + "很长的一句话" * 20 + "。", "一部分……"),
        ("没有句号", "没有句号"),
    ],
)
def test_plainer_telling_ends_with_a_sentence(answer: str, short: str) -> None:
    assert shorter(answer) == short


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("先做：①断电；②关门；③打电话。", ["断电", "关门", "打电话。"]),
        ("1. 断电。2. 关门。", ["断电。", "关门。"]),
        ("要求：（一）断电；（二）关门。", ["断电", "关门。"]),
        ("断电。关门！走人", ["断电。", "关门！", "走人"]),
    ],
)
def test_points_are_those_that_are_numbered_else_the_sentences(answer: str, told: list[str]) -> None:
    assert points(bases.entry("x", "x", answer)) == told


@pytest.mark.parametrize(
    "words", ["说得简单点", "說得簡單點", "shuo de jian dan dian", "太长了", "什么意思", "看不懂😂"]
)
def test_plainer_telling_has_its_source(talk: Talk, words: str) -> None:
    talk.says("高温几度停工")
    reply = talk.says(words)
    assert reply.startswith("简单说：全国：四十度以上停止室外作业。\n依据：《安全生产法》第二十五条")
    assert "原文" not in reply


def test_short_field_of_an_entry_is_the_plainer_telling(
    talk_with: Callable[..., Talk], tmp_path_factory: pytest.TempPathFactory
) -> None:
    told: Entry = bases.entry(
        "tale", "安全帽能用几年", "很长的回答。" * 20, "安全帽用多久", "帽子几年换", short="三十个月。"
    )
    folder = tmp_path_factory.mktemp("short") / "base"
    base = bases.build(bases.knowledge(told), list(bases.articles()), folder)
    talk = talk_with(bases.answerer(base))
    talk.says("安全帽能用几年")
    assert talk.says("简单点").startswith("简单说：三十个月。")


@pytest.mark.parametrize("words", ["原文", "这个法哪条", "法律依据是什么", "出处", "yuan wen shi shen me"])
def test_chief_article_is_read_out(talk: Talk, words: str) -> None:
    talk.says("高温几度停工")
    assert "（三）组织风险辨识" in talk.says(words)


def test_next_article_follows_and_then_there_is_none(talk: Talk) -> None:
    talk.says("安法第二十五条和消防法第二十八条")
    first = talk.says("原文")
    assert first.startswith("《安全生产法》第二十五条")
    assert "再看下一条原文" in first
    assert talk.says("1").startswith("《消防法》第二十八条")
    assert "都给您看过了" in talk.says("原文")


def test_source_whose_text_is_not_held_is_named(talk: Talk) -> None:
    talk.says("安全员有哪些职责")
    assert "依据《测试办法》，全文我这里没有收录" in talk.says("原文")


def test_what_else_there_is_goes_on_until_nothing_is_left(talk: Talk) -> None:
    talk.says("高温几度停工")
    assert talk.says("还有呢").startswith("与刚才相关的还有“高温津贴发多少”")
    replies = [talk.says("还有呢") for _ in range(8)]
    assert "没有更多内容了" in replies[-1]


def test_rest_of_a_long_answer_comes_before_what_is_next_to_it(
    talk_with: Callable[..., Talk], small_bot: Answerer
) -> None:
    talk = talk_with(small_bot, max_text_bytes=900)
    talk.says("安全员有哪些职责")
    assert "职责很多" in talk.says("还有呢")


@pytest.mark.parametrize("words", ["转人工", "zhuan rengong", "转人公", "转人工谢谢", "真人"])
def test_person_is_offered_with_telephone_and_hours(talk: Talk, words: str) -> None:
    talk.says("高温几度停工")
    reply = talk.says(words)
    assert "电话0750-3860000，工作日9点到17点" in reply
    assert "高温津贴发多少" in reply, "what can be asked meanwhile"
    assert talk.turn
    assert (talk.turn.noted.intent, talk.turn.noted.entry) == ("human", "heat-stop")


def test_person_is_offered_before_any_answer_too(talk: Talk) -> None:
    assert "0750-3860000" in talk.says("转人工")


@pytest.mark.parametrize("words", ["简单点", "原文", "有用", "没用", "👍"])
def test_without_an_answer_these_are_messages_like_any_other(talk: Talk, words: str) -> None:
    reply = talk.says(words)
    assert reply
    assert talk.events == [] or "谢谢您的反馈" not in reply
    assert not reply.startswith("简单说")
