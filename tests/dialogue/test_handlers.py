"""What each kind of message leads to, and who has the first word."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.answers import Answerer
from bot.dialogue import FollowerLeft, QuestionUnanswered, Session
from bot.messages import MessageKind
from tests import bases

from .conftest import NOON, Talk

# Events.


def test_follower_is_welcomed_in_the_name_of_the_office(talk: Talk) -> None:
    text = talk.does("subscribe")
    assert "江海区安委办" in text
    assert "119" in text
    assert "1. " in text, "something to tap"


def test_scan_of_a_follower_is_a_welcome_too(talk: Talk) -> None:
    assert talk.does("scan", "qrscene_1") == talk.does("subscribe")


def test_one_who_leaves_hears_nothing_and_is_to_be_forgotten(talk: Talk) -> None:
    talk.says("高温几度停工")
    assert talk.does("unsubscribe") == ""
    assert talk.events[-1] == FollowerLeft()
    assert talk.session == Session(touched_at=NOON)


def test_a_menu_key_of_words_is_answered_as_if_they_were_written(talk: Talk) -> None:
    assert talk.does("click", "转人工") == talk.says("转人工")
    assert "119" in talk.does("click", "着火了怎么报警")


def test_menu_tap_gets_help(talk: Talk) -> None:
    assert "我能做这些" in talk.does("click", "menu_help")


@pytest.mark.parametrize(
    "event", ["view", "location", "templatesendjobfinish", "masssendjobfinish", "", "kf_close", "未知"]
)
def test_other_events_get_an_empty_answer_and_leave_the_talk_alone(talk: Talk, event: str) -> None:
    talk.says("高温几度停工")
    before = talk.session
    assert talk.does(event) == ""
    assert talk.session == before


# Other than words.


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("image", "图片"),
        ("video", "视频"),
        ("link", "网页"),
        ("location", "位置"),
        ("voice", "语音"),
        ("unknown", "看不懂"),
    ],
)
def test_what_cannot_be_read_is_acknowledged(talk: Talk, kind: str, says: str) -> None:
    assert says in talk.sends(kind)


def test_place_that_we_know_is_named_back(talk: Talk) -> None:
    assert "在广东省江门市江海区" in talk.sends("location", "江海区政府")


def test_voice_with_words_is_a_question(talk: Talk) -> None:
    assert "四十度" in talk.says("高温几度停工。", MessageKind.VOICE)


def test_voice_with_words_of_danger_is_an_emergency(talk: Talk) -> None:
    assert "119" in talk.says("我家着火了快来人", MessageKind.VOICE).split("\n")[0]


@pytest.mark.parametrize("text", ["", " ", "\n", "\u3000"])
def test_empty_text_gets_help(talk: Talk, text: str) -> None:
    assert "我能做这些" in talk.says(text)


@pytest.mark.parametrize("text", ["帮助", "菜单", "功能", "幫助", "？", "?"])
def test_words_for_help_get_help(talk: Talk, text: str) -> None:
    assert "我能做这些" in talk.says(text)


# Choices.


def offered(talk: Talk) -> list[str]:
    return [c.label for c in talk.session.choices]


@pytest.mark.parametrize("pick", ["2", "２", "②", "二", "第二个", "选2", "2.", "2、", "第2条", "(2)", "2。"])
def test_number_picks_a_choice(talk: Talk, pick: str) -> None:
    talk.says("第二十五条讲什么")
    assert offered(talk) == ["《安全生产法》第二十五条", "《消防法》第二十五条"]
    assert "《消防法》第二十五条" in talk.says(pick)


@pytest.mark.parametrize(
    "pick", ["中华人民共和国消防法第二十五条", "中华人民共和国消防法第二十五条。", "中華人民共和國消防法第二十五條"]
)
def test_words_of_a_choice_pick_it(talk: Talk, pick: str) -> None:
    talk.says("第二十五条讲什么")
    assert "《消防法》第二十五条" in talk.says(pick)


def test_words_close_to_a_choice_pick_it(talk: Talk) -> None:
    talk.says("高温几度停工")
    assert "高温津贴发多少" in offered(talk)
    assert "各省规定" in talk.says("高温津贴发多")


@pytest.mark.parametrize("pick", ["9", "0", "10", "第九个"])
def test_number_nobody_offered_is_a_question_like_any_other(talk: Talk, pick: str) -> None:
    talk.says("第二十五条讲什么")
    assert "《消防法》第二十五条" not in talk.says(pick)


def test_number_without_an_offer_is_a_question_like_any_other(talk: Talk) -> None:
    assert talk.says("1")


def test_numbers_mean_nothing_after_half_an_hour(talk: Talk) -> None:
    talk.says("第二十五条讲什么")
    talk.now += timedelta(minutes=31)
    assert "第二十五条" not in talk.says("2")


def test_last_offer_is_the_one_that_counts(talk: Talk) -> None:
    talk.says("第二十五条讲什么")
    talk.says("高温几度停工")
    n = offered(talk).index("高温津贴发多少") + 1
    assert "各省规定" in talk.says(str(n))


def test_emergency_comes_first_even_inside_a_choice(talk: Talk) -> None:
    talk.says("第二十五条讲什么")
    assert "119" in talk.says("2 着火了").split("\n")[0]
    assert talk.turn
    assert talk.turn.noted.status == "emergency"


@pytest.mark.parametrize("text", ["帮助 着火了快救我", "更多 我家着火了", "安全生产法第二十五条 救命着火了"])
def test_emergency_comes_before_commands_and_articles(talk: Talk, text: str) -> None:
    talk.says(text)
    assert talk.turn
    assert talk.turn.noted.status == "emergency"


# Long answers.


def test_long_answer_is_cut_and_the_rest_comes_on_demand(talk_with: Callable[..., Talk], small_bot: Answerer) -> None:
    talk = talk_with(small_bot, max_text_bytes=900)
    read = [talk.says("安全员有哪些职责")]
    assert "1. 查看更多" in read[0]
    for word in ("更多", "继续", "1", "查看更多", "还有呢", "更多"):
        if not talk.session.unread:
            break
        read.append(talk.says(word))
    whole = small_bot.answer(bases.asked("安全员有哪些职责")).text
    parts = [part.split("\n1. ")[0] for part in read]
    assert "".join(parts).replace("\n", "") == whole.replace("\n", "")
    assert not talk.session.unread


@pytest.mark.parametrize("max_bytes", [600, 900, 2048])
def test_reply_with_its_choices_fits_the_channel(
    talk_with: Callable[..., Talk], small_bot: Answerer, max_bytes: int
) -> None:
    talk = talk_with(small_bot, max_text_bytes=max_bytes)
    for text in ("安全员有哪些职责", "更多", "高温几度停工", "第二十五条讲什么", "帮助"):
        talk.says(text)
        assert talk.turn
        assert talk.turn.reply
        taps = sum(len(c.label.encode()) + 3 * len(c.text.encode()) for c in talk.turn.reply.choices)
        assert len(talk.turn.reply.text.encode()) + taps <= max_bytes, text


def test_more_without_a_rest_is_a_question_like_any_other(talk: Talk) -> None:
    assert talk.says("更多")


def test_rest_of_an_answer_is_forgotten_by_the_next_question(
    talk_with: Callable[..., Talk], small_bot: Answerer
) -> None:
    talk = talk_with(small_bot, max_text_bytes=900)
    talk.says("安全员有哪些职责")
    talk.says("高温几度停工")
    assert "职责很多" not in talk.says("更多")


# What is noted.


def test_unanswered_question_is_handed_on_with_what_was_rejected(talk: Talk) -> None:
    talk.says("qwertz")
    assert isinstance(talk.events[-1], QuestionUnanswered)
    assert talk.events[-1].question == "qwertz"
    assert all(0 <= score <= 1 for _, score in talk.events[-1].candidates)


def test_answered_question_is_not_handed_on(talk: Talk) -> None:
    talk.says("高温几度停工")
    assert talk.events == []
    assert talk.turn
    assert (talk.turn.noted.status, talk.turn.noted.entry) == ("answered", "heat-stop")


def test_office_region_decides_whose_rule_is_told(talk_with: Callable[..., Talk], small_bot: Answerer) -> None:
    here, there = talk_with(small_bot, bases.JIANGHAI), talk_with(small_bot, "湖南省")
    assert "三十九度" in here.says("广东热到几度停工")
    assert "三十九度" not in there.says("几度停工")


def test_persons_own_region_comes_before_the_offices(talk_with: Callable[..., Talk], small_bot: Answerer) -> None:
    at_home = talk_with(small_bot, bases.JIANGHAI)
    away = talk_with(small_bot, bases.JIANGHAI, session=Session(region="湖南省", touched_at=NOON))
    at_home.says("几度停工")
    away.says("几度停工")
    assert "heat-stop-gd" in considered(at_home)
    assert "heat-stop-gd" not in considered(away)


def considered(talk: Talk) -> list[str]:
    """What the last turn told or offered."""
    assert talk.turn
    assert talk.turn.reply
    return [talk.turn.noted.entry, *(c.id for c in talk.turn.reply.choices)]


# Whatever is sent.

ODD = [
    "😀", "👍👍👍", "[微笑]", "\u200b", "\u200b高温\u200b几度\u200b停工", "\x00\x01\x02", "\x1b[31m", "\ud800",
    "。。。", "\u202e高温", "'; DROP TABLE statute; --", "<script>alert(1)</script>", "<xml><a/></xml>]]>",
    "{office}{0}", "%s%d%n", "a" * 10_000, "电" * 10_000, "啊。" * 5_000, "\n" * 5_000, "1" * 5_000, "第" * 1000 + "条",
    "ﷺ" * 500, "🏳️‍🌈" * 200,
]  # fmt: skip


@pytest.mark.parametrize("text", ODD, ids=[f"{n}-{ascii(t[:12])}" for n, t in enumerate(ODD)])
def test_strange_text_is_answered_and_never_said_back(talk: Talk, text: str) -> None:
    reply = talk.says(text)
    assert reply
    if len(text.strip()) > 3 and "高温" not in text:
        assert text.strip() not in reply
    assert "<" not in reply
    assert talk.says("高温几度停工"), "the talk goes on"


def test_zero_width_characters_do_not_hide_a_question(talk: Talk) -> None:
    assert "四十度" in talk.says("\u200b高温\u200b几度\ufeff停工\u200d")


def test_emergency_at_the_end_of_a_long_message_is_seen(talk: Talk) -> None:
    assert "119" in talk.says("今天天气不错。" * 60 + "救命，我家着火了").split("\n")[0]


def test_emergency_at_the_end_of_a_very_long_message_is_seen(talk: Talk) -> None:
    assert "119" in talk.says("今天天气不错。" * 600 + "救命，我家着火了").split("\n")[0]
