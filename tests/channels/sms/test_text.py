"""What a text message says, and as how many it is billed."""

import pytest

from bot.channels.sms import parts, worded
from bot.sending import Kind, Message
from bot.settings import SmsSettings

SETTINGS = SmsSettings(sign="江海应急")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("安" * 70, 1),
        ("安" * 71, 2),
        ("安" * 134, 2),
        ("安" * 135, 3),
        ("a" * 70, 1),
        ("a" * 160, 3),  # the example of both price lists: 67, 67 and 26
        ("🔥" * 35, 1),
        ("🔥" * 35 + "x", 2),
    ],
)
def test_seventy_characters_are_one_and_longer_texts_parts_of_sixty_seven(text, count):
    assert parts(text) == count


def test_a_text_has_its_link_and_stands_in_one_line():
    message = Message(kind=Kind.FILE, text="请下载\n判定标准\r\n", url="https://example.cn/a")
    assert worded(message, SETTINGS) == "请下载 判定标准 https://example.cn/a"


def test_brackets_are_the_signatures_alone():
    assert worded(Message(text="【测试】停工"), SETTINGS) == "[测试]停工"


def test_who_advertises_says_how_to_get_no_more():
    marketing = SmsSettings(sign="江海应急", marketing=True)
    assert worded(Message(text="安全月开始了"), marketing) == "安全月开始了 拒收请回复R"
    assert worded(Message(text="安全月，拒收请回复R"), marketing) == "安全月，拒收请回复R"
