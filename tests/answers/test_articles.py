"""Questions that name what they want of a statute, in every way people write it."""

from __future__ import annotations

import pytest

from bot.answers import Answerer, Asked, Status, build
from bot.answers.entries import Article, Law
from bot.answers.exact import LawNames, Reference, references
from bot.answers.normalise import chinese, normalise
from bot.answers.parts import counted, paragraphs, quote
from tests.bases import TODAY, answerer, knowledge

LAW = "中华人民共和国安全生产法"
LONG = "某某省实施《中华人民共和国安全生产法》办法"


def statute() -> list[Article]:
    texts = {
        3: "主要负责人履行下列职责：\n（一）建立制度；\n1.拟订；\n2.公布；\n（二）保证投入；\n（三）及时报告。\n"
        "前款人员恪尽职守。",
        4: "第一款。\n第二款。\n第三款：\n（一）甲；\n（二）乙。",
    }
    out = []
    for n in range(1, 31):
        chapter = "第一章 总则" if n <= 5 else "第二章 保障 / 第一节 人员" if n <= 9 else "第二章 保障 / 第二节 设备"
        chapter = "第三章 附则" if n > 28 else chapter
        out.append(
            Article(law=LAW, number=f"第{chinese(n)}条", text=texts.get(n, f"这里说第{n}件事。"), chapter=chapter)
        )
        if n == 12:
            out.append(Article(law=LAW, number="第十二条之一", text="后来增加的事。", chapter=chapter))
    return out


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Answerer:
    held = knowledge(laws=(Law(LAW, ("安全生产法", "安法")),))
    return answerer(build(held, statute(), tmp_path_factory.mktemp("articles") / "base"))


@pytest.fixture(scope="module")
def names(bot: Answerer) -> LawNames:
    return LawNames(bot.base)


def ask(bot: Answerer, text: str, law: str = "") -> str:
    return bot.answer(Asked(text, TODAY, law=law)).text


def numbers(question: str, names: LawNames, law: str = "") -> list[str]:
    return [r.article for r in references(normalise(question), names, law)]


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("安法第3、5条", [3, 5]),
        ("安法3,5条", [3, 5]),
        ("安法第三条、第五条", [3, 5]),
        ("安法第三、五条", [3, 5]),
        ("安法三条和五条", [3, 5]),
        ("安法第3条以及第5条", [3, 5]),
        ("安法3条到5条", [3, 4, 5]),
        ("安法第三条至第五条", [3, 4, 5]),
        ("安法第3至5条", [3, 4, 5]),
        ("安法3-5条", [3, 4, 5]),
        ("安法3～5条", [3, 4, 5]),
        ("安法第2—4、7条", [2, 3, 4, 7]),
        ("安法第 3 条", [3]),
        ("安法第3.条", [3]),
        ("安法·第二十三条", [23]),
        ("安法第2十3条", [23]),
        ("安法第二3条", [23]),
        ("安法第二三条", [23]),
        ("安法第５条", [5]),
        ("安法5条3条", [5, 3]),
    ],
)
def test_every_article_that_is_named_is_meant(names: LawNames, question: str, wanted: list[int]) -> None:
    assert numbers(question, names) == [f"第{chinese(n)}条" for n in wanted]


@pytest.mark.parametrize(
    ("question", "part"),
    [
        ("安法第三条第一款第一项第二目", (1, 1, 2)),
        ("安法第三条第一款第（一）项第2目", (1, 1, 2)),
        ("安法3条1款(一)项", (1, 1, 0)),
        ("安法第三条第（二）项", (0, 2, 0)),
        ("安法第三条（二）", (0, 2, 0)),
        ("安法第3条.第2款", (2, 0, 0)),
    ],
)
def test_part_that_is_named_is_meant(names: LawNames, question: str, part: tuple[int, int, int]) -> None:
    assert references(normalise(question), names) == [Reference(LAW, "第三条", *part)]


def test_several_items_of_an_article_are_told_apart(bot: Answerer) -> None:
    text = ask(bot, "安法第三条第一款第一项和第三项")
    assert "（一）建立制度" in text
    assert "（三）及时报告" in text
    assert "（二）" not in text.replace("第（二）", "")


@pytest.mark.parametrize("question", ["第三条讲什么", "三条第二款", "第三条、第五条", "3条"])
def test_number_alone_is_of_the_law_that_the_talk_is_about(bot: Answerer, question: str) -> None:
    outcome = bot.answer(Asked(question, TODAY, law=LAW))
    assert outcome.status is Status.ANSWERED
    assert "第三条" in outcome.text


def test_named_law_counts_more_than_the_talk(names: LawNames) -> None:
    assert references(normalise("安法第三条"), names, "别的法") == [Reference(LAW, "第三条")]


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("安法第三条第三款", "没有第三款（该条共2款"),
        ("安法第三条第一款第九项", "这一款列有3项"),
        ("安法第三条第二款第一项", "这一款不分项"),
        ("安法第三条第一款第一项第九目", "这一项下有2目"),
        ("安法第三条第一款第二项第一目", "这一项下不分目"),
        ("安法第五条第一项", "没有第（一）项（该条共1款"),
    ],
)
def test_part_that_does_not_exist_is_said_not_to(bot: Answerer, question: str, told: str) -> None:
    outcome = bot.answer(Asked(question, TODAY))
    assert outcome.rejected
    assert not outcome.citations
    assert told in outcome.text


def test_many_articles_are_listed_and_never_run_together(bot: Answerer) -> None:
    outcome = bot.answer(Asked("安法第5条到20条", TODAY))
    lines = outcome.text.split("\n")[1:]
    assert len(lines) == 16
    assert lines[0] == "《安全生产法》第五条 这里说第5件事。"
    assert outcome.choices[0].text == f"{LAW}第五条"


@pytest.mark.parametrize(
    ("question", "number"),
    [("安法最后一条", "第三十条"), ("安全生产法的最后一条是什么", "第三十条"), ("安法倒数第二条", "第二十九条")],
)
def test_last_article_is_found(bot: Answerer, question: str, number: str) -> None:
    assert [c.article for c in bot.answer(Asked(question, TODAY)).citations] == [number]


@pytest.mark.parametrize(
    "question", ["安法有多少条", "安全生产法一共多少条？", "安法总共有几条", "《安全生产法》有多少个条文"]
)
def test_articles_are_counted(bot: Answerer, question: str) -> None:
    assert "共31条，最后一条是第三十条" in ask(bot, question)


@pytest.mark.parametrize("question", ["安法有几章", "安法目录", "安全生产法分几个章", "安法的章节结构"])
def test_chapters_are_listed(bot: Answerer, question: str) -> None:
    assert ask(bot, question).endswith(
        "共3章、31条：\n第一章 总则（第一条至第五条）\n第二章 保障（第六条至第二十八条）\n"
        "第三章 附则（第二十九条至第三十条）"
    )


def test_chapter_is_told_by_how_its_articles_begin(bot: Answerer) -> None:
    text = ask(bot, "安法第一章讲什么")
    assert text.startswith("《安全生产法》第一章 总则，共5条")
    assert text.count("\n") == 5
    assert "第三条 主要负责人履行下列职责：" in text


def test_section_is_found_within_its_chapter(bot: Answerer) -> None:
    assert "第二节 设备，共20条" in ask(bot, "安法第二章第二节")
    assert bot.answer(Asked("安法第三章第二节", TODAY)).rejected
    assert "没有第九章" in ask(bot, "安法第九章讲什么")


@pytest.mark.parametrize(
    "question",
    ["给我3条建议", "安法第三章规定的罚款怎么交", "三个和尚没水吃", "第一章我看不懂怎么办", "有几条路可以走"],
)
def test_what_only_looks_like_it_is_left_to_others(bot: Answerer, question: str) -> None:
    assert "写出条号可看全文" not in ask(bot, question)


def test_quoted_words_are_those_of_the_law(bot: Answerer) -> None:
    for a in statute():
        assert ask(bot, f"{LAW}{a.number}").endswith(f"\n{a.text}")


SUBS = "应当有：\n1.甲；\n2.乙。\n另一款：\n（一）丙：\n（1）子；\n（2）丑。\n（二）丁。"


def test_paragraphs_items_and_sub_items_are_told_apart() -> None:
    held = paragraphs(SUBS)
    assert [p.text for p in held] == [
        "应当有：\n1.甲；\n2.乙。",
        "另一款：\n（一）丙：\n（1）子；\n（2）丑。\n（二）丁。",
    ]
    assert quote(SUBS, 2, 1) == "（一）丙：\n（1）子；\n（2）丑。"
    assert quote(SUBS, 2, 1, 2) == "（2）丑。"
    assert quote(SUBS, 1, 0, 2) == "2.乙。"
    assert quote(SUBS, 3) is None
    assert counted(SUBS, 2) == "这一款列有2项"
    assert "\n".join(p.text for p in held) == SUBS


@pytest.mark.parametrize("question", ["月球市安全生产条例第十条", "《违法行为处罚办法》第三条讲什么"])
def test_article_of_a_statute_that_is_not_held_is_not_made_up(bot: Answerer, question: str) -> None:
    outcome = bot.answer(Asked(question, TODAY))
    assert outcome.rejected
    assert outcome.unanswered, "staff see what is asked for"
    assert "没有收录" in outcome.text
    assert "月球" not in outcome.text


def test_words_before_an_article_that_are_no_title_name_no_statute(bot: Answerer) -> None:
    assert "没有收录" not in ask(bot, "公司说按照规定第三条扣钱合法吗")
    assert "没有收录" not in ask(bot, "这个条例第三条", law=LAW)
