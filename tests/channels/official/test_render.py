"""Passive replies as people see them: the byte limit, the choices, and that nothing in a text becomes markup."""

from __future__ import annotations

import random
import re
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

from bot.channels.official import MAX_TEXT_BYTES, choice_bytes, content, read, render
from bot.messages import Choice, Reply

from .wire import NOW, text_message

INBOUND = read(text_message().encode())
LINK = re.compile(r'<a href="weixin://bizmsgmenu\?msgmenucontent=([^&"]*)&msgmenuid=([^&"]*)">([^<]*)</a>')


def shown(text: str, *choices: Choice) -> str:
    """Content as WeChat's XML reader sees it."""
    root = ElementTree.fromstring(render(Reply(text, choices), INBOUND, NOW))
    [element] = root.findall("Content")
    assert element.text
    return element.text


@pytest.mark.parametrize("reply", [None, Reply(""), Reply(" \n\t"), Reply("\x00\x08")])
def test_nothing_to_say_is_success(reply):
    assert render(reply, INBOUND, NOW) == b"success"


def test_the_same_reply_is_the_same_bytes():
    reply = Reply("一", (Choice("a", "二", "三"),))
    assert render(reply, INBOUND, NOW) == render(reply, INBOUND, NOW)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("报警电话119", "报警电话119"),
        ("一\r\n二\r三", "一\n二\n三"),
        ("浓度<5%&>1%", "浓度＜5%&>1%"),
        ('<a href="http://evil.test">点我</a>', '＜a href="http://evil.test">点我＜/a>'),
        ("见 https://www.mem.gov.cn/a?b=1&c=2#d", "见 https://www.mem.gov.cn/a?b=1&c=2#d"),
        ("a]]>b]]]>>", "a]]>b]]]>>"),
        ("]]><MsgType>news</MsgType>", "]]>＜MsgType>news＜/MsgType>"),
        ("一\x08二\x0b三\ufffe\ud800四", "一二三四"),
        ("🔥👨‍👩‍👧[微笑]", "🔥👨‍👩‍👧[微笑]"),
        ("  缩进\n  留着 ", "缩进\n  留着"),
    ],
)
def test_a_text_is_shown_as_plain_words(text, expected):
    assert shown(text) == expected


def test_choices_are_lines_to_tap_under_the_text():
    lines = shown("要问什么？", Choice("c1", "灭火器", "灭火器怎么用"), Choice("c2", "动火", "动火作业")).split("\n")
    assert lines[:2] == ["要问什么？", ""]
    assert [LINK.fullmatch(line).groups() for line in lines[2:]] == [  # type: ignore[union-attr]
        ("灭火器怎么用", "c1", "1. 灭火器"),
        ("动火作业", "c2", "2. 动火"),
    ]


def test_choices_alone_need_no_text():
    assert LINK.fullmatch(shown("", Choice("c1", "是", "是")))


@pytest.mark.parametrize("said", ['a&b<c>d"e#f%g h　i\nj', "100%", "&msgmenuid=9", '"><a href="x'])
def test_a_tap_says_the_very_words_whatever_is_in_them(said):
    found = LINK.fullmatch(shown("", Choice("c&1", "问", said)))
    assert found
    assert unquote(found[1]) == said
    assert unquote(found[2]) == "c&1"


@pytest.mark.parametrize("label", ["<b>粗</b>", "两\n行", "]]>", '"'])
def test_a_label_is_one_line_without_markup(label):
    found = LINK.fullmatch(shown("", Choice("c", label, "x")))
    assert found
    assert "\n" not in found[3]


@pytest.mark.parametrize("unit", ["a", "汉", "🔥", "<", "]]>", "👨‍👩‍👧", "一句话。"])
@pytest.mark.parametrize("extra", [-1, 0, 1, 2, 3, 500])
def test_a_content_never_exceeds_the_limit(unit, extra):
    text = unit * (MAX_TEXT_BYTES // len(unit.replace("<", "＜").encode()) + extra)
    words = shown(text)
    assert len(words.encode()) <= MAX_TEXT_BYTES
    assert words.endswith("…") == (len(text.replace("<", "＜").encode()) > MAX_TEXT_BYTES)


def test_a_content_of_exactly_the_limit_stays_whole():
    assert shown("🔥" * 512) == "🔥" * 512


def test_a_long_text_gives_way_to_its_choices():
    words = shown("安全生产。" * 400, *(Choice(f"c{n}", f"问题{n}", f"问题{n}") for n in range(5)))
    assert len(words.encode()) <= MAX_TEXT_BYTES
    assert len(LINK.findall(words)) == 5
    assert "安全生产。…" in words


def test_too_many_choices_lose_their_last_and_the_text_keeps_its_place():
    words = shown("汉" * 600, *(Choice(f"c{n}", f"问题{n}" * 5, f"问题{n}" * 5) for n in range(40)))
    numbers = [int(label.split(".")[0]) for _, _, label in LINK.findall(words)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(words.split("\n\n")[0].encode()) > 500


def test_a_choice_too_long_to_tap_can_still_be_typed():
    assert shown("选：", Choice("c", "长问题", "问" * 700), Choice("d", "短", "短")).split("\n")[2] == "1. 长问题"


def test_choices_without_taps_are_numbered_lines():
    assert content("选：", [Choice("c", "甲", "x"), Choice("d", "", "乙")], tappable=False) == "选：\n\n1. 甲\n2. 乙"


def test_the_budget_of_a_choice_is_never_less_than_it_takes():
    for choice in (Choice("c", "标签", "文字 & <符号>"), Choice("", "", "x"), Choice("长" * 9, "<" * 9, "\n")):
        assert len(content("", [choice] * 9).encode()) <= 9 * choice_bytes(choice)


def test_a_thousand_random_replies_are_well_formed_and_within_the_limit():
    draw = random.Random(119)
    pieces = ["汉字。", "🔥", "]]>", "<a href=", "\x08", "\ud800", "&", '"', "\n", " ", "x" * 50, "https://a.cn/?b=%20"]

    def words(most: int) -> str:
        return "".join(draw.choices(pieces, k=draw.randrange(most)))

    for _ in range(1000):
        choices = tuple(Choice(words(3), words(8), words(12)) for _ in range(draw.randrange(12)))
        text = shown("安" + words(300), *choices)
        assert len(text.encode()) <= MAX_TEXT_BYTES
        assert "<" not in LINK.sub("", text)
