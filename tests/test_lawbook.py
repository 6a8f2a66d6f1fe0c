"""The shelf of the law pages over a real knowledge base."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.answers import Article, Base, Knowledge, build
from bot.answers.entries import Entry, EntryKind
from bot.lawbook import Library

LAW = "中华人民共和国消防法"
FACTS = {"law": LAW, "issuer": "全国人民代表大会常务委员会", "effective": "2009-05-01", "version": "2021-04-29"}
ARTICLES = (
    Article(number="第一条", text="为了预防火灾和减少火灾危害，制定本法。", chapter="第一章 总则", **FACTS),
    Article(number="第二条", text="消防工作贯彻预防为主、防消结合的方针。" * 5, chapter="第一章 总则", **FACTS),
    Article(
        number="第八条", text="地方各级人民政府应当…\n公共消防设施不足的，应当增建。", chapter="第二章 预防", **FACTS
    ),
    Article(law="某市消防条例", number="第一条", text="制定本条例。", region="某市", status="已废止"),
)


@pytest.fixture
def make_base(tmp_path) -> Callable[[str], Base]:
    entry = Entry(id="e", kind=EntryKind.FAQ, title="什么是消防", answer="预防和扑救火灾。", questions=("消防是什么",))
    return lambda name: build(Knowledge(entries=(entry,)), ARTICLES, tmp_path / name)


@pytest.fixture
def library(make_base) -> Library:
    base = make_base("base")
    return Library(lambda: base)


def test_all_statutes_are_listed(library):
    assert library.statutes() == [LAW, "某市消防条例"]


def test_statute_has_its_chapters_and_the_first_words_of_each_article(library):
    page = library.statute(LAW)
    assert (page.issuer, page.effective, page.status, page.region) == (
        "全国人民代表大会常务委员会", "2009-05-01", "现行有效", "全国",
    )  # fmt: skip
    assert [(c.title, [o.number for o in c.openings]) for c in page.chapters] == [
        ("第一章 总则", ["第一条", "第二条"]),
        ("第二章 预防", ["第八条"]),
    ]
    assert page.chapters[0].openings[1].words == "消防工作贯彻预防为主、防消结合的方针。" * 2 + "消防…"
    assert page.chapters[1].openings[0].words == "地方各级人民政府应当…"


def test_article_knows_its_text_and_its_neighbours(library):
    page = library.article(LAW, "第二条")
    assert page.text.startswith("消防工作贯彻")
    assert (page.previous, page.next, page.chapter) == ("第一条", "第八条", "第一章 总则")
    assert library.article(LAW, "第一条").previous == ""
    assert library.article(LAW, "第八条").next == ""


def test_repealed_local_statute_says_what_it_is(library):
    page = library.article("某市消防条例", "第一条")
    assert (page.status, page.region, page.effective) == ("已废止", "某市", "")


def test_what_is_not_held_is_none(library):
    assert library.statute("没有这部法") is None
    assert library.article("没有这部法", "第一条") is None
    assert library.article(LAW, "第九十九条") is None


def test_exchanged_base_is_read_at_once(make_base):
    bases = [make_base("old"), make_base("new")]
    bases[1].statutes.pop("某市消防条例")
    library = Library(lambda: bases[0])
    assert len(library.statutes()) == 2
    bases.pop(0)
    assert library.statutes() == [LAW]


def test_words_of_a_question_are_words_of_it(library):
    assert all(word in "消防设施不足怎么办" for word in library.words("消防设施不足怎么办"))
