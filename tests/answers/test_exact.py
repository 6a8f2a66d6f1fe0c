"""Articles by their number: found exactly, or said not to exist; never guessed."""

import pytest

from bot.answers import Answerer, Base, Status
from bot.answers.exact import LawNames, Reference, asks_effective_date, references, wants_article
from bot.answers.normalise import normalise
from bot.answers.parts import quote
from tests.bases import FIRE_LAW, SAFETY_LAW, asked


@pytest.fixture(scope="module")
def names(base: Base) -> LawNames:
    return LawNames(base)


@pytest.mark.parametrize(
    ("question", "law", "article", "holds"),
    [
        ("安全生产法第二十五条", SAFETY_LAW, "第二十五条", "履行下列职责"),
        ("安全生产法25条", SAFETY_LAW, "第二十五条", "履行下列职责"),
        ("安全生产法第25条讲什么", SAFETY_LAW, "第二十五条", "履行下列职责"),
        ("《中华人民共和国安全生产法》第二十五条的内容是什么？", SAFETY_LAW, "第二十五条", "恪尽职守"),
        ("请问安法２５条怎么说", SAFETY_LAW, "第二十五条", "履行下列职责"),
        ("安生法第二十五条原文", SAFETY_LAW, "第二十五条", "履行下列职责"),
        ("安全生產法第二十五條", SAFETY_LAW, "第二十五条", "履行下列职责"),
        ("第二十五条安全生产法", SAFETY_LAW, "第二十五条", "履行下列职责"),
        ("消防法二十八条", FIRE_LAW, "第二十八条", "疏散通道"),
        ("安法第四十条之一", SAFETY_LAW, "第四十条之一", "后来增加"),
        ("安法40条之1", SAFETY_LAW, "第四十条之一", "后来增加"),
        ("安法第一千一百六十五条", SAFETY_LAW, "第一千一百六十五条", "千条"),
        ("消防法1165条", FIRE_LAW, "第一千一百六十五条", "千条"),
        ("安法第一百条", SAFETY_LAW, "第一百条", "第100件事"),
    ],
)
def test_article_is_quoted_by_law_and_number(bot: Answerer, question: str, law: str, article: str, holds: str) -> None:
    outcome = bot.answer(asked(question))
    assert outcome.status is Status.ANSWERED
    assert [(c.law, c.article) for c in outcome.citations] == [(law, article)]
    assert holds in outcome.text
    assert law.removeprefix("中华人民共和国") in outcome.text
    assert article in outcome.text
    assert not outcome.rejected


@pytest.mark.parametrize(
    ("question", "told", "not_told"),
    [
        ("安法第二十五条第一款第三项", "组织风险辨识", "组织拟订制度"),
        ("安全生产法25条1款（三）项", "组织风险辨识", "组织拟订制度"),
        ("安法第二十五条第三项", "组织风险辨识", "组织拟订制度"),
        ("安法第二十五条第二款", "恪尽职守", "组织风险辨识"),
        ("安法第二十五条第一款", "组织风险辨识", "恪尽职守"),
    ],
)
def test_paragraph_and_item_are_quoted_alone(bot: Answerer, question: str, told: str, not_told: str) -> None:
    text = bot.answer(asked(question)).text
    assert told in text
    assert not_told not in text


def test_two_articles_of_a_law_that_is_named_once(bot: Answerer) -> None:
    outcome = bot.answer(asked("安全生产法二十五条和三十八条"))
    assert [c.article for c in outcome.citations] == ["第二十五条", "第三十八条"]
    assert "履行下列职责" in outcome.text
    assert "淘汰制度" in outcome.text


def test_two_articles_of_two_laws(bot: Answerer) -> None:
    outcome = bot.answer(asked("安法25条、消防法28条"))
    assert [(c.law, c.article) for c in outcome.citations] == [(SAFETY_LAW, "第二十五条"), (FIRE_LAW, "第二十八条")]


@pytest.mark.parametrize(
    "question",
    [
        "安全生产法第二百条",
        "安法第九千九百九十九条",
        "安法25条第9款",
        "安法25条第一款第二十项",
        "消防法第四十条之一",
        "安法第二十五条和第三百条",
    ],
)
def test_article_that_does_not_exist_is_said_not_to(bot: Answerer, question: str) -> None:
    outcome = bot.answer(asked(question))
    assert outcome.status is Status.UNKNOWN
    assert outcome.rejected
    assert not outcome.citations
    assert "履行下列职责" not in outcome.text


def test_statute_that_is_not_held_is_said_not_to_be(bot: Answerer) -> None:
    outcome = bot.answer(asked("矿安法第三条"))
    assert outcome.rejected
    assert "矿山安全法" in outcome.text


def test_number_alone_asks_which_law_is_meant(bot: Answerer) -> None:
    outcome = bot.answer(asked("第二十五条讲什么"))
    assert outcome.status is Status.CHOICES
    assert [c.label for c in outcome.choices] == ["《安全生产法》第二十五条", "《消防法》第二十五条"]
    picked = bot.answer(asked(outcome.choices[1].text))
    assert [(c.law, c.article) for c in picked.citations] == [(FIRE_LAW, "第二十五条")]


@pytest.mark.parametrize(
    "question",
    [
        "安法99999条",
        "安法999999条",
        "安法第0条",
        "安法第〇条",
        "安法第一一一一一一条",
        "第百千百千条安法",
        "安法第九九九九九九条",
    ],
)
def test_number_no_statute_has_does_no_harm(bot: Answerer, question: str) -> None:
    assert bot.answer(asked(question)).status is not Status.ANSWERED


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("安全生产法第二十五条讲什么", True),
        ("给我看一下安法25条的全文", True),
        ("违反安全生产法第二十五条罚多少钱", False),
        ("公司没按安法25条设机构怎么举报", False),
    ],
)
def test_question_about_an_article_is_told_from_the_wish_to_read_it(
    names: LawNames, question: str, wanted: bool
) -> None:
    assert wants_article(normalise(question), names) is wanted


@pytest.mark.parametrize("question", ["三条建议", "25条短信", "有一条狗咬人", "两条腿"])
def test_number_before_tiao_is_no_article_without_a_law(names: LawNames, question: str) -> None:
    assert references(normalise(question), names) == []


def test_reference_holds_law_article_paragraph_and_item(names: LawNames) -> None:
    assert references("安法第二十五条第一款第三项", names) == [Reference(SAFETY_LAW, "第二十五条", 1, 3)]


def test_longest_name_of_a_law_is_meant(names: LawNames) -> None:
    assert names.find(normalise("中华人民共和国安全生产法")) == [(SAFETY_LAW, normalise(SAFETY_LAW))]


@pytest.mark.parametrize(
    ("question", "asks"),
    [
        ("安全生产法什么时候施行", True),
        ("消防法哪年生效的", True),
        ("安全生产法怎么施行", False),
        ("安全月什么时候", False),
    ],
)
def test_question_for_the_day_of_effect_is_known(question: str, asks: bool) -> None:
    assert asks_effective_date(question) is asks


def test_day_of_effect_is_told(bot: Answerer) -> None:
    outcome = bot.answer(asked("安全生产法什么时候施行"))
    assert "2021年9月1日" in outcome.text
    assert [c.law for c in outcome.citations] == [SAFETY_LAW]


TEXT = "第一款：\n（一）甲；\n（二）乙。\n第二款。\n第三款：\n（一）丙。"


@pytest.mark.parametrize(
    ("paragraph", "item", "words"),
    [
        (0, 0, TEXT),
        (1, 0, "第一款：\n（一）甲；\n（二）乙。"),
        (2, 0, "第二款。"),
        (3, 1, "（一）丙。"),
        (0, 2, "（二）乙。"),
        (4, 0, None),
        (2, 1, None),
        (1, 3, None),
    ],
)
def test_part_of_an_article_is_found_or_not_there(paragraph: int, item: int, words: str | None) -> None:
    assert quote(TEXT, paragraph, item) == words
