"""What corrects, and what it puts in whose place."""

from dataclasses import replace

import pytest

from bot.answers.matching import level
from bot.dialogue import Session, Topic
from bot.dialogue.correction import Mended, meant, mended

from .conftest import Talk


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("不是，我问的是津贴", Mended("津贴")),
        ("不对，是公司不是个人", Mended("公司", "个人")),
        ("不是个人，是公司", Mended("公司", "个人")),
        ("不对，是个人，不是公司", Mended("个人", "公司")),
        ("我说错了，是货车", Mended("货车")),
        ("打错了 应该是货车", Mended("货车")),
        ("错了，货车", Mended("货车")),
        ("我问的是高温津贴", Mended("高温津贴")),
        ("你理解错了，我是问津贴", Mended("津贴")),
        ("我的意思是津贴", Mended("津贴")),
        ("不是啊，我想问的是津贴。", Mended("津贴")),
        ("更正：是2024年", Mended("2024年")),
    ],
)
def test_correction_is_read(text: str, said: Mended) -> None:
    assert mended(level(text)) == said


@pytest.mark.parametrize(
    "text",
    [
        "不是",
        "不对",
        "错了",
        "高温几度停工",
        "不是说四十度停工吗",
        "是不是要停工",
        "不对外营业的店要演练吗",
        "我是货车司机",
        "是的",
        "不" * 70,
    ],
)
def test_what_corrects_nothing_is_none(text: str) -> None:
    assert mended(level(text)) is None


@pytest.mark.parametrize(
    ("said", "question"),
    [
        (Mended("个人", "公司"), "个人停电动车罚多少"),
        (Mended("个人"), "个人停电动车罚多少"),
        (Mended("货车"), "公司停货车罚多少"),
        (Mended("摩托车", "电动车"), "公司停摩托车罚多少"),
        (Mended("高温津贴"), "高温津贴"),
    ],
)
def test_what_is_right_takes_the_place_of_what_is_wrong(said: Mended, question: str) -> None:
    session = replace(Session(), topic=Topic("公司停电动车罚多少", "公司停电动车罚多少"))
    assert meant(said, session)[0] == question


def test_corrected_question_is_answered(talk: Talk) -> None:
    talk.says("高温几度停工")
    reply = talk.says("不是，我问的是高温津贴发多少")
    assert reply.startswith("明白了，按您更正的来说")
    assert "各省规定" in reply


def test_correction_of_nothing_is_a_question_like_any_other(talk: Talk) -> None:
    assert "各省规定" in talk.says("不是，我问的是高温津贴发多少")
