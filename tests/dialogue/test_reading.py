"""What a message asks, politeness, stories and doubled characters aside."""

import pytest

from bot.answers import Answerer
from bot.answers.matching import level
from bot.dialogue.reading import content, questions, understand
from tests import bases

STORY = "我是开货车的，上个月因为超载被罚了两千块钱，心情一直不好。昨天卸货的时候又把腰扭了，医生说要休息一个月。"


@pytest.mark.parametrize(
    ("text", "speaks_of"),
    [
        ("罚多少", ""),
        ("怎么办", ""),
        ("找谁", ""),
        ("那要什么材料呢", ""),
        ("什么时候开始", ""),
        ("这合法吗", ""),
        ("工伤怎么申请", "工伤"),
        ("灭火器怎么用", "灭火器"),
        ("动火要注意什么", "动火"),
        ("", ""),
        ("？？", ""),
    ],
)
def test_words_that_only_ask_speak_of_nothing(text: str, speaks_of: str) -> None:
    assert content(level(text)).startswith(speaks_of)
    assert bool(content(level(text))) is bool(speaks_of)


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        (STORY + "我想问一下工伤认定多久内申请？", "工伤认定多久内申请?"),
        (STORY + "工伤认定多久内申请？谢谢您了。", "工伤认定多久内申请?"),
        ("不知道为什么天天堵车。" + STORY + "工伤怎么申请", "工伤怎么申请"),
        ("老板不让戴安全帽。这合法吗？", "老板不让戴安全帽。这合法吗?"),
        ("他问我谁是负责人。我说不知道。电动车能停楼道吗？", "电动车能停楼道吗?"),
    ],
)
def test_last_question_of_a_message_is_found(text: str, asks: str) -> None:
    assert questions(level(text))[0].strip() == asks


def test_story_without_a_question_has_none() -> None:
    assert questions(level("今天上班。回家吃饭。睡觉。")) == []


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        (
            "昨天下了一天的雨，我坐了两个钟头的车才到家，饭也没有吃，电视也没有看，早早睡了。我想问一下高温几度停工",
            "heat-stop",
        ),
        ("你好呀，麻烦您了，高温几度停工", "heat-stop"),
        ("谢谢，那高温几度停工", "heat-stop"),
        ("高高温温几几度停停工", "heat-stop"),
    ],
)
def test_question_beside_other_things_is_understood(small_bot: Answerer, text: str, entry: str) -> None:
    assert understand(small_bot, bases.asked(text)).entry == entry


@pytest.mark.parametrize("text", ["高温几度停工", "你好", "明天下雨吗", "安法第二十五条", "qwertz"])
def test_plain_question_is_read_as_it_stands(small_bot: Answerer, text: str) -> None:
    assert understand(small_bot, bases.asked(text)) == small_bot.answer(bases.asked(text))


def test_danger_in_a_story_is_not_cut_away(small_bot: Answerer) -> None:
    asked = bases.asked("救命，我家着火了，门打不开，屋里全是烟，我带着两个孩子。我想问一下高温几度停工")
    assert understand(small_bot, asked) == small_bot.answer(asked)


@pytest.mark.parametrize(
    "text",
    [
        "呃麻烦问下高温嗯几度那什么停工是吧",
        "那个我想打听一下然后呢高温就是说几度停工啊",
        "诶你好我问个事高温怎么说呢几度停工呢这个",
    ],
)
def test_what_people_say_while_they_think_is_no_part_of_the_question(small_bot: Answerer, text: str) -> None:
    assert understand(small_bot, bases.asked(text)).entry == "heat-stop"
