"""What was imported: kept once, newest first, repealed never."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import StoreError
from bot.ingest.holdings import REPEALED, Imported, articles, held, save, shelf
from bot.ingest.statutes import ParsedArticle, Statute, parse_statute
from bot.store.database import Database

from .conftest import STATUTE

LAW = parse_statute(STATUTE)
NEWER = replace(LAW, version="2025-01-01", articles=(ParsedArticle("第一条", "新的。"),))
TOMORROW = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()


def counts(done: dict[Imported, int]) -> tuple[int, int, int]:
    return done[Imported.ADDED], done[Imported.UPDATED], done[Imported.UNCHANGED]


def told(database: Database) -> list[str]:
    """The texts that may answer, in order."""
    return [a.text for a in articles(database)]


def test_statute_comes_back_article_by_article(database: Database) -> None:
    assert counts(save(database, [LAW])) == (1, 0, 0)
    first = next(articles(database))
    assert (first.law, first.number, first.text, first.chapter) == (
        "中华人民共和国测试法", "第一条", "为了测试，制定本法。", "第一章 总则",
    )  # fmt: skip
    assert (first.effective, first.version, first.region) == ("2021-09-01", "2021-06-10", "全国")
    assert told(database) == [a.text for a in LAW.articles]


def test_same_statute_again_changes_nothing(database: Database) -> None:
    save(database, [LAW])
    before = shelf(database)
    assert counts(save(database, [LAW, replace(LAW, origin="copy.txt")])) == (0, 0, 2)
    assert shelf(database) == before


def test_corrected_text_takes_the_place_of_the_old(database: Database) -> None:
    save(database, [LAW])
    before = shelf(database)
    corrected = replace(LAW, articles=(ParsedArticle("第一条", "改正。"),))
    assert counts(save(database, [corrected])) == (0, 1, 0)
    assert told(database) == ["改正。"]
    assert shelf(database).statutes == 1
    assert shelf(database).articles == 1
    assert shelf(database).revision != before.revision


def test_statute_held_already_is_left_when_told_so(database: Database) -> None:
    save(database, [LAW])
    assert counts(save(database, [replace(LAW, articles=NEWER.articles)], replace=False)) == (0, 0, 1)
    assert told(database) == [a.text for a in LAW.articles]


def test_excerpt_never_replaces_the_full_text(database: Database) -> None:
    save(database, [LAW])
    assert counts(save(database, [replace(NEWER, version=LAW.version, excerpt=True)])) == (0, 0, 1)


def test_full_text_replaces_an_excerpt(database: Database) -> None:
    save(database, [replace(NEWER, version=LAW.version, excerpt=True)])
    assert counts(save(database, [LAW])) == (0, 1, 0)


@pytest.mark.parametrize("order", [[LAW, NEWER], [NEWER, LAW]])
def test_newest_version_answers_whatever_came_first(database: Database, order: list[Statute]) -> None:
    save(database, order)
    assert told(database) == ["新的。"]
    assert shelf(database).statutes == 2


@pytest.mark.parametrize("status", [*REPEALED, "已废止（2026-01-01）", "失效"])
def test_repealed_statute_never_answers(database: Database, status: str) -> None:
    save(database, [replace(LAW, status=status)])
    assert told(database) == []
    assert held(database) == {}


def test_repealed_newer_version_leaves_the_one_in_force(database: Database) -> None:
    save(database, [LAW, replace(NEWER, status="尚未生效")])
    assert told(database)[0] == "为了测试，制定本法。"


def test_statute_not_yet_in_force_does_not_answer(database: Database) -> None:
    save(database, [LAW, replace(NEWER, effective=TOMORROW)])
    assert told(database)[0] == "为了测试，制定本法。"


def test_one_bad_statute_and_none_is_stored(database: Database) -> None:
    broken = replace(LAW, title="另一部", articles=(ParsedArticle("第一条", None),))  # type: ignore[arg-type]
    with pytest.raises(StoreError):
        save(database, [LAW, broken])
    assert shelf(database).statutes == 0
    assert told(database) == []


def test_held_names_every_article_that_may_answer(database: Database) -> None:
    save(database, [LAW])
    assert {law: list(texts) for law, texts in held(database).items()} == {
        "中华人民共和国测试法": ["第一条", "第二条", "第三条"]
    }


def test_order_does_not_hang_on_the_order_of_importing(database: Database) -> None:
    other = replace(LAW, title="阿法")
    save(database, [LAW])
    save(database, [other])
    one = [(a.law, a.number) for a in articles(database)]
    save(database, [replace(LAW, articles=(*LAW.articles, ParsedArticle("第四条", "四。")))])
    assert [x for x in ((a.law, a.number) for a in articles(database)) if x[1] != "第四条"] == one


def test_empty_shelf_is_counted(database: Database) -> None:
    assert (shelf(database).statutes, shelf(database).articles) == (0, 0)
    assert told(database) == []
