"""Which of the things offered a message means."""

import pytest

from bot.answers.normalise import normalise
from bot.dialogue.picking import goes_back, pick
from bot.messages import Choice

OFFER = tuple(
    Choice(f"c{n}", text, text)
    for n, text in enumerate(("高温津贴发多少", "工伤认定多久内申请", "电动车停楼道罚多少", "电动车能进电梯吗"), 1)
)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1),
        ("一", 1),
        ("第一个", 1),
        ("选2", 2),
        ("①", 1),
        ("２", 2),
        ("我要看第3个", 3),
        ("那就第四个吧", 4),
        ("看看第二条", 2),
        ("再看第2个", 2),
        ("回到第1个", 1),
        ("刚才的第三个", 3),
        ("第三个问题", 3),
        ("4号", 4),
        ("(2)", 2),
        ("就3吧", 3),
        ("高温津贴发多少", 1),
        ("高温津贴发多", 1),
        ("高溫津貼發多少？", 1),
        ("工伤认定多久申请", 2),
        ("津贴", 1),
        ("高温津贴", 1),
        ("工伤", 2),
        ("工伤认定", 2),
        ("公伤认定", 2),
        ("gong shang ren ding", 2),
        ("电梯", 4),
        ("楼道罚多少", 3),
        ("就是那个津贴的", 1),
        ("我选电梯那个", 4),
    ],
)
def test_choice_is_picked(text: str, number: int) -> None:
    assert pick(normalise(text), OFFER) == OFFER[number - 1]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        "0",
        "10",
        "第九个",
        "多少",
        "怎么办",
        "电动车",
        "津",
        "电动车罚多少",
        "灭火器怎么用",
        "谢谢",
        "吗",
        "12345",
        "一二",
    ],
)
def test_what_fits_none_or_several_picks_nothing(text: str) -> None:
    assert pick(normalise(text), OFFER) is None


def test_nothing_is_picked_from_no_offer() -> None:
    assert pick("1", ()) is None


@pytest.mark.parametrize(
    ("text", "back"), [("再看第2个", True), ("刚才的第一个", True), ("第2个", False), ("2", False)]
)
def test_word_of_going_back_is_heard(text: str, back: bool) -> None:
    assert goes_back(text) is back
