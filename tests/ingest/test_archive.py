"""From files to answers: what holds today answers, what held before is told as history, what comes waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.answers import Answerer, Status, build, make_answerer
from bot.answers.entries import Law
from bot.ingest.archive import StatuteArchive
from bot.ingest.holdings import articles, last_revision, shelf, store
from bot.ingest.statutes import Annex, ParsedArticle, Statute
from bot.settings import AnswerSettings, OfficeSettings
from bot.store.database import Database
from tests.bases import TODAY, answerer, asked, knowledge, lexicon

LAW = "中华人民共和国安全生产法"
RULE = "旧物防火条例"


def statute(title: str, version: str, *texts: str, chapter: str = "", **fields: str) -> Statute:
    numbers = "一二三四五六七八九"
    parts = tuple(ParsedArticle(f"第{numbers[n]}条", text, chapter) for n, text in enumerate(texts))
    return Statute(title=title, version=version, articles=parts, declared=True, **fields)  # type: ignore[arg-type]


OLD = statute(
    LAW, "2014-08-31",
    "为了加强安全生产监督管理，防止和减少生产安全事故，制定本法。",
    "危险物品的生产单位应当设置安全管理机构。\n（一）有机构；\n（二）有人员。\n不设置的，责令改正。",
    "从业人员有权拒绝违章指挥和强令冒险作业。",
    effective="2014-12-01", status="已修改",
)  # fmt: skip
NEW = statute(
    LAW, "2021-06-10",
    "为了加强安全生产工作，防止和减少生产安全事故，制定本法。",
    "安全生产工作坚持人民至上、生命至上。",
    "危险物品的生产、经营单位应当设置安全管理机构。\n（一）有机构；\n（二）有人员。\n不设置的，责令改正。",
    "从业人员有权拒绝违章指挥和强令冒险作业。",
    effective="2021-09-01", status="现行有效",
)  # fmt: skip
COMING = replace(NEW, version="2026-06-01", effective="2027-01-01", articles=(ParsedArticle("第一条", "将来的目的。"),))
REPEALED = statute(
    RULE, "2008-12-01", "旧物应当远离火源存放。", effective="2009-01-01", status="已废止",
    note="2026年1月1日《新物防火条例》（国务院令第822号）施行，同时废止",
)  # fmt: skip
SUCCESSOR = statute(
    "新物防火条例", "2025-10-31", "新物和旧物都应当远离火源存放。",
    "本条例自2026年1月1日起施行。《旧物防火条例》《更旧的条例》同时废止。", effective="2026-01-01",
)  # fmt: skip
LOCAL = statute(
    "汕头经济特区消防条例", "2022-12-30", "本市的消防工作适用本条例。", region="汕头市", level="地方性法规",
    effective="2023-02-01",
)  # fmt: skip
YIELDING = statute("渡口条例", "2010-01-01", "渡口应当设立标志。", note="与渡口法不一致的以法律为准")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('archive')}/bot.db")
    database.migrate()
    store(database, [NEW, OLD, COMING, REPEALED, SUCCESSOR, LOCAL, YIELDING])
    yield database
    database.close()


@pytest.fixture(scope="module")
def bot(library: Database, tmp_path_factory: pytest.TempPathFactory) -> Answerer:
    held = knowledge(laws=(Law(LAW, ("安全生产法", "安法")),))
    base = build(held, list(articles(library, TODAY)), tmp_path_factory.mktemp("archive-base") / "base")
    office = OfficeSettings(region="全国", phone="12345")
    return make_answerer(base, lexicon(), AnswerSettings(), office, StatuteArchive(library))


@pytest.mark.parametrize(
    "question",
    [
        "安全生产法2014年版第二条",
        "2014版安法第2条",
        "安法（2014年修正）第二条",
        "2014年的安全生产法第二条",
        "旧安法第二条",
    ],
)
def test_older_version_is_told_as_history_with_the_present_words(bot: Answerer, question: str) -> None:
    outcome = bot.answer(asked(question))
    assert outcome.status is Status.ANSWERED
    head, present = outcome.text.split("\n现行")
    assert "2014年版第二条" in head
    assert "历史版本" in head
    assert "2021年6月10日" in head
    assert "危险物品的生产单位应当" in head
    assert present.startswith("《安全生产法》第三条（条号或法规不同")
    assert "危险物品的生产、经营单位应当" in present
    assert [(c.law, c.article) for c in outcome.citations] == [(LAW, "第三条")]


def test_part_of_an_older_article_is_found(bot: Answerer) -> None:
    text = bot.answer(asked("安法2014年版第二条第二款")).text
    assert "第二条第二款（历史版本" in text
    assert "有机构" not in text.split("现行")[0]


def test_year_of_the_present_version_is_the_present_version(bot: Answerer) -> None:
    text = bot.answer(asked("安全生产法2021年版第二条")).text
    assert "历史" not in text
    assert "人民至上" in text


def test_year_that_is_not_held_is_said_not_to_be(bot: Answerer) -> None:
    outcome = bot.answer(asked("安全生产法2002年版第二条"))
    assert "没有收录《安全生产法》的2002年版" in outcome.text
    assert "人民至上" in outcome.text


def test_version_to_come_is_told_only_to_those_who_ask_for_it(bot: Answerer) -> None:
    assert "将来" not in bot.answer(asked("安法第一条")).text
    text = bot.answer(asked("安法2026年版第一条")).text
    assert "2027年1月1日起才施行" in text
    assert "将来的目的" in text


@pytest.mark.parametrize("question", ["旧物防火条例", "旧物防火条例还有效吗", "《旧物防火条例》废止了没有"])
def test_repealed_statute_is_said_to_be_repealed(bot: Answerer, question: str) -> None:
    text = bot.answer(asked(question)).text
    assert "2026年1月1日" in text
    assert "《新物防火条例》取代" in text


def test_article_of_a_repealed_statute_is_told_as_history_only(bot: Answerer) -> None:
    text = bot.answer(asked("旧物防火条例第一条")).text
    assert text.index("不再适用") < text.index("旧物应当远离火源存放")
    assert "现行《新物防火条例》第一条" in text


@pytest.mark.parametrize(
    ("question", "region", "holds"),
    [
        ("消防条例第一条", "广东省汕头市", "本市的消防工作"),
        ("汕头经济特区消防条例第一条", "全国", "只适用于汕头市"),
    ],
)
def test_local_regulation_answers_in_its_place(bot: Answerer, question: str, region: str, holds: str) -> None:
    assert holds in bot.answer(asked(question, region)).text


def test_statute_that_yields_to_another_says_so(bot: Answerer) -> None:
    assert bot.answer(asked("渡口条例第一条")).text.endswith("\n（注意：与渡口法不一致的以法律为准）")
    assert "注意" not in bot.answer(asked("安法第一条")).text


def test_local_regulation_does_not_answer_elsewhere(bot: Answerer) -> None:
    assert "本市" not in bot.answer(asked("消防条例第一条", "北京市")).text
    elsewhere = bot.answer(asked("第一条讲什么", "北京市"))
    assert all("汕头" not in c.label for c in elsewhere.choices)
    at_home = bot.answer(asked("第一条讲什么", "广东省汕头市"))
    assert "汕头" in at_home.choices[0].label


def test_statute_comes_into_force_on_its_day_and_changes_the_revision(library: Database) -> None:
    eve, day = date(2026, 12, 31), date(2027, 1, 1)
    assert {a.version for a in articles(library, eve) if a.law == LAW} == {"2021-06-10"}
    assert {a.version for a in articles(library, day) if a.law == LAW} == {"2026-06-01"}
    assert shelf(library, eve).revision != shelf(library, day).revision
    assert shelf(library, day).revision == shelf(library, day + timedelta(days=9)).revision


def test_last_change_of_a_statute_is_at_hand(library: Database) -> None:
    revision = last_revision(library, LAW)
    assert revision is not None
    assert (revision.before, revision.after) == ("2021-06-10", "2026-06-01")
    assert last_revision(library, RULE) is None


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Callable[..., Database]]:
    """empty(statute, …): a database with these, stored in this order."""
    database = Database(f"sqlite:///{tmp_path}/bot.db")
    database.migrate()

    def fill(*given: Statute) -> Database:
        for one in given:
            store(database, [one])
        return database

    yield fill
    database.close()


def laws(database: Database, day: date = TODAY) -> set[tuple[str, str]]:
    return {(a.law, a.version) for a in articles(database, day)}


@pytest.mark.parametrize("order", [1, -1])
def test_statute_that_a_newer_one_repeals_answers_until_that_day(empty: Callable[..., Database], order: int) -> None:
    still = replace(REPEALED, status="现行有效", note="")
    database = empty(*[still, SUCCESSOR][::order])
    assert (RULE, "2008-12-01") in laws(database, date(2025, 12, 31))
    assert (RULE, "2008-12-01") not in laws(database, date(2026, 1, 1))
    assert StatuteArchive(database).ended_by(RULE) == ("2026-01-01", "新物防火条例")


def test_older_version_does_not_come_back_when_the_newest_was_repealed(empty: Callable[..., Database]) -> None:
    database = empty(replace(OLD, status="现行有效"), replace(NEW, status="已废止"))
    assert laws(database) == set()


def test_status_of_waiting_ends_with_the_day_of_effect(empty: Callable[..., Database]) -> None:
    database = empty(OLD, replace(NEW, status="尚未生效"))
    assert laws(database, date(2021, 9, 1)) == {(LAW, "2021-06-10")}
    assert laws(database, date(2021, 8, 31)) == set()


def test_what_a_file_does_not_say_is_kept_from_the_one_before(empty: Callable[..., Database]) -> None:
    bare = replace(NEW, effective="", status="", declared=False, annexes=(Annex("附录", "表。"),))
    database = empty(NEW, bare)
    edition = StatuteArchive(database).editions(LAW)[0]
    assert (edition.effective, edition.status) == ("2021-09-01", "现行有效")
    before = shelf(database)
    empty(NEW, bare, NEW)
    assert shelf(database) == before


def test_file_without_a_date_is_known_by_its_words(empty: Callable[..., Database]) -> None:
    database = empty(NEW, OLD, replace(NEW, version="", effective="", declared=False))
    assert shelf(database).statutes == 2


def test_without_an_archive_the_present_law_answers_alone(library: Database, tmp_path: Path) -> None:
    base = build(knowledge(), list(articles(library, TODAY)), tmp_path / "base")
    outcome = answerer(base).answer(asked("安全生产法2014年版第二条"))
    assert "没有收录" in outcome.text
    assert "危险物品的生产单位" not in outcome.text
